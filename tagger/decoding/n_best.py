"""The n best paths through a linear chain, for a whole batch at a time.

The list Viterbi algorithm (Seshadri and Sundberg 1994): where Viterbi keeps the best path to each tag, this keeps the n best. The
paths to a tag come from sorted lists, one for each tag before; they are merged by looking at the heads of these lists alone.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from tagger.decoding.chain import ChainScores, is_forbidden


class BestPaths(NamedTuple):
    """The best paths of each sentence, from the best on; 0 at padding.

    Attributes:
        paths: For each rank the path of each sentence.
        scores: What each scores; -inf where the sentence has no further legal path.
    """

    paths: Int[ndarray, "ranks batch words"]
    scores: Float[ndarray, "ranks batch"]


def n_best(
    scores: ChainScores, emissions: Float[ndarray, "batch words tags"], mask: Bool[ndarray, "batch words"], count: int
) -> BestPaths:
    """The `count` best legal paths of each sentence, in float64.

    Of equal ones that comes first whose tags have the lower ids from the end, as in `viterbi`.

    Args:
        scores: The chain.
        emissions: As they count.
        mask: True for real words, which come first in each row.
        count: How many, at least 1.
    """
    emissions = emissions.astype(np.float64)
    arriving, first, last = (
        np.where(is_forbidden(part), -np.inf, part.astype(np.float64)) for part in (scores.transitions.T, scores.first, scores.last)
    )
    size, words, tags = emissions.shape
    lengths = mask.sum(1)
    best = np.full((size, tags, count), -np.inf)
    best[:, :, 0] = emissions[:, 0] + first
    # For each path to a tag, where it came from: tag * count + rank.
    back = np.zeros((words, size, tags * count), dtype=np.int32)
    for step in range(1, words):
        come, places = _merged(best, arriving)
        back[step] = places.reshape(size, -1)
        come += emissions[:, step, :, None]
        # The paths of a sentence that is over stay what they are.
        best = np.where((step < lengths)[:, None, None], come, best)
    ends, places = _merged(best, last[None])
    place = places[:, 0]
    paths = np.zeros((size, words, count), dtype=np.int64)
    rows = np.arange(size)[:, None]
    for step in range(words - 1, -1, -1):
        paths[:, step] = place // count
        place = np.where((step < lengths)[:, None], back[step][rows, place], place)
    paths *= mask[:, :, None]
    return BestPaths(np.ascontiguousarray(paths.transpose(2, 0, 1)), np.ascontiguousarray(ends[:, 0].T))


def _merged(
    lists: Float[ndarray, "batch tags ranks"], arriving: Float[ndarray, "next tags"]
) -> tuple[Float[ndarray, "batch next ranks"], Int[ndarray, "batch next ranks"]]:
    """The best continuations of paths, for each tag that is next: their scores, and where they came from.

    Args:
        lists: The scores of the paths to each tag, from the best on.
        arriving: `[j, i]` is the score of tag j after tag i.
    """
    size, tags, count = lists.shape
    # Behind each list stands that it is over.
    ending = np.concatenate([lists, np.full((size, tags, 1), -np.inf)], axis=2)
    heads = lists[:, None, :, 0] + arriving
    taken = np.zeros(heads.shape, dtype=np.int64)
    values = np.empty((size, len(arriving), count))
    places = np.empty(values.shape, dtype=np.int64)
    rows, following = np.arange(size)[:, None], np.arange(len(arriving))
    for rank in range(count):
        before = heads.argmax(2)
        head = (rows, following, before)
        values[:, :, rank] = heads[head]
        nth = taken[head]
        places[:, :, rank] = before * count + nth
        taken[head] = nth + 1
        heads[head] = ending[rows, before, nth + 1] + arriving[following, before]
    return values, places
