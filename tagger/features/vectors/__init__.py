"""Word vectors from files of other tools, from an address, or from a package; `reading` is the door."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Only = Collection[str] | None
"""The words whose vectors are wanted; None for all."""


@dataclass(frozen=True)
class WordVectors:
    """Words in the order of their file, and their vectors: float32 of shape `(words, width)`."""

    words: tuple[str, ...]
    matrix: NDArray[np.float32]

    @property
    def width(self) -> int:
        """The number of dimensions."""
        return int(self.matrix.shape[1])

    def digest(self) -> str:
        """A short name of the words and their vectors."""
        digest = hashlib.blake2b("\n".join(self.words).encode(), digest_size=16)
        digest.update(np.ascontiguousarray(self.matrix).data)
        return digest.hexdigest()


class VectorRows:
    """Words and vectors in the making: of a word that comes twice the first counts, and what nobody wants is left out."""

    def __init__(self, only: Only = None) -> None:
        self._only = None if only is None else frozenset(only)
        self._words: dict[str, None] = {}
        self._chunks: list[NDArray[np.float32]] = []

    def takes(self, word: str) -> bool:
        """Whether the vector of a word is to be kept; if so, the word is noted."""
        if word in self._words or (self._only is not None and word not in self._only):
            return False
        self._words[word] = None
        return True

    def add(self, matrix: NDArray[np.float32]) -> None:
        """Keeps the vectors of the next of the words that were taken."""
        self._chunks.append(matrix)

    def joined(self, width: int) -> WordVectors:
        """All of them."""
        matrix = np.concatenate([np.empty((0, width), dtype=np.float32), *self._chunks])
        assert len(matrix) == len(self._words)
        return WordVectors(tuple(self._words), matrix)
