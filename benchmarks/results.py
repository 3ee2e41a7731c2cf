"""What was measured, as rows; ratios and spreads; Markdown and JSON."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import NamedTuple


class Spread(NamedTuple):
    """Median, least and greatest of the repeats."""

    median: float
    least: float
    greatest: float


@dataclass(frozen=True)
class Row:
    """One contestant under one setting.

    Attributes:
        part: The part of the benchmark.
        setting: Threads, sizes of batches and what else was set.
        contestant: Its name.
        unit: The unit of `repeats`.
        repeats: What was measured, one figure a round; none where it is missing.
        processor: The same by processor time, which others' work on the machine changes little; none where it was not taken.
        missing: Why nothing was measured.
        facts: Other figures, such as the F1.
    """

    part: str
    setting: str
    contestant: str
    unit: str
    repeats: tuple[float, ...] = ()
    processor: tuple[float, ...] = ()
    missing: str = ""
    facts: dict[str, float] = field(default_factory=dict)


def spread(values: Sequence[float]) -> Spread:
    """The spread of some figures."""
    return Spread(median(values), min(values), max(values))


def ratio(row: Row, base: Row, *, by_processor: bool = False) -> Spread:
    """A row over another, round by round: what slows the machine for a while slows both."""
    pairs = zip(row.processor, base.processor, strict=True) if by_processor else zip(row.repeats, base.repeats, strict=True)
    return spread([ours / theirs for ours, theirs in pairs])


def markdown(rows: Iterable[Row], base: str) -> str:
    """A table for each part and setting, with ratios over the contestant called `base`."""
    tables: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        tables.setdefault((row.part, row.setting), []).append(row)
    lines: list[str] = []
    part_before = ""
    for (part, setting), group in tables.items():
        if part != part_before:
            lines += [f"## {part}", ""]
            part_before = part
        lines += [setting[0].upper() + setting[1:] + ":", "", *_table(group, base), ""]
    return "\n".join(lines)


def _table(rows: Sequence[Row], base: str) -> list[str]:
    bases = [row for row in rows if row.contestant == base and row.repeats]
    over = f"over {base}"
    lines = [f"| | {rows[0].unit} | least - most | {over} | least - most | {over}, processor time | |", f"|{'---|' * 7}"]
    for row in rows:
        if not row.repeats:
            lines.append(f"| {row.contestant} | not available | | | | | {row.missing} |")
            continue
        cells = [row.contestant, *_cells(spread(row.repeats)), "", "", ""]
        if bases and len(bases[0].repeats) == len(row.repeats):
            cells[3:5] = _cells(ratio(row, bases[0]))
            if row.processor and bases[0].processor:
                cells[5] = figure(ratio(row, bases[0], by_processor=True).median)
        notes = [f"{name} {figure(value)}" for name, value in row.facts.items()]
        lines.append(f"| {' | '.join([*cells, '; '.join(notes)])} |")
    return lines


def _cells(values: Spread) -> list[str]:
    return [figure(values.median), f"{figure(values.least)} - {figure(values.greatest)}"]


def figure(value: float) -> str:
    """Three digits at least."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def write_json(path: Path, machine: dict[str, str], settings: dict[str, object], rows: Sequence[Row]) -> None:
    """Every repeat of every row."""
    content = {"machine": machine, "settings": settings, "rows": [asdict(row) for row in rows]}
    path.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
