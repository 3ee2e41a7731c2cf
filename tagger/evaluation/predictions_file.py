"""Files of gold and predicted tags, by whatever tool, as `conlleval` reads them; and what this package's own runs leave."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, cast

from tagger.corpora.columns import Separator, num_fields
from tagger.corpora.compressed import compression_of
from tagger.corpora.corpus import SPLITS
from tagger.corpora.source import nothing_found
from tagger.errors import CorpusError
from tagger.evaluation.column_tags import how_written
from tagger.evaluation.last_columns import Tags, lines_of, read_last_columns
from tagger.evaluation.predictions import UNKNOWN_TAG, Predictions
from tagger.text.schemes import TagScheme

_FIX = "Each line must hold the word first, then anything, then the gold tag, and last the predicted tag; as conlleval has it."
# Not str.split(): a no-break space is part of a word.
_BLANKS = re.compile(r"[ \t]+")

NO_SPLIT = "all"
"""What the split is called where the file's name tells none."""


class PredictionsFile(NamedTuple):
    """What a file of predictions holds, and what was noticed in it.

    `lines` are those at which the sentences begin, counted from 1. `split` and `task` are those that its name tells, as in
    `test.ner.conll`; else `all`, and `spans`, `tags` or `labels`. `facts` are those for a report on it.
    """

    predictions: Predictions
    lines: Sequence[int]
    split: str
    task: str
    notes: tuple[str, ...] = ()
    facts: Mapping[str, str | list[str]] = {}


def read_predictions(
    path: Path, *, scheme: TagScheme | None = None, separator: Separator | None = None, labels: bool | None = None
) -> PredictionsFile:
    """Reads one task's predictions: columns with the word first, and gold and predicted tag last; `_` in gold is not known.

    Or a sentence on each line, as runs write sentences' labels: gold label, predicted label and words.

    Args:
        path: The file.
        scheme: The scheme of both columns, `PLAIN` where they write no spans; if None it is found out for each.
        separator: Of columns; `whitespace` (the default): runs of spaces and tabs; `tab`: each tab, and words may hold spaces.
        labels: Whether each line holds a sentence with its labels; if None, and no separator is given, what a `.tsv` holds decides.

    Raises:
        CorpusError: The file can't be read, or how it writes tags can't be told.
    """
    plain = path.with_suffix("") if compression_of(path) else path
    named = plain.name.split(".")[:-1]
    split = named[0] if named and named[0] in SPLITS else NO_SPLIT
    task = ".".join(named[1:]) if split != NO_SPLIT else ""
    if labels is None:
        labels = plain.suffix == ".tsv" and separator is None and _holds_labels(path)
    if labels:
        predictions = _labels(path, task or "labels")
        return PredictionsFile(predictions, range(1, len(predictions.words) + 1), split, task or "labels")
    read = read_last_columns(path, ("gold", "predicted"), separator or "whitespace", _FIX)
    written = how_written(read, scheme)
    task = task or ("spans" if written.schemes else "tags")
    gold, predicted = read.tags[0], cast("list[list[str]]", read.tags[1])
    schemes = {task: written.schemes} if written.schemes else {}
    predictions = Predictions(read.words, {task: gold}, {task: predicted}, (), schemes)
    facts: dict[str, str | list[str]] = {**written.facts}
    if written.notes:
        facts["notes"] = [*written.notes]
    return PredictionsFile(predictions, read.lines, split, task, written.told + written.notes, facts)


def _holds_labels(path: Path) -> bool:
    """Whether a file holds a sentence with its labels on each line, and no columns.

    Raises:
        CorpusError: It may be read either way.
    """
    lines = [line for _, line in lines_of(path)]
    rows = [line for line in lines if line.strip(" \t")]
    # Between sentences of columns stand blank lines, between labels none.
    unbroken = lines[: len(rows)] == rows
    may_be_labels = unbroken and all(len(fields) == 3 and all(fields[:2]) for fields in (row.split("\t") for row in rows))
    widths = {num_fields(row) for row in rows}
    may_be_columns = len(widths) == 1 and min(widths) >= 3
    if may_be_labels != may_be_columns:
        return may_be_labels
    if not may_be_labels:
        # The reader of that which it looks like tells what is wrong with it.
        return unbroken
    # Gold and predicted names have some in common, or not a single one would be right.
    as_labels, as_columns = (
        bool({fields[0] for fields in sides} & {fields[1] for fields in sides})
        for sides in ([row.split("\t")[:2] for row in rows], [_BLANKS.split(row.strip(" \t"))[-2:] for row in rows])
    )
    if as_labels == as_columns:
        raise CorpusError(
            "its lines may hold sentences with their labels, or words with their tags",
            where=str(path),
            fix="Say which: --labels for sentences; for words --separator, or another ending than .tsv.",
            kind="two readings",
        )
    return as_labels


def _labels(path: Path, task: str) -> Predictions:
    words: list[list[str]] = []
    gold: Tags = []
    predicted: list[list[str]] = []
    for number, line in lines_of(path):
        fields = line.split("\t")
        if len(fields) != 3:
            raise CorpusError(
                f"{len(fields)} {'field' if len(fields) == 1 else 'fields'} where 3 were expected",
                where=f"{path}:{number}",
                fix="Each line must hold gold label, predicted label and the words, with tabs between.",
                kind="ragged row",
            )
        gold.append([None if fields[0] == UNKNOWN_TAG else fields[0]])
        predicted.append([] if fields[1] == UNKNOWN_TAG else [fields[1]])
        words.append(fields[2].split())
    if not words:
        raise nothing_found(str(path))
    return Predictions(words, {task: gold}, {task: predicted}, labelled=(task,))
