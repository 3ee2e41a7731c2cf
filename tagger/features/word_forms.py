"""What a word looks like, as ids: its case, of a closed set, and its shape, such as `Xxxx-dd`."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from unicodedata import category

import numpy as np
from numpy.typing import NDArray

from tagger.features.vocab import Vocab

UPPER, LOWER, LETTER, DIGIT = "X", "x", "o", "d"
"""How upper-case letters, lower-case ones, letters without case and digits stand in a shape."""

CASES = ("lower", "upper", "one upper", "initial", "mixed", "uncased", "number", "letters and digits", "signs")
"""All letters lower or upper case; one letter alone, and upper; only the first of several upper; otherwise mixed; letters that
have no case; digits without letters or with some; neither letters nor digits (after Collobert et al. 2011)."""

# A longer run of one sign is cut to so many: `Xxxx` stands for Rome as for Constantinople, and is not `Xx` as for Mr.
_LONGEST_RUN = 3
_RUN = re.compile(rf"(.)\1{{{_LONGEST_RUN},}}", re.DOTALL)


class _Signs(dict[int, str]):
    """How each code point stands in a shape, found out when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = sign = _sign(chr(code))
        return sign


def _sign(character: str) -> str:
    if character.isalpha():
        # A title-case letter, such as the one sign for Dž, is neither upper nor lower.
        return UPPER if character.isupper() or character.istitle() else LOWER if character.islower() else LETTER
    if character.isnumeric():
        return DIGIT
    # Accents that are written apart, and what only joins: a word is the same with them in its letters and behind.
    return "" if category(character) in ("Mn", "Mc", "Me", "Cf") else character


_SIGNS = _Signs()


def shape_of(word: str) -> str:
    """The word with its letters as `X`, `x` or `o`, its digits as `d`, and runs of more than three alike as three."""
    return _RUN.sub(r"\1" * _LONGEST_RUN, word.translate(_SIGNS))


def case_of(word: str) -> str:
    """Which of `CASES` a word is."""
    # Signs that stand for themselves are no letters and no digits, and are told apart by that here alone.
    signs = [_SIGNS[ord(character)] for character in word if character.isalpha() or character.isnumeric()]
    letters = "".join(sign for sign in signs if sign != DIGIT)
    if len(letters) < len(signs):
        return "letters and digits" if letters else "number"
    if not letters:
        return "signs"
    cased = letters.replace(LETTER, "")
    if not cased:
        return "uncased"
    if LOWER not in cased:
        return "one upper" if len(letters) == 1 else "upper"
    if UPPER not in cased:
        return "lower"
    return "initial" if letters.startswith(UPPER) and UPPER not in letters[1:] else "mixed"


class CaseFeaturizer:
    """Ids of words' cases: int64 of shape `(words,)`."""

    vocab = Vocab(CASES)
    singletons: tuple[int, ...] = ()

    def encode(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The id of each word's case."""
        return np.array(self.vocab.ids(map(case_of, words)), dtype=np.int64)

    def to_json(self) -> dict[str, Any]:
        """The cases that there are."""
        return {"cases": self.vocab.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "CaseFeaturizer":
        """The featurizer that `to_json` wrote.

        Raises:
            ValueError: A later version wrote it, with other cases.
        """
        if tuple(data["cases"]) != CASES:
            raise ValueError("the cases of words are not those of this version")
        return cls()


class ShapeFeaturizer:
    """Ids of words' shapes: int64 of shape `(words,)`.

    Args:
        vocab: The known shapes.
        singletons: The ids of the shapes that the training set holds once; the vector of unknown shapes is learned from them.
    """

    def __init__(self, vocab: Vocab, *, singletons: Sequence[int] = ()) -> None:
        self.vocab = vocab
        self.singletons = tuple(singletons)

    @classmethod
    def from_counts(cls, counts: Mapping[str, int]) -> "ShapeFeaturizer":
        """Knows the shapes of the training set's words."""
        shapes: Counter[str] = Counter()
        for word, count in counts.items():
            shapes[shape_of(word)] += count
        vocab = Vocab(sorted(shapes))
        return cls(vocab, singletons=[vocab[shape] for shape in sorted(shapes) if shapes[shape] == 1])

    def encode(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The id of each word's shape."""
        return np.array(self.vocab.ids(map(shape_of, words)), dtype=np.int64)

    def to_json(self) -> dict[str, Any]:
        """What `from_json` needs."""
        return {"shapes": self.vocab.to_json(), "singletons": list(self.singletons)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "ShapeFeaturizer":
        """The featurizer that `to_json` wrote."""
        return cls(Vocab.from_json(data["shapes"]), singletons=data["singletons"])
