"""The best paths of many sentences -> their tags in IOB2, spans, and probabilities; all sentences at once.

The words of all sentences stand one after the other, as in `EncodedSentences`.
"""

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from tagger.decoding.chain import ChainScores, forward_backward, viterbi
from tagger.text.schemes import IOB2, OUTSIDE, LabelledRange, TagScheme, split_tag


class Prediction(NamedTuple):
    """What was found in one sentence for one task.

    `tags` are written in IOB2 where the task finds spans; where a sentence has one label, it is the only one of them, and without
    words there is none. The probabilities of the tags and of the spans are those of the model's
    own scheme, given the sentence and that its tags are legal; None where they were not asked for.
    """

    tags: tuple[str, ...]
    spans: tuple[LabelledRange, ...]
    tag_probabilities: tuple[float, ...] | None
    span_probabilities: tuple[float, ...] | None


class AlongPath(NamedTuple):
    """What probabilities are made of, at the best tag of each word; sums as in `Sums`, less the sentence's `total`.

    Attributes:
        ahead: The forward sums.
        behind: The backward sums, `total` not taken out.
        path: The scores of the words of the sentence so far, without its first word's emission: what lies between two words is the
            difference of theirs.
        onwards: In IOB2, where the next tag decides whether a span ends, what a span that goes on behind the word has in place of
            `behind`; -inf at a sentence's last word.
    """

    ahead: Float[ndarray, " words"]
    behind: Float[ndarray, " words"]
    path: Float[ndarray, " words"]
    onwards: Float[ndarray, " words"] | None


class TagTable:
    """A task's tags, and what two of them side by side say about spans.

    Attributes:
        names: The tags in the order of their ids.
        scheme: How they write spans; None for plain tags.
    """

    def __init__(self, names: Sequence[str], scheme: TagScheme | None) -> None:
        self.names = tuple(names)
        self.scheme = scheme

    @cached_property
    def _labels(self) -> list[str]:
        return [split_tag(name)[1] for name in self.names]

    @cached_property
    def _joined(self) -> Bool[ndarray, "tags tags"]:
        """Whether a tag carries on the span of the one before it; the last row and column stand for the sentence's ends."""
        assert self.scheme is not None
        parts = [split_tag(name) for name in self.names]
        joined = np.zeros((len(parts) + 1, len(parts) + 1), dtype=bool)
        for i, (left, label) in enumerate(parts):
            for j, (right, other) in enumerate(parts):
                joined[i, j] = bool(label) and label == other and left + right in self.scheme.inner
        return joined

    @cached_property
    def _written(self) -> list[str]:
        """IOB2's tag for each tag, first as one that carries a span on, then as one that opens it."""
        inside = [f"I-{label}" if label else OUTSIDE for label in self._labels]
        return inside + [f"B-{label}" if label else OUTSIDE for label in self._labels]

    @cached_property
    def _inside(self) -> Int[ndarray, " tags"]:
        """In IOB2 for each tag that which carries its span on; `O`'s is any."""
        return np.array([self.names.index(f"I-{label}") if label else 0 for label in self._labels])

    def predictions(
        self, path: Int[ndarray, " words"], offsets: Int[ndarray, " sentences_and_one"], along: AlongPath | None
    ) -> list[Prediction]:
        """The prediction of each sentence.

        Args:
            path: The id of each word's best tag, sentence by sentence.
            offsets: Sentence i is `path[offsets[i]:offsets[i + 1]]`.
            along: What probabilities are made of, where they are asked for.
        """
        shares = None if along is None else np.exp(np.minimum(along.ahead + along.behind, 0)).tolist()
        bounds = offsets.tolist()
        pairs = list(pairwise(bounds))
        if self.scheme is None:
            tags = [self.names[index] for index in path.tolist()]
            none = None if shares is None else ()
            return [
                Prediction(tuple(tags[start:end]), (), None if shares is None else tuple(shares[start:end]), none)
                for start, end in pairs
            ]
        opens, starts, ends = self._edges(path, offsets)
        written = self._written
        tags = [written[index] for index in (path + opens * len(self.names)).tolist()]
        # The spans of sentence i are those from cuts[i] to cuts[i + 1].
        cuts = np.searchsorted(starts, offsets).tolist()
        places = np.repeat(offsets[:-1], np.diff(cuts))
        labels = [self._labels[index] for index in path[starts].tolist()]
        spans = list(map(LabelledRange, (starts - places).tolist(), (ends - places).tolist(), labels))
        certain = None if along is None else self._span_shares(along, starts, ends).tolist()
        return [
            Prediction(
                tuple(tags[start:end]),
                tuple(spans[left:right]),
                None if shares is None else tuple(shares[start:end]),
                None if certain is None else tuple(certain[left:right]),
            )
            for (start, end), (left, right) in zip(pairs, pairwise(cuts), strict=True)
        ]

    def _edges(
        self, path: Int[ndarray, " words"], offsets: Int[ndarray, " sentences_and_one"]
    ) -> tuple[Bool[ndarray, " words"], Int[ndarray, " spans"], Int[ndarray, " spans"]]:
        """Whether each word opens a span; where spans start; where they end, exclusive."""
        beside = np.full(len(path) + 1, len(self.names))
        beside[1:] = path
        within = self._joined[beside[:-1], path]
        # Sentences don't join.
        within[offsets[:-1][np.diff(offsets) > 0]] = False
        in_span = np.array([bool(label) for label in self._labels])[path]
        opens = in_span & ~within
        goes_on = np.append(within[1:], False) if len(within) else within
        return opens, opens.nonzero()[0], (in_span & ~goes_on).nonzero()[0] + 1

    def _span_shares(
        self, along: AlongPath, starts: Int[ndarray, " spans"], ends: Int[ndarray, " spans"]
    ) -> Float[ndarray, " spans"]:
        """The probability of each span: that of its tags at its places, whatever stands around it.

        In IOB2 that of the same span going on is taken off.
        """
        within = along.ahead[starts] + along.path[ends - 1] - along.path[starts]
        shares: Float[ndarray, " spans"] = np.exp(np.minimum(within + along.behind[ends - 1], 0))
        if along.onwards is not None:
            shares = shares - np.exp(np.minimum(within + along.onwards[ends - 1], 0))
        clipped: Float[ndarray, " spans"] = np.clip(shares, 0, 1)
        return clipped

    def best(
        self,
        scores: ChainScores,
        emissions: Float[ndarray, "batch words tags"],
        mask: Bool[ndarray, "batch words"],
        *,
        probabilities: bool,
    ) -> tuple[Int[ndarray, " real"], AlongPath | None]:
        """The best tags of a batch's words, sentence by sentence, and what their probabilities are made of."""
        emissions = scores.counted(emissions)
        path = viterbi(scores, emissions, mask)
        return path[mask], self._along(scores, emissions, mask, path) if probabilities else None

    def _along(
        self,
        scores: ChainScores,
        emissions: Float[ndarray, "batch words tags"],
        mask: Bool[ndarray, "batch words"],
        path: Int[ndarray, "batch words"],
    ) -> AlongPath:
        sums = forward_backward(scores, emissions, mask)

        def at(values: Float[ndarray, "batch words tags"], tags: Int[ndarray, "batch words"]) -> Float[ndarray, "batch words"]:
            return np.take_along_axis(values, tags[:, :, None], axis=2)[:, :, 0]

        steps = np.zeros(path.shape)
        # In float64: a long sentence's sum grows large, and a span needs a small difference of two.
        np.cumsum(
            at(emissions, path)[:, 1:] + scores.transitions[path[:, :-1], path[:, 1:]], axis=1, out=steps[:, 1:], dtype=np.float64
        )
        ahead = at(sums.ahead, path) - sums.total[:, None]
        onwards = None
        if self.scheme is IOB2:
            inside = self._inside[path]
            onwards = np.full(path.shape, -np.inf)
            next_words = at(emissions[:, 1:], inside[:, :-1]) + at(sums.behind[:, 1:], inside[:, :-1])
            onwards[:, :-1] = np.where(mask[:, 1:], scores.transitions[path[:, :-1], inside[:, :-1]] + next_words, -np.inf)
            onwards = onwards[mask]
        return AlongPath(ahead[mask], at(sums.behind, path)[mask], steps[mask], onwards)


def joined(parts: Sequence[AlongPath]) -> AlongPath:
    """The words of several batches, one after the other."""
    none = np.zeros(0)
    onwards = [part.onwards for part in parts if part.onwards is not None]
    return AlongPath(
        np.concatenate([none, *(part.ahead for part in parts)]),
        np.concatenate([none, *(part.behind for part in parts)]),
        np.concatenate([none, *(part.path for part in parts)]),
        np.concatenate(onwards) if onwards else None,
    )
