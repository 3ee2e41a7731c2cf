"""What words look like: a truth table of cases and shapes, and what is known of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.features.word_forms import CASES, CaseFeaturizer, ShapeFeaturizer, case_of, shape_of

TABLE = [
    # word, case, shape
    ("the", "lower", "xxx"),
    ("of", "lower", "xx"),
    ("don't", "lower", "xxx'x"),
    ("straße", "lower", "xxx"),
    ("EU", "upper", "XX"),
    ("UNESCO", "upper", "XXX"),
    ("U.S.", "upper", "X.X."),
    ("I", "one upper", "X"),
    ("J.", "one upper", "X."),
    ("Σ", "one upper", "X"),
    ("Mr", "initial", "Xx"),
    ("Rome", "initial", "Xxxx"),
    ("Constantinople", "initial", "Xxxx"),
    ("Élise", "initial", "Xxxx"),
    ("ǅep", "initial", "Xxx"),
    ("-Rome", "initial", "-Xxxx"),
    ("McDonald", "mixed", "XxXxxx"),
    ("iPhone", "mixed", "xXxxx"),
    ("Jean-Luc", "mixed", "Xxxx-Xxx"),
    ("東京", "uncased", "oo"),
    ("قطة", "uncased", "ooo"),
    ("7", "number", "d"),
    ("1,000.5", "number", "d,ddd.d"),
    ("1996-08-22", "number", "ddd-dd-dd"),
    ("½", "number", "d"),
    ("٣", "number", "d"),
    ("3rd", "letters and digits", "dxx"),
    ("Paris-96", "letters and digits", "Xxxx-dd"),
    ("B2", "letters and digits", "Xd"),
    (",", "signs", ","),
    (".....", "signs", "..."),
    ("👩", "signs", "👩"),
    ("", "signs", ""),
]


@pytest.mark.parametrize(("word", "case", "shape"), TABLE, ids=[ascii(word) for word, _, _ in TABLE])
def test_case_and_shape_of_a_word(word, case, shape):
    assert (case_of(word), shape_of(word)) == (case, shape)


def test_the_table_holds_every_case():
    assert {case for _, case, _ in TABLE} == set(CASES)


@pytest.mark.parametrize("word", ["École", "\u00c5ngstr\u00f6m", "हिन्दी"])
def test_accents_written_apart_change_nothing(word):
    from unicodedata import normalize

    apart, together = normalize("NFD", word), normalize("NFC", word)
    assert (case_of(apart), shape_of(apart)) == (case_of(together), shape_of(together))


@given(st.text())
def test_any_text_has_a_case_and_a_shape_no_longer_than_itself(word):
    assert case_of(word) in CASES
    assert len(shape_of(word)) <= len(word)


def test_cases_have_ids_of_their_own_and_none_is_that_of_padding_or_unknown():
    ids = CaseFeaturizer().encode([word for word, _, _ in TABLE]).tolist()
    assert len(set(ids)) == len(CASES)
    assert min(ids) == 2


def test_shapes_of_train_are_known_and_those_seen_once_are_singletons():
    featurizer = ShapeFeaturizer.from_counts({"Rome": 1, "Oslo": 1, "the": 1, "12": 2})
    assert featurizer.vocab.to_json() == ["Xxxx", "dd", "xxx"]
    assert featurizer.singletons == (4,)
    assert featurizer.encode(["Constantinople", "99", "a-b"]).tolist() == [2, 3, 1]
