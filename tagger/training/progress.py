"""What a person sees of a run: a bar while an epoch runs, a line when it is over. All of it goes to the error stream."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from tagger.training.checkpoint import TrainingState
from tagger.training.loop import Step

_SMOOTHING = 0.98


class TrainingProgress:
    """The bar of a run: loss and words per second, smoothed over about 50 steps, and the time left."""

    def __init__(self, console: Console, num_steps: int, num_epochs: int, done: int) -> None:
        self._console = console
        self._num_epochs = num_epochs
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(compact=True),
        )
        self._progress = Progress(*columns, console=console, refresh_per_second=4, transient=True)
        self._task = self._progress.add_task("epoch 1", total=num_steps, completed=done, figures="")
        self._loss: float | None = None
        self._speed = 0.0
        self._words = 0
        self._seconds = 0.0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._progress.stop()

    def step(self, step: Step) -> None:
        """Moves the bar."""
        speed = step.words / step.seconds
        self._words, self._seconds = self._words + step.words, self._seconds + step.seconds
        first = self._loss is None
        self._loss = step.loss if self._loss is None else _SMOOTHING * self._loss + (1 - _SMOOTHING) * step.loss
        self._speed = speed if first else _SMOOTHING * self._speed + (1 - _SMOOTHING) * speed
        self._progress.update(
            self._task,
            completed=step.step,
            description=f"epoch {step.epoch}/{self._num_epochs}",
            figures=f"loss {self._loss:.4f}  {self._speed:,.0f} words/s",
        )

    def epoch(self, state: TrainingState, scores: dict[str, float], *, is_best: bool) -> None:
        """Writes an epoch's line; the speed in it is that since the last one."""
        speed, self._words, self._seconds = self._words / max(self._seconds, 1e-9), 0, 0.0
        dev = "  ".join(f"dev {task} {100 * score:.2f}" for task, score in scores.items())
        minutes, seconds = divmod(round(state.seconds), 60)
        self._console.print(
            f"epoch {state.epoch:>3}/{self._num_epochs}  loss {state.loss / max(1, state.words):.4f}  {dev}"
            f"{'  best' if is_best else '      '}  {speed:,.0f} words/s  {minutes}:{seconds:02d}",
            highlight=False,
            soft_wrap=True,
        )
