"""A report on the terminal."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tagger.evaluation.report import Report, TaskReport
from tagger.evaluation.wording import LABEL_HEADINGS, both_rows, calibration_line, error_line, headline, other_readings


def table(report: Report) -> RenderableType:
    """Of each task on each split the scores, of each label and of all, and how many errors of which kinds there are."""
    parts: list[RenderableType] = []
    for split, tasks in report.splits.items():
        for task, found in tasks.items():
            # No title of the table, which would be broken at its width.
            title = Text(f"{task} on {split}: {headline(found)}", style="bold")
            parts += [*([Text("")] if parts else []), title, _labels(found), Text(error_line(found.errors))]
            if reading := other_readings(found.scores):
                parts.append(Text(reading))
            if found.scores.calibration:
                parts.append(Text(calibration_line(found.scores.calibration, found.kind)))
    return Group(*parts)


def _labels(found: TaskReport) -> Table:
    shown = Table()
    for heading in LABEL_HEADINGS:
        shown.add_column(heading, justify="left" if heading == "label" else "right")
    rows = both_rows(found.scores)
    # Of plain tags all together are the accuracy, in the title.
    for row, lenient in rows if found.kind == "spans" else rows[:-2]:
        name, *cells = row
        shown.add_row(Text(name), *cells, style="bold" if name == "all" else None)
        # Below each other they fit a narrow terminal.
        if lenient is not None and lenient != row:
            shown.add_row(Text("  lenient"), *lenient[1:], style="dim")
    return shown
