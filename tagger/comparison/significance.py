"""Whether two systems differ by more than chance: tests over sentences, over seeds, and their correction where there are many.

A test over sentences takes the systems as they are and asks whether other sentences of that kind would tell the same; a test over
seeds asks whether other runs of the same training would.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, sqrt
from statistics import fmean, variance

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy.special import stdtr

from tagger.evaluation.bootstrap import interval_of_told

ROUNDS = 10_000
_SEED = 17
# As many swaps at once as take some ten megabytes.
_AT_ONCE = 2_000_000
_MOST_DIVISIONS = 200_000
# Figures that differ by less are the same, but for rounding.
_SAME = 1e-9

Figures = Float[ndarray, "... figures"]
"""The figure that decides, the macro F1, and the F1 of each label."""


@dataclass(frozen=True)
class Counted:
    """What a system did in each sentence.

    Attributes:
        gold: How many gold items of each label a sentence has.
        predicted: How many were predicted; by all runs of the system together, where it has several.
        right: How many of these are right.
        by_accuracy: Whether what decides is the share of gold items that is right, in place of the micro F1.
        runs: How many runs these are; what counts is the mean over them.
    """

    gold: Float[ndarray, "sentences labels"]
    predicted: Float[ndarray, "sentences labels"]
    right: Float[ndarray, "sentences labels"]
    by_accuracy: bool = False
    runs: int = 1

    @property
    def sums(self) -> Float[ndarray, "3 labels"]:
        """Gold, predicted and right items over all sentences."""
        gold, *sides = (side.sum(0, dtype=np.float64) for side in (self.gold, self.predicted, self.right))
        return np.stack([gold, *(side / self.runs for side in sides)])

    @property
    def answers(self) -> Float[ndarray, "sentences twice_labels"]:
        """Predicted and right items of each sentence."""
        return np.concatenate([self.predicted, self.right], 1, dtype=np.float64) / self.runs

    @property
    def figures(self) -> Figures:
        """Those of all sentences."""
        return figures(*self.sums, by_accuracy=self.by_accuracy)


def figures(
    gold: Float[ndarray, "... labels"],
    predicted: Float[ndarray, "... labels"],
    right: Float[ndarray, "... labels"],
    *,
    by_accuracy: bool,
    empty: float = 0.0,
) -> Figures:
    """The figure that decides, the macro F1, and the F1 of each label, from counts of each label.

    Args:
        gold: Gold items.
        predicted: Predicted ones.
        right: Those of them that are right.
        by_accuracy: Whether the share of gold items that is right decides, in place of the micro F1.
        empty: What a figure is of which there is no item; the macro F1 is the mean of the labels that have any.
    """
    totals = gold + predicted
    there = totals > 0
    f1s = _ratio(2 * right, totals, empty)
    micro = (right.sum(-1), gold.sum(-1)) if by_accuracy else (2 * right.sum(-1), totals.sum(-1))
    deciding = _ratio(*micro, empty)
    macro = _ratio(np.where(there, f1s, 0.0).sum(-1), there.sum(-1), empty)
    found: Figures = np.concatenate([deciding[..., None], macro[..., None], f1s], -1)
    return found


def _ratio(above: Float[ndarray, "..."], below: Float[ndarray, "..."], empty: float) -> Float[ndarray, "..."]:
    shares: Float[ndarray, ...] = np.divide(above, below, out=np.full(np.shape(above), empty), where=np.asarray(below) > 0)
    return shares


def approximate_randomisation(first: Counted, second: Counted, rounds: int = ROUNDS) -> Float[ndarray, " figures"]:
    """For each figure the two-sided p-value of the difference, by approximate randomisation (Noreen 1989, Yeh 2000).

    If the systems were the same, each sentence's two answers might as well have come the other way round. So they are swapped in
    random sentences: p is the share of the rounds whose difference is at least as large as the real one, which counts as a
    round. Where there are no more ways to swap than rounds all of them are tried, and p is exact. Only the sentences in which the
    counts differ need to be swapped: the others change nothing.
    """
    changes = second.answers - first.answers
    changes = changes[np.abs(changes).max(1, initial=0.0) > _SAME]
    num, labels = len(changes), first.gold.shape[1]
    real = np.abs(second.figures - first.figures) - _SAME
    exact = num < 40 and 2**num <= rounds
    gold, *sides = first.sums
    others = second.sums[1:]
    found = np.zeros(labels + 2)
    for swaps in _all_swaps(num) if exact else _random_swaps(num, rounds):
        moved = (swaps.astype(np.float64) @ changes).reshape(len(swaps), 2, labels)
        ours = figures(gold, sides[0] + moved[:, 0], sides[1] + moved[:, 1], by_accuracy=first.by_accuracy)
        theirs = figures(gold, others[0] - moved[:, 0], others[1] - moved[:, 1], by_accuracy=first.by_accuracy)
        found += (np.abs(theirs - ours) >= real).sum(0)
    return found / 2**num if exact else (found + 1) / (rounds + 1)


def _all_swaps(num: int) -> Iterator[ndarray]:
    yield np.arange(2**num)[:, None] >> np.arange(num) & 1


def _random_swaps(num: int, rounds: int) -> Iterator[ndarray]:
    """Random rows of zeros and ones, some rounds at once."""
    random = np.random.default_rng(_SEED)
    size = max(1, min(rounds, _AT_ONCE // num))
    for start in range(0, rounds, size):
        rows = min(size, rounds - start)
        drawn = np.frombuffer(random.bytes(rows * (-(-num // 8))), dtype=np.uint8).reshape(rows, -1)
        yield np.unpackbits(drawn, axis=1, count=num)


def differences(
    first: Float[ndarray, "rounds figures"], second: Float[ndarray, "rounds figures"]
) -> Float[ndarray, "rounds figures"]:
    """By how much the second's figures of each sample are above the first's; NaN where neither has one.

    A sample is scored as the sentences themselves are: if gold or one of the two has a label, the F1 of who lacks it is 0, as in
    the difference that is told. Of a label that gold and both lack there is nothing in which they could differ or be the same.
    """
    found: Float[ndarray, ...] = np.nan_to_num(second) - np.nan_to_num(first)
    return np.where(np.isnan(first) & np.isnan(second), np.nan, found)


def paired_bootstrap(
    drawn: Float[ndarray, "rounds figures"], real: Float[ndarray, " figures"]
) -> tuple[list[tuple[float, float]], Float[ndarray, " figures"]]:
    """For each figure the interval of the difference and its two-sided p-value, by the paired bootstrap (Koehn 2004).

    p is the share of the samples whose difference is as far from the real one as that is from zero (Berg-Kirkpatrick et al. 2012,
    for both sides); the real one counts as a sample.

    Args:
        drawn: The differences of samples of sentences, drawn with replacement, the same for both systems; NaN where there is none.
        real: Those of the sentences as they are.
    """
    # What a sample can't tell is no part of the interval, as in reports. But it is no evidence either, so that it counts as far: if
    # it were left out here too, a label of one sentence would never vary, and that sentence would be enough for a small p.
    far = (np.isnan(drawn) | (np.abs(drawn - real) >= np.abs(real) - _SAME)).sum(0)
    return [interval_of_told(column) or (0.0, 0.0) for column in drawn.T], (far + 1) / (len(drawn) + 1)


def holm(values: Sequence[float]) -> list[float]:
    """p-values, corrected for there being several: the chance of any false alarm among them stays what was asked (Holm 1979)."""
    corrected = [0.0] * len(values)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        highest = max(highest, min(1.0, (len(values) - rank) * values[place]))
        corrected[place] = highest
    return corrected


def permutation(first: Sequence[float], second: Sequence[float]) -> tuple[float, float] | None:
    """The two-sided p-value of a difference of means by the exact permutation test, and the smallest that it can have.

    All ways to divide the numbers into groups of these sizes are tried; None where there are too many (Fisher 1935).
    """
    numbers, size = [*first, *second], len(first)
    ways = comb(len(numbers), size)
    if ways > _MOST_DIVISIONS:
        return None
    total, rest = sum(numbers), len(second)
    real = abs(fmean(second) - fmean(first))
    sums = np.fromiter((sum(chosen) for chosen in combinations(numbers, size)), dtype=np.float64, count=ways)
    as_far = int((np.abs((total - sums) / rest - sums / size) >= real - _SAME).sum())
    # With groups of one size each division has its mirror image, which is as far.
    return as_far / ways, (2 if size == rest else 1) / ways


def welch(first: Sequence[float], second: Sequence[float]) -> float | None:
    """The two-sided p-value of a difference of means by Welch's t-test (Welch 1947); None where no number varies."""
    parts = [variance(side) / len(side) for side in (first, second)]
    if sum(parts) < _SAME**2:
        return None
    statistic = abs(fmean(second) - fmean(first)) / sqrt(sum(parts))
    freedom = sum(parts) ** 2 / sum(part**2 / (len(side) - 1) for part, side in zip(parts, (first, second), strict=True))
    return float(2 * stdtr(freedom, -statistic))
