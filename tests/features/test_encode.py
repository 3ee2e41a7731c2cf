from itertools import pairwise

import numpy as np
import pytest
from datasets import ClassLabel, Dataset, Features, List, Value
from hypothesis import given
from hypothesis import strategies as st

from tagger.features.characters import CharacterFeaturizer
from tagger.features.encode import column, encode_dataset
from tagger.features.sentences import IGNORED, encode_sentences
from tagger.features.vocab import Vocab
from tagger.text.partial import UNKNOWN, agreeing
from tagger.text.schemes import IOB2, SCHEMES

NAMES = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
TOKENS = [["Angela", "Merkel", "visited", "Paris"], [], ["Paris"], ["New", "York", "City", "Oslo"]]
TAGS = [["B-PER", "I-PER", "O", "B-LOC"], [], ["B-LOC"], ["B-LOC", "I-LOC", "I-LOC", "B-LOC"]]


def dataset_of(tokens=TOKENS, tags=TAGS):
    features = Features({"tokens": List(Value("string")), "ner": List(ClassLabel(names=NAMES))})
    return Dataset.from_dict({"tokens": tokens, "ner": [[NAMES.index(tag) for tag in row] for row in tags]}, features=features)


def gold_tags(encoded, tags):
    """The gold tags of each sentence as strings; None where they are ignored."""
    flat = [None if index == IGNORED else tags[index] for index in encoded.gold["ner"].tolist()]
    return [flat[start:end] for start, end in zip(encoded.offsets, encoded.offsets[1:], strict=False)]


def test_tokens_are_told_apart_by_their_types():
    encoded = encode_dataset(dataset_of(), {}, {}, {})
    assert [encoded.types[index] for index in encoded.words] == [word for row in TOKENS for word in row]
    assert len(set(encoded.types)) == len(encoded.types)
    assert encoded.lengths.tolist() == [4, 0, 1, 4]


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
def test_spans_are_written_in_the_scheme_that_is_learned(scheme):
    tags = scheme.tags(["LOC", "PER"])
    found = gold_tags(encode_dataset(dataset_of(), {}, {"ner": (scheme, tags)}, {"ner": IOB2}), tags)
    assert [scheme.spans(row) for row in found] == [IOB2.spans(row) for row in TAGS]


def test_plain_tags_are_looked_up_one_by_one():
    tags = ("I-PER", "O", "B-LOC", "B-PER", "I-LOC")
    assert gold_tags(encode_dataset(dataset_of(), {}, {"ner": (None, tags)}, {"ner": None}), tags) == TAGS


@pytest.mark.parametrize("scheme", [None, SCHEMES["iobes"]], ids=["plain", "iobes"])
def test_a_tag_that_the_model_lacks_is_ignored(scheme):
    tags = scheme.tags(["PER"]) if scheme else ("O", "B-PER", "I-PER")
    found = gold_tags(encode_dataset(dataset_of(), {}, {"ner": (scheme, tags)}, {"ner": IOB2}), tags)
    assert [[tag is None for tag in row] for row in found] == [[tag.endswith("LOC") for tag in row] for row in TAGS]


def test_features_are_those_of_the_types():
    featurizer = CharacterFeaturizer(Vocab("aeo"), max_length=9)
    encoded = encode_dataset(dataset_of(), {"characters": featurizer}, {}, {})
    assert encoded.features["characters"].tolist() == featurizer.encode(encoded.types).tolist()


def test_chosen_rows_are_encoded_in_their_order():
    chosen = dataset_of().select([3, 0])
    tags = IOB2.tags(["LOC", "PER"])
    encoded = encode_dataset(chosen, {}, {"ner": (IOB2, tags)}, {"ner": IOB2})
    assert [encoded.types[index] for index in encoded.words] == TOKENS[3] + TOKENS[0]
    assert gold_tags(encoded, tags) == [TAGS[3], TAGS[0]]
    assert column(chosen, "tokens").to_pylist() == [TOKENS[3], TOKENS[0]]


def test_a_slice_of_rows_is_encoded_from_its_own_start():
    tags = IOB2.tags(["LOC", "PER"])
    encoded = encode_dataset(dataset_of().select(range(2, 4)), {}, {"ner": (IOB2, tags)}, {"ner": IOB2})
    assert [encoded.types[index] for index in encoded.words] == TOKENS[2] + TOKENS[3]
    assert gold_tags(encoded, tags) == TAGS[2:]


def partial_dataset(rows, names, confidences=None):
    """A data set of one-letter words with tags as text; `?` is not known."""
    features = {"tokens": List(Value("string")), "ner": List(ClassLabel(names=names))}
    ids = [[UNKNOWN if tag == "?" else names.index(tag) for tag in row.split()] for row in rows]
    data = {"tokens": [["w"] * len(row) for row in ids], "ner": ids}
    if confidences is not None:
        features["ner_confidence"] = List(Value("float32"))
        data["ner_confidence"] = confidences
    return Dataset.from_dict(data, features=Features(features))


def meanings(encoded, tags):
    """For each gold id the tags that it stands for."""
    choices = encoded.choices["ner"].tolist()
    sets = [{tag} for tag in tags] + [{tag for tag, agrees in zip(tags, row, strict=True) if agrees} for row in choices]
    return [sets[index] for index in encoded.gold["ner"].tolist()]


@pytest.mark.parametrize(
    ("inside", "learned", "row", "expected"),
    [
        ("iob2", "iobes", "B-PER ? I-PER O", ["B-PER S-PER", None, "I-PER E-PER", "O"]),
        ("iob2", "iob2", "B-PER ? I-PER O", ["B-PER", None, "I-PER", "O"]),
        ("iobes", "iobes", "B-PER ? E-PER O S-PER", ["B-PER", None, "E-PER", "O", "S-PER"]),
        ("iobes", "bilou", "? E-PER S-PER", [None, "L-PER", "U-PER"]),
    ],
)
def test_beside_unknown_tags_each_tag_stands_for_those_that_agree_with_it(inside, learned, row, expected):
    inside, learned = SCHEMES[inside], SCHEMES[learned]
    tags = learned.tags(["PER"])
    encoded = encode_dataset(partial_dataset([row], list(inside.tags(["PER"]))), {}, {"ner": (learned, tags)}, {"ner": inside})
    assert meanings(encoded, tags) == [set(text.split()) if text else set(tags) for text in expected]


def test_sentences_all_of_whose_tags_are_known_are_encoded_through_their_spans():
    tags = SCHEMES["iobes"].tags(["PER"])
    dataset = partial_dataset(["B-PER I-PER B-PER", "? B-PER", "O ?"], ["O", "B-PER", "I-PER"])
    encoded = encode_dataset(dataset, {}, {"ner": (SCHEMES["iobes"], tags)}, {"ner": IOB2})
    assert [tags[index] for index in encoded.gold["ner"][:3]] == ["B-PER", "E-PER", "S-PER"]
    assert meanings(encoded, tags)[3:] == [set(tags), {"B-PER", "S-PER"}, {"O"}, set(tags)]


def test_an_unknown_plain_tag_stands_for_all_and_the_others_for_themselves():
    names, tags = ["NOUN", "VERB", "X"], ("VERB", "NOUN")
    encoded = encode_dataset(partial_dataset(["NOUN ? VERB X"], names), {}, {"ner": (None, tags)}, {"ner": None})
    assert encoded.gold["ner"].tolist() == [1, 2, 0, IGNORED]
    assert encoded.choices["ner"].tolist() == [[True, True]]


@pytest.mark.parametrize("scheme", [None, SCHEMES["iobes"]], ids=["plain", "iobes"])
def test_a_split_without_unknown_tags_has_no_choices_and_no_weights(scheme):
    tags = scheme.tags(["LOC", "PER"]) if scheme else NAMES
    encoded = encode_dataset(dataset_of(), {}, {"ner": (scheme, tags)}, {"ner": IOB2 if scheme else None})
    assert (dict(encoded.choices), dict(encoded.weights)) == ({}, {})


def test_confidences_become_weights_one_for_each_token():
    dataset = partial_dataset(["O O", "O"], ["O"], [[0.5, 1.0], [0.25]])
    encoded = encode_dataset(dataset, {}, {"ner": (IOB2, ("O",))}, {"ner": IOB2})
    assert encoded.weights["ner"].tolist() == [0.5, 1.0, 0.25]
    assert encoded.weights["ner"].dtype == np.float32


def test_spans_inside_may_be_in_another_scheme_than_iob2():
    iobes = SCHEMES["iobes"]
    dataset = partial_dataset(["B-PER E-PER O S-PER"], list(iobes.tags(["PER"])))
    encoded = encode_dataset(dataset, {}, {"ner": (IOB2, IOB2.tags(["PER"]))}, {"ner": iobes})
    assert gold_tags(encoded, IOB2.tags(["PER"])) == [["B-PER", "I-PER", "O", "B-PER"]]


@given(st.lists(st.lists(st.sampled_from(["?", *NAMES]), max_size=5), min_size=1, max_size=4))
def test_what_is_known_of_a_tag_always_agrees_with_what_was_written(rows):
    tags = SCHEMES["iobes"].tags(["LOC", "PER"])
    # The last makes sure that something is unknown; a known sentence must be legal.
    rows = [row for row in rows if "?" in row or IOB2.illegal(row) is None] + [["?"]]
    dataset = partial_dataset([" ".join(row) for row in rows], NAMES)
    encoded = encode_dataset(dataset, {}, {"ner": (SCHEMES["iobes"], tags)}, {"ner": IOB2})
    for tag, allowed in zip([tag for row in rows for tag in row], meanings(encoded, tags), strict=True):
        if tag == "?":
            assert allowed == set(tags)
        else:
            assert allowed
            assert allowed <= {
                name for name, agrees in zip(tags, agreeing(tag, IOB2, tags, SCHEMES["iobes"]), strict=True) if agrees
            }


@pytest.mark.parametrize("tokens", [[], [[], []]], ids=["no-sentences", "empty-sentences"])
def test_a_split_without_words_is_encoded(tokens):
    encoded = encode_dataset(dataset_of(tokens, tokens), {}, {"ner": (IOB2, IOB2.tags(["PER"]))}, {"ner": IOB2})
    assert encoded.lengths.tolist() == [0] * len(tokens)
    assert encoded.gold["ner"].dtype == np.int64
    assert len(encoded.words) == 0


@given(st.lists(st.lists(st.sampled_from(["a", "b", "ç", "🦊", ""]), max_size=4), min_size=1, max_size=5))
def test_words_come_back_as_they_went_in(tokens):
    encoded = encode_dataset(dataset_of(tokens, [["O"] * len(row) for row in tokens]), {}, {}, {})
    words = [encoded.types[index] for index in encoded.words]
    assert [words[start:end] for start, end in zip(encoded.offsets, encoded.offsets[1:], strict=False)] == tokens


VALUES = ["N", "V", "?"]
ROWS = st.lists(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(VALUES), st.sampled_from(VALUES)), max_size=5), min_size=1
)


def columns_apart(rows):
    """Words, and two columns, of which `?` is not known."""
    words, *columns = ([[row[index] for row in sentence] for sentence in rows] for index in range(3))
    return words, {
        name: [[None if value == "?" else value for value in row] for row in column]
        for name, column in zip(("pos", "chunk"), columns, strict=True)
    }


@given(ROWS)
def test_words_and_columns_come_back_as_they_went_in_and_no_two_are_alike(rows):
    words, columns = columns_apart(rows)
    ids = {
        name: [[UNKNOWN if value is None else VALUES.index(value) for value in row] for row in column]
        for name, column in columns.items()
    }
    feature = List(ClassLabel(names=VALUES[:2]))
    features = Features({"tokens": List(Value("string")), "pos": feature, "chunk": feature})
    dataset = Dataset.from_dict({"tokens": words, **ids}, features=features)
    for encoded in (encode_dataset(dataset, {}, {}, {}, ["pos", "chunk"]), encode_sentences(words, columns)):
        kinds = list(zip(encoded.types, encoded.columns["pos"], encoded.columns["chunk"], strict=True))
        assert len(set(kinds)) == len(kinds)
        found = [kinds[index] for index in encoded.words]
        assert [found[start:end] for start, end in pairwise(encoded.offsets)] == [
            list(zip(*parts, strict=True)) for parts in zip(words, columns["pos"], columns["chunk"], strict=True)
        ]
