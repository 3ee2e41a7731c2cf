"""Ctrl-C and SIGTERM: the running step is finished and saved first; a second one ends at once."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from tagger.errors import TaggerError

# A launcher passes on a signal that the terminal has given to every process already.
_SAME = 1.0


@contextmanager
def interruptions(noted: list[float] | None = None, *, launched: bool = False) -> Iterator[list[float]]:
    """Within it the times of Ctrl-C and SIGTERM are noted in the list that it gives, which is empty while there was none.

    Args:
        noted: That list, for who wants to look at it afterwards; a new one if None.
        launched: Whether a launcher stands over the process, so that one Ctrl-C may arrive twice.
    """
    noted = [] if noted is None else noted

    def note(number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if noted and not (launched and now - noted[0] < _SAME):
            raise KeyboardInterrupt
        noted.append(now)

    try:
        before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # Not in the main thread, where signals don't arrive.
        before = {}
    try:
        yield noted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def interruption(output: Path) -> TaggerError:
    """What is said of a run that was interrupted."""
    return TaggerError("interrupted; the run is saved", where=str(output), fix="Go on with the same command and --resume.")
