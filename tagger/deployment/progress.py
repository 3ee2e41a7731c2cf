"""What a person sees while files are tagged, on the error stream: a bar on a terminal, now and then a line in a log."""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

from tagger.deployment.tagging import MOST_NOTES

_SECONDS_BETWEEN_LINES = 30.0


class BulkProgress:
    """How far the tagging is: words, words a second, time left.

    Args:
        console: Where it is shown.
        num_bytes: The size of all that is to be read; 0 where that is not known.
        bar: Whether there may be a bar; there is one on a terminal.
        lines: Whether there are lines where there is no bar.
    """

    def __init__(self, console: Console, num_bytes: int, *, bar: bool = True, lines: bool = True) -> None:
        self._console = console
        self._num_bytes = num_bytes
        self._has_bar = bar and console.is_terminal
        self._has_lines = lines and not console.is_terminal
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            *((BarColumn(), TextColumn("{task.percentage:>3.0f} %")) if num_bytes else ()),
            TextColumn("{task.fields[figures]}"),
        )
        self._progress = Progress(*columns, console=console, transient=True, disable=not self._has_bar)
        self._task = self._progress.add_task("", total=num_bytes or None, figures="")
        self._start = self._last_line = time.perf_counter()
        self._read = self._skipped = 0
        self._notes = self._clipped = 0
        self.num_words = 0
        self.num_sentences = 0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._progress.stop()
        if self._clipped > self._notes:
            more = self._clipped - self._notes
            self._console.print(f"{more:,} more words were not read to their last character", highlight=False, soft_wrap=True)

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
        self._progress.update(self._task, completed=self._read + self._skipped)

    def step(self, place: str, num_bytes: int, num_sentences: int, num_words: int) -> None:
        """Some more of the input is tagged and written."""
        self._read += num_bytes
        self.num_sentences += num_sentences
        self.num_words += num_words
        figures = f"{self.num_words:,} words  {self.num_words / max(self.seconds, 1e-9):,.0f} words/s"
        if self._num_bytes and self._read:
            left = max(0, self._num_bytes - self._read - self._skipped) * self.seconds / self._read
            figures += f"  {as_time(left)} left"
        self._progress.update(self._task, completed=self._read + self._skipped, description=place, figures=figures)
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
        self._console.print(line, highlight=False, soft_wrap=True, markup=False)


def as_time(seconds: float) -> str:
    """Seconds as `1:02` or `1:02:03`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
