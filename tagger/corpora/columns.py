"""Column files: a token and its tags on each line, a blank line after each sentence (the CoNLL shared tasks' form)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Literal

from tagger.corpora.comments import labels_said, said
from tagger.corpora.source import FaultHandler, Lines, NoteTaker, SourceSentence, nothing_found, refuse
from tagger.errors import CorpusError

Separator = Literal["whitespace", "tab"]

DOCUMENT_MARKER = "-DOCSTART-"

# Not str.split(): a no-break space is part of a token.
_BLANKS = re.compile(r"[ \t]+")
_ENDS_COLUMN = re.compile(r"[ \t\r\n]+")
_FIELDS = {"whitespace": re.compile(r"[^ \t]+"), "tab": re.compile(r"(?<![^\t])[^\t]*")}


def read_columns(
    lines: Lines,
    place: str,
    names: Sequence[str],
    *,
    wanted: Sequence[str],
    separator: Separator = "whitespace",
    comments: str | None = None,
    labels: Sequence[str] = (),
    document_marker: str | None = DOCUMENT_MARKER,
    fault: FaultHandler = refuse,
    note: NoteTaker = lambda text: None,
) -> Iterator[SourceSentence]:
    """The sentences of a column file, one at a time.

    Args:
        lines: The file's lines.
        place: What the file is called in messages.
        names: What each column holds, from left to right; one of them is `word`.
        wanted: The columns to give beside the words.
        separator: `whitespace`: runs of spaces and tabs; `tab`: each tab, and tokens may hold spaces.
        comments: Lines that begin with this are left out; None where there are no comments and `#` is a token as any other.
        labels: What comments say of a sentence as a whole, as in `# intent = greeting`.
        document_marker: A line whose first column is this begins a document; None where it is a token as any other.
        fault: What is told of lines that can't be read.
        note: What is told, at the end, of comments that may be rows.

    Raises:
        CorpusError: By `fault`: the file holds no sentence, or a line holds another number of columns than the recipe names.
    """
    places = {name: names.index(name) for name in ("word", *wanted)}
    keys = {name: name for name in labels}
    document, found = 0, False
    like_rows, first_like = 0, ""
    width, plain = len(names), comments is None and separator == "whitespace"
    rows: list[list[str]] = []
    numbers: list[int] = []
    source: list[tuple[int, str]] = []

    def locate(line: str, name: str) -> int:
        return field_column(line, places[name], separator)

    def sentence() -> SourceSentence:
        columns = list(zip(*rows, strict=True))
        words, tags = columns[places["word"]], {name: columns[places[name]] for name in wanted}
        whole = labels_said(source, comments or "", keys, place, fault) if keys else {}
        return SourceSentence(words, tags, place, tuple(numbers), document, source=tuple(source), locate=locate, labels=whole)

    for number, line in chain(lines, ((0, ""),)):
        # The usual line first: single spaces between as many columns as there should be.
        fields = line.split(" ")
        if len(fields) == width and plain and "" not in fields and "\t" not in line and fields[0] != document_marker:
            source.append((number, line))
            rows.append(fields)
            numbers.append(number)
            continue
        stripped = line.strip(" \t")
        if comments and stripped and line.startswith(comments):
            source.append((number, line))
            if len(line.split()) == width and (said(line, comments) or ("",))[0] not in keys:
                like_rows, first_like = like_rows + 1, first_like or f"{place}:{number}: '{line}'"
            continue
        fields = line.split("\t") if separator == "tab" else _BLANKS.split(stripped)
        opens_document = document_marker is not None and fields[0] == document_marker
        if rows and (not stripped or opens_document):
            if not stripped and number:
                source.append((number, line))
            yield sentence()
            found, rows, numbers, source = True, [], [], []
            if not stripped:
                continue
        if not number:
            break
        source.append((number, line))
        if not stripped or opens_document:
            # What stands before the first marker is a document of its own.
            document += opens_document and found
        elif len(fields) != len(names) or not all(fields):
            fault(_ragged(place, number, line, fields, names, separator))
        else:
            rows.append(fields)
            numbers.append(number)
    if like_rows:
        what = "comment line has" if like_rows == 1 else "comment lines have"
        note(f"{place}: {like_rows:,} {what} as many columns as a row, and count as comments; the first: {first_like}")
    if not found:
        fault(nothing_found(place))


def field_column(line: str, index: int, separator: Separator = "whitespace") -> int:
    """The character, counted from 1, at which a field of a line begins; behind the line's end where there is no such field."""
    for found, match in enumerate(_FIELDS[separator].finditer(line)):
        if found == index:
            return match.start() + 1
    return len(line) + 1


def num_fields(line: str, separator: Separator = "whitespace") -> int:
    """How many columns a line has."""
    return len(line.split("\t") if separator == "tab" else _BLANKS.split(line.strip(" \t")))


def _ragged(place: str, number: int, line: str, fields: Sequence[str], names: Sequence[str], separator: Separator) -> CorpusError:
    expected = f"{names[0]} alone" if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    is_empty = len(fields) == len(names)
    count = "an empty column" if is_empty else f"{len(fields)} {'column' if len(fields) == 1 else 'columns'}"
    shown = line if len(line) <= 80 else line[:77] + "..."
    fix = f"Each line must hold {expected}: corpus.columns in the recipe, or --columns."
    if line.startswith("#"):
        fix += "\nIf the line is a comment, say so: corpus.comments: '#' in the recipe, or --comments '#'."
    # Where the empty field stands, where the first too many begins, or behind the line's end.
    column = field_column(line, list(fields).index("") if is_empty else len(names), separator)
    return CorpusError(
        f"{count} where {len(names)} were expected: '{shown}'", where=f"{place}:{number}:{column}", fix=fix, kind="ragged row"
    )


def one_column(text: str) -> str:
    """A token as a column can hold it: what would end the column, or mark a document, is written with `_`, and so is nothing."""
    column = _ENDS_COLUMN.sub("_", text.strip(" \t\r\n")) or "_"
    return column if column != DOCUMENT_MARKER else DOCUMENT_MARKER.replace("-", "_")


def write_columns(path: Path, sentences: Iterable[Sequence[Sequence[str]]]) -> None:
    """Writes sentences, each a list of rows, with single spaces between columns, as `conlleval` reads them."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for sentence in sentences:
            file.writelines(" ".join(map(one_column, row)) + "\n" for row in sentence)
            file.write("\n")
