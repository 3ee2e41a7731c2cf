"""The linear chain in use: the best path of each sentence and the forward-backward sums, for a whole batch at a time.

The definitions are those of `tagger.modules.crf`, which learns the scores. Every step takes the whole batch; sentences are few
and tags fewer, so that numpy, whose calls cost little, is faster here than a library for large arrays.

Viterbi 1967; the forward-backward algorithm as in Rabiner 1989, in log space.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

FORBIDDEN = -1e4
"""The score of what a scheme forbids: its exponential is exactly 0, and unlike -inf it makes no NaN."""


_PAIRS_AT_ONCE = 2**17


class ChainScores(NamedTuple):
    """What a task's tag sequences score beside their emissions.

    Attributes:
        transitions: `[i, j]` is the score of tag j after tag i.
        first: The score of each tag at a sentence's start.
        last: The score of each tag at its end.
        normalised: Whether emissions become log-probabilities of each word's tags before they count.
    """

    transitions: Float[ndarray, "tags tags"]
    first: Float[ndarray, " tags"]
    last: Float[ndarray, " tags"]
    normalised: bool

    @property
    def free(self) -> bool:
        """Whether every sequence is legal and none is preferred, so that each word decides alone."""
        return not (self.transitions.any() or self.first.any() or self.last.any())

    def counted(self, emissions: Float[ndarray, "batch words tags"]) -> Float[ndarray, "batch words tags"]:
        """The emissions as they count."""
        return log_softmax(emissions) if self.normalised else emissions

    def tempered(self, temperature: float) -> "ChainScores":
        """The chain whose paths score so many times less; what is forbidden stays forbidden.

        The emissions, as they count, are for the caller to divide.
        """
        transitions, first, last = (np.where(is_forbidden(part), part, part / temperature) for part in self[:3])
        return ChainScores(transitions, first, last, self.normalised)


def is_forbidden(scores: Float[ndarray, "*shape"]) -> Bool[ndarray, "*shape"]:
    """What a scheme forbids, whatever was learned on top of it."""
    forbidden: Bool[ndarray, "*shape"] = scores < FORBIDDEN / 2
    return forbidden


class Sums(NamedTuple):
    """The forward-backward sums in log space, at padding without meaning.

    `ahead[b, t, k]` sums over the paths of the words up to t that end in k, with t's emission; `behind[b, t, k]` over those that
    go on from k, without it. Their sum less `total` is the log-probability of tag k at word t.
    """

    ahead: Float[ndarray, "batch words tags"]
    behind: Float[ndarray, "batch words tags"]
    total: Float[ndarray, " batch"]

    @property
    def probabilities(self) -> Float[ndarray, "batch words tags"]:
        """The probability of each tag at each word."""
        shares: Float[ndarray, "batch words tags"] = np.exp(np.minimum(self.ahead + self.behind - self.total[:, None, None], 0))
        return shares


def viterbi(
    scores: ChainScores, emissions: Float[ndarray, "batch words tags"], mask: Bool[ndarray, "batch words"]
) -> Int[ndarray, "batch words"]:
    """The best path of each sentence; 0 at padding. Of two equal paths, that whose tags have the lower ids from the end.

    Args:
        scores: The chain.
        emissions: As they count.
        mask: True for real words, which come first in each row.
    """
    if scores.free:
        alone: Int[ndarray, "batch words"] = emissions.argmax(2) * mask
        return alone
    # So many sentences at once that what lies between two steps stays in the processor's cache.
    at_once = max(64, _PAIRS_AT_ONCE // len(scores.first) ** 2)
    starts = range(0, len(emissions), at_once)
    paths = [_best_paths(scores, emissions[start : start + at_once], mask[start : start + at_once]) for start in starts]
    return np.concatenate(paths)


def _best_paths(
    scores: ChainScores, emissions: Float[ndarray, "batch words tags"], mask: Bool[ndarray, "batch words"]
) -> Int[ndarray, "batch words"]:
    size, words, tags = emissions.shape
    lengths, rows = mask.sum(1), np.arange(size)
    # The sentences stand innermost: there are more of them than tags, and what stands innermost goes through the processor side by
    # side.
    emissions = np.ascontiguousarray(emissions.transpose(1, 2, 0))
    # Which tag comes before is only asked on the way back, for one tag of each sentence; on the way there the best score is
    # enough.
    best = np.empty_like(emissions)
    best[0] = emissions[0] + scores.first[:, None]
    pairs = np.empty((tags, tags, size), dtype=emissions.dtype)
    for step in range(1, words):
        np.add(best[step - 1][:, None], scores.transitions[:, :, None], out=pairs)
        np.add(pairs.max(0), emissions[step], out=best[step])
    path = np.zeros((words, size), dtype=np.int64)
    tag = (best[lengths - 1, :, rows] + scores.last).argmax(1)
    path[lengths - 1, rows] = tag
    for step in range(words - 2, -1, -1):
        before = (best[step] + scores.transitions[:, tag]).argmax(0)
        tag = np.where(step < lengths - 1, before, tag)
        path[step] = tag
    path *= mask.T
    return path.T


def forward_backward(
    scores: ChainScores, emissions: Float[ndarray, "batch words tags"], mask: Bool[ndarray, "batch words"]
) -> Sums:
    """The sums of a batch, in float64; emissions as they count."""
    emissions = emissions.astype(np.float64)
    if scores.free:
        own = np.where(mask, _log_sums(emissions), 0)
        upto = np.cumsum(own, axis=1)
        total = upto[:, -1]
        behind = np.broadcast_to((total[:, None] - upto)[:, :, None], emissions.shape)
        return Sums(emissions + (upto - own)[:, :, None], behind, total)
    transitions, first, last = (part.astype(np.float64) for part in scores[:3])
    forwards, backwards = np.exp(transitions), np.exp(transitions.T)
    ahead, behind = np.empty_like(emissions), np.empty_like(emissions)
    words = emissions.shape[1]
    lengths = mask.sum(1)
    ahead[:, 0] = emissions[:, 0] + first
    behind[:, -1] = last
    for step in range(1, words):
        ahead[:, step] = _log_product(ahead[:, step - 1], forwards) + emissions[:, step]
        back = words - step
        come = _log_product(behind[:, back] + emissions[:, back], backwards)
        # Behind the last word stands what the last tag scores; padding is skipped.
        behind[:, back - 1] = np.where((back < lengths)[:, None], come, last)
    ends = ahead[np.arange(len(lengths)), lengths - 1] + last
    return Sums(ahead, behind, np.logaddexp.reduce(ends, axis=1))


def _log_product(sums: Float[ndarray, "batch tags"], factors: Float[ndarray, "tags tags"]) -> Float[ndarray, "batch tags"]:
    """log(exp(sums) @ factors), after the largest sum is taken out."""
    top = sums.max(1, keepdims=True)
    product: Float[ndarray, "batch tags"] = np.log(np.maximum(np.exp(sums - top) @ factors, np.finfo(np.float64).tiny)) + top
    return product


def log_softmax(emissions: Float[ndarray, "batch words tags"]) -> Float[ndarray, "batch words tags"]:
    """The log-probabilities of each word's tags by their emissions alone."""
    shifted = emissions - emissions.max(2, keepdims=True)
    logits: Float[ndarray, "batch words tags"] = shifted - np.log(np.exp(shifted).sum(2, keepdims=True))
    return logits


def log_partition(
    scores: ChainScores, emissions: Float[ndarray, "batch words tags"], mask: Bool[ndarray, "batch words"]
) -> Float[ndarray, " batch"]:
    """The `total` of the forward-backward sums, without the rest."""
    emissions = emissions.astype(np.float64)
    if scores.free:
        alone: Float[ndarray, " batch"] = np.where(mask, _log_sums(emissions), 0).sum(1)
        return alone
    transitions, first, last = (part.astype(np.float64) for part in scores[:3])
    forwards = np.exp(transitions)
    ahead = emissions[:, 0] + first
    for step in range(1, emissions.shape[1]):
        come = _log_product(ahead, forwards) + emissions[:, step]
        ahead = np.where(mask[:, step, None], come, ahead)
    total: Float[ndarray, " batch"] = np.logaddexp.reduce(ahead + last, axis=1)
    return total


def path_scores(
    scores: ChainScores,
    emissions: Float[ndarray, "batch words tags"],
    mask: Bool[ndarray, "batch words"],
    path: Int[ndarray, "batch words"],
) -> Float[ndarray, " batch"]:
    """What the path of each sentence scores; a tag at each place, at padding any."""
    rows = np.arange(len(path))
    own = np.take_along_axis(emissions.astype(np.float64), path[:, :, None], axis=2)[:, :, 0]
    between = scores.transitions.astype(np.float64)[path[:, :-1], path[:, 1:]]
    ends: Float[ndarray, " batch"] = scores.first[path[:, 0]] + scores.last[path[rows, mask.sum(1) - 1]]
    total: Float[ndarray, " batch"] = ends + np.where(mask, own, 0).sum(1) + np.where(mask[:, 1:], between, 0).sum(1)
    return total


def _log_sums(emissions: Float[ndarray, "batch words tags"]) -> Float[ndarray, "batch words"]:
    """For each word the log of the sum over its tags' exponentiated emissions."""
    top = emissions.max(2)
    sums: Float[ndarray, "batch words"] = np.log(np.exp(emissions - top[:, :, None]).sum(2)) + top
    return sums
