"""Words to the ids of their characters."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagger.features.vocab import Vocab


class CharacterFeaturizer:
    """Character ids of words: int64 of shape `(words, characters)`, padded with 0 on the right.

    A word longer than `max_length` characters is read by its first and last halves of that many: prefixes and suffixes tell
    most, and one endless word must not make a whole batch wide.
    """

    def __init__(self, vocab: Vocab, *, max_length: int) -> None:
        self.vocab = vocab
        self.max_length = max_length

    @classmethod
    def from_counts(cls, counts: Mapping[str, int], *, max_length: int) -> "CharacterFeaturizer":
        """Knows every character of the training set's words."""
        return cls(Vocab(sorted({character for word in counts for character in word})), max_length=max_length)

    def encode(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The character ids of each word; an empty word counts as one unknown character."""
        rows = [self.vocab.ids(self._clip(word)) or [self.vocab.unknown_id] for word in words]
        lengths = np.array([len(row) for row in rows], dtype=np.int64)
        ids = np.zeros((len(rows), lengths.max(initial=1)), dtype=np.int64)
        ids[np.arange(ids.shape[1]) < lengths[:, None]] = list(chain.from_iterable(rows))
        return ids

    def _clip(self, word: str) -> Iterable[str]:
        if len(word) <= self.max_length:
            return word
        head = (self.max_length + 1) // 2
        return word[:head] + word[len(word) - (self.max_length - head) :]

    def to_json(self) -> dict[str, Any]:
        """What `from_json` needs."""
        return {"characters": self.vocab.to_json(), "max_length": self.max_length}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "CharacterFeaturizer":
        """The featurizer that `to_json` wrote."""
        return cls(Vocab.from_json(data["characters"]), max_length=data["max_length"])
