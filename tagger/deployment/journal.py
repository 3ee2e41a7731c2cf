"""How far each output of a run has come: lines of JSON behind each other, brought to the disk one by one.

For each output there is a line when it is begun (what it comes from, and how it is made), lines on its way, and one when it is
whole; a later line adds to the earlier ones.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import IO, Any

from tagger.errors import TaggerError


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an output has come.

    Attributes:
        settings: What its bytes depend on beside its input.
        size: The bytes of its input, when it was begun.
        changed: When its input was last changed before that, in nanoseconds.
        pieces: The pieces of the input that are tagged and written.
        digest: Names all content of the input up to the end of these.
        num_bytes: The length of what is written.
        done: Whether it is whole.
    """

    settings: Mapping[str, Any]
    size: int
    changed: int
    pieces: int = 0
    digest: str = ""
    num_bytes: int = 0
    done: bool = False


class Journal:
    """The outputs of a folder, as `open_journal` opens it."""

    def __init__(self, file: IO[bytes], known: Mapping[str, Progress]) -> None:
        self._file = file
        self._known = dict(known)

    def of(self, output: str) -> Progress | None:
        """How far an output has come; None where it was never begun."""
        return self._known.get(output)

    def begin(self, output: str, progress: Progress) -> None:
        """Notes an output that is begun, or begun anew."""
        self._known[output] = progress
        self._write(output, asdict(progress))

    def note(self, output: str, **changes: Any) -> None:
        """Notes how far an output has come."""
        self._known[output] = replace(self._known[output], **changes)
        self._write(output, changes)

    def _write(self, output: str, data: Mapping[str, Any]) -> None:
        # The line end stands first too, since the line before may have been cut off by a kill.
        self._file.write(("\n" + json.dumps({"output": output, **data}, ensure_ascii=False) + "\n").encode())
        self._file.flush()
        os.fsync(self._file.fileno())


def read_journal(path: Path) -> dict[str, Progress]:
    """How far the outputs have come by the journal at a path; none where there is no journal."""
    known: dict[str, Progress] = {}
    if not path.is_file():
        return known
    names = {field.name for field in fields(Progress)}
    for line in path.read_bytes().splitlines():
        try:
            data = json.loads(line)
            output = data.pop("output")
        except (ValueError, KeyError, AttributeError):
            # Cut off by a kill: what it told is done again.
            continue
        changes = {name: value for name, value in data.items() if name in names}
        if "settings" in changes:
            known[output] = Progress(**changes)
        elif output in known:
            known[output] = replace(known[output], **changes)
    return known


@contextmanager
def open_journal(path: Path, known: Mapping[str, Progress]) -> Iterator[Journal]:
    """The journal at a path, which no other process writes meanwhile.

    Args:
        path: The file that holds it; the folder is made where it is missing.
        known: What `read_journal` gave a moment ago.

    Raises:
        TaggerError: Another process writes it, or it can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab")
    except OSError as error:
        raise TaggerError(f"can't be written ({error.strerror})", where=str(path.parent), fix="Name another --output.") from error
    with file:
        # What changed since it was read was changed by another process, even if that one is gone by now.
        if not _lock(file) or read_journal(path) != known:
            raise TaggerError("another process writes here", where=str(path.parent), fix="Wait for it, or name another --output.")
        yield Journal(file, known)


def _lock(file: IO[bytes]) -> bool:
    """Whether no other process had it; the system gives it free when this process ends, however it ends."""
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
