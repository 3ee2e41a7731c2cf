"""Files of gold and predicted tags, by whatever tool, as `conlleval` reads them; and what this package's own runs leave."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tagger.corpora.columns import Separator, num_fields, read_columns
from tagger.corpora.corpus import SPLITS
from tagger.corpora.source import no_cycles, nothing_found, text_lines
from tagger.errors import CorpusError
from tagger.evaluation.predictions import UNKNOWN_TAG, Predictions
from tagger.text.detect import Detection, Pair, count_pairs, detect, writes_spans
from tagger.text.repair import unreadable
from tagger.text.schemes import TagScheme

_FIX = "Each line must hold the word first, then anything, then the gold tag, and last the predicted tag; as conlleval has it."
_NO_SCHEME = "Name it with --scheme."

NO_SPLIT = "all"
"""What the split is called where the file's name tells none."""

Tags = list[list[str | None]]


class PredictionsFile(NamedTuple):
    """What a file of predictions holds, and what was noticed in it.

    `lines` are those at which the sentences begin, counted from 1. `split` and `task` are those that its name tells, as in
    `test.ner.conll`; else `all`, and `spans`, `tags` or `labels`.
    """

    predictions: Predictions
    lines: Sequence[int]
    split: str
    task: str
    notes: tuple[str, ...] = ()


def read_predictions(path: Path, *, scheme: TagScheme | None = None, separator: Separator = "whitespace") -> PredictionsFile:
    """Reads one task's predictions: columns with the word first, and gold and predicted tag last; `_` in gold is not known.

    A `.tsv` holds a sentence on each line, as runs write sentences' labels: gold label, predicted label and words.

    Args:
        path: The file.
        scheme: The scheme of both columns; if None it is found out for each.
        separator: `whitespace`: runs of spaces and tabs; `tab`: each tab, and words may hold spaces.

    Raises:
        CorpusError: The file can't be read, or the scheme of its gold tags can't be told.
    """
    named = path.name.split(".")[:-1]
    split = named[0] if named and named[0] in SPLITS else NO_SPLIT
    task = ".".join(named[1:]) if split != NO_SPLIT else ""
    if path.suffix == ".tsv":
        labels = _labels(path, task or "labels")
        return PredictionsFile(labels, range(1, len(labels.words) + 1), split, task or "labels")
    words, gold, predicted, lines = _columns(path, separator)
    seen = {tag for side in (gold, predicted) for tags in side for tag in tags if tag is not None}
    if scheme is None and not writes_spans(seen):
        task = task or "tags"
        return PredictionsFile(Predictions(words, {task: gold}, {task: predicted}), lines, split, task)
    for line, right, found in zip(lines, gold, predicted, strict=True):
        for tags in (right, found):
            if bad := unreadable([tag or "O" for tag in tags]):
                raise CorpusError(bad.reason, where=f"{path}:{line + bad.position}", fix="Correct the tag.", kind="bad tag")
    task = task or "spans"
    schemes, notes = _schemes(path, gold, predicted, scheme)
    predictions = Predictions(words, {task: gold}, {task: predicted}, schemes={task: schemes})
    return PredictionsFile(predictions, lines, split, task, notes)


def _columns(path: Path, separator: Separator) -> tuple[list[Sequence[str]], Tags, list[list[str]], list[int]]:
    width = next((num_fields(line, separator) for _, line in text_lines(path) if _is_row(line)), 0)
    if not width:
        raise nothing_found(str(path))
    if width < 3:
        raise CorpusError(
            f"{width} {'column' if width == 1 else 'columns'} where at least 3 were expected",
            where=str(path),
            fix=_FIX,
            kind="ragged row",
        )
    names = ["word", *(f"column {number}" for number in range(2, width - 1)), "gold", "predicted"]
    words: list[Sequence[str]] = []
    gold: Tags = []
    predicted: list[list[str]] = []
    lines: list[int] = []
    rows = read_columns(text_lines(path), str(path), names, wanted=["gold", "predicted"], separator=separator, fault=_refuse)
    with no_cycles():
        for sentence in rows:
            words.append(sentence.words)
            lines.append(sentence.lines[0])
            gold.append([None if tag == UNKNOWN_TAG else tag for tag in sentence.columns["gold"]])
            predicted.append([tag or "" for tag in sentence.columns["predicted"]])
    return words, gold, predicted, lines


def _refuse(error: CorpusError) -> None:
    """Raises what is wrong with a row, with a fix that says what these files hold: there is no recipe that could say it."""
    fix = _FIX if error.kind == "ragged row" else error.fix
    raise CorpusError(error.problem, where=error.where, fix=fix, kind=error.kind)


def _is_row(line: str) -> bool:
    return bool(line.strip(" \t")) and not line.startswith("-DOCSTART-")


def _labels(path: Path, task: str) -> Predictions:
    words: list[list[str]] = []
    gold: Tags = []
    predicted: list[list[str]] = []
    for number, line in text_lines(path):
        fields = line.split("\t")
        if len(fields) != 3:
            raise CorpusError(
                f"{len(fields)} fields where 3 were expected",
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


def _schemes(
    path: Path, gold: Tags, predicted: list[list[str]], given: TagScheme | None
) -> tuple[tuple[TagScheme, TagScheme], tuple[str, ...]]:
    """The schemes of both columns; predicted tags that break every scheme are held against that of gold."""
    sides = [count_pairs(gold), count_pairs(predicted)]
    if given is not None:
        return (given, given), _told(sides, given, given)
    partly = any(None in tags for tags in gold)
    found = detect(sides[0], partly=partly) if _has_spans(sides[0]) else detect(sides[1])
    if not isinstance(found, Detection):
        raise CorpusError(f"the scheme of the gold tags can't be told: {found}", where=str(path), fix=_NO_SCHEME, kind="no scheme")
    other = found.scheme
    if _faults(sides[1], other):
        detected = detect(sides[1])
        # Another scheme only where it explains every tag: what breaks it too was meant in that of gold.
        other = detected.scheme if isinstance(detected, Detection) and not detected.num_faults else other
    return (found.scheme, other), _told(sides, found.scheme, other)


def _has_spans(pairs: Counter[Pair]) -> bool:
    return writes_spans({tag for pair in pairs for tag in pair if tag})


def _faults(pairs: Counter[Pair], scheme: TagScheme) -> int:
    return sum(count for pair, count in pairs.items() if not scheme.allows(*pair))


def _told(sides: Sequence[Counter[Pair]], *schemes: TagScheme) -> tuple[str, ...]:
    told = []
    for name, pairs, scheme in zip(("gold", "predicted"), sides, schemes, strict=True):
        faults = _faults(pairs, scheme)
        broken = f"; {faults:,} pairs of tags break it" if faults else ""
        told.append(f"{name} tags are read as {scheme.name.upper()}{broken}")
    if schemes[0] is not schemes[1]:
        told.append("token accuracy holds the tags against each other as they are written, as conlleval does: two schemes lower it")
    return tuple(told)
