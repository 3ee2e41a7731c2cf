"""The report of a model on a corpus: as data, as Markdown, as a table on the terminal."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from tagger.corpora.columns import one_column, write_columns
from tagger.evaluation.scores import Calibration, LabelScore, TaskScores

VERSION = 1


@dataclass(frozen=True)
class Predictions:
    """Words, and for each task gold and predicted tags, spans in IOB2; sentence by sentence. None: a gold tag is not known.

    Of the tasks that are `labelled` a sentence has one label in place of tags; none was found where it has no words.
    """

    words: Sequence[Sequence[str]]
    gold: Mapping[str, Sequence[Sequence[str | None]]]
    predicted: Mapping[str, Sequence[Sequence[str]]]
    labelled: Sequence[str] = ()

    def write(self, folder: Path, split: str) -> list[Path]:
        """Writes word, gold and predicted columns, as conlleval reads them: `test.conll`, with several tasks a file each.

        Of sentences' labels gold, predicted and the words on one line, between tabs: `test.tsv`.
        """
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for task, gold in self.gold.items():
            ending = "tsv" if task in self.labelled else "conll"
            paths.append(folder / (f"{split}.{ending}" if len(self.gold) == 1 else f"{split}.{task}.{ending}"))
            if task in self.labelled:
                _write_labels(paths[-1], gold, self.predicted[task], self.words)
                continue
            known = ([tag or "_" for tag in tags] for tags in gold)
            rows = (list(zip(*columns, strict=True)) for columns in zip(self.words, known, self.predicted[task], strict=True))
            write_columns(paths[-1], rows)
        return paths


def _write_labels(
    path: Path, gold: Sequence[Sequence[str | None]], predicted: Sequence[Sequence[str]], words: Sequence[Sequence[str]]
) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for right, found, sentence in zip(gold, predicted, words, strict=True):
            row = (right[0] or "_", next(iter(found), "_"), " ".join(map(one_column, sentence)))
            file.write("\t".join(row) + "\n")


@dataclass(frozen=True)
class Report:
    """Scores of each task on each split, and what was measured on the way.

    Attributes:
        name: The recipe's name.
        splits: For each split and task the scores.
        facts: Further figures in the order in which they are shown: seconds, words per second, best epoch; a list is one of
            sentences.
    """

    name: str
    splits: Mapping[str, Mapping[str, TaskScores]]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain data, as in `report.json`."""
        scores = {split: {task: result.to_json() for task, result in tasks.items()} for split, tasks in self.splits.items()}
        return {"version": VERSION, "name": self.name, "facts": dict(self.facts), "splits": scores}

    def markdown(self) -> str:
        """The report as Markdown."""
        lines = [f"# {self.name}", ""]
        for split, task, scores in self._tasks():
            lines += [f"## {task} on {split}", "", headline(scores), ""]
            lines += [calibration_line(scores.calibration), ""] if scores.calibration else []
            lines += ["| label | precision | recall | F1 | gold | predicted |", "|---|---:|---:|---:|---:|---:|"]
            lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |" for cells in _rows(scores)] + [""]
        for name, value in self.facts.items():
            lines += [f"- {one}" for one in value] if isinstance(value, list) else [f"- {name}: {value}"]
        return "\n".join(lines).rstrip() + "\n"

    def table(self) -> RenderableType:
        """The report for the terminal."""
        parts: list[RenderableType] = []
        for split, task, scores in self._tasks():
            table = Table(title=f"{task} on {split}: {headline(scores)}", title_justify="left", title_style="bold")
            table.add_column("label")
            for heading in ("precision", "recall", "F1", "gold", "predicted"):
                table.add_column(heading, justify="right")
            for cells in _rows(scores):
                table.add_row(escape(cells[0]), *cells[1:], style="bold" if cells[0] == "all" else None)
            parts.append(table)
            if scores.calibration:
                parts.append(calibration_line(scores.calibration))
        return Group(*parts)

    def write(self, folder: Path) -> None:
        """Writes `report.json` and `report.md`."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.json").write_text(json.dumps(self.to_json(), indent=2, ensure_ascii=False) + "\n", "utf-8")
        (folder / "report.md").write_text(self.markdown(), "utf-8")

    def _tasks(self) -> list[tuple[str, str, TaskScores]]:
        return [(split, task, scores) for split, tasks in self.splits.items() for task, scores in tasks.items()]


def headline(scores: TaskScores) -> str:
    """The scores of a task in one line."""
    if scores.macro_f1 is not None:
        unscored = f"; {scores.num_unscored:,} without a label not scored" if scores.num_unscored else ""
        size = f"({scores.num_sentences:,} sentences{unscored})"
        return f"accuracy {percent(scores.accuracy)}, macro F1 {percent(scores.macro_f1)} {size}"
    unscored = f"; {scores.num_unscored:,} words of unknown tags not scored" if scores.num_unscored else ""
    size = f"({scores.num_sentences:,} sentences, {scores.num_words:,} words{unscored})"
    if scores.micro:
        micro = scores.micro
        return (
            f"F1 {percent(micro.f1)}, precision {percent(micro.precision)}, recall {percent(micro.recall)}, "
            f"token accuracy {percent(scores.accuracy)} {size}"
        )
    words = "".join(
        f", {kind} words {percent(value)}"
        for kind, value in (("known", scores.known), ("unknown", scores.unknown))
        if value is not None
    )
    return f"accuracy {percent(scores.accuracy)}{words} {size}"


def calibration_line(found: Calibration) -> str:
    """How true a task's probabilities are, in one line."""
    errors = [("tags", found.tags, found.tags_before), ("spans", found.spans, found.spans_before)]
    told = ", ".join(
        f"{name} {percent(error)}" + ("" if before is None else f" (without temperature {percent(before)})")
        for name, error, before in errors
        if error is not None
    )
    return f"expected calibration error: {told}" + ("" if found.temperature == 1 else f"; temperature {found.temperature:.2f}")


def percent(share: float) -> str:
    """A share from 0 to 1 as a percentage with two decimals."""
    return f"{100 * share:.2f}"


def _rows(scores: TaskScores) -> list[tuple[str, ...]]:
    rows = list(scores.labels.items())
    if scores.micro:
        rows.append(("all", scores.micro))
    return [(label, *_cells(row)) for label, row in rows]


def _cells(row: LabelScore) -> tuple[str, ...]:
    return percent(row.precision), percent(row.recall), percent(row.f1), f"{row.gold:,}", f"{row.predicted:,}"
