"""Engines: what turns ids into emissions, by torch or without it. Features stand before them, decoding behind them."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray
from numpy.typing import NDArray

from tagger.decoding.chain import ChainScores
from tagger.features.contexts import Context


class PlainBatch(NamedTuple):
    """Sentences side by side.

    Attributes:
        positions: For each place which of the unique words stands there; at padding any.
        lengths: The number of words of each sentence, at least 1.
        contexts: For each embedding of whole sentences what it reads of these.
    """

    positions: Int[ndarray, "batch words"]
    lengths: Int[ndarray, " batch"]
    contexts: Mapping[str, Context] = MappingProxyType({})


PlainEmissions = dict[str, Float[ndarray, "batch words tags"] | Float[ndarray, "batch labels"]]
"""For each task the emissions of a batch: of each word's tags, at padding any, or of each sentence's labels."""


@runtime_checkable
class Engine(Protocol):
    """A model in use. What does not depend on a word's neighbours is apart, so that it can be kept for words that come again."""

    @property
    def batch_words(self) -> int:
        """The places of a batch at which it is quickest, padding counted."""
        ...

    @property
    def version(self) -> Hashable:
        """Another whenever `word_vectors` may give others than before."""
        ...

    @property
    def chains(self) -> Mapping[str, ChainScores]:
        """For each task of tags what its sequences score beside their emissions."""
        ...

    def word_vectors(self, features: Mapping[str, NDArray[np.int64]]) -> Float[ndarray, "unique width"]:
        """The vector of each word of which the features are given, of what is the same in any sentence."""
        ...

    def emissions(self, vectors: Float[ndarray, "unique width"], batches: Iterable[PlainBatch]) -> Iterator[PlainEmissions]:
        """For each batch the emissions of each task; at padding any.

        Args:
            vectors: Of the words that stand in the batches.
            batches: Each is only asked for when the one before is done.
        """
        ...
