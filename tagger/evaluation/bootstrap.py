"""Resampling of sentences: within which interval a score stays, and whether two scores differ by more than chance."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

ROUNDS = 1_000
_SEED = 13
# As many draws at once as take some ten megabytes.
_AT_ONCE = 2_000_000


def f1_of(counts: Float[ndarray, "... 3"], *, empty: float = 0.0) -> Float[ndarray, "..."]:
    """The F1 of gold, predicted and right counts in the last dimension; `empty` where there is neither of both."""
    total = counts[..., 0] + counts[..., 1]
    shares: Float[ndarray, ...] = np.divide(2 * counts[..., 2], total, out=np.full(total.shape, empty), where=total > 0)
    return shares


def resampled(counts: Float[ndarray, "sentences columns"], rounds: int = ROUNDS) -> Float[ndarray, "rounds columns"]:
    """The sums of as many sentences, drawn with replacement, in each round (Efron and Tibshirani 1993)."""
    num = len(counts)
    rows = np.ascontiguousarray(counts, dtype=np.float32)
    random = np.random.default_rng(_SEED)
    return np.concatenate([_weights(random, num, size) @ rows for size in _rounds(num, rounds)]).astype(np.float64)


def _weights(random: np.random.Generator, num: int, rounds: int) -> Float[ndarray, "rounds sentences"]:
    drawn = random.integers(num, size=(rounds, num)) + num * np.arange(rounds)[:, None]
    return np.bincount(drawn.ravel(), minlength=rounds * num).reshape(rounds, num).astype(np.float32)


def _rounds(num: int, rounds: int) -> Iterator[int]:
    size = max(1, min(rounds, _AT_ONCE // max(num, 1)))
    for start in range(0, rounds, size):
        yield min(size, rounds - start)


def interval(values: Float[ndarray, " rounds"]) -> tuple[float, float]:
    """The middle 95 % of what came of resampling."""
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def interval_of_told(values: Float[ndarray, " rounds"]) -> tuple[float, float] | None:
    """The interval; draws in which there was nothing to score, NaN, tell nothing, and None is what is told by none."""
    told = values[~np.isnan(values)]
    return interval(told) if len(told) else None


def counts_by_sentence(
    sentence: Int[ndarray, " items"], label: Int[ndarray, " items"], num_sentences: int, num_labels: int
) -> Float[ndarray, "sentences labels"]:
    """How many items of each label each sentence has; the label -1 is left out."""
    kept = label >= 0
    found = np.bincount(sentence[kept] * num_labels + label[kept], minlength=num_sentences * num_labels)
    return found.reshape(num_sentences, num_labels).astype(np.float32)
