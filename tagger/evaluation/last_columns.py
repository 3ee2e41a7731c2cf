"""Columns by any tool, of which the first holds the words and the last ones tags, whatever stands between."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tagger.corpora.columns import DOCUMENT_MARKER, Separator, field_column, num_fields, read_columns
from tagger.corpora.compressed import open_compressed
from tagger.corpora.source import decode_lines, no_cycles, nothing_found
from tagger.errors import CorpusError
from tagger.evaluation.predictions import UNKNOWN_TAG

Tags = list[list[str | None]]


@dataclass(frozen=True)
class LastColumns:
    """What a file of columns holds.

    Attributes:
        path: The file.
        words: The words of each sentence.
        tags: For each of the last columns, from left to right, the tags of each sentence.
        lines: At which line each sentence begins, counted from 1.
        width: How many columns there are.
        separator: What stands between them.
    """

    path: Path
    words: list[Sequence[str]]
    tags: tuple[Tags, ...]
    lines: list[int]
    width: int
    separator: Separator

    def where(self, sentence: int, token: int, column: int) -> str:
        """Where a tag stands, as `file:line:character`; the column is one of the last, counted from 0."""
        # The lines of a sentence follow each other without a gap.
        number = self.lines[sentence] + token
        line = next(line for at, line in lines_of(self.path) if at == number)
        index = self.width - len(self.tags) + column
        return f"{self.path}:{number}:{field_column(line, index, self.separator)}"


def read_last_columns(path: Path, names: Sequence[str], separator: Separator, fix: str) -> LastColumns:
    """Reads the words and the last columns; `_` in one named `gold` is a tag that is not known.

    Args:
        path: The file.
        names: What the last columns hold, from left to right.
        separator: `whitespace`: runs of spaces and tabs; `tab`: each tab, and words may hold spaces.
        fix: What each line must hold, in words.

    Raises:
        CorpusError: The file can't be read.
    """
    width = next((num_fields(line, separator) for _, line in lines_of(path) if _is_row(line)), 0)
    if not width:
        raise nothing_found(str(path))
    if width <= len(names):
        columns = f"{width} {'column' if width == 1 else 'columns'}"
        raise CorpusError(f"{columns} where at least {1 + len(names)} were expected", where=str(path), fix=fix, kind="ragged row")

    def refuse(error: CorpusError) -> None:
        """Raises what is wrong with a row, with a fix that says what these files hold: there is no recipe that could say it."""
        raise CorpusError(error.problem, where=error.where, fix=fix if error.kind == "ragged row" else error.fix, kind=error.kind)

    between = [f"column {number}" for number in range(2, width - len(names) + 1)]
    found = LastColumns(path, [], tuple([] for _ in names), [], width, separator)
    rows = read_columns(lines_of(path), str(path), ["word", *between, *names], wanted=names, separator=separator, fault=refuse)
    with no_cycles():
        for sentence in rows:
            found.words.append(sentence.words)
            found.lines.append(sentence.lines[0])
            for name, tags in zip(names, found.tags, strict=True):
                column = sentence.columns[name]
                tags.append([None if tag == UNKNOWN_TAG else tag for tag in column] if name == "gold" else list(column))
    return found


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file, compressed or not, with their numbers.

    Raises:
        CorpusError: It can't be read.
    """
    with open_compressed(path) as (content, _):
        yield from decode_lines(content, str(path))


def _is_row(line: str) -> bool:
    return bool(line.strip(" \t")) and not line.startswith(DOCUMENT_MARKER)
