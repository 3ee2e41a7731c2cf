"""Files that commands write: whole or not at all."""

import errno
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from tagger.errors import TaggerError


def refuse_folder(output: str | None, source: str | None = None) -> None:
    """Refuses a folder where a file is to be written, and the very file that is read: asked before any work.

    Raises:
        TaggerError: The output is a folder, or the source.
    """
    if output is not None and Path(output).is_dir():
        raise _unwritable(output, os.strerror(errno.EISDIR))
    if output is not None and source is not None and Path(source).is_file() and Path(output).resolve() == Path(source).resolve():
        raise TaggerError("the file that is read would be overwritten", where=output, fix="Name another file.")


@contextmanager
def open_output(output: str | None) -> Iterator[TextIO]:
    """The terminal, or a file that appears when it is whole.

    Raises:
        TaggerError: There can be no such file.
    """
    if output is None:
        yield sys.stdout
        return
    refuse_folder(output)
    path = Path(output)
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise _unwritable(output, error.strerror) from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            yield file
        try:
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
        except OSError as error:
            raise _unwritable(output, error.strerror) from error
    finally:
        Path(temporary).unlink(missing_ok=True)


def _unwritable(output: str, reason: str | None) -> TaggerError:
    return TaggerError(f"can't be written ({reason})", where=str(Path(output)), fix="Name another file.")
