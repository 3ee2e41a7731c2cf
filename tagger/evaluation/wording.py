"""How figures of a report are written, on the terminal, in Markdown and on the page alike."""

from collections.abc import Mapping

from tagger.evaluation.measures import Calibration, Interval, Kind, LabelScore, LabelScores, Scores
from tagger.evaluation.report import TaskReport

LABEL_HEADINGS = ("label", "precision", "recall", "F1", "95 %", "gold", "predicted")
LENIENT_HEADINGS = tuple(f"lenient {heading}" for heading in LABEL_HEADINGS[1:5])

MEASURES = {"f1": "F1", "accuracy": "accuracy"}
"""How the figure that decides is called."""


def percent(share: float) -> str:
    """A share from 0 to 1 as a percentage with two decimals."""
    return f"{100 * share:.2f}"


def stretch(interval: Interval | None) -> str:
    """An interval of shares as percentages; nothing where there is none."""
    return "" if interval is None else f"{100 * interval[0]:.1f} to {100 * interval[1]:.1f}"


def headline(found: TaskReport) -> str:
    """The scores of a task in one line."""
    scores, labels = found.scores, found.kind == "labels"
    size = number_of(scores.num_sentences, "sentence") + ("" if labels else f", {number_of(scores.num_words, 'word')}")
    if scores.num_unscored:
        left = f"{scores.num_unscored:,} without a label" if labels else f"{number_of(scores.num_unscored, 'word')} of unknown tags"
        size += f"; {left} not scored"
    if found.kind == "spans":
        micro = scores.strict.micro
        figures = f"F1 {percent(micro.f1)}{_within(scores.interval)}, precision {percent(micro.precision)}, "
        figures += f"recall {percent(micro.recall)}, token accuracy {percent(scores.accuracy)}"
        return f"{figures}, sentence accuracy {percent(scores.sentence_accuracy)} ({size})"
    figures = f"accuracy {percent(scores.accuracy)}{_within(scores.interval)}"
    if labels:
        return f"{figures}, macro F1 {percent(scores.strict.macro.f1)} ({size})"
    kinds = {"known": scores.known, "unknown": scores.unknown, "ambiguous": scores.ambiguous}
    figures += "".join(f", {kind} words {percent(value)}" for kind, value in kinds.items() if value is not None)
    return f"{figures}, sentence accuracy {percent(scores.sentence_accuracy)} ({size})"


def number_of(count: int, what: str) -> str:
    """How many there are of what."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _within(interval: Interval | None) -> str:
    return f" (95 %: {stretch(interval)})" if interval else ""


def _rows(scores: LabelScores) -> list[tuple[str, ...]]:
    """For each label its cells under `LABEL_HEADINGS`, then those of all together."""
    rows = [_cells(label, row) for label, row in scores.labels.items()]
    return [*rows, _cells("all", scores.micro), _cells("mean", scores.macro)]


def both_rows(scores: Scores) -> list[tuple[tuple[str, ...], tuple[str, ...] | None]]:
    """For each label the cells of both readings, then those of all together; None where the lenient one says the same of all."""
    strict, lenient = scores.strict, lenient_reading(scores)
    if lenient is None:
        return [(row, None) for row in _rows(strict)]
    sides = [_rows(both_labels(one, other)) for one, other in ((strict, lenient), (lenient, strict))]
    return list(zip(*sides, strict=True))


def both_labels(scores: LabelScores, other: LabelScores) -> LabelScores:
    """The scores with a row for each label that one of two readings has."""
    names = sorted({*scores.labels, *other.labels})
    return scores.model_copy(update={"labels": {name: scores.labels.get(name, LabelScore.of(0, 0, 0)) for name in names}})


def _cells(name: str, row: LabelScore) -> tuple[str, ...]:
    shares = map(percent, (row.precision, row.recall, row.f1))
    return (name, *shares, stretch(row.interval), f"{row.gold:,}", f"{row.predicted:,}")


def lenient_reading(scores: Scores) -> LabelScores | None:
    """The lenient reading of spans where it has other figures than the strict one."""
    return None if scores.lenient in (None, scores.strict) else scores.lenient


def other_readings(scores: Scores) -> str:
    """What the lenient reading of spans says, and how many tags break their scheme; empty for other tasks."""
    if scores.lenient is None:
        return ""
    faults = [("gold", scores.illegal_gold), ("predicted", scores.illegal_predicted)]
    if not any(count for _, count in faults):
        return "No tag breaks its scheme: read as conlleval does, the scores are the same."
    told = f"Places that break the scheme: {' and '.join(f'{count:,} in the {side} tags' for side, count in faults if count)}."
    lenient = lenient_reading(scores)
    if lenient is None:
        return f"{told} Read as conlleval does, the scores are the same."
    micro = lenient.micro
    shares = f"precision {percent(micro.precision)}, recall {percent(micro.recall)}, F1 {percent(micro.f1)}"
    return f"{told} As conlleval reads them: {shares}."


def error_line(errors: Mapping[str, int]) -> str:
    """How many errors there are, and of which kinds."""
    total = sum(errors.values())
    if len(errors) == 1:
        return f"errors: {total:,}"
    return f"errors: {total:,} ({', '.join(f'{kind} {count:,}' for kind, count in errors.items())})"


def calibration_line(found: Calibration, kind: Kind) -> str:
    """How true the probabilities of a task of some kind are, in one line."""
    errors = [("labels" if kind == "labels" else "tags", found.tags, found.tags_before), ("spans", found.spans, found.spans_before)]
    told = ", ".join(
        f"{name} {percent(error)}" + ("" if before is None else f" (without temperature {percent(before)})")
        for name, error, before in errors
        if error is not None
    )
    return f"expected calibration error: {told}" + ("" if found.temperature == 1 else f"; temperature {found.temperature:.2f}")
