"""A folder in which one process at a time trains."""

from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import BaseFileLock, FileLock, Timeout

from tagger.errors import ModelError
from tagger.whole_files import writing

ELSEWHERE = "Name another folder with --output."
LOCK = ".lock"


class LockedFolder:
    """A folder that can be held; as a context it lets go at its end of what it holds."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: BaseFileLock | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._lock is not None:
            # Where a file that is open can't be removed, it stays, and does no harm.
            with suppress(OSError):
                (self.path / LOCK).unlink()
            self._lock.release()
            self._lock = None

    @property
    def is_held(self) -> bool:
        """Whether this one holds it."""
        return self._lock is not None

    def hold(self) -> None:
        """Keeps all other processes from training here until this one is done with it, however it ends.

        Raises:
            ModelError: Another process holds it.
        """
        lock = FileLock(self.path / LOCK)
        with writing(self.path, ELSEWHERE):
            try:
                lock.acquire(timeout=0)
            except Timeout as error:
                raise ModelError(
                    "another process is training in this folder",
                    where=str(self.path),
                    fix="Wait for its end or stop it; or name another folder with --output.",
                ) from error
        self._lock = lock
