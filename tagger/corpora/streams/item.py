"""A sentence to tag, with what stood beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tagger.text.sentence import Sentence


def label_texts(sentence: Sentence, *, probabilities: bool) -> dict[str, str]:
    """What comments say of a sentence: the label of each task, and its probability; nothing of a sentence without words."""
    texts: dict[str, str] = {}
    for task, label in sentence.labels.items():
        if label is not None:
            texts[task] = label
            if probabilities:
                texts[f"{task}_probability"] = f"{sentence.label_probabilities[task]:.4f}"
    return texts


@dataclass(frozen=True, slots=True)
class Item:
    """A sentence to tag, and what stood in its source beside it, for the format that gives it back.

    Attributes:
        text: Raw text, or a sentence whose words are fixed.
        rows: The source's lines, split into columns.
        form: The form of `rows`.
        before: What stands before raw text in its line, if it is the line's first.
        after: What stands behind it, up to the next sentence or with the end of the line.
        mark: The line that begins a document here, split into columns; empty where none does.
        document: The number of its document, counted from 0, or its name; None where the source does not tell.
        separator: What stands between the columns of `rows`.
        comments: Lines before it that are given back as they stand.
        extra: What else a record of JSON Lines or a row of a table holds.
        line: The line, or the row, on which it begins, counted from 1; 0 where it is not known.
        is_unsplit: Whether `text` is a line that may hold several sentences, which `sentences_of` gives.
    """

    text: str | Sentence
    rows: tuple[tuple[str, ...], ...] = ()
    form: str = ""
    before: str = ""
    after: str = "\n"
    mark: tuple[str, ...] = ()
    document: str | int | None = None
    separator: str = " "
    comments: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    line: int = field(default=0, compare=False)
    is_unsplit: bool = False
