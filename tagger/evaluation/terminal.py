"""A report on the terminal."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tagger.evaluation.report import Report, TaskReport
from tagger.evaluation.wording import LABEL_HEADINGS, calibration_line, error_line, headline, label_rows, other_readings


def table(report: Report) -> RenderableType:
    """Of each task on each split the scores, of each label and of all, and how many errors of which kinds there are."""
    parts: list[RenderableType] = []
    for split, tasks in report.splits.items():
        for task, found in tasks.items():
            # No title of the table, which would be broken at its width.
            title = Text(f"{task} on {split}: {headline(found)}", style="bold")
            parts += [*([Text("")] if parts else []), title, _labels(found), Text(error_line(found.errors))]
            if found.scores.illegal_gold or found.scores.illegal_predicted:
                parts.append(Text(other_readings(found.scores)))
            if found.scores.calibration:
                parts.append(Text(calibration_line(found.scores.calibration, found.kind)))
    return Group(*parts)


def _labels(found: TaskReport) -> Table:
    shown = Table()
    for heading in LABEL_HEADINGS:
        shown.add_column(heading, justify="left" if heading == "label" else "right")
    # Of plain tags all together are the accuracy, in the title.
    rows = label_rows(found.scores.strict, macro=found.kind == "spans")
    for name, *cells in rows if found.kind == "spans" else rows[:-1]:
        shown.add_row(Text(name), *cells, style="bold" if name == "all" else None)
    return shown
