"""Column files: a token and its tags on each line, a blank line after each sentence (the CoNLL shared tasks' form)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from tagger.corpora.source import SourceSentence, nothing_found, text_lines
from tagger.errors import CorpusError

Separator = Literal["whitespace", "tab"]

# Not str.split(): a no-break space is part of a token.
_BLANKS = re.compile(r"[ \t]+")
_ENDS_COLUMN = re.compile(r"[ \t\r\n]+")


def read_columns(
    path: Path,
    names: Sequence[str],
    *,
    wanted: Sequence[str],
    separator: Separator = "whitespace",
    comments: str | None = None,
    document_marker: str | None = "-DOCSTART-",
) -> Iterator[SourceSentence]:
    """The sentences of a column file, one at a time.

    Args:
        path: The file.
        names: What each column holds, from left to right; one of them is `word`.
        wanted: The columns to give beside the words.
        separator: `whitespace`: runs of spaces and tabs; `tab`: each tab, and tokens may hold spaces.
        comments: Lines that begin with this are left out; None where there are no comments and `#` is a token as any other.
        document_marker: A line whose first column is this begins a document; None where it is a token as any other.

    Raises:
        CorpusError: The file is missing, not UTF-8, holds no sentence, or a line holds another number of columns
            than the recipe names.
    """
    places = {name: names.index(name) for name in ("word", *wanted)}
    document, found = 0, False
    rows: list[list[str]] = []
    lines: list[int] = []

    def sentence() -> SourceSentence:
        columns = list(zip(*rows, strict=True))
        words, tags = columns[places["word"]], {name: columns[places[name]] for name in wanted}
        return SourceSentence(words, tags, str(path), tuple(lines), document)

    for number, line in text_lines(path):
        if comments and line.startswith(comments):
            continue
        fields = line.split("\t") if separator == "tab" else _BLANKS.split(line.strip(" \t"))
        opens_document = document_marker is not None and fields[0] == document_marker
        if not line.strip(" \t") or opens_document:
            if rows:
                yield sentence()
                found, rows, lines = True, [], []
            # What stands before the first marker is a document of its own.
            document += opens_document and found
            continue
        if len(fields) != len(names) or not all(fields):
            raise _ragged(f"{path}:{number}", line, fields, names)
        rows.append(fields)
        lines.append(number)
    if rows:
        yield sentence()
    elif not found:
        raise nothing_found(path)


def _ragged(where: str, line: str, fields: Sequence[str], names: Sequence[str]) -> CorpusError:
    expected = f"{names[0]} alone" if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    count = "an empty column" if len(fields) == len(names) else f"{len(fields)} {'column' if len(fields) == 1 else 'columns'}"
    shown = line if len(line) <= 80 else line[:77] + "..."
    fix = f"Each line must hold {expected}, as corpus.columns in the recipe says."
    if line.startswith("#"):
        fix += "\nIf the line is a comment, say so in the recipe: corpus.comments: '#'."
    return CorpusError(f"{count} where {len(names)} were expected: '{shown}'", where=where, fix=fix)


def one_column(text: str) -> str:
    """A token as a column can hold it: what would end the column is written as `_`, and so is nothing at all."""
    return _ENDS_COLUMN.sub("_", text.strip(" \t\r\n")) or "_"


def write_columns(path: Path, sentences: Iterable[Sequence[Sequence[str]]]) -> None:
    """Writes sentences, each a list of rows, with single spaces between columns, as `conlleval` reads them."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for sentence in sentences:
            file.writelines(" ".join(map(one_column, row)) + "\n" for row in sentence)
            file.write("\n")
