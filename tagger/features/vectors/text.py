"""Vectors as text: a word and its numbers on each line (GloVe), in word2vec's and fastText's form after a line of two counts."""

import codecs
import re
import warnings
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from tagger.errors import CorpusError
from tagger.features.vectors import Only, VectorRows, WordVectors

FORM = "Each line must hold a word and its vector, separated by single spaces, as GloVe, word2vec and fastText write them."
HEADER = re.compile(rb"(\d+) (\d+)")

_LINES_AT_ONCE = 20_000

Rows = list[tuple[int, bytes]]
"""The numbers of some lines, each with the line's own number in the file."""


def read_text(lines: Iterable[bytes], place: str, only: Only = None) -> WordVectors:
    """Reads vectors line by line.

    The width is that of the header, or else of the first line. Lines of words that are not wanted are only counted through.

    Args:
        lines: With or without their ends.
        place: What the lines are called in messages.
        only: The wanted words.

    Raises:
        CorpusError: There is nothing, a word is not UTF-8, a line holds another number of dimensions than the first, or the file
            holds another number of words than its header says.
    """
    taken, rows = VectorRows(only), Rows()
    width = number = 0
    header: int | None = None
    for number, line in enumerate(lines, 1):
        line = line.rstrip()
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
            if found := HEADER.fullmatch(line):
                header, width = int(found[1]), int(found[2])
                continue
            width = _width(line)
        head = _word(line, width, f"{place}:{number}")
        if taken.takes(_decoded(head, f"{place}:{number}")):
            rows.append((number, line[len(head) + 1 :]))
        if len(rows) == _LINES_AT_ONCE:
            taken.add(_parsed(rows, width, place))
            rows = []
    num_rows = number - (header is not None)
    if not num_rows:
        raise CorpusError("the vectors file is empty", where=place, fix="Name a file of word vectors.")
    if header is not None and num_rows != header:
        raise CorpusError(
            f"the first line says {header:,} words, but {num_rows:,} follow",
            where=f"{place}:1",
            fix="Fetch the file again; if it was shortened on purpose, correct its first line.",
        )
    taken.add(_parsed(rows, width, place))
    return taken.joined(width)


def _width(line: bytes) -> int:
    """How many numbers stand at the end of a line, behind at least one piece of a word: the word may hold spaces."""
    pieces = line.split(b" ")[1:]
    return next((count for count, piece in enumerate(reversed(pieces)) if not _is_number(piece)), len(pieces))


def _word(line: bytes, width: int, where: str) -> bytes:
    """What stands before the last `width` numbers; a few words of some published files hold spaces themselves."""
    spaces = line.count(b" ")
    if not line or width == 0 or spaces < width:
        raise CorpusError(f"a word and {max(width, 1)} numbers were expected", where=where, fix=FORM)
    if spaces == width:
        word = line.split(b" ", 1)[0]
    else:
        word = line.rsplit(b" ", width)[0]
        pieces = word.split(b" ")
        if not all(pieces) or _is_number(pieces[-1]):
            # `New York` is a word, but `cat 0.1` is one whose line has a number too many.
            raise CorpusError(f"a word and {width} numbers were expected, but there is more", where=where, fix=FORM)
    if not word:
        raise CorpusError(f"a word and {width} numbers were expected", where=where, fix=FORM)
    return word


def _decoded(word: bytes, where: str) -> str:
    try:
        return word.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CorpusError("the word is not UTF-8", where=where, fix="Convert the file to UTF-8.") from error


def _parsed(rows: Rows, width: int, place: str) -> NDArray[np.float32]:
    """The numbers of some lines, as a matrix."""
    if not rows:
        return np.empty((0, width), dtype=np.float32)
    matrix = _quickly(rows, width)
    return np.stack(list(_one_by_one(rows, width, place))) if matrix is None else matrix


def _quickly(rows: Rows, width: int) -> NDArray[np.float32] | None:
    """The matrix as Arrow reads it, in a third of numpy's time; None where it finds fault with anything."""
    names = [str(index) for index in range(width)]
    try:
        table = csv.read_csv(
            pa.py_buffer(b"\n".join(row for _, row in rows)),
            csv.ReadOptions(column_names=names, use_threads=False),
            csv.ParseOptions(delimiter=" ", quote_char=False, ignore_empty_lines=False),
            csv.ConvertOptions(column_types=dict.fromkeys(names, pa.float32()), null_values=[], check_utf8=False),
        )
    except pa.ArrowInvalid:
        return None
    matrix: NDArray[np.float32] = np.stack([column.to_numpy() for column in table.columns], axis=1)
    return matrix if len(matrix) == len(rows) and np.isfinite(matrix).all() else None


def _one_by_one(rows: Rows, width: int, place: str) -> Iterator[NDArray[np.float32]]:
    for number, row in rows:
        found = _numbers(row)
        if found is None or found.size != width:
            raise CorpusError(f"{width} finite numbers were expected after the word", where=f"{place}:{number}", fix=FORM)
        yield found


def _numbers(text: bytes) -> NDArray[np.float32] | None:
    """Numbers separated by single spaces; None where one is no finite number."""
    try:
        with warnings.catch_warnings():
            # numpy stops at what is no number and only warns.
            warnings.simplefilter("error", DeprecationWarning)
            numbers = np.fromstring(text, dtype=np.float32, sep=" ")
    except (ValueError, DeprecationWarning):
        return None
    return numbers if np.isfinite(numbers).all() else None


def _is_number(text: bytes) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return b"_" not in text


def is_row(line: bytes, width: int) -> bool:
    """Whether a line is a word and so many numbers."""
    pieces = line.rstrip().split(b" ")
    return len(pieces) > width and all(_is_number(piece) for piece in pieces[-width:])
