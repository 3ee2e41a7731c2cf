"""Word vectors from a text file: a word and its numbers on each line (GloVe), `.gz` too."""

import gzip
import re
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tagger.errors import CorpusError

_LINES_AT_ONCE = 20_000
_HEADER = re.compile(rb"\d+ \d+")  # word2vec's text form begins with the numbers of words and of dimensions.
_FORM = "Each line must hold a word and its vector, separated by single spaces (GloVe's text form)."


@dataclass(frozen=True)
class WordVectors:
    """Words in the order of their file, and their vectors: float32 of shape `(words, width)`."""

    words: tuple[str, ...]
    matrix: NDArray[np.float32]

    @property
    def width(self) -> int:
        """The number of dimensions."""
        return int(self.matrix.shape[1])


def read_vectors(path: Path) -> WordVectors:
    """Reads a GloVe text file; the width is that of its first line. Of a word that stands there twice, the first counts.

    Raises:
        CorpusError: The file is missing, empty, not UTF-8, or a line holds another number of dimensions than the first.
    """
    if not path.is_file():
        raise CorpusError("no such vectors file", where=str(path), fix="Name an existing file with --vectors FILE.")
    words: dict[str, None] = {}
    chunks: list[NDArray[np.float32]] = []
    rows: list[tuple[int, bytes]] = []
    width = number = 0
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                line = line.rstrip()
                if number == 1 and _HEADER.fullmatch(line):
                    continue
                width = width or line.count(b" ")
                head = _word(line, width, f"{path}:{number}")
                word = head.decode("utf-8")
                if word not in words:
                    words[word] = None
                    rows.append((number, line[len(head) + 1 :]))
                if len(rows) == _LINES_AT_ONCE:
                    chunks.append(_parse(rows, width, path))
                    rows = []
        chunks.append(_parse(rows, width, path))
    except UnicodeDecodeError as error:
        raise CorpusError("the word is not UTF-8", where=f"{path}:{number}", fix="Convert the file to UTF-8.") from error
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise CorpusError(f"the compressed file is damaged ({error})", where=str(path), fix="Fetch it again.") from error
    if not words:
        raise CorpusError("the vectors file is empty", where=str(path), fix="Name a GloVe text file with --vectors FILE.")
    return WordVectors(tuple(words), np.concatenate(chunks))


def _word(line: bytes, width: int, where: str) -> bytes:
    """What stands before the last `width` numbers; a few words of some published files hold spaces themselves."""
    spaces = line.count(b" ")
    word = line.split(b" ", 1)[0] if spaces == width else line.rsplit(b" ", width)[0]
    if not word or width == 0 or spaces < width:
        raise CorpusError(f"a word and {max(width, 1)} numbers were expected", where=where, fix=_FORM)
    return word


def _parse(rows: list[tuple[int, bytes]], width: int, path: Path) -> NDArray[np.float32]:
    """The numbers of some lines, as a matrix; each line comes with its number in the file."""
    flat = _numbers(b" ".join(row for _, row in rows))
    if flat is None or flat.size != len(rows) * width:
        for number, row in rows:
            found = _numbers(row)
            if found is None or found.size != width:
                raise CorpusError(f"{width} finite numbers were expected after the word", where=f"{path}:{number}", fix=_FORM)
        raise AssertionError("the lines are in order one by one, but not together")
    return flat.reshape(len(rows), width)


def _numbers(text: bytes) -> NDArray[np.float32] | None:
    """Numbers separated by spaces; None where one is no finite number."""
    try:
        with warnings.catch_warnings():
            # numpy stops at what is no number and only warns.
            warnings.simplefilter("error", DeprecationWarning)
            numbers = np.fromstring(text, dtype=np.float32, sep=" ")
    except (ValueError, DeprecationWarning):
        return None
    return numbers if np.isfinite(numbers).all() else None
