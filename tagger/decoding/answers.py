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

from tagger.decoding.chain import ChainScores
from tagger.decoding.search import ONLY_TAGS, AlongPath, Found, Ranked, Wanted, search
from tagger.text.schemes import IOB2, OUTSIDE, LabelledRange, TagScheme, split_tag


class TagSequence(NamedTuple):
    """A whole tag sequence of a sentence, its spans, and its probability, given the sentence and that its tags are legal."""

    probability: float
    tags: tuple[str, ...]
    spans: tuple[LabelledRange, ...]


class Prediction(NamedTuple):
    """What was found in one sentence for one task.

    `tags` are written in IOB2 where the task finds spans; where a sentence has one label, it is the only one of them, and without
    words there is none. The probabilities of these tags, of the spans and of the whole sequence are shares of the legal sequences
    of the sentence; None where they were not asked for. A label's is that of the only tag, and it has none as a sequence. The
    `alternatives` are the most probable sequences, the best among them; none where only the best was asked for, and none of labels.
    """

    tags: tuple[str, ...]
    spans: tuple[LabelledRange, ...]
    tag_probabilities: tuple[float, ...] | None
    span_probabilities: tuple[float, ...] | None
    probability: float | None = None
    alternatives: tuple[TagSequence, ...] = ()


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
    def twins(self) -> Int[ndarray, " tags"] | None:
        """For each tag the other one that IOB2 writes as it does (`S-PER` for `B-PER`), or itself; None where all differ."""
        if self.scheme is None or self.scheme is IOB2:
            return None
        written = [(label, bool(self._joined[:, index].any())) for index, label in enumerate(self._labels)]
        return np.array(
            [
                next((other for other, tag in enumerate(written) if tag == one and other != index), index)
                for index, one in enumerate(written)
            ]
        )

    @cached_property
    def _inside(self) -> Int[ndarray, " tags"] | None:
        """In IOB2 for each tag that which carries its span on; `O`'s is any. None in other schemes."""
        if self.scheme is not IOB2:
            return None
        return np.array([self.names.index(f"I-{label}") if label else 0 for label in self._labels])

    def predictions(
        self, found: Found, offsets: Int[ndarray, " sentences_and_one"], wanted: Wanted = ONLY_TAGS
    ) -> list[Prediction]:
        """The prediction of each sentence.

        Args:
            found: Of all sentences; those without words are not in it.
            offsets: Sentence i is `found.path[offsets[i]:offsets[i + 1]]`.
            wanted: What was asked for when they were found.
        """
        predictions = self._read(found.path, offsets, found.along if wanted.probabilities else None)
        if found.along is None:
            return predictions
        certain = _sequence_shares(found.along, offsets)
        if wanted.probabilities:
            shares = np.exp(certain).tolist()
            predictions = [one._replace(probability=share) for one, share in zip(predictions, shares, strict=True)]
        if found.ranked is None:
            return predictions
        alternatives = self._alternatives(found.ranked, certain, offsets)
        return [one._replace(alternatives=others) for one, others in zip(predictions, alternatives, strict=True)]

    def _read(
        self, path: Int[ndarray, " words"], offsets: Int[ndarray, " sentences_and_one"], along: AlongPath | None
    ) -> list[Prediction]:
        """Tags, spans and, where there is what they are made of, their probabilities."""
        shares = None if along is None else along.tag_shares.tolist()
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
        labels = self._labels_at(path[starts])
        spans = list(map(LabelledRange, (starts - places).tolist(), (ends - places).tolist(), labels))
        certain = None if along is None else self.span_shares(along, starts, ends).tolist()
        return [
            Prediction(
                tuple(tags[start:end]),
                tuple(spans[left:right]),
                None if shares is None else tuple(shares[start:end]),
                None if certain is None else tuple(certain[left:right]),
            )
            for (start, end), (left, right) in zip(pairs, pairwise(cuts), strict=True)
        ]

    def _alternatives(
        self, ranked: Ranked, certain: Float[ndarray, " sentences"], offsets: Int[ndarray, " sentences_and_one"]
    ) -> list[tuple[TagSequence, ...]]:
        """The most probable sequences of each sentence; of one without words, nothing, for certain."""
        gaps = np.full((len(ranked.gaps), len(certain)), -np.inf)
        gaps[0] = 0
        gaps[:, np.diff(offsets) > 0] = ranked.gaps
        several: list[list[TagSequence]] = [[] for _ in certain]
        rows = zip(ranked.paths, np.exp(certain + gaps).tolist(), np.isfinite(gaps).tolist(), strict=True)
        for path, shares, legal in rows:
            for sequences, share, is_legal, one in zip(several, shares, legal, self._read(path, offsets, None), strict=True):
                if is_legal:
                    sequences.append(TagSequence(share, one.tags, one.spans))
        return list(map(tuple, several))

    def spans(
        self, path: Int[ndarray, " words"], offsets: Int[ndarray, " sentences_and_one"]
    ) -> tuple[Int[ndarray, " spans"], Int[ndarray, " spans"], list[str]]:
        """Where the spans of all sentences start, where they end (exclusive), counted in `path`, and their labels."""
        _, starts, ends = self._edges(path, offsets)
        return starts, ends, self._labels_at(path[starts])

    def _labels_at(self, path: Int[ndarray, " words"]) -> list[str]:
        return [self._labels[index] for index in path.tolist()]

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

    def span_shares(
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
        wanted: Wanted = ONLY_TAGS,
        *,
        temperature: float = 1.0,
    ) -> Found:
        """What a batch of emissions says; the arguments as in `search`."""
        return search(scores, emissions, mask, wanted, temperature=temperature, twins=self.twins, inside=self._inside)


def _sequence_shares(along: AlongPath, offsets: Int[ndarray, " sentences_and_one"]) -> Float[ndarray, " sentences"]:
    """The log-probability of each sentence's tags as a whole: that of a stretch from its first word to its last."""
    certain = np.zeros(len(offsets) - 1)
    filled = np.diff(offsets) > 0
    starts, lasts = offsets[:-1][filled], offsets[1:][filled] - 1
    whole = along.ahead[starts] + along.path[lasts] - along.path[starts] + along.behind[lasts]
    certain[filled] = np.minimum(whole, 0)
    return certain
