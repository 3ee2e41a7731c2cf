"""What a person sees while files are tagged, on the error stream: a bar on a terminal, now and then a line in a log."""

import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from tagger.deployment.tagging import MOST_NOTES

_SECONDS_BETWEEN_LINES = 30.0


class BulkProgress:
    """How far the tagging is: words, words a second, time left.

    Args:
        num_bytes: The size of all that is to be read; 0 where that is not known.
        bar: Whether there may be a bar; there is one on a terminal.
        lines: Whether there are lines where there is no bar.
    """

    def __init__(self, num_bytes: int, *, bar: bool = True, lines: bool = True) -> None:
        self._num_bytes = num_bytes
        self._bar = _Bar(num_bytes) if bar and sys.stderr.isatty() else None
        self._has_lines = lines and self._bar is None
        self._start = self._last_line = time.perf_counter()
        self._read = self._skipped = 0
        self._notes = self._clipped = 0
        self.num_words = 0
        self.num_sentences = 0

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar:
            self._bar.stop()
            self._bar = None
        if self._clipped > self._notes:
            self.say(f"{self._clipped - self._notes:,} more words were not read to their last character")

    @property
    def summary(self) -> str:
        """What was tagged since it began."""
        speed = self.num_words / max(self.seconds, 1e-9)
        amount = f"{self.num_sentences:,} sentences, {self.num_words:,} words"
        return f"{amount} in {as_time(self.seconds)} ({speed:,.0f} words/s)"

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.perf_counter() - self._start

    def skip(self, num_bytes: int) -> None:
        """Some of the input was tagged before."""
        self._skipped += num_bytes

    def step(self, place: str, num_bytes: int, num_sentences: int, num_words: int) -> None:
        """Some more of the input is tagged and written."""
        self._read += num_bytes
        self.num_sentences += num_sentences
        self.num_words += num_words
        figures = f"{self.num_words:,} words  {self.num_words / max(self.seconds, 1e-9):,.0f} words/s"
        if self._num_bytes and self._read:
            left = max(0, self._num_bytes - self._read - self._skipped) * self.seconds / self._read
            figures += f"  {as_time(left)} left"
        if self._bar:
            self._bar.move(self._read + self._skipped, place, figures)
        if self._has_lines and time.perf_counter() - self._last_line >= _SECONDS_BETWEEN_LINES:
            self._last_line = time.perf_counter()
            share = f"{100 * (self._read + self._skipped) / self._num_bytes:.1f} %  " if self._num_bytes else ""
            self.say(f"{share}{figures}  {place}")

    def clipped(self, notes: Sequence[str], num_words: int) -> None:
        """Some words have more characters than the model reads; the first are told, the others counted."""
        told = notes[: MOST_NOTES - self._notes]
        for note in told:
            self.say(note)
        self._notes += len(told)
        self._clipped += num_words

    def say(self, line: str) -> None:
        """Writes a line."""
        if self._bar:
            self._bar.say(line)
        else:
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()


class _Bar:
    """The bar of a terminal."""

    def __init__(self, num_bytes: int) -> None:
        # Here, because most calls need none.
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

        share = (BarColumn(), TextColumn("{task.percentage:>3.0f} %")) if num_bytes else ()
        columns = (SpinnerColumn(), TextColumn("{task.description}"), *share, TextColumn("{task.fields[figures]}"))
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task("", total=num_bytes or None, figures="")
        self.start, self.stop = self._progress.start, self._progress.stop

    def move(self, num_bytes: int, place: str, figures: str) -> None:
        """Shows how far it is."""
        self._progress.update(self._task, completed=num_bytes, description=place, figures=figures)

    def say(self, line: str) -> None:
        """Writes a line above it."""
        self._progress.console.print(line, highlight=False, soft_wrap=True, markup=False)


def as_time(seconds: float) -> str:
    """Seconds as `1:02` or `1:02:03`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
