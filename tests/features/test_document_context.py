"""What is round sentences, against a search through all of them, word by word."""

import math
from itertools import pairwise

import numpy as np
import pytest

from tagger.features.document_context import Documents

TYPES = ["Essex", "essex", "ESSEX", "beat", "the", "The", "1-0", ".", "", "Ä"]
SIZES = [3, 0, 1, 7, 0, 0, 2, 12, 1, 4, 30, 2, 0]


def made(seed, reach):
    drawn = np.random.default_rng(seed)
    words = drawn.integers(len(TYPES), size=sum(SIZES))
    offsets = np.concatenate([[0], np.cumsum(SIZES)])
    # Several words may have one id, as unknown ones do; words that differ in case alone may have several.
    ids = drawn.integers(2, 6, size=len(TYPES))
    source = Documents(TYPES, words, offsets, ids, reach)
    return source, words, offsets, ids


def asked(source, words, offsets, rows):
    places = np.concatenate([np.arange(offsets[row], offsets[row + 1]) for row in rows])
    return places, source.of(places, words[places], np.diff(offsets)[rows])


def cut(values, starts):
    return [values[first:last].tolist() for first, last in pairwise([*starts.tolist(), len(values)])]


@pytest.mark.parametrize("reach", [1, 4, 15, 1000])
@pytest.mark.parametrize("rows", [[0, 2, 3, 6, 7, 8, 9, 10, 11], [10, 2, 6], [8], [11, 0]])
def test_it_is_what_a_search_finds(reach, rows):
    source, words, offsets, ids = made(reach, reach)
    starts, ends = set(offsets[:-1].tolist()), set(offsets[1:].tolist())
    places, found = asked(source, words, offsets, rows)

    around = [
        [int(ids[words[place]]) for place in range(max(0, offsets[row] - reach), min(len(words), offsets[row + 1] + reach))]
        for row in rows
    ]
    assert cut(found.around, found.around_starts) == around
    assert found.alone.tolist() == [len(one) == SIZES[row] for one, row in zip(around, rows, strict=True)]
    assert found.sentences.tolist() == [number for number, row in enumerate(rows) for _ in range(SIZES[row])]

    others = [
        [
            other
            for other in range(max(0, place - reach), min(len(words), place + reach + 1))
            if other != place and TYPES[words[other]].lower() == TYPES[words[place]].lower()
        ]
        for place in places.tolist()
    ]
    assert cut(found.before, found.starts) == [
        [0 if one in starts else int(ids[words[one - 1]]) for one in some] for some in others
    ]
    assert cut(found.behind, found.starts) == [
        [0 if one + 1 in ends else int(ids[words[one + 1]]) for one in some] for some in others
    ]
    shares = [
        [sum(getattr(TYPES[words[one]], case)() for one in some) / max(1, len(some)) for case in ("islower", "isupper")]
        for some in others
    ]
    expected = [[math.log(1 + len(some)), *share] for some, share in zip(others, shares, strict=True)]
    assert found.counts == pytest.approx(np.array(expected), abs=1e-6)


def test_of_a_sentence_by_itself_nothing_is_asked():
    words, offsets, ids = np.array([0, 1, 0]), np.array([0, 3]), np.array([5, 7])
    found = Documents(["a", "b"], words, offsets, ids, 200).of(np.arange(3), words, np.array([3]))
    assert found.alone.tolist() == [True]
    assert [len(found.around), len(found.before), len(found.behind)] == [0, 0, 0]
    # Of one that has another beside it, all is.
    found = Documents(["a", "b"], np.array([0, 1, 0, 1]), np.array([0, 3, 4]), ids, 200).of(np.arange(3), words, np.array([3]))
    assert found.alone.tolist() == [False]
    assert (found.before.tolist(), found.behind.tolist()) == ([7, 0, 0], [0, 0, 7])


def test_a_word_that_stands_everywhere_costs_no_more_than_the_reach():
    words, offsets = np.zeros(20_000, dtype=np.int64), np.array([0, 10_000, 20_000])
    found = Documents(["a"], words, offsets, np.array([2]), 5).of(np.arange(20_000), words, np.diff(offsets))
    assert len(found.before) == 20_000 * 10 - 2 * (5 + 4 + 3 + 2 + 1)
