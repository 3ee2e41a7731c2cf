"""Word vectors from whatever a recipe names: the form is told by the content, the compression by the name."""

import gzip
import hashlib
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from tagger.errors import CorpusError
from tagger.features.vectors import Only, WordVectors
from tagger.features.vectors.binary import FASTTEXT, read_binary
from tagger.features.vectors.package import read_package
from tagger.features.vectors.source import PACKAGE, VectorsFile, local_file
from tagger.features.vectors.text import HEADER, is_row, read_text

if TYPE_CHECKING:
    from rich.console import Console

_BUFFER = 1 << 17
_STARTS = {".gz": b"\x1f\x8b", ".xz": b"\xfd7zXZ\0", ".zip": b"PK\x03\x04"}


def read_vectors(
    source: str | Path, *, cache: Path, sha256: str | None = None, only: Only = None, console: "Console | None" = None
) -> WordVectors:
    """Reads a vectors file; of a word that stands there twice, the first counts.

    Args:
        source: A path, an http(s) address, or `package:` and the name of an installed package. Files are GloVe's or word2vec's
            text, word2vec's binary form or fastText's `.vec`; also as .gz, .xz, or as `FILE.zip:MEMBER`, without a member if the
            zip holds one file.
        cache: Where downloads are kept.
        sha256: The checksum that the file must have.
        only: The words whose vectors are wanted; all if None.
        console: Where a download's progress is shown; on the error stream if None.

    Raises:
        CorpusError: It is missing, can't be fetched, or is not what it should be; with the place.
    """
    name = str(source)
    if name.startswith(PACKAGE):
        return read_package(name.removeprefix(PACKAGE), only)
    file = local_file(name, cache, sha256=sha256, console=console)
    try:
        if sha256:
            _check(file, sha256)
        with _opened(file) as (content, inner):
            read = read_binary if _is_binary(content.peek(_BUFFER), inner) else read_text
            return read(cast("BinaryIO", content), file.shown, only)
    except (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError) as error:
        raise CorpusError(f"the compressed file is damaged ({error})", where=file.shown, fix="Fetch it again.") from error
    except OSError as error:
        raise CorpusError(f"can't be read ({error.strerror})", where=file.shown, fix="Name another file.") from error


def fetch_vectors(source: str, *, cache: Path, sha256: str | None = None, console: "Console | None" = None) -> None:
    """Downloads what `read_vectors` would, so that its progress is seen before other work begins.

    Raises:
        CorpusError: It is missing or can't be fetched.
    """
    if not source.startswith(PACKAGE):
        local_file(source, cache, sha256=sha256, console=console)


def _check(file: VectorsFile, sha256: str) -> None:
    with file.path.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != sha256.lower():
        raise CorpusError(
            f"the file's sha256 is {found}, but {sha256.lower()} was expected",
            where=str(file.path),
            fix="Fetch it again, or correct sha256 in the recipe.",
        )


@contextmanager
def _opened(file: VectorsFile) -> Iterator[tuple[io.BufferedReader, str]]:
    """The content, and the name that it has without its compression."""
    path = file.path
    with path.open("rb") as raw:
        compression = _compression(path, raw.peek(6))
        if compression == ".zip":
            with zipfile.ZipFile(raw) as archive:
                member = _member(archive, file)
                with archive.open(member) as content:
                    yield _buffered(content), member.filename
        elif compression == ".gz":
            with gzip.GzipFile(fileobj=raw) as content:
                yield _buffered(content), path.name.removesuffix(".gz")
        elif compression == ".xz":
            with lzma.open(raw) as content:
                yield _buffered(content), path.name.removesuffix(".xz")
        else:
            yield raw, path.name


def _compression(path: Path, start: bytes) -> str | None:
    """How a file is compressed, by its name, or else, as addresses end in anything, by how it starts."""
    if path.suffix in _STARTS:
        return path.suffix
    return next((suffix for suffix, mark in _STARTS.items() if start.startswith(mark)), None)


def _buffered(content: object) -> io.BufferedReader:
    # Lines of a buffer are cut in C; those of a compressed file by Python, call by call.
    return io.BufferedReader(cast("io.RawIOBase", content), _BUFFER)


def _member(archive: zipfile.ZipFile, file: VectorsFile) -> zipfile.ZipInfo:
    """The file of a zip that is meant."""
    there = {
        info.filename: info
        for info in archive.infolist()
        if not info.is_dir() and not info.filename.startswith("__MACOSX/") and not Path(info.filename).name.startswith(".")
    }
    if file.member is not None and file.member not in there:
        raise CorpusError(f"the zip holds no {file.member}", where=str(file.path), fix=_choice(there))
    if file.member is None and len(there) != 1:
        problem = f"the zip holds {len(there)} files, so that one must be named" if there else "the zip is empty"
        raise CorpusError(problem, where=file.shown, fix=_choice(there, file.shown))
    info = there[file.member] if file.member else next(iter(there.values()))
    if info.flag_bits & 1:
        raise CorpusError("the zip is encrypted", where=file.shown, fix="Unpack it, and name the file.")
    return info


def _choice(there: dict[str, zipfile.ZipInfo], shown: str | None = None) -> str:
    if not there:
        return "Fetch it again."
    example = f"Name it behind a colon, as in {shown}:{next(iter(there))}. " if shown else ""
    return f"{example}It holds {', '.join(there)}."


def _is_binary(start: bytes, name: str) -> bool:
    """Whether a file is in word2vec's binary form, by how it starts; text holds no byte 0, but a .bin may be text."""
    if b"\0" in start or start.startswith(FASTTEXT):
        return True
    first, _, rest = start.partition(b"\n")
    header = HEADER.fullmatch(first.strip())
    is_text = header is not None and is_row(rest.partition(b"\n")[0], int(header[2]))
    return Path(name).suffix == ".bin" and not is_text
