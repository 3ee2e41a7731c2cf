"""Files and folders that are written whole or not at all: a kill, a power loss or a full disk leaves the older one to be read.

What is new is written beside its place under a fixed name, so that the next writer finds and removes what a dead one left,
brought to the disk (fsync), and renamed. That replaces a file in one step. A folder needs two, since few systems exchange two:
the older one is moved to `.NAME.old`, the new one to its place; `standing` takes the older one for it where a writer died between.
"""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from safetensors import SafetensorError

from tagger.errors import ModelError

if TYPE_CHECKING:
    from torch import Tensor

ELSEWHERE = "Free some space, or name another folder with --output."
RESUME = "Free some space, then go on with the same command and --resume."


@contextmanager
def writing(where: Path, fix: str = ELSEWHERE) -> Iterator[None]:
    """Within it, what can't be written becomes a message.

    Raises:
        ModelError: The disk is full, the folder read-only, or the like.
    """
    try:
        yield
    except OSError as error:
        raise ModelError(f"can't be written ({error.strerror})", where=str(where), fix=fix) from error


def standing(folder: Path) -> Path:
    """The folder, or the one before it, which is whole too, where its writer died just before the new one took its place."""
    old = _beside(folder, "old")
    return old if old.is_dir() and not folder.exists() else folder


def write_folder(folder: Path, fill: Callable[[Path], object]) -> None:
    """Replaces a folder by one that `fill` makes: whole or not at all. There may be one writer at a time.

    Raises:
        ModelError: It can't be written.
    """
    new, old = _beside(folder, "new"), _beside(folder, "old")
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        if standing(folder) == old:
            old.rename(folder)
        _clear(new)
        _clear(old)
        try:
            new.mkdir()
            fill(new)
            new.chmod(0o755)
            for path in (*new.rglob("*"), new):
                _to_disk(path)
            if folder.exists():
                folder.rename(old)
            try:
                new.rename(folder)
            except OSError:
                if old.exists():
                    old.rename(folder)
                raise
            _to_disk(folder.parent)
        finally:
            shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def write_file(path: Path, fill: Callable[[Path], object], fix: str = ELSEWHERE) -> None:
    """Replaces a file by one that `fill` writes: whole or not at all. There may be one writer at a time.

    Raises:
        ModelError: It can't be written.
    """
    new = _beside(path, "new")
    with writing(path, fix):
        path.parent.mkdir(parents=True, exist_ok=True)
        _clear(new)
        try:
            # In a folder of its own: whoever writes may have temporary files, which a kill must not leave among ours.
            new.mkdir()
            fill(new / path.name)
            _to_disk(new / path.name)
            (new / path.name).replace(path)
            _to_disk(path.parent)
        finally:
            shutil.rmtree(new, ignore_errors=True)


def save_tensors(tensors: Mapping[str, "Tensor"], path: Path, metadata: Mapping[str, str] | None = None) -> None:
    """Writes tensors as safetensors.

    Raises:
        OSError: The file can't be written; safetensors itself raises that as an error of its own.
    """
    # Not above: where a model is only read, torch may not be there.
    from safetensors.torch import save_file

    try:
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path, dict(metadata) if metadata else None)
    except SafetensorError as error:
        if number := re.search(r"\(os error (\d+)\)", str(error)):
            raise OSError(int(number[1]), os.strerror(int(number[1])), str(path)) from error
        raise


def _beside(path: Path, what: str) -> Path:
    return path.with_name(f".{path.name}.{what}")


def _clear(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _to_disk(path: Path) -> None:
    """Waits until a file's content, or a folder's list of names, is on the disk."""
    if path.is_dir() and sys.platform == "win32":
        return  # Windows opens no folders.
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
