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
    rows: dict[str, int] = {}
    chunks: list[NDArray[np.float32]] = []
    numbers: list[bytes] = []
    width = line_number = 0
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
            for line_number, line in enumerate(lines, 1):
                line = line.rstrip()
                if line_number == 1 and _HEADER.fullmatch(line):
                    continue
                width = width or line.count(b" ")
                # A few words of some published files hold spaces: the numbers are counted from the right.
                head = line.split(b" ", 1) if line.count(b" ") == width else line.rsplit(b" ", width)[:1]
                word = head[0].decode("utf-8")
                if not word or line.count(b" ") < width or width == 0:
                    raise CorpusError(
                        f"a word and {max(width, 1)} numbers were expected",
                        where=f"{path}:{line_number}",
                        fix=_FORM,
                    )
                if word not in rows:
                    rows[word] = len(rows)
                    numbers.append(line[len(head[0]) + 1 :])
                if len(numbers) == _LINES_AT_ONCE:
                    chunks.append(_parse(numbers, width, path, line_number))
                    numbers = []
        chunks.append(_parse(numbers, width, path, line_number))
    except UnicodeDecodeError as error:
        raise CorpusError("the word is not UTF-8", where=f"{path}:{line_number}", fix="Convert the file to UTF-8.") from error
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise CorpusError(f"the compressed file is damaged ({error})", where=str(path), fix="Fetch it again.") from error
    if not rows:
        raise CorpusError("the vectors file is empty", where=str(path), fix="Name a GloVe text file with --vectors FILE.")
    return WordVectors(tuple(rows), np.concatenate(chunks))


def _parse(numbers: list[bytes], width: int, path: Path, last_line: int) -> NDArray[np.float32]:
    try:
        with warnings.catch_warnings():
            # numpy stops at what is no number and only warns.
            warnings.simplefilter("error", DeprecationWarning)
            flat = np.fromstring(b" ".join(numbers), dtype=np.float32, sep=" ")
        if flat.size != len(numbers) * width or not np.isfinite(flat).all():
            raise ValueError
    except (ValueError, DeprecationWarning) as error:
        for offset, row in enumerate(reversed(numbers)):
            try:
                usable = np.isfinite(np.array(row.split(), dtype=np.float32)).all() and len(row.split()) == width
            except ValueError:
                usable = False
            if not usable:
                raise CorpusError(
                    f"{width} finite numbers were expected after the word",
                    where=f"{path}, near line {last_line - offset}",
                    fix=_FORM,
                ) from error
        raise
    return flat.reshape(len(numbers), width)
