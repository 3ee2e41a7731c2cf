"""The ratios that tagger is held to, from the rows of a run."""

from collections.abc import Iterator, Sequence

from benchmarks.results import Row, ratio
from benchmarks.speed import BARE
from benchmarks.whole_processes import IMPORT_TORCH

_F1_LOST = 0.1
_INT8 = ("tagger onnx int8",)
_OVER: tuple[tuple[str, str, str, str, float], ...] = (
    ("train", "words/s", "tagger", BARE, 0.65),
    ("train", "words/s", "tagger", "flair", 6),
    ("train", "words/s", "tagger", "NCRF++-like", 2),
    ("tag", "words/s", "tagger", BARE, 0.85),
    ("tag", "words/s", "tagger", "flair", 7),
    ("tag", "words/s", "tagger", "NCRF++-like", 3.2),
    ("tag", "words/s", "tagger", "spacy numpy", 1.5),
    ("latency", "ms", "tagger", "flair", 0.35),
    ("start", "s", "tagger, command", IMPORT_TORCH, 2.0),
    ("start", "s", "tagger onnx, command", IMPORT_TORCH, 0.6),
)
"""Part, unit, contestant, whom it is held against, and the goal: at least for words/s, at most for all else."""


def goals(rows: Sequence[Row]) -> str:
    """A Markdown table: each goal under each setting in which it was measured."""
    lines = ["| figure | measured | least - most | by processor time | goal | |", f"|{'---|' * 6}"]
    for part, unit, ours, theirs, goal in _OVER:
        for row, base in _pairs(rows, part, ours, theirs):
            lines.append(_line(f"{part}, {row.setting}: {ours} over {theirs}", row, base, goal, at_least=unit == "words/s"))
    for row, base in (pair for engine in _INT8 for pair in _pairs(rows, "tag", engine, BARE)):
        lost = _f1_lost(rows, row)
        words = f"tag, {row.setting}: {row.contestant} over {BARE} (F1 lost: {lost:.2f}, at most {_F1_LOST})"
        lines.append(_line(words, row, base, 2.0, at_least=True, also=lost <= _F1_LOST))
    lines += _memory(rows)
    lines.append("| minutes from nothing to 91.0 test F1 on CoNLL-2003 | measured by hand, see the recipe | | | at most 15 | |")
    return "\n".join(lines)


def _pairs(rows: Sequence[Row], part: str, ours: str, theirs: str) -> Iterator[tuple[Row, Row]]:
    for row in rows:
        if row.part == part and row.contestant == ours and row.repeats:
            for base in rows:
                if (base.part, base.setting, base.contestant) == (part, row.setting, theirs) and base.repeats:
                    yield row, base


def _line(words: str, row: Row, base: Row, goal: float, *, at_least: bool, also: bool = True) -> str:
    measured = ratio(row, base)
    reached = also and (measured.median >= goal if at_least else measured.median <= goal)
    by_processor = f"{ratio(row, base, by_processor=True).median:.2f}" if row.processor and base.processor else ""
    cells = (words, f"{measured.median:.2f}", f"{measured.least:.2f} - {measured.greatest:.2f}", by_processor)
    return f"| {' | '.join(cells)} | {'at least' if at_least else 'at most'} {goal:g} | {'reached' if reached else 'missed'} |"


def _f1_lost(rows: Sequence[Row], row: Row) -> float:
    """The greatest loss over the splits, against the same setting's float32."""
    float32 = next(other for other in rows if (other.part, other.setting, other.contestant) == (row.part, row.setting, "tagger"))
    return max(float32.facts[name] - row.facts[name] for name in row.facts if name.endswith("F1"))


def _memory(rows: Sequence[Row]) -> Iterator[str]:
    found = [row for row in rows if row.part == "memory" and row.repeats]
    for engine in dict.fromkeys(row.contestant for row in found):
        short, long = sorted((row for row in found if row.contestant == engine), key=lambda row: row.facts["words"])
        words = f"memory: {engine}, peak with {long.facts['words']:,.0f} words over that with {short.facts['words']:,.0f}"
        yield _line(words, long, short, 1.15, at_least=False)
