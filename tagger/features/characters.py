"""Words to the ids of their characters."""

from collections.abc import Mapping, Sequence
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
        codes = [ord(character) for character in vocab.to_json()]
        # The id of each code point up to the highest that is known, and of one beyond, which stands for all others.
        self._by_code = np.full(max(codes, default=0) + 2, vocab.unknown_id, dtype=np.int64)
        self._by_code[codes] = np.arange(len(vocab) - len(codes), len(vocab))

    @classmethod
    def from_counts(cls, counts: Mapping[str, int], *, max_length: int) -> "CharacterFeaturizer":
        """Knows every character of the training set's words."""
        return cls(Vocab(sorted({character for word in counts for character in word})), max_length=max_length)

    def encode(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The character ids of each word; an empty word counts as one unknown character."""
        read = [clipped(word, self.max_length) for word in words]
        lengths = np.fromiter(map(len, read), dtype=np.int64, count=len(read))
        # All characters at once: a lookup for each by itself takes most of the time of featurizing.
        codes = np.frombuffer("".join(read).encode("utf-32-le", "surrogatepass"), dtype="<u4")
        ids = np.zeros((len(read), lengths.max(initial=1)), dtype=np.int64)
        ids[np.arange(ids.shape[1]) < lengths[:, None]] = self._by_code[np.minimum(codes, len(self._by_code) - 1)]
        ids[lengths == 0, 0] = self.vocab.unknown_id
        return ids

    def to_json(self) -> dict[str, Any]:
        """What `from_json` needs."""
        return {"characters": self.vocab.to_json(), "max_length": self.max_length}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "CharacterFeaturizer":
        """The featurizer that `to_json` wrote."""
        return cls(Vocab.from_json(data["characters"]), max_length=data["max_length"])


def clipped(word: str, max_length: int) -> str:
    """Of a word that is longer, its first and last halves of so many characters."""
    if len(word) <= max_length:
        return word
    head = (max_length + 1) // 2
    return word[:head] + word[len(word) - (max_length - head) :]
