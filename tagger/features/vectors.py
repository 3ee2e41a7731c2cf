"""Word vectors from a text file: a word and its numbers on each line (GloVe), `.gz` too."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tagger.errors import CorpusError

_LINES_AT_ONCE = 20_000


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
                # A few words of some published files hold spaces: the numbers are counted from the right.
                fields = line.rstrip().split(b" ")
                width = width or len(fields) - 1
                word = b" ".join(fields[:-width]).decode("utf-8") if width > 0 else ""
                if not word:
                    raise CorpusError(
                        f"a word and {max(width, 1)} numbers were expected",
                        where=f"{path}:{line_number}",
                        fix="Each line must hold a word and its vector, separated by single spaces (GloVe's text form).",
                    )
                if word not in rows:
                    rows[word] = len(rows)
                    numbers.append(b" ".join(fields[-width:]))
                if len(numbers) == _LINES_AT_ONCE:
                    chunks.append(_parse(numbers, width, path, line_number))
                    numbers = []
        chunks.append(_parse(numbers, width, path, line_number))
    except UnicodeDecodeError as error:
        raise CorpusError("the word is not UTF-8", where=f"{path}:{line_number}", fix="Convert the file to UTF-8.") from error
    except (gzip.BadGzipFile, EOFError) as error:
        raise CorpusError(f"the compressed file is damaged ({error})", where=str(path), fix="Fetch it again.") from error
    if not rows:
        raise CorpusError("the vectors file is empty", where=str(path), fix="Name a GloVe text file with --vectors FILE.")
    return WordVectors(tuple(rows), np.concatenate(chunks))


def _parse(numbers: list[bytes], width: int, path: Path, last_line: int) -> NDArray[np.float32]:
    try:
        flat = np.fromstring(b" ".join(numbers), dtype=np.float32, sep=" ")
        if flat.size != len(numbers) * width or not np.isfinite(flat).all():
            raise ValueError
    except ValueError as error:
        for offset, row in enumerate(reversed(numbers)):
            try:
                usable = np.isfinite(np.array(row.split(), dtype=np.float32)).all() and len(row.split()) == width
            except ValueError:
                usable = False
            if not usable:
                raise CorpusError(
                    f"{width} finite numbers were expected after the word",
                    where=f"{path}, near line {last_line - offset}",
                    fix="Each line must hold a word and its vector, separated by single spaces (GloVe's text form).",
                ) from error
        raise
    return flat.reshape(len(numbers), width)
