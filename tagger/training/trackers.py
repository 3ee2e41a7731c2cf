"""Trackers that accelerate knows (TensorBoard, Weights & Biases, MLflow): loss, learning rate and dev scores of a run."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from importlib.util import find_spec
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from accelerate import Accelerator

from tagger.errors import TaggerError
from tagger.recipe import Recipe
from tagger.recipe_file import settings_in
from tagger.whole_files import RESUME, writing

Track = Callable[[Mapping[str, float], int], None]
"""Takes figures by their names, and the step after which they hold."""

# Trackers that keep a run elsewhere: what of theirs is its id, and the option that takes the run up again by it.
_ELSEWHERE = {"wandb": ("id", "id"), "mlflow": ("info.run_id", "run_id")}
# A step would wait for MLflow's server, or tens of milliseconds for its files.
_LOG_OPTIONS = {"mlflow": {"synchronous": False}}


def check_trackers(names: Sequence[str]) -> None:
    """Refuses, before any work, trackers whose packages are not installed.

    Raises:
        TaggerError: There are some.
    """
    # Trackers are called as their packages are. A mere folder of that name, which some of them leave behind, has no origin.
    missing = [name for name in names if (spec := find_spec(name)) is None or spec.origin is None]
    if missing:
        packages = ("'tagger[trackers]'" if name == "tensorboard" else name for name in missing)
        raise TaggerError(
            f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed",
            where="training.trackers",
            fix=f"pip install {' '.join(packages)}",
        )


@contextmanager
def tracked(accelerator: Accelerator, recipe: Recipe, folder: Path, step: int) -> Iterator[Track]:
    """Within it what is tracked goes to the recipe's trackers; the main process alone writes.

    A run that goes on is the same one there. What it tracked of later steps before it broke off is done again, and comes to the
    same: TensorBoard forgets it (its `purge_step`), the others are not told again.

    Args:
        accelerator: What the run computes on.
        recipe: Its settings are told to the trackers of a run that begins.
        folder: Where those that write files write them, in the run folder, whose name the run has.
        step: The step after which the run goes on.

    Raises:
        ModelError: Nothing can be written there.
    """
    if not recipe.training.trackers or not accelerator.is_main_process:
        yield lambda values, step: None
        return
    with writing(folder, RESUME):
        folder.mkdir(exist_ok=True)
    accelerator.project_configuration.set_directories(str(folder))
    accelerator.log_with = list(recipe.training.trackers)
    has_others = bool(set(recipe.training.trackers) & set(_ELSEWHERE))
    with _Told(folder / "told.jsonl") if has_others else nullcontext() as told:
        options = _options(folder, step, told.ids if told else {})
        accelerator.init_trackers(recipe.name or "tagger", config=None if step else settings_in(recipe), init_kwargs=options)
        try:
            if told:
                told.keep_ids(accelerator.trackers)
            yield lambda values, step: _track(accelerator.trackers, told, values, step)
        finally:
            # Not accelerate's end_training, which parts the processes.
            for tracker in accelerator.trackers:
                tracker.finish()
            accelerator.trackers = []


def _track(trackers: Sequence[Any], told: "_Told | None", values: Mapping[str, float], step: int) -> None:
    if not values:
        return
    is_new = told is not None and told.is_new(step, min(values))
    for tracker in trackers:
        if is_new or tracker.name not in _ELSEWHERE:
            tracker.log(dict(values), step=step, **_LOG_OPTIONS.get(tracker.name, {}))


def _options(folder: Path, step: int, ids: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """What each tracker is opened with."""
    name = folder.parent.name
    options: dict[str, dict[str, Any]] = {
        "tensorboard": {"purge_step": step + 1} if step else {},
        "wandb": {"name": name, "dir": str(folder), "resume": "allow"},
        "mlflow": {"run_name": name},
    }
    for tracker, found in ids.items():
        options[tracker][_ELSEWHERE[tracker][1]] = found
    return options


class _Told:
    """What trackers that keep the run elsewhere call it, and up to which step they were told of what; on the disk at once.

    Raises:
        ModelError: It can't be written.
    """

    def __init__(self, path: Path) -> None:
        self.ids: dict[str, str] = {}
        self._last: dict[str, int] = {}
        with writing(path, RESUME):
            self._file = path.open("a+", encoding="utf-8", buffering=1)
        self._file.seek(0)
        for line in self._file:
            # A kill may have left half of the last line.
            with suppress(ValueError):
                note = json.loads(line)
                self.ids |= note.get("ids", {})
                self._last |= note.get("last", {})
        self._file.write("\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def keep_ids(self, trackers: Sequence[Any]) -> None:
        """Notes the ids of their runs."""
        ids = {one.name: attrgetter(_ELSEWHERE[one.name][0])(one.tracker) for one in trackers if one.name in _ELSEWHERE}
        self._file.write(json.dumps({"ids": ids}) + "\n")

    def is_new(self, step: int, what: str) -> bool:
        """Whether a step is later than all before; then it is noted: better untold after a kill than told twice."""
        if step <= self._last.get(what, 0):
            return False
        self._last[what] = step
        self._file.write(json.dumps({"last": {what: step}}) + "\n")
        return True
