import numpy as np
import pytest

from tagger.engines.word_cache import WordCache
from tagger.features.columns import ColumnFeaturizer
from tagger.features.vocab import Vocab


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


def test_many_words_are_asked_for_in_batches_of_so_many_places_for_characters(engine):
    cache = WordCache(engine, {"words": Featurizer()})
    numbers = list(range(3_000))
    words = [str(number).zfill(2 if number % 3 else 30) for number in numbers]
    assert cache.vectors(words)[:, 0].tolist() == numbers
    places = [len(asked) * max(len(words[number]) for number in asked) for asked in engine.asked]
    assert max(places) <= 8_192
    assert len(places) == 5
    assert sorted(number for asked in engine.asked for number in asked) == numbers


def test_a_word_longer_than_a_batch_goes_alone(engine):
    cache = WordCache(engine, {"words": Featurizer()})
    long, longer = "7".zfill(4_000), "8".zfill(4_200)
    assert cache.vectors(["5", longer, "6", long])[:, 0].tolist() == [5, 8, 6, 7]
    assert engine.asked == [[5, 6], [7], [8]]


def test_very_long_words_are_not_kept(engine):
    cache = WordCache(engine, {"words": Featurizer()})
    long = "0" * 60 + "7"
    assert firsts(cache, long, 5) == [7, 5]
    assert firsts(cache, long, 5) == [7, 5]
    assert all(len(word) < 60 for word in cache._rows)


def test_a_word_beside_another_value_is_another_word():
    class Both(Engine):
        def word_vectors(self, features):
            self.asked.append((features["words"].tolist(), features["pos"].tolist()))
            return np.stack([features["words"], features["pos"]], 1).astype(np.float32)

    engine = Both()
    cache = WordCache(engine, {"words": Featurizer(), "pos": ColumnFeaturizer("pos", Vocab(["N", "V"]))})
    assert cache.vectors(["7", "7", "8"], {"pos": ["N", "V", None]}).tolist() == [[7, 2], [7, 3], [8, 4]]
    assert cache.vectors(["8", "8", "7"], {"pos": ["N", None, "V"]}).tolist() == [[8, 2], [8, 4], [7, 3]]
    assert engine.asked == [([7, 7, 8], [2, 3, 4]), ([8], [2])]
