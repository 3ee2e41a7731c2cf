"""What an embedding reads that knows whole sentences: windows of subwords, vectors made before, or what is round them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float16
from numpy import ndarray
from numpy.typing import NDArray

from tagger.features.document_context import Surroundings
from tagger.features.windows import Windows, WindowShape, cut

KeptVectors = Float16[ndarray, "words layers width"]

Context = Windows | KeptVectors | Surroundings
"""What an embedding reads of a batch: windows of it, what a frozen transformer gave its words before, or what is round it."""


@runtime_checkable
class ContextSource(Protocol):
    """All sentences of a split, or of a window of a stream, for one embedding."""

    def of(self, places: NDArray[np.int64], words: NDArray[np.int64], lengths: NDArray[np.int64]) -> Context:
        """What the embedding reads of some sentences.

        Args:
            places: The place of each of their words in `EncodedSentences.words`.
            words: What stands there: the number of the distinct word.
            lengths: The number of words of each sentence.
        """
        ...


@runtime_checkable
class ContextFeaturizer(Protocol):
    """Words in their order -> what is needed of the sentences that they stand in."""

    def contexts(
        self,
        types: Sequence[str],
        words: NDArray[np.int64],
        offsets: NDArray[np.int64],
        featurizers: Mapping[str, object],
    ) -> ContextSource:
        """The source for some sentences.

        Args:
            types: The distinct words.
            words: For each token of all sentences, one after the other, its index in `types`.
            offsets: Sentence i is `words[offsets[i]:offsets[i + 1]]`.
            featurizers: All of the model, by the name of their embedding.
        """
        ...


@dataclass(frozen=True)
class Subwords:
    """The subwords of distinct words, from which the windows of any sentences are put together.

    Attributes:
        ids: Those of all words, one after the other.
        offsets: Word i has `ids[offsets[i]:offsets[i + 1]]`, at least one.
        shape: What fits into a window.
    """

    ids: NDArray[np.int64]
    offsets: NDArray[np.int64]
    shape: WindowShape

    def of(self, places: NDArray[np.int64], words: NDArray[np.int64], lengths: NDArray[np.int64]) -> Windows:
        """The windows of some sentences."""
        sizes = np.diff(self.offsets)[words]
        ends = np.cumsum(sizes)
        ids = self.ids[np.repeat(self.offsets[words] - ends + sizes, sizes) + np.arange(ends[-1])]
        return cut(ids, sizes, lengths, self.shape)


@dataclass(frozen=True)
class Kept:
    """The vectors of every word of a split, made before.

    Attributes:
        vectors: Usually mapped into memory, not read.
    """

    vectors: KeptVectors

    def of(self, places: NDArray[np.int64], words: NDArray[np.int64], lengths: NDArray[np.int64]) -> KeptVectors:
        """The vectors of the words of some sentences."""
        return self.vectors[places]


@dataclass(frozen=True)
class Stretch:
    """Some of the sentences of a source, one after the other, which still know of the others.

    Attributes:
        source: That of all.
        first: The place of their first word in it.
    """

    source: ContextSource
    first: int

    def of(self, places: NDArray[np.int64], words: NDArray[np.int64], lengths: NDArray[np.int64]) -> Context:
        """What the source gives; see `ContextSource`."""
        return self.source.of(places + self.first, words, lengths)


def context_sources(
    featurizers: Mapping[str, object],
    types: Sequence[str],
    words: NDArray[np.int64],
    offsets: NDArray[np.int64],
    *,
    besides: Collection[str] = (),
) -> dict[str, ContextSource]:
    """For each featurizer of whole sentences its source for these sentences; those of `besides` have none."""
    return {
        name: part.contexts(types, words, offsets, featurizers)
        for name, part in featurizers.items()
        if isinstance(part, ContextFeaturizer) and name not in besides
    }
