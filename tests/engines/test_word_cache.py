import numpy as np
import pytest

from tagger.engines.word_cache import WordCache


class Engine:
    """Its vectors are the words' features, and it counts what it was asked."""

    def __init__(self):
        self.version, self.chains, self.batch_words, self.asked = 0, {}, 10, []

    def word_vectors(self, features):
        self.asked.append(features["words"].tolist())
        return np.stack([features["words"], features["words"] * 10 + self.version], 1).astype(np.float32)

    def emissions(self, vectors, batches):
        raise AssertionError


class Featurizer:
    def encode(self, words):
        return np.array([int(word) for word in words], dtype=np.int64)


@pytest.fixture
def engine():
    return Engine()


def firsts(cache, *words):
    return cache.vectors([str(word) for word in words])[:, 0].tolist()


def test_a_word_is_asked_for_once_and_every_word_gets_its_own(engine):
    cache = WordCache(engine, {"words": Featurizer()})
    assert firsts(cache, 5, 123, 7) == [5, 123, 7]
    assert firsts(cache, 7, 9, 123) == [7, 9, 123]
    assert engine.asked == [[5, 7, 123], [9]]


def test_other_weights_forget_all_words(engine):
    cache = WordCache(engine, {"words": Featurizer()})
    firsts(cache, 1)
    engine.version = 3
    assert cache.vectors(["1"]).tolist() == [[1, 13]]


@pytest.mark.parametrize("size", [1, 4, 50, 5_000])
def test_it_stays_right_whatever_its_size(engine, size):
    cache = WordCache(engine, {"words": Featurizer()}, size)
    random = np.random.default_rng(0)
    for _ in range(30):
        words = random.choice(300, random.integers(1, 60), replace=False).tolist()
        assert firsts(cache, *words) == words
        assert len(cache._rows) <= size


def test_many_words_are_asked_for_in_pieces(engine):
    cache = WordCache(engine, {"words": Featurizer()})
    words = list(range(10_000, 15_000))
    assert firsts(cache, *words) == words
    assert [len(asked) for asked in engine.asked] == [2048, 2048, 904]


def test_very_long_words_are_not_kept(engine):
    cache = WordCache(engine, {"words": Featurizer()})
    long = "0" * 60 + "7"
    assert firsts(cache, long, 5) == [7, 5]
    assert firsts(cache, long, 5) == [7, 5]
    assert all(len(word) < 60 for word in cache._rows)
