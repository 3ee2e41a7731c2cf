"""A sentence and its parts: tokens with character offsets, tags at tokens, spans over tokens."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import NamedTuple


class Token(NamedTuple):
    """A word of a sentence; `start_char` and `end_char` (exclusive) count code points of the sentence's text."""

    text: str
    start_char: int
    end_char: int


class Span(NamedTuple):
    """A labelled stretch of tokens.

    `start` and `end` (exclusive) count tokens, `start_char` and `end_char` (exclusive) code points of the sentence's text.
    `probability` is that of exactly this span with this label, given the sentence; None where it was not asked for.
    """

    start: int
    end: int
    label: str
    text: str
    start_char: int
    end_char: int
    probability: float | None = None
    task: str = ""


class Alternative(NamedTuple):
    """One of the most probable tag sequences of a sentence for one task.

    `probability` is that of the whole sequence, given the sentence; its spans have none of their own.
    """

    probability: float
    tags: tuple[str, ...]
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """Text, its tokens, and what was found in it.

    Attributes:
        text: The original text; every offset counts in it.
        tokens: The words.
        tags: For each task one tag for each token, spans written in IOB2.
        spans: The spans of all tasks that find spans, task by task, in order of position.
        probabilities: For each task the probability of each tag in `tags`; empty where it was not asked for.
        sequence_probability: For each task the probability of all its `tags` together; empty where it was not asked for.
        alternatives: For each task its most probable tag sequences, from the best on, which is that of `tags`; fewer than were
            asked for where there are no more legal ones, empty where only the best was asked for.
        labels: For each task with one label for a sentence that label; None for a sentence without words.
        label_probabilities: For each label that there is its probability; empty where it was not asked for.
    """

    text: str
    tokens: tuple[Token, ...]
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    spans: tuple[Span, ...] = ()
    probabilities: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    sequence_probability: Mapping[str, float] = field(default_factory=dict)
    alternatives: Mapping[str, tuple[Alternative, ...]] = field(default_factory=dict)
    labels: Mapping[str, str | None] = field(default_factory=dict)
    label_probabilities: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of_words(cls, words: Sequence[str], tags: Mapping[str, Sequence[str]] | None = None) -> "Sentence":
        """A sentence from words, its text the words with spaces between.

        Args:
            words: The words.
            tags: What stands beside each of them: for each column that a model reads one tag for each word, spans written in IOB2.
        """
        given = {column: tuple(values) for column, values in (tags or {}).items()}
        made = sentence_of_words(words)
        return cls(made.text, made.tokens, tags=given)

    @property
    def words(self) -> tuple[str, ...]:
        """The tokens' texts."""
        return tuple(token.text for token in self.tokens)

    def span(self, start: int, end: int, label: str, *, task: str = "", probability: float | None = None) -> Span:
        """The labelled stretch from token `start` to token `end` (exclusive) of this sentence."""
        start_char, end_char = self.tokens[start].start_char, self.tokens[end - 1].end_char
        return Span(start, end, label, self.text[start_char:end_char], start_char, end_char, probability, task)


def sentence_of_words(words: Sequence[str], spaces_after: Sequence[bool] | None = None) -> Sentence:
    """A sentence from words, its text the words with a space after each but the last, or as `spaces_after` says."""
    gaps: Iterable[bool]
    if spaces_after is None:
        text, gaps = " ".join(words), repeat(True, len(words))
    else:
        pieces = [word + " " if space else word for word, space in zip(words[:-1], spaces_after, strict=False)] + list(words[-1:])
        text, gaps = "".join(pieces), chain(spaces_after, (True,))
    tokens, start = [], 0
    for word, gap in zip(words, gaps, strict=False):
        end = start + len(word)
        # Past the constructor of named tuples, which is written in Python: tokens are made by the million.
        tokens.append(_new(Token, (word, start, end)))
        start = end + gap
    return Sentence(text, tuple(tokens))


_new = tuple.__new__
