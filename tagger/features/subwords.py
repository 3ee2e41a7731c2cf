"""Words to the ids of their subwords."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagger.features.characters import clipped
from tagger.features.subword_vocabularies import SubwordModel, SubwordVocabulary, learn_vocabulary, marked
from tagger.features.vocab import Vocab


class SubwordFeaturizer:
    """Subword ids of words: int64 of shape `(words, subwords)`, padded with 0 on the right; a word has one at least.

    Id 1 stands for characters that are not known. A word longer than `max_length` characters is read by its first and last halves
    of that many, as in `CharacterFeaturizer`.
    """

    def __init__(self, vocabulary: SubwordVocabulary, *, max_length: int) -> None:
        self.vocabulary = vocabulary
        self.max_length = max_length
        self._divider = vocabulary.divider()
        self._alphabet = vocabulary.alphabet

    @classmethod
    def from_counts(cls, counts: Mapping[str, int], *, model: SubwordModel, size: int, max_length: int) -> "SubwordFeaturizer":
        """Knows the subwords of the training set's words.

        Args:
            counts: The words, and how often each occurs.
            model: What divides them.
            size: How many subwords there are at most.
            max_length: How many characters of a word are read.
        """
        return cls(learn_vocabulary(counts, model=model, size=size), max_length=max_length)

    @property
    def num_ids(self) -> int:
        """How many ids there are, that of padding counted."""
        return len(self.vocabulary.pieces) + 1

    def encode(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The subword ids of each word; an empty word counts as one unknown character."""
        rows = [self._ids(word) for word in words]
        lengths = np.fromiter(map(len, rows), dtype=np.int64, count=len(rows))
        ids = np.zeros((len(rows), lengths.max(initial=1)), dtype=np.int64)
        ids[np.arange(ids.shape[1]) < lengths[:, None]] = np.fromiter(
            (index for row in rows for index in row), dtype=np.int64, count=lengths.sum()
        )
        return ids

    def _ids(self, word: str) -> list[int]:
        if not word:
            return [Vocab.unknown_id]
        text = marked(clipped(word, self.max_length), self.vocabulary.model, self._alphabet)
        # The first piece is that of unknown characters, and 0 is padding.
        return [token.id + Vocab.unknown_id for token in self._divider.tokenize(text)]

    def to_json(self) -> dict[str, Any]:
        """What `from_json` needs."""
        return {**self.vocabulary._asdict(), "max_length": self.max_length}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "SubwordFeaturizer":
        """The featurizer that `to_json` wrote."""
        merges = tuple((left, right) for left, right in data["merges"])
        vocabulary = SubwordVocabulary(data["model"], tuple(data["pieces"]), merges, tuple(data["scores"]))
        return cls(vocabulary, max_length=data["max_length"])
