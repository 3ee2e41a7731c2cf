"""The log of a run's steps: a line of JSON for each, written as it happens, and whole again after any interruption."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tagger.whole_files import RESUME, writing


class StepLog:
    """A file of lines, open at its end.

    A line that can't be written raises nothing, since all processes of a run must stop at the same step: the first problem is kept
    until `sync` or `check`, and nothing is written any more.

    Args:
        path: The file.
        step: The step after which the run goes on: lines of later steps, which are done again, are cut off.

    Raises:
        ModelError: The file can't be opened or cut.
    """

    def __init__(self, path: Path, step: int) -> None:
        self._path = path
        self.problem: OSError | None = None
        with writing(path, RESUME):
            # Without a buffer: what is refused is refused at its own line and not again when the file is closed.
            self._file = path.open("ab", buffering=0)
            if (length := _length_until(path, step)) < path.stat().st_size:
                self._file.truncate(length)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def write(self, line: Mapping[str, Any]) -> None:
        """Adds a line."""
        if self.problem is not None:
            return
        data = (json.dumps(line) + "\n").encode()
        try:
            while data:
                data = data[self._file.write(data) :]
        except OSError as error:
            self.problem = error

    def check(self) -> None:
        """Tells of a line that could not be written.

        Raises:
            ModelError: There was one.
        """
        if self.problem is not None:
            with writing(self._path, RESUME):
                raise self.problem

    def sync(self) -> None:
        """Waits until all lines are on the disk.

        Raises:
            ModelError: They can't get there.
        """
        self.check()
        with writing(self._path, RESUME):
            os.fsync(self._file.fileno())


def _length_until(path: Path, step: int) -> int:
    """The length of the file up to the first line of a later step, or the first that was not written whole."""
    length = 0
    with path.open("rb") as file:
        for line in file:
            try:
                if not line.endswith(b"\n") or json.loads(line)["step"] > step:
                    break
            except (ValueError, KeyError, TypeError):
                break
            length += len(line)
    return length
