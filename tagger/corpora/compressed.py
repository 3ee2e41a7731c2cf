"""Compressed files: opened, and written as pieces that stand one behind the other."""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, Literal, cast

from tagger.errors import CorpusError

Compression = Literal["gzip", "bz2", "xz", "zstd"]

SUFFIXES: dict[str, Compression] = {".gz": "gzip", ".bz2": "bz2", ".xz": "xz", ".zst": "zstd"}


def compression_of(path: Path) -> Compression | None:
    """How a file is compressed, by its name."""
    return SUFFIXES.get(path.suffix)


@contextmanager
def open_compressed(path: Path) -> Iterator[tuple[IO[bytes], BinaryIO]]:
    """A file's content, and the file itself, whose position tells how much of it was read.

    Raises:
        CorpusError: The file is missing or can't be opened; or, while it is read, it turns out to be damaged.
    """
    if not path.is_file():
        raise CorpusError("no such file", where=str(path), fix="Name an existing file.")
    try:
        file = path.open("rb")
    except OSError as error:
        raise CorpusError(f"can't be read ({error.strerror})", where=str(path), fix="Name another file.") from error
    with file:
        compression = compression_of(path)
        try:
            with _content(file, compression) as content:
                yield content, file
        except (gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError) as error:
            raise _damaged(path, error) from error
        except OSError as error:
            # What bz2 and Arrow's zstd raise; errors of the system have a number.
            if compression is None or error.errno is not None:
                raise
            raise _damaged(path, error) from error


def _content(file: BinaryIO, compression: Compression | None) -> IO[bytes]:
    match compression:
        case None:
            return file
        case "gzip":
            return cast("IO[bytes]", gzip.GzipFile(fileobj=file))
        case "bz2":
            return bz2.BZ2File(file)
        case "xz":
            return lzma.LZMAFile(file)
        case "zstd":
            # Python has no zstd before 3.14, Arrow has.
            import pyarrow as pa

            stream = pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd")
            return io.BufferedReader(cast("io.RawIOBase", stream), 1 << 17)


def _damaged(path: Path, error: Exception) -> CorpusError:
    return CorpusError(f"the compressed file is damaged ({error})", where=str(path), fix="Fetch it again.")


def compress(data: bytes, compression: Compression | None) -> bytes:
    """Data as a piece of a compressed file: such pieces, one behind the other, are the whole; without times, so always the same."""
    match compression:
        case None:
            return data
        case "gzip":
            return gzip.compress(data, compresslevel=6, mtime=0)
        case "bz2":
            return bz2.compress(data)
        case "xz":
            return lzma.compress(data)
        case "zstd":
            import pyarrow as pa

            return cast("bytes", pa.compress(data, codec="zstd", asbytes=True))
