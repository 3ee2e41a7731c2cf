"""Vectors in word2vec's binary form: a line of two counts; then each word, a space, and its numbers as float32.

https://code.google.com/archive/p/word2vec, distance.c; some writers put a line end before each word, some don't.
"""

from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from tagger.errors import CorpusError
from tagger.features.vectors import Only, VectorRows, WordVectors
from tagger.features.vectors.text import HEADER

FORM = "In word2vec's binary form each word, a space and its numbers as float32 follow each other, after a line of two counts."
FASTTEXT = bytes.fromhex("ba164f2f")
"""What fastText's models begin with, which are called .bin too."""

_LONGEST_WORD = 4_096
_BYTES_AT_ONCE = 1 << 22
_ROWS_AT_ONCE = 20_000


def read_binary(file: BinaryIO, place: str, only: Only = None) -> WordVectors:
    """Reads vectors; places in messages are offsets in the (decompressed) file.

    Raises:
        CorpusError: It has no header or ends too early or too late, or a word is not UTF-8 or a number not finite.
    """
    line = file.readline(100)
    header = HEADER.fullmatch(line.strip())
    if line.startswith(FASTTEXT):
        raise CorpusError("a fastText model, not vectors", where=place, fix="Give the .vec file of the same vectors.")
    if not header or not line.endswith(b"\n") or int(header[2]) == 0:
        raise CorpusError("the numbers of words and dimensions were expected in the first line", where=f"{place}, byte 0", fix=FORM)
    count, width = int(header[1]), int(header[2])
    if not count:
        raise CorpusError("the vectors file is empty", where=place, fix="Name a file of word vectors.")
    source = _Source(file, len(line), width, place)
    taken = VectorRows(only)
    kept: list[tuple[int, bytes]] = []
    for number in range(count):
        offset, word, row = source.row(f"word {number + 1:,} of {count:,}")
        if taken.takes(word):
            kept.append((offset, row))
        if len(kept) == _ROWS_AT_ONCE:
            taken.add(_matrix(kept, width, place))
            kept = []
    source.end(count)
    taken.add(_matrix(kept, width, place))
    return taken.joined(width)


class _Source:
    """A file's rows, one after the other, read in large pieces."""

    def __init__(self, file: BinaryIO, start: int, width: int, place: str) -> None:
        self._file, self._start, self._size, self._place = file, start, 4 * width, place
        self._data, self._at = b"", 0

    @property
    def offset(self) -> int:
        """Where the next row begins."""
        return self._start + self._at

    def row(self, what: str) -> tuple[int, str, bytes]:
        """Where the next word stands, the word, and the bytes of its vector."""
        if len(self._data) - self._at < _LONGEST_WORD + 2 + self._size:
            self._more()
        # The line end that some writers put behind each vector.
        self._at += self._data[self._at : self._at + 1] == b"\n"
        space = self._data.find(b" ", self._at, self._at + _LONGEST_WORD)
        end = space + 1 + self._size
        if space == -1 and len(self._data) - self._at >= _LONGEST_WORD:
            raise self._fault(f"no word and space for {what}", FORM)
        if space == -1 or end > len(self._data):
            raise self._fault(f"the file ends within {what}", "Fetch it again.")
        try:
            word = self._data[self._at : space].decode("utf-8")
        except UnicodeDecodeError as error:
            raise self._fault(f"{what} is not UTF-8", FORM) from error
        if not word:
            raise self._fault(f"{what} is empty", FORM)
        offset, self._at = self.offset, end
        return offset, word, self._data[space + 1 : end]

    def end(self, count: int) -> None:
        """Refuses what follows the last row."""
        self._more()
        self._at += self._data[self._at : self._at + 1] == b"\n"
        if self._data[self._at :].strip():
            raise self._fault(f"more follows the {count:,} words of the first line", f"{FORM} The first line may be wrong.")

    def _more(self) -> None:
        self._data = self._data[self._at :] + self._file.read(max(_BYTES_AT_ONCE, _LONGEST_WORD + 2 + self._size))
        self._start += self._at
        self._at = 0

    def _fault(self, problem: str, fix: str) -> CorpusError:
        return CorpusError(problem, where=f"{self._place}, byte {self.offset}", fix=fix)


def _matrix(rows: list[tuple[int, bytes]], width: int, place: str) -> NDArray[np.float32]:
    matrix = np.frombuffer(b"".join(row for _, row in rows), dtype="<f4").reshape(len(rows), width)
    finite = np.isfinite(matrix).all(axis=1)
    if not finite.all():
        offset = rows[int(np.argmin(finite))][0]
        raise CorpusError(f"{width} finite numbers were expected after the word", where=f"{place}, byte {offset}", fix=FORM)
    return matrix.astype(np.float32)
