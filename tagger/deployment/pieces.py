"""Inputs in pieces of about as many words, cut by what they hold alone: the same for any number of workers, and after a resume.

A sentence's numbers may differ in their last digits with the sentences that share its batch; within one piece they are the same.
"""

import hashlib
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from tagger.corpora.compressed import open_compressed
from tagger.corpora.source import Lines, decode_lines
from tagger.corpora.streams import Item
from tagger.corpora.streams.given import GivenColumns

PIECE_WORDS = 16_000
_PIECE_BYTES = 8_000_000
_CHARACTERS_PER_WORD = 5
_DIGEST_BYTES = 16

Reader = Callable[[Lines, str], Iterator[Item]]


@dataclass(frozen=True, slots=True)
class Source:
    """Something to tag.

    Attributes:
        path: The file; None for standard input.
        form: How it is written.
    """

    path: Path | None
    form: str

    @property
    def place(self) -> str:
        """What it is called in messages."""
        return "standard input" if self.path is None else str(self.path)


class Piece(NamedTuple):
    """Some sentences that follow each other in a source.

    Attributes:
        items: The sentences.
        rows: The rows of a parquet file that they come from, where these are to be given back; else None.
        digest: Names all content of the source up to its end.
        position: The bytes of the source that are read with it.
    """

    items: tuple[Item, ...]
    rows: bytes | None
    digest: str
    position: int


def read_pieces(
    source: Source, read: Reader | None, *, keep_rows: bool, given: GivenColumns = MappingProxyType({})
) -> Iterator[Piece]:
    """A source's pieces, at least one, the last of them the only one that may be empty.

    Args:
        source: What is read.
        read: The reader of its lines; None for parquet.
        keep_rows: Whether rows of parquet are given back as they are.
        given: What is read beside the words of parquet's rows.

    Raises:
        CorpusError: The source can't be read; what stands before is given first, as far as it makes whole pieces.
    """
    if read is None:
        assert source.path is not None
        yield from _pieces_of_rows(source.path, given, keep_rows=keep_rows)
        return
    opened = nullcontext((sys.stdin.buffer, None)) if source.path is None else open_compressed(source.path)
    with opened as (content, file):
        yield from _pieces_of_lines(content, source.place, read, (lambda: 0) if file is None else file.tell)


class _Digested:
    """Lines, and what names all of those that were read."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = lines
        self._digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
        self.num_bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        for line in self._lines:
            self._digest.update(line)
            self.num_bytes += len(line)
            yield line

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()


def _pieces_of_lines(content: Iterable[bytes], place: str, read: Reader, position: Callable[[], int]) -> Iterator[Piece]:
    lines = _Digested(content)
    items: list[Item] = []
    size, start, found = 0, 0, False
    for item in read(decode_lines(lines, place), place):
        items.append(item)
        size += _size(item)
        # Long comments and further keys count too, or a piece could hold any amount.
        if size >= PIECE_WORDS or lines.num_bytes - start >= _PIECE_BYTES:
            yield Piece(tuple(items), None, lines.digest, position())
            items, size, start, found = [], 0, lines.num_bytes, True
    if items or not found:
        yield Piece(tuple(items), None, lines.digest, position())


def _pieces_of_rows(path: Path, given: GivenColumns, *, keep_rows: bool) -> Iterator[Piece]:
    import pyarrow.parquet as pq

    from tagger.corpora.streams.parquet import as_bytes, read_parquet

    reading = read_parquet(path, str(path), others=not keep_rows, given=given)
    first = next(reading)
    num_bytes, num_rows = path.stat().st_size, max(1, pq.ParquetFile(path).metadata.num_rows)
    digest, done = _digest_of_ends(path), 0
    for rows in (group for groups in ((first,), reading) for group in groups):
        start, size = 0, 0
        for end, item in enumerate(rows.items, 1):
            size += _size(item)
            if size >= PIECE_WORDS or end == len(rows.items):
                kept = as_bytes(rows.batch.slice(start, end - start)) if keep_rows else None
                done += end - start
                yield Piece(tuple(rows.items[start:end]), kept, digest, num_bytes * done // num_rows)
                start, size = end, 0
        if not rows.items:
            yield Piece((), as_bytes(rows.batch) if keep_rows else None, digest, num_bytes)


def _digest_of_ends(path: Path) -> str:
    """Names a parquet file by its size, its beginning and its end, which tells where all else stands and how it is compressed."""
    size = path.stat().st_size
    digest = hashlib.blake2b(str(size).encode(), digest_size=_DIGEST_BYTES)
    with path.open("rb") as file:
        digest.update(file.read(1 << 16))
        file.seek(max(0, size - (1 << 20)))
        digest.update(file.read())
    return digest.hexdigest()


def digest_of(source: Source) -> str:
    """What the digest of a source's last piece would be, without reading its sentences.

    Raises:
        CorpusError: It can't be read.
    """
    assert source.path is not None
    if source.form == "parquet":
        return _digest_of_ends(source.path)
    with open_compressed(source.path) as (content, _):
        lines = _Digested(content)
        for _ in lines:
            pass
        return lines.digest


def _size(item: Item) -> int:
    """About how many words; exactly how many is not known before raw text is split."""
    return 1 + (len(item.text) // _CHARACTERS_PER_WORD if isinstance(item.text, str) else len(item.text.tokens))
