import json

import numpy as np
import pytest

from tagger.features.vocab import Vocab
from tagger.features.words import WordFeaturizer, normalise

COUNTS = {"The": 2, "the": 1, "cat": 1, "2019": 1, "1985": 1, "Oslo": 3}


@pytest.mark.parametrize(
    ("word", "lowercase", "digits", "expected"),
    [
        ("Paris", True, "keep", "paris"),
        ("Paris", False, "keep", "Paris"),
        ("1985-B", False, "zero", "0000-B"),
        ("1985-B", True, "keep", "1985-b"),
        ("٣", False, "zero", "٣"),
        ("", True, "zero", ""),
    ],
)
def test_the_form_under_which_a_word_is_looked_up(word, lowercase, digits, expected):
    assert normalise(word, lowercase=lowercase, digits=digits) == expected


def test_forms_that_fall_together_are_counted_together():
    featurizer = WordFeaturizer.from_counts(COUNTS, lowercase=True, digits="zero", min_count=2)
    assert featurizer.vocab.to_json() == ["0000", "oslo", "the"]


def test_words_below_the_count_are_unknown():
    featurizer = WordFeaturizer.from_counts(COUNTS, lowercase=False, digits="keep", min_count=2)
    assert featurizer.encode(["Oslo", "The", "the", "cat"]).tolist() == [2, 3, 1, 1]


def test_singletons_are_the_known_words_that_occur_once():
    featurizer = WordFeaturizer.from_counts(COUNTS, lowercase=True, digits="keep")
    assert [featurizer.vocab.strings[index] for index in featurizer.singletons] == ["1985", "2019", "cat"]


def test_words_that_have_a_vector_of_the_file_are_no_singletons():
    featurizer = WordFeaturizer.from_counts(COUNTS, vectors=["oslo", "cat", "dog"], lowercase=True, digits="keep")
    assert [featurizer.vocab.strings[index] for index in featurizer.singletons] == ["1985", "2019"]


def test_unknown_words_are_no_singletons():
    assert WordFeaturizer.from_counts(COUNTS, lowercase=True, digits="keep", min_count=2).singletons == ()


def test_the_words_of_the_vectors_have_the_first_ids_in_their_order():
    featurizer = WordFeaturizer.from_counts({"b": 1, "z": 2}, vectors=["x", "b", "a"], lowercase=False, digits="keep")
    assert featurizer.encode(["x", "b", "a", "z"]).tolist() == [2, 3, 4, 5]


def test_without_counts_only_the_vectors_are_known():
    featurizer = WordFeaturizer.from_counts({}, vectors=["x", "b"], lowercase=False, digits="keep")
    assert featurizer.encode(["x", "b", "z"]).tolist() == [2, 3, 1]
    assert featurizer.singletons == ()


def test_ids_do_not_depend_on_the_order_of_the_counts():
    one = WordFeaturizer.from_counts(COUNTS, lowercase=True, digits="keep")
    other = WordFeaturizer.from_counts(dict(reversed(COUNTS.items())), lowercase=True, digits="keep")
    assert one.to_json() == other.to_json()


def test_words_are_encoded_as_one_number_each():
    ids = WordFeaturizer(Vocab(["a"]), lowercase=True, digits="keep").encode(["A", "", "x" * 1000, "🦊"])
    assert ids.dtype == np.int64
    assert ids.tolist() == [2, 1, 1, 1]


def test_no_words_give_no_ids():
    ids = WordFeaturizer(Vocab(["a"]), lowercase=True, digits="keep").encode([])
    assert ids.dtype == np.int64
    assert ids.shape == (0,)


def test_json_keeps_everything():
    featurizer = WordFeaturizer.from_counts(COUNTS, lowercase=False, digits="zero")
    again = WordFeaturizer.from_json(json.loads(json.dumps(featurizer.to_json())))
    assert again.to_json() == featurizer.to_json()
    assert again.singletons == featurizer.singletons
    assert again.encode(list(COUNTS)).tolist() == featurizer.encode(list(COUNTS)).tolist()
