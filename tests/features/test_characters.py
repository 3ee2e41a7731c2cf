import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.features.characters import CharacterFeaturizer
from tagger.features.vocab import Vocab


def featurizer_of(max_length=64):
    return CharacterFeaturizer(Vocab("abcdefghij"), max_length=max_length)


def test_words_are_padded_on_the_right():
    ids = featurizer_of().encode(["ab", "a", "cab"])
    assert ids.dtype == np.int64
    assert ids.tolist() == [[2, 3, 0], [2, 0, 0], [4, 2, 3]]


def test_an_unknown_character_is_unknown():
    assert featurizer_of().encode(["aÄ🦊"]).tolist() == [[2, 1, 1]]


def test_an_empty_word_is_one_unknown_character():
    assert featurizer_of().encode(["", "ab"]).tolist() == [[1, 0], [2, 3]]


@pytest.mark.parametrize(
    ("max_length", "word", "read"),
    [
        (4, "abcd", "abcd"),
        (4, "abcde", "abde"),
        (5, "abcdefghij", "abcij"),
        (2, "abcdefghij", "aj"),
    ],
)
def test_of_a_long_word_both_ends_are_read(max_length, word, read):
    featurizer = featurizer_of(max_length)
    assert featurizer.encode([word]).tolist() == [featurizer.vocab.ids(read)]


@given(st.lists(st.text(max_size=30)), st.integers(2, 12))
def test_no_row_is_wider_than_the_bound_and_none_is_empty(words, max_length):
    ids = featurizer_of(max_length).encode(words)
    assert ids.shape[0] == len(words)
    assert ids.shape[1] <= max_length
    assert all((ids != 0).any(1).tolist())


def test_every_character_of_the_training_set_is_known():
    featurizer = CharacterFeaturizer.from_counts({"ba": 1, "é🦊": 2}, max_length=8)
    assert featurizer.vocab.to_json() == ["a", "b", "é", "🦊"]


def test_json_keeps_everything():
    featurizer = featurizer_of(5)
    again = CharacterFeaturizer.from_json(json.loads(json.dumps(featurizer.to_json())))
    assert again.encode(["abcdefghij", "x"]).tolist() == featurizer.encode(["abcdefghij", "x"]).tolist()


@given(st.lists(st.text(max_size=20)), st.lists(st.characters(), unique=True, max_size=12))
def test_every_character_has_the_id_that_the_vocabulary_gives_it(words, known):
    featurizer = CharacterFeaturizer(Vocab(known), max_length=64)
    rows = [[index for index in row if index] for row in featurizer.encode(words).tolist()]
    assert rows == [featurizer.vocab.ids(word) or [1] for word in words]


def test_a_lone_surrogate_is_a_character():
    featurizer = CharacterFeaturizer(Vocab(["a", "\ud800"]), max_length=8)
    assert featurizer.encode(["a\ud800\udfff"]).tolist() == [[2, 3, 1]]
