"""A report as Markdown, which fits a pull request: the scores in the open, the rest to be unfolded."""

from collections.abc import Iterable, Iterator, Sequence

from tagger.evaluation.report import ErrorString, Report, TaskReport
from tagger.evaluation.wording import (
    LABEL_HEADINGS,
    LENIENT_HEADINGS,
    MEASURES,
    both_rows,
    calibration_line,
    error_line,
    headline,
    lenient_reading,
    other_readings,
    percent,
)

_MOST_CONFUSIONS = 15


def markdown(report: Report) -> str:
    """The report as Markdown."""
    lines = [f"# {escaped(report.name)}", ""]
    for split, tasks in report.splits.items():
        for task, found in tasks.items():
            lines += [f"## {escaped(task)} on {split}", "", headline(found), "", *_task(found)]
    for name, value in report.facts.items():
        lines += [f"- {escaped(one)}" for one in value] if isinstance(value, list) else [f"- {name}: {escaped(value)}"]
    return "\n".join(lines).rstrip() + "\n"


def _task(found: TaskReport) -> Iterator[str]:
    scores = found.scores
    if scores.calibration:
        yield from (calibration_line(scores.calibration, found.kind), "")
    rows = both_rows(scores)
    if lenient_reading(scores):
        headings = (*LABEL_HEADINGS[:5], *LENIENT_HEADINGS, *LABEL_HEADINGS[5:])
        yield from _table(headings, [(*row[:5], *(other or row)[1:5], *row[5:]) for row, other in rows])
    else:
        # Of plain tags all together are the accuracy, in the line above.
        yield from _table(LABEL_HEADINGS, [row for row, _ in (rows if found.kind == "spans" else rows[:-2])])
    if reading := other_readings(scores):
        yield from (reading, "")
    yield from (error_line(found.errors), "")
    if found.strings:
        yield from _folded(
            "Most frequent errors", _table(("kind", "words", "gold", "predicted", "times"), map(_string, found.strings))
        )
    if pairs := [(gold, other, f"{count:,}") for gold, other, count in found.confusion.mistaken()[:_MOST_CONFUSIONS]]:
        yield from _folded("What was taken for what", _table(("gold", "predicted", "times"), pairs))
    for breakdown in found.breakdowns:
        unit = MEASURES[scores.measure]
        groups = [(group.name, percent(group.score), f"{group.gold:,}") for group in breakdown.groups]
        yield from _folded(f"By {breakdown.by}", _table((breakdown.by, unit, "gold"), groups))


def _string(found: ErrorString) -> tuple[str, ...]:
    words = found.text if found.predicted_text is None else f"{found.text} → {found.predicted_text}"
    return found.kind, words, found.gold or "-", found.predicted or "-", f"{found.count:,}"


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    numbers = ("precision", "recall", "F1", "95 %", "gold", "predicted", "times", "accuracy")
    # A column of labels may have the name of one of numbers; what stands in it decides.
    rows = [list(row) for row in rows]
    right = [
        heading.removeprefix("lenient ") in numbers and all(_is_number(row[place]) for row in rows)
        for place, heading in enumerate(headings)
    ]
    yield f"| {' | '.join(headings)} |"
    yield "|" + "".join("---:|" if yes else "---|" for yes in right)
    yield from (f"| {' | '.join(map(escaped, row))} |" for row in rows)
    yield ""


def _is_number(cell: str) -> bool:
    return not cell.strip("0123456789.,% to")


def _folded(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield from ("<details>", f"<summary>{title}</summary>", "", *lines, "</details>", "")


def escaped(text: object) -> str:
    """Text as it is, whatever signs of Markdown and HTML it holds; a tab or a line's end would break a table."""
    plain = " ".join(str(text).split()) if isinstance(text, str) else str(text)
    for sign in "\\`*_[]<>|#":
        plain = plain.replace(sign, f"\\{sign}")
    return plain.replace("&", "&amp;")
