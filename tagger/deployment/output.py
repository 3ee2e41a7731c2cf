"""An output in the making: under another name until it is whole, and noted in the journal as far as it is on the disk."""

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tagger.deployment.journal import Journal, Progress
from tagger.errors import TaggerError

# So much work a kill can undo.
_SECONDS_BETWEEN_NOTES = 1.0


def partial_path(output: Path) -> Path:
    """Where an output is while it is not whole."""
    return output.with_name(output.name + ".partial")


def _segments_path(output: Path) -> Path:
    # Parquet can't be continued: what was tagged is kept as segments, of which the file is made at the end.
    return output.with_name(output.name + ".segments")


class PartialOutput:
    """The one output that is written at the moment, continued where the journal says it is.

    Args:
        output: The file that it is to be.
        to: Its form.
        journal: Knows how far it has come.

    Raises:
        TaggerError: It can't be written.
    """

    def __init__(self, output: Path, to: str, journal: Journal) -> None:
        self._output = output
        self._is_parquet = to == "parquet"
        self._journal = journal
        self._path = _segments_path(output) if self._is_parquet else partial_path(output)
        known = _known(journal, output)
        self._pieces, self._digest, self._num_bytes = known.pieces, known.digest, known.num_bytes
        self._noted = time.monotonic()
        with _writing(output):
            self._file = self._path.open("r+b" if self._pieces else "w+b")
            # What a kill left behind the last note is tagged again.
            self._file.truncate(known.num_bytes)
            self._file.seek(known.num_bytes)

    def write(self, data: bytes, digest: str) -> None:
        """Adds a piece.

        Raises:
            TaggerError: It can't be written.
        """
        with _writing(self._output):
            self._file.write(data)
        # Not where the file ends, which may be in the midst of a piece after a full disk.
        self._pieces, self._digest, self._num_bytes = self._pieces + 1, digest, self._num_bytes + len(data)
        if time.monotonic() - self._noted >= _SECONDS_BETWEEN_NOTES:
            self.note()

    def note(self) -> None:
        """Brings what is written to the disk, and then notes it.

        Raises:
            TaggerError: It can't be written.
        """
        with _writing(self._output):
            self._file.flush()
            os.fsync(self._file.fileno())
            if self._pieces > _known(self._journal, self._output).pieces:
                self._journal.note(self._output.name, pieces=self._pieces, digest=self._digest, num_bytes=self._num_bytes)
        self._noted = time.monotonic()

    def finish(self) -> None:
        """Gives it its name.

        Raises:
            TaggerError: It can't be written.
        """
        self.note()
        with _writing(self._output):
            if self._is_parquet:
                self._assemble()
            self._file.close()
            size = partial_path(self._output).stat().st_size
            self._journal.note(self._output.name, done=True, num_bytes=size)
            take_place(self._output)

    def _assemble(self) -> None:
        from tagger.corpora.streams.parquet import assemble

        self._file.seek(0)
        assemble(self._file, partial_path(self._output))
        with partial_path(self._output).open("r+b") as file:
            os.fsync(file.fileno())

    def close(self) -> None:
        """Ends the writing; what is noted stays."""
        self._file.close()


def take_place(output: Path) -> None:
    """The last step of a whole output: its name. Does nothing where it was done before."""
    if partial_path(output).exists():
        partial_path(output).replace(output)
    _segments_path(output).unlink(missing_ok=True)


def can_go_on(output: Path, to: str, progress: Progress) -> bool:
    """Whether as much is there as the journal says."""
    path = _segments_path(output) if to == "parquet" else partial_path(output)
    return path.is_file() and path.stat().st_size >= progress.num_bytes


def _known(journal: Journal, output: Path) -> Progress:
    progress = journal.of(output.name)
    assert progress is not None, "an output is begun before it is written"
    return progress


@contextmanager
def _writing(output: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        fix = f"{'Free some space' if full else 'Make the folder writable'}, and go on with --resume."
        raise TaggerError(f"can't be written ({error.strerror})", where=str(output), fix=fix) from error
