"""The vectors of words that were seen lately: what a word's characters make of it is worked out once.

Where a model reads columns beside the words, a word is another one with other values there.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from tagger.engines import Engine
from tagger.features.featurizers import features_of
from tagger.features.sentences import word_featurizers

Value = TypeVar("Value")

# Longer words are rare, and a few of them could hold more memory than all others.
_LONGEST = 40
# Places for characters, padding counted. The engine needs memory for each of them, and keeps what it once had: a number of words
# does not bound it, since some texts have one long word beside many short ones.
_PLACES_AT_ONCE = 8_192


Columns = Mapping[str, Sequence[str | None]]
"""For each column that is read beside the words what stands there beside each of them."""


class WordCache:
    """Vectors by word, at most `size` of them; when it is full it begins anew, and so it does when the engine's weights change."""

    def __init__(self, engine: Engine, featurizers: Mapping[str, object], size: int = 32_768) -> None:
        self._engine = engine
        self._featurizers = word_featurizers(featurizers)
        self._size = size
        self._version = engine.version
        self._rows: dict[Hashable, int] = {}
        self._table: Float[ndarray, "known width"] | None = None

    def vectors(self, words: Sequence[str], columns: Columns = MappingProxyType({})) -> Float[ndarray, "words width"]:
        """The vector of each of some words, at least one, no two alike in all that is read of them."""
        keys: Sequence[Hashable] = list(zip(words, *columns.values(), strict=True)) if columns else words
        if self._version != self._engine.version or len(self._rows) + len(words) > self._size:
            self._version, self._rows = self._engine.version, {}
        rows = self._rows
        new = [index for index, key in enumerate(keys) if key not in rows]
        if new:
            self._keep(self._found(_chosen(words, new), _columns_chosen(columns, new)), len(rows))
            rows.update(zip(_chosen(keys, new), range(len(rows), len(rows) + len(new)), strict=True))
        assert self._table is not None
        vectors: Float[ndarray, "words width"] = self._table[[rows[key] for key in keys]]
        if len(rows) > self._size or any(len(words[index]) > _LONGEST for index in new):
            self._rows = {}
        return vectors

    def _found(self, words: Sequence[str], columns: Columns) -> Float[ndarray, "words width"]:
        """The vectors of words."""
        if not self._featurizers:
            # All that is known of them depends on their sentences.
            return np.zeros((len(words), 0), dtype=np.float32)
        found: Float[ndarray, "words width"] | None = None
        for some in _alike(words):
            features = features_of(self._featurizers, _chosen(words, some), _columns_chosen(columns, some))
            vectors = self._engine.word_vectors(features)
            if found is None:
                found = np.empty((len(words), vectors.shape[1]), dtype=vectors.dtype)
            found[some] = vectors
        assert found is not None
        return found

    def _keep(self, vectors: Float[ndarray, "new width"], start: int) -> None:
        """Writes vectors from a row on; the table grows twofold, so that few words need little memory."""
        if self._table is None or start + len(vectors) > len(self._table):
            grown = np.empty((max(1_024, 2 * (start + len(vectors))), vectors.shape[1]), dtype=vectors.dtype)
            if self._table is not None:
                grown[:start] = self._table[:start]
            self._table = grown
        self._table[start : start + len(vectors)] = vectors


def _chosen(values: Sequence[Value], some: Sequence[int]) -> list[Value]:
    return [values[index] for index in some]


def _columns_chosen(columns: Columns, some: Sequence[int]) -> Columns:
    return {name: _chosen(values, some) for name, values in columns.items()}


def _alike(words: Sequence[str]) -> Iterator[list[int]]:
    """The numbers of words in batches, from the short to the long: a row of characters is as wide as the longest word beside it."""
    order = sorted(range(len(words)), key=lambda index: len(words[index]))
    start = 0
    for end, index in enumerate(order):
        if end > start and (end + 1 - start) * len(words[index]) > _PLACES_AT_ONCE:
            yield order[start:end]
            start = end
    yield order[start:]
