"""Which sentences go together in a batch: alike in length, within a budget of words, in an order that a seed decides.

And which of them each of several processes takes.
"""

import numpy as np
from numpy.typing import NDArray


def batches_by_length(lengths: NDArray[np.int64], budget: int) -> list[NDArray[np.int64]]:
    """The sentences sorted by length, cut into batches of at most `budget` places, padding counted.

    Empty sentences are in no batch; a sentence longer than the budget is a batch of its own.
    """
    order = np.argsort(lengths, kind="stable")
    return _cut(order[lengths[order] > 0], lengths, budget)


def shuffled_batches(
    lengths: NDArray[np.int64], budget: int, *, seed: int, epoch: int, window: int = 100
) -> list[NDArray[np.int64]]:
    """One epoch's batches: a pure function of lengths, budget, seed and epoch.

    The sentences are shuffled; each window of about `window` batches is sorted by length and cut into batches of at most `budget`
    places, so that padding is small but the same sentences seldom meet twice; then the batches are shuffled.
    """
    random = np.random.default_rng([seed, epoch])
    order = random.permutation(np.flatnonzero(lengths > 0))
    if not len(order):
        return []
    size = max(1, round(window * budget / float(lengths[order].mean())))
    batches: list[NDArray[np.int64]] = []
    for start in range(0, len(order), size):
        part = order[start : start + size]
        batches += _cut(part[np.argsort(lengths[part], kind="stable")], lengths, budget)
    return [batches[index] for index in random.permutation(len(batches))]


def share_of_batch(rows: NDArray[np.int64], lengths: NDArray[np.int64], rank: int, count: int) -> NDArray[np.int64]:
    """The sentences of a batch that one of several processes takes, in the batch's order; there may be none.

    The longest goes first to whoever has the fewest words (Graham 1969), so that all are about as long at it.
    """
    if count == 1:
        return rows
    taken = np.zeros(count, dtype=np.int64)
    owner = np.empty(len(rows), dtype=np.int64)
    for place in np.argsort(-lengths[rows], kind="stable"):
        owner[place] = taken.argmin()
        taken[owner[place]] += lengths[rows[place]]
    share: NDArray[np.int64] = rows[owner == rank]
    return share


def _cut(order: NDArray[np.int64], lengths: NDArray[np.int64], budget: int) -> list[NDArray[np.int64]]:
    """Cuts a list that is sorted by length, so that a batch's last sentence is its longest."""
    batches, start = [], 0
    for end in range(1, len(order) + 1):
        if end == len(order) or (end + 1 - start) * lengths[order[end]] > budget:
            batches.append(order[start:end])
            start = end
    return batches
