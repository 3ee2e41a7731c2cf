"""What stands round a sentence in its document, and where else in it each of its words stands.

A name that one sentence leaves open is often told by another: `Essex` that `beat` somebody two lines above is a team here too. This
is the context aggregation of Ratinov and Roth 2009 (Design challenges and misconceptions in named entity recognition, 3.3), with
vectors in place of words. Documents need no marks: what is near belongs together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float32, Int
from numpy import ndarray
from numpy.typing import NDArray

from tagger.features.vocab import Vocab
from tagger.features.words import WordFeaturizer


@dataclass(frozen=True)
class Surroundings:
    """What is round some sentences, as ids of a table of words.

    Attributes:
        around: The words of each sentence and of those near it, sentence by sentence.
        around_starts: Where those of each sentence begin.
        before: What stands before the other places of each word that are near, word by word; padding at the start of a sentence.
        behind: What stands behind them.
        starts: Where those of each word begin.
        counts: Of each word the logarithm of 1 + the number of its other places, and the shares of them in lower and upper case.
        sentences: For each word the number of its sentence among these.
        alone: For each sentence whether there is no other; then nothing is told of it.
    """

    around: Int[ndarray, " around"]
    around_starts: Int[ndarray, " batch"]
    before: Int[ndarray, " places"]
    behind: Int[ndarray, " places"]
    starts: Int[ndarray, " words"]
    counts: Float32[ndarray, "words 3"]
    sentences: Int[ndarray, " words"]
    alone: Bool[ndarray, " batch"]


class DocumentContextFeaturizer:
    """Sentences in their order -> what is round each.

    Args:
        of: The embedding whose table tells what words mean.
        reach: How many words before and behind are near.
    """

    def __init__(self, of: str, *, reach: int) -> None:
        self.of = of
        self.reach = reach

    def contexts(
        self,
        types: Sequence[str],
        words: NDArray[np.int64],
        offsets: NDArray[np.int64],
        featurizers: Mapping[str, object],
    ) -> "Documents":
        """The source for these sentences; see `ContextFeaturizer`."""
        table = featurizers[self.of]
        assert isinstance(table, WordFeaturizer)
        return Documents(types, words, offsets, table.encode(types), self.reach)

    def to_json(self) -> dict[str, Any]:
        """What `from_json` needs."""
        return {"of": self.of, "reach": self.reach}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "DocumentContextFeaturizer":
        """The featurizer that `to_json` wrote."""
        return cls(data["of"], reach=data["reach"])


class Documents:
    """All sentences of a split, or of a window of a stream: the source of what is round some of them.

    Places of one word, whatever its case, are kept side by side in the order of their numbers: those near a place are a stretch.

    Args:
        types: The distinct words.
        words: For each token of all sentences, one after the other, its index in `types`.
        offsets: Sentence i is `words[offsets[i]:offsets[i + 1]]`.
        ids: Of each of `types` that in the table.
        reach: How many words before and behind are near.
    """

    def __init__(
        self, types: Sequence[str], words: NDArray[np.int64], offsets: NDArray[np.int64], ids: NDArray[np.int64], reach: int
    ) -> None:
        self._reach = reach
        self._ids = ids[words]
        # Which words differ in case alone; words that the table lacks are told apart here too.
        numbers: dict[str, int] = {}
        kin = np.array([numbers.setdefault(word.lower(), len(numbers)) for word in types], dtype=np.int64)
        self._kin = kin[words]
        self._order = np.argsort(self._kin, kind="stable")
        self._keys = self._key(self._kin, np.arange(len(words)))[self._order]
        self._cases = np.array([[word.islower(), word.isupper()] for word in types], dtype=np.float32).reshape(-1, 2)[words]
        self._is_first, self._is_last = np.zeros((2, len(words)), dtype=bool)
        filled = np.diff(offsets) > 0
        self._is_first[offsets[:-1][filled]] = True
        self._is_last[offsets[1:][filled] - 1] = True

    def _key(self, kin: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.int64]:
        """A number that orders places by their word, those of one word as they stand."""
        return kin * len(self._kin) + places

    def of(self, places: NDArray[np.int64], words: NDArray[np.int64], lengths: NDArray[np.int64]) -> Surroundings:
        """What is round some sentences; see `ContextSource`."""
        if len(places) == len(self._kin) and len(lengths) == 1:
            return _alone(len(places))
        ends = np.cumsum(lengths)
        firsts, lasts = places[ends - lengths], places[ends - 1]
        lefts, rights = np.maximum(firsts - self._reach, 0), np.minimum(lasts + 1 + self._reach, len(self._kin))
        starts, counts, others = self._others(places)
        before = np.where(self._is_first[others], Vocab.padding_id, self._ids[others - 1])
        # What is behind the last place of all is never read.
        behind = np.where(self._is_last[others], Vocab.padding_id, self._ids[(others + 1) % len(self._kin)])
        return Surroundings(
            self._ids[_ranges(lefts, rights)],
            _starts(rights - lefts),
            before,
            behind,
            starts,
            counts,
            np.repeat(np.arange(len(lengths)), lengths),
            np.zeros(len(lengths), dtype=bool),
        )

    def _others(self, places: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
        """The other places near each of these where its word stands: where they begin, their counts, and the places."""
        kin, last = self._kin[places], len(self._kin) - 1
        left = np.searchsorted(self._keys, self._key(kin, np.maximum(places - self._reach, 0)))
        right = np.searchsorted(self._keys, self._key(kin, np.minimum(places + self._reach, last)), side="right")
        near = self._order[_ranges(left, right)]
        others = near[near != np.repeat(places, right - left)]
        sizes = right - left - 1
        counts = np.zeros((len(places), 3), dtype=np.float32)
        counts[:, 0] = np.log1p(sizes)
        # A sum over nothing would be that of the next word.
        some = sizes > 0
        starts = _starts(sizes)
        if some.any():
            counts[some, 1:] = np.add.reduceat(self._cases[others], starts[some]) / sizes[some, None]
        return starts, counts, others


def _alone(num_words: int) -> Surroundings:
    """What is round a sentence that has the stream for itself, of which nobody asks more."""
    nothing, none = np.zeros(0, dtype=np.int64), np.zeros(num_words, dtype=np.int64)
    counts = np.zeros((num_words, 3), dtype=np.float32)
    return Surroundings(nothing, np.zeros(1, dtype=np.int64), nothing, nothing, none, counts, none, np.ones(1, dtype=bool))


def _starts(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    starts: NDArray[np.int64] = np.cumsum(sizes) - sizes
    return starts


def _ranges(lefts: NDArray[np.int64], rights: NDArray[np.int64]) -> NDArray[np.int64]:
    """All numbers from each left to its right, the right not among them, range by range."""
    sizes = rights - lefts
    ranges: NDArray[np.int64] = np.repeat(lefts - _starts(sizes), sizes) + np.arange(sizes.sum())
    return ranges
