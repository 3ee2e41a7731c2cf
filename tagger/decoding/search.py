"""A batch of emissions -> the best tags of each sentence, what their probabilities are made of, and the next best sequences."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from tagger.decoding.chain import ChainScores, forward_backward, viterbi
from tagger.decoding.n_best import n_best


class Wanted(NamedTuple):
    """What is asked for beside the best tags.

    Attributes:
        probabilities: Whether the probabilities of tags, spans and the sequence are.
        n_best: How many of the most probable sequences are.
    """

    probabilities: bool = False
    n_best: int = 1

    @property
    def nothing(self) -> "Found":
        """What is found where there are no words."""
        ids, sums = np.zeros((self.n_best, 0), dtype=np.int64), np.zeros((self.n_best, 0))
        along = AlongPath(sums[0], sums[0], sums[0], sums[0], None) if self.probabilities or self.n_best > 1 else None
        return Found(ids[0], along, Ranked(ids, sums) if self.n_best > 1 else None)


ONLY_TAGS = Wanted()


class AlongPath(NamedTuple):
    """What probabilities are made of, at the best tag of each word; sums as in `Sums`, less the sentence's `total`.

    Attributes:
        ahead: The forward sums.
        behind: The backward sums, `total` not taken out.
        path: The scores of the words of the sentence so far, without its first word's emission: what lies between two words is the
            difference of theirs.
        tag_shares: The probability of each word's tag, or of all tags together that are written as it is.
        onwards: In IOB2, where the next tag decides whether a span ends, what a span that goes on behind the word has in place of
            `behind`; -inf at a sentence's last word.
    """

    ahead: Float[ndarray, " words"]
    behind: Float[ndarray, " words"]
    path: Float[ndarray, " words"]
    tag_shares: Float[ndarray, " words"]
    onwards: Float[ndarray, " words"] | None


class Ranked(NamedTuple):
    """The most probable sequences of the sentences, from the best on.

    Attributes:
        paths: For each rank the tags of all words.
        gaps: By how much the log-probability of each sentence's sequence lies below that of its best; -inf where there is none.
    """

    paths: Int[ndarray, "ranks words"]
    gaps: Float[ndarray, "ranks sentences"]


class Found(NamedTuple):
    """What decoding says of the words of a batch, sentence by sentence: their best tags and, where asked for, the rest."""

    path: Int[ndarray, " words"]
    along: AlongPath | None = None
    ranked: Ranked | None = None


def search(
    scores: ChainScores,
    emissions: Float[ndarray, "batch words tags"],
    mask: Bool[ndarray, "batch words"],
    wanted: Wanted,
    *,
    temperature: float = 1.0,
    twins: Int[ndarray, " tags"] | None = None,
    inside: Int[ndarray, " tags"] | None = None,
) -> Found:
    """The best tags of a batch's words, and what their probabilities and the next best are made of.

    Args:
        scores: The chain.
        emissions: As the engine gives them.
        mask: True for real words.
        wanted: What is asked for beside the best tags.
        temperature: What all scores are divided by before they become probabilities (Guo et al. 2017).
        twins: For each tag the one that is written as it is, itself where there is none; None where each tag is written apart.
        inside: In IOB2 for each tag that which carries its span on.
    """
    emissions = scores.counted(emissions)
    ranked = None
    if wanted.n_best > 1:
        several = n_best(scores, emissions, mask, wanted.n_best)
        path = several.paths[0]
        ranked = Ranked(several.paths[:, mask], (several.scores - several.scores[0]) / temperature)
    else:
        path = viterbi(scores, emissions, mask)
    if not wanted.probabilities and ranked is None:
        return Found(path[mask])
    return Found(path[mask], along_path(scores, emissions, mask, path, temperature, twins, inside), ranked)


def along_path(
    scores: ChainScores,
    emissions: Float[ndarray, "batch words tags"],
    mask: Bool[ndarray, "batch words"],
    path: Int[ndarray, "batch words"],
    temperature: float,
    twins: Int[ndarray, " tags"] | None,
    inside: Int[ndarray, " tags"] | None,
) -> AlongPath:
    """What the probabilities of a path are made of; emissions as they count."""
    if temperature != 1:
        scores, emissions = scores.tempered(temperature), emissions / temperature
    sums = forward_backward(scores, emissions, mask)

    def at(values: Float[ndarray, "batch words tags"], tags: Int[ndarray, "batch words"]) -> Float[ndarray, "batch words"]:
        return np.take_along_axis(values, tags[:, :, None], axis=2)[:, :, 0]

    steps = np.zeros(path.shape)
    # In float64: a long sentence's sum grows large, and a span needs a small difference of two.
    np.cumsum(
        at(emissions, path)[:, 1:] + scores.transitions[path[:, :-1], path[:, 1:]], axis=1, out=steps[:, 1:], dtype=np.float64
    )
    total = sums.total[:, None]
    ahead, behind = at(sums.ahead, path) - total, at(sums.behind, path)
    shares = np.exp(np.minimum(ahead + behind, 0))
    if twins is not None:
        others = twins[path]
        beside = np.exp(np.minimum(at(sums.ahead, others) + at(sums.behind, others) - total, 0))
        shares = np.minimum(shares + np.where(others == path, 0, beside), 1)
    onwards = None
    if inside is not None:
        inside = inside[path]
        onwards = np.full(path.shape, -np.inf)
        next_words = at(emissions[:, 1:], inside[:, :-1]) + at(sums.behind[:, 1:], inside[:, :-1])
        onwards[:, :-1] = np.where(mask[:, 1:], scores.transitions[path[:, :-1], inside[:, :-1]] + next_words, -np.inf)
        onwards = onwards[mask]
    return AlongPath(ahead[mask], behind[mask], steps[mask], shares[mask], onwards)


def joined(parts: Sequence[Found], wanted: Wanted) -> Found:
    """The words of several batches, one after the other."""
    if not parts:
        return wanted.nothing
    along = [part.along for part in parts if part.along is not None]
    ranked = [part.ranked for part in parts if part.ranked is not None]
    return Found(
        np.concatenate([part.path for part in parts]),
        _joined_along(along) if along else None,
        Ranked(*(np.concatenate(values, axis=1) for values in zip(*ranked, strict=True))) if ranked else None,
    )


def _joined_along(parts: Sequence[AlongPath]) -> AlongPath:
    onwards = [part.onwards for part in parts if part.onwards is not None]
    return AlongPath(
        np.concatenate([part.ahead for part in parts]),
        np.concatenate([part.behind for part in parts]),
        np.concatenate([part.path for part in parts]),
        np.concatenate([part.tag_shares for part in parts]),
        np.concatenate(onwards) if onwards else None,
    )
