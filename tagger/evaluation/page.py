"""The report as one page of HTML that needs no network and no script."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tagger.evaluation import pictures
from tagger.evaluation.measures import LabelScore, Scores
from tagger.evaluation.report import Breakdown, Confusion, Example, Mark, Report, TaskReport
from tagger.evaluation.wording import MEASURES, both_labels, lenient_reading, percent
from tagger.text.schemes import OUTSIDE

_KINDS = {
    "boundary": "the label is right, the start or the end is not",
    "label": "start and end are right, the label is not",
    "boundary and label": "a gold span is touched, but neither its label nor its start and end are right",
    "missed": "a gold span for which nothing was predicted",
    "spurious": "a predicted span that stands for no gold one",
}
_MOST_CONFUSIONS = 30
# So many rows or sentences are open; further ones are folded.
_OPEN = 10
# What HTML may not hold: shown as the sign for what can't be shown.
_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Slot(NamedTuple):
    """What stands under a word.

    Attributes:
        mark: The span or tag.
        first: Whether the word is its first; the label stands there.
        last: Whether the word is its last.
    """

    mark: Mark
    first: bool
    last: bool


class Cell(NamedTuple):
    """A word of an example and what stands under it."""

    word: str
    gold: Slot | None
    predicted: Slot | None


class Confused(NamedTuple):
    """How often one name was taken for another; the share is of all errors."""

    gold: str
    predicted: str
    times: int
    share: float


def page(report: Report) -> str:
    """The text of `report.html`; of equal reports it is equal."""
    # Only who writes a page waits for it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": percent, "probability": _probability, "fact": _fact}
    tasks = [
        {"id": f"task-{number}", "split": split, "task": task, "report": found, "view": _view(found, f"task-{number}")}
        for number, (split, task, found) in enumerate(_tasks(report), start=1)
    ]
    html = environment.get_template("page.html.jinja").render(
        report=report, tasks=tasks, learning=_learning(report), open=_OPEN, most_names=pictures.MOST_NAMES, outside=OUTSIDE
    )
    return _UNSHOWABLE.sub("\ufffd", html)


def cells(example: Example) -> list[Cell]:
    """The words of an example with what stands under each."""
    gold, predicted = _slots(example.gold), _slots(example.predicted)
    return [Cell(word, gold.get(place), predicted.get(place)) for place, word in enumerate(example.words)]


def confusions(confusion: Confusion) -> list[Confused]:
    """What was taken for something else, most frequent first."""
    found = confusion.mistaken()
    total = sum(count for _, _, count in found)
    return [Confused(gold, predicted, count, count / total) for gold, predicted, count in found]


def _tasks(report: Report) -> Iterator[tuple[str, str, TaskReport]]:
    return ((split, task, found) for split, tasks in report.splits.items() for task, found in tasks.items())


def _view(report: TaskReport, key: str) -> dict[str, Any]:
    """What the template shows of a task beside its report."""
    scores = report.scores
    confused = {
        name: found for name, found in (("labels", report.confusion), ("tags", report.tag_confusion)) if found and found.names
    }
    total = sum(report.errors.values())
    lengths = next((one for one in report.breakdowns if "sentence length" in one.by and len(one.groups) > 1), None)
    view = {
        "measure": MEASURES[report.scores.measure],
        "thing": {"spans": "span", "tags": "word", "labels": "sentence"}[report.kind],
        "label": "tag" if report.kind == "tags" else "label",
        "hues": _hues(report),
        "readings": _readings(scores),
        "lenient": lenient_reading(scores),
        "intervals": any(score.interval for score in (*scores.strict.labels.values(), scores.strict.micro, scores.strict.macro)),
        # Of one kind alone there is nothing to tell.
        "errors": [(name, count, count / total, _KINDS.get(name, "")) for name, count in report.errors.items()]
        if total and len(report.errors) > 1
        else [],
        "explained": any(name in _KINDS for name in report.errors),
        "num_errors": total,
        "confusions": {name: confusions(found)[:_MOST_CONFUSIONS] for name, found in confused.items()},
        "sizes": {name: len(found.names) for name, found in confused.items()},
        "has_probabilities": any(mark.probability is not None for example in report.examples for mark in example.predicted),
        "cells": cells,
        # Beside its picture.
        "breakdowns": sorted((one for one in report.breakdowns if one.groups), key=lambda one: one is not lengths),
        **_pictures(report, confused, lengths, key),
    }
    return view | {"parts": _parts(report, view)}


def _pictures(report: TaskReport, confused: Mapping[str, Confusion], lengths: Breakdown | None, key: str) -> dict[str, Any]:
    labels = report.scores.strict.labels
    bins = {name: found for name, found in report.reliability.items() if found}
    length_text = "Score by sentence length; a table beside has the figures."
    return {
        "label_f1": pictures.f1_by_label(labels, f"{key}-f1-picture", "F1 by label; the table above has the figures.")
        if len(labels) > 1
        else None,
        "matrices": {
            name: pictures.confusion_matrix(
                found, f"{key}-{name}-picture", "Confusion matrix; the table below has what is confused most."
            )
            for name, found in confused.items()
            if len(found.names) > 1
        },
        "lengths": lengths
        and pictures.score_by_group(lengths, MEASURES[report.scores.measure], f"{key}-length-picture", length_text),
        "reliability": pictures.reliability(bins, f"{key}-reliability-picture", _reliability_text(bins)) if bins else None,
        "thresholds": pictures.threshold_curve(report.thresholds, f"{key}-thresholds-picture", _threshold_text(report))
        if len(report.thresholds) > 1
        else None,
    }


def _parts(report: TaskReport, view: Mapping[str, Any]) -> dict[str, str]:
    """The headings of the parts that have something to show."""
    parts = {
        "labels": (f"By {view['label']}", report.scores.strict.labels),
        "errors": ("Kinds of errors", view["errors"]),
        "confusions": ("Confusions", view["matrices"] or any(view["confusions"].values())),
        "groups": ("By property", any(breakdown.groups for breakdown in report.breakdowns)),
        "strings": ("Most frequent errors", report.strings),
        "sentences": ("Sentences with most errors" if report.kind != "labels" else "Wrong sentences", report.examples),
        "doubts": ("Likely errors of annotation", report.doubts),
        "trust": ("How true the probabilities are", report.scores.calibration or view["reliability"] or view["thresholds"]),
    }
    return {key: title for key, (title, held) in parts.items() if held}


def _learning(report: Report) -> str | None:
    curve = report.learning
    if not curve or not curve.steps:
        return None
    text = f"Curves over {curve.steps[-1]:,} steps: the loss goes from {curve.loss[0]:.3g} to {curve.loss[-1]:.3g}."
    return pictures.learning_curves(curve, "learning", text)


def _reliability_text(bins: Mapping[str, Any]) -> str:
    told = (f"{name}: {', '.join(f'{one.probability:.2f} right {one.right:.2f}' for one in found)}" for name, found in bins.items())
    return "Share that is right by probability. " + "; ".join(told)


def _threshold_text(report: TaskReport) -> str:
    ends = report.thresholds[0], report.thresholds[-1]
    told = (f"from {one.probability:.2f} on precision {percent(one.precision)}, recall {percent(one.recall)}" for one in ends)
    return "Precision and recall by the lowest probability that is kept: " + "; ".join(told)


def _readings(scores: Scores) -> list[tuple[str, LabelScore, LabelScore | None]]:
    """For each label the scores read strictly and, where they are others, leniently."""
    lenient = lenient_reading(scores)
    if lenient is None:
        return [(name, row, None) for name, row in scores.strict.labels.items()]
    strict, others = both_labels(scores.strict, lenient).labels, both_labels(lenient, scores.strict).labels
    return [(name, row, others[name]) for name, row in strict.items()]


def _hues(report: TaskReport) -> dict[str, int]:
    """A hue for each label, neighbours far apart (by the golden angle)."""
    marks = [mark for example in report.examples for mark in (*example.gold, *example.predicted)]
    names = [*report.scores.strict.labels, *report.confusion.names, *(mark.label for mark in marks)]
    return {name: round(210 + 137.508 * place) % 360 for place, name in enumerate(dict.fromkeys(names))}


def _slots(marks: list[Mark]) -> dict[int, Slot]:
    slots = {}
    for mark in marks:
        for place in range(mark.start, mark.end):
            slots[place] = Slot(mark, first=place == mark.start, last=place == mark.end - 1)
    return slots


def _probability(probability: float) -> str:
    """Two decimals; more where it is about 1, and of what is very small the order of magnitude."""
    if probability and probability < 0.005:
        return f"{probability:.0e}"
    return f"{probability:.2f}" if probability < 0.995 or probability == 1 else f"{probability:.4f}"


def _fact(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:,}"
    return ", ".join(f"{name} {one}" for name, one in value.items()) if isinstance(value, Mapping) else str(value)
