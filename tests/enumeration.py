"""The definition of a linear chain, by trying every path: what the fast code is held against."""

from collections.abc import Iterator
from itertools import pairwise, product
from math import exp, log

import pytest

from tagger.modules.crf import Chain

Path = tuple[int, ...]

# Numbers of tags, and lengths of the sentences of a batch.
SHAPES = [
    pytest.param(1, [3, 1], id="one-tag"),
    pytest.param(2, [5, 1, 3], id="two-tags"),
    pytest.param(3, [1], id="a-single-word"),
    pytest.param(3, [1, 1, 1], id="single-words"),
    pytest.param(4, [2, 5, 4, 1], id="ragged"),
    pytest.param(5, [4, 4], id="alike"),
]


def path_scores(chain: Chain, row: int) -> dict[Path, float]:
    """The score of every path through one sentence of a batch."""
    emissions, mask, transitions, first, last = (part.tolist() for part in chain)
    length = sum(mask[row])

    def score(path: Path) -> float:
        total = first[path[0]] + last[path[-1]]
        for word, tag in enumerate(path):
            total += emissions[row][word][tag]
        for before, tag in pairwise(path):
            total += transitions[before][tag]
        return total

    return {path: score(path) for path in product(range(len(first)), repeat=length)}


def log_sum(scores: dict[Path, float]) -> float:
    """The logarithm of the sum of the exponentiated scores."""
    highest = max(scores.values())
    return highest + log(sum(exp(score - highest) for score in scores.values()))


def probabilities(scores: dict[Path, float]) -> Iterator[tuple[Path, float]]:
    """Each path with its probability."""
    total = log_sum(scores)
    for path, score in scores.items():
        yield path, exp(score - total)
