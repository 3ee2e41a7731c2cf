"""Vocabularies of subwords, made of the words of a training set by the `tokenizers` library; the same words make the same one.

That has to be seen to. The library goes through words in an order that differs from process to process, and its WordPiece trainer
numbers pieces in that order, so that their numbers decide between pairs which are equally frequent; its Unigram trainer adds
probabilities up in that order, and rounding shows in their scores. But a run that is taken up, and processes that train together,
all make the vocabulary for themselves.
"""

import json
import math
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import repeat
from typing import Any, Literal, NamedTuple

from tokenizers import Tokenizer, models, trainers

SubwordModel = Literal["bpe", "wordpiece", "unigram"]

UNKNOWN = "\ufffd"
"""Stands in words for characters that are not known; the first piece of every vocabulary."""
START = "\u2581"
"""Stands in front of words (as in SentencePiece), so that their beginnings are other pieces than what follows."""
_CONTINUING = "##"

_PARALLELISM = "TOKENIZERS_PARALLELISM"

# Of Unigram: how many pieces there are at first for one that is left, which share of them a round leaves, how long one may be.
_SEEDS = 4
_LEFT = 0.75
_LONGEST = 16


class SubwordVocabulary(NamedTuple):
    """How words are divided.

    Attributes:
        model: The kind.
        pieces: The subwords by their numbers.
        merges: For `bpe` which pairs are put together, the first ones first.
        scores: For `unigram` the logarithm of each piece's probability.
    """

    model: SubwordModel
    pieces: tuple[str, ...]
    merges: tuple[tuple[str, str], ...] = ()
    scores: tuple[float, ...] = ()

    @property
    def alphabet(self) -> frozenset[str]:
        """The characters that are known."""
        return frozenset(piece for piece in self.pieces if len(piece) == 1) - {UNKNOWN, START}

    def divider(self) -> models.Model:
        """What divides words of known characters.

        Raises:
            ValueError: The parts don't belong together.
        """
        ids = {piece: index for index, piece in enumerate(self.pieces)}
        if self.pieces[:1] != (UNKNOWN,) or len(ids) != len(self.pieces):
            raise ValueError("the subwords are not numbered")
        match self.model:
            case "bpe":
                # The library has no exception of its own for these.
                if any(part not in ids for left, right in self.merges for part in (left, right, left + right)):
                    raise ValueError("a pair of subwords is none")
                return models.BPE(ids, list(self.merges), unk_token=UNKNOWN)
            case "wordpiece":
                return models.WordPiece(ids, unk_token=UNKNOWN, max_input_chars_per_word=2**31)
            case "unigram":
                return models.Unigram(list(zip(self.pieces, self.scores, strict=True)), unk_id=0)
            case _:
                raise ValueError(f"no kind of subwords is called {self.model}")


def known_characters(counts: Mapping[str, int], most: int) -> frozenset[str]:
    """The most frequent characters of words.

    What occurs once is not among them: so the vector of unknown characters is learned.
    """
    found: Counter[str] = Counter()
    for word, count in counts.items():
        for character in word:
            found[character] += count
    usable = [character for character, count in found.items() if count > 1 and not _is_special(character)]
    return frozenset(sorted(usable, key=lambda character: (-found[character], character))[:most])


def _is_special(character: str) -> bool:
    # Half a surrogate pair is no character, and can't be given to the library.
    return character in (UNKNOWN, START) or "\ud800" <= character <= "\udfff"


def marked(word: str, model: SubwordModel, alphabet: frozenset[str]) -> str:
    """A word as it is divided: with marks in place of characters that are not known, and in front of it."""
    if not alphabet.issuperset(word):
        word = "".join(character if character in alphabet else UNKNOWN for character in word)
    # WordPiece marks what is not at the beginning.
    return word if model == "wordpiece" else START + word


def learn_vocabulary(counts: Mapping[str, int], *, model: SubwordModel, size: int) -> SubwordVocabulary:
    """The subwords of words.

    Args:
        counts: The words, and how often each occurs.
        model: How pieces are chosen: the pairs that stand together most often, one after the other (`bpe`, Sennrich et al. 2016;
            `wordpiece` has the same, and divides words otherwise), or so that the words are most probable (`unigram`, after Kudo
            2018).
        size: How many there are at most, `UNKNOWN` and all characters counted; characters take at most half of them.
    """
    # WordPiece has each character twice, at the beginning of a word and within.
    alphabet = known_characters(counts, size // 2 - 1)
    words: Counter[str] = Counter()
    for word, count in counts.items():
        if word:
            words[marked(word, model, alphabet)] += count
    match model:
        case "bpe":
            pieces, merges = _pairs(words, size, [UNKNOWN], [START, *sorted(alphabet)])
            return SubwordVocabulary(model, pieces, merges)
        case "wordpiece":
            # What is numbered before training can't be numbered in another order.
            numbered = [UNKNOWN, *sorted(alphabet)]
            numbered += [_CONTINUING + character for character in numbered]
            pieces, _ = _pairs(words, size, numbered, [], continuing_subword_prefix=_CONTINUING)
            return SubwordVocabulary(model, pieces)
        case "unigram":
            pieces, merges = _pairs(words, _SEEDS * size, [UNKNOWN], [START, *sorted(alphabet)], max_token_length=_LONGEST)
            return _probable(words, size, pieces, merges)


def _pairs(
    words: Mapping[str, int], size: int, numbered: Sequence[str], alphabet: Sequence[str], **options: Any
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """The pieces that come of putting frequent pairs together, in the order of their numbers, and these pairs."""
    trainer = trainers.BpeTrainer(
        vocab_size=size, min_frequency=2, special_tokens=list(numbered), initial_alphabet=alphabet, show_progress=False, **options
    )
    tokenizer = Tokenizer(models.BPE())
    with _one_thread():
        # Without a pre-tokenizer each text is one word.
        tokenizer.train_from_iterator(_repeated(words), trainer)
    # The library gives a model's parts as JSON alone.
    found = json.loads(tokenizer.to_str())["model"]
    return tuple(sorted(found["vocab"], key=found["vocab"].__getitem__)), tuple((left, right) for left, right in found["merges"])


@contextmanager
def _one_thread() -> Iterator[None]:
    """Within it the library has one thread: several wait for each other at each pair, on a busy processor six times as long."""
    before = os.environ.get(_PARALLELISM)
    os.environ[_PARALLELISM] = "false"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_PARALLELISM]
        else:
            os.environ[_PARALLELISM] = before


def _repeated(words: Mapping[str, int]) -> Iterator[str]:
    for word, count in sorted(words.items()):
        yield from repeat(word, count)


def _probable(words: Mapping[str, int], size: int, pieces: Sequence[str], merges: Sequence[tuple[str, str]]) -> SubwordVocabulary:
    """Of pieces those with which the words are most probable.

    As in Kudo 2018 pieces get probabilities, and round by round those are dropped without which the words are hardly less probable.
    But the pieces to begin with are those of BPE, and only the best division of each word counts: so all sums are of whole numbers.
    What a piece would be divided into is what BPE put it together from.
    """
    parts = {left + right: (left, right) for left, right in merges}
    counts = _occurrences(words, pieces)
    kept = list(pieces)
    while True:
        for _ in range(2):
            scores = _scores(kept, counts)
            divider = SubwordVocabulary("unigram", tuple(kept), scores=tuple(scores[piece] for piece in kept)).divider()
            counts = Counter()
            for word, count in words.items():
                for token in divider.tokenize(word):
                    counts[kept[token.id]] += count
        scores = _scores(kept, counts)
        if len(kept) <= size:
            return SubwordVocabulary("unigram", tuple(kept), scores=tuple(scores[piece] for piece in kept))
        losses = {piece: counts[piece] * (scores[piece] - _divided(piece, parts, scores)) for piece in kept if piece in parts}
        num_left = max(size, int(_LEFT * len(kept))) - (len(kept) - len(losses))
        left = set(sorted(losses, key=lambda piece: (-losses[piece], piece))[:num_left])
        kept = [piece for piece in kept if piece in left or piece not in losses]


def _occurrences(words: Mapping[str, int], pieces: Sequence[str]) -> Counter[str]:
    """How often each piece stands in words, whatever else stands there."""
    known = frozenset(pieces)
    found: Counter[str] = Counter()
    for word, count in words.items():
        for start in range(len(word)):
            for end in range(start + 1, min(start + _LONGEST, len(word)) + 1):
                if word[start:end] in known:
                    found[word[start:end]] += count
    return found


def _scores(pieces: Sequence[str], counts: Mapping[str, int]) -> dict[str, float]:
    """The logarithm of each piece's probability; one that no division has counts as half a one."""
    found = {piece: counts.get(piece, 0) or 0.5 for piece in pieces}
    total = math.fsum(found.values())
    return {piece: math.log(count / total) for piece, count in found.items()}


def _divided(piece: str, parts: Mapping[str, tuple[str, str]], scores: Mapping[str, float]) -> float:
    """The score of what stands in place of a piece that is dropped."""
    return sum(scores[part] if part in scores else _divided(part, parts, scores) for part in parts[piece])
