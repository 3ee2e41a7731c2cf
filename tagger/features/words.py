"""Words to ids of a vector table: what is lower-cased, which digits count as one, which words are known."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tagger.features.vocab import Vocab

Digits = Literal["keep", "zero"]

_DIGIT = re.compile(r"[0-9]")


class WordFeaturizer:
    """Ids of whole words: int64 of shape `(words,)`.

    Args:
        vocab: The known words, normalised.
        lowercase: Whether a word is lower-cased before it is looked up.
        digits: `zero` writes every digit as 0 (Lample et al. 2016); `keep` leaves them.
        singletons: The ids of the words that the training set holds once and that no file gives a vector; a trainable table
            learns its vector of unknown words from them.
    """

    def __init__(self, vocab: Vocab, *, lowercase: bool, digits: Digits, singletons: Sequence[int] = ()) -> None:
        self.vocab = vocab
        self.lowercase = lowercase
        self.digits: Digits = digits
        self.singletons = tuple(singletons)

    @classmethod
    def from_counts(
        cls, counts: Mapping[str, int], *, vectors: Iterable[str] = (), lowercase: bool, digits: Digits, min_count: int = 1
    ) -> "WordFeaturizer":
        """Knows the words of a vectors file, and those of the training set that occur `min_count` times.

        Args:
            counts: The training set's words and how often each occurs.
            vectors: The words of the vectors file, in its order: their ids are 2, 3, ...
        """
        normalised: Counter[str] = Counter()
        for word, count in counts.items():
            normalised[normalise(word, lowercase=lowercase, digits=digits)] += count
        read = list(vectors)
        vocab = Vocab([*read, *(word for word, count in sorted(normalised.items()) if count >= min_count)])
        # A word with a vector from the file is known wherever it occurs: to hide it would teach that rare words have none.
        given = set(read)
        once = [vocab[word] for word, count in sorted(normalised.items()) if count == 1 and word in vocab and word not in given]
        return cls(vocab, lowercase=lowercase, digits=digits, singletons=once)

    def encode(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The id of each word."""
        known = (normalise(word, lowercase=self.lowercase, digits=self.digits) for word in words)
        return np.array(self.vocab.ids(known), dtype=np.int64)

    def to_json(self) -> dict[str, Any]:
        """What `from_json` needs."""
        return {
            "words": self.vocab.to_json(),
            "lowercase": self.lowercase,
            "digits": self.digits,
            "singletons": list(self.singletons),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "WordFeaturizer":
        """The featurizer that `to_json` wrote."""
        return cls(
            Vocab.from_json(data["words"]), lowercase=data["lowercase"], digits=data["digits"], singletons=data["singletons"]
        )


def normalise(word: str, *, lowercase: bool, digits: Digits) -> str:
    """The form under which a word is looked up."""
    if lowercase:
        word = word.lower()
    return _DIGIT.sub("0", word) if digits == "zero" else word
