"""A comparison on the terminal and as Markdown."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tagger.comparison.blocks import Block, Heading, Rows, Sentence, Shown, blocks
from tagger.comparison.comparison import Comparison
from tagger.evaluation.markdown import escaped

_MOST_LABELS = 12


def terminal(comparison: Comparison) -> RenderableType:
    """The comparison for the terminal, with the labels that differ most."""
    return Group(*(_drawn(block) for block in blocks(comparison, most_labels=_MOST_LABELS)))


def _drawn(block: Block) -> RenderableType:
    match block:
        case Heading(text):
            return Text(f"\n{text}", style="bold underline")
        case Sentence(text, matters):
            return Text(text, style="bold" if matters else "")
        case Rows(title, headings, rows, left):
            table = Table(title=Text(f"\n{title}"), title_justify="left", title_style="italic")
            for place, heading in enumerate(headings):
                table.add_column(Text(heading), justify="left" if place < left else "right", overflow="fold")
            for row in rows:
                table.add_row(*map(Text, row))
            return table
        case Shown(title, examples):
            return Group(Text(f"\n{title}", style="italic"), *map(_lines, examples))


def _lines(example: Sequence[tuple[str, str]]) -> RenderableType:
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(justify="right", style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for place, (name, text) in enumerate(example):
        grid.add_row(Text(name), Text(text, style="" if place else "italic"))
    return Padding(grid, (0, 0, 1, 0))


def markdown(comparison: Comparison) -> str:
    """The comparison as Markdown, which fits a pull request: scores and verdicts in the open, the rest to be unfolded."""
    lines = ["# Comparison", ""]
    for block in blocks(comparison):
        lines += _written(block)
    return "\n".join(lines).rstrip() + "\n"


# What is read first.
_OPEN = ("Scores", "Over seeds", "Differences")


def _written(block: Block) -> Iterator[str]:
    match block:
        case Heading(text):
            yield f"## {escaped(text)}"
        case Sentence(text, matters):
            yield f"**{escaped(text)}**" if matters else escaped(text)
        case Rows(title, headings, rows, left):
            table = _table(headings, rows, left)
            if title.startswith(_OPEN):
                yield from (f"{escaped(title)}:", "", *table)
            else:
                yield from _folded(title, table)
        case Shown(title, examples):
            yield from _folded(title, (line for example in examples for line in _example(example)))
    yield ""


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]], left: int) -> Iterator[str]:
    yield f"| {' | '.join(map(escaped, headings))} |"
    yield "|" + "---|" * left + "---:|" * (len(headings) - left)
    yield from (f"| {' | '.join(map(escaped, row))} |" for row in rows)


def _example(example: Sequence[tuple[str, str]]) -> Iterator[str]:
    (number, words), *rest = example
    yield f"- sentence {number}: {escaped(words)}"
    yield from (f"  - {name}: {escaped(text)}" for name, text in rest)


def _folded(title: str, lines: Iterator[str]) -> Iterator[str]:
    yield from ("<details>", f"<summary>{escaped(title)}</summary>", "", *lines, "", "</details>")
