"""Trackers that accelerate knows (TensorBoard, Weights & Biases, MLflow): loss, learning rate and dev scores of a run."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from accelerate import Accelerator

from tagger.errors import TaggerError
from tagger.recipe import Recipe
from tagger.recipe_file import settings_in

Track = Callable[[Mapping[str, float], int], None]
"""Takes figures by their names, and the step after which they hold."""


def check_trackers(names: Sequence[str]) -> None:
    """Refuses, before any work, trackers whose packages are not installed.

    Raises:
        TaggerError: There are some.
    """
    # Trackers are called as their packages are.
    if missing := [name for name in names if find_spec(name) is None]:
        are = "is" if len(missing) == 1 else "are"
        raise TaggerError(
            f"{', '.join(missing)} {are} not installed", where="training.trackers", fix=f"pip install {' '.join(missing)}"
        )


@contextmanager
def tracked(accelerator: Accelerator, recipe: Recipe, folder: Path, step: int) -> Iterator[Track]:
    """Within it what is tracked goes to the recipe's trackers; the main process alone writes.

    Args:
        accelerator: What the run computes on.
        recipe: Its settings are told to the trackers of a run that begins.
        folder: Where those that write files write them.
        step: The step after which the run goes on; TensorBoard forgets what was tracked of later ones, which are done again.
    """
    if not recipe.training.trackers:
        yield lambda values, step: None
        return
    accelerator.project_configuration.set_directories(str(folder))
    accelerator.log_with = list(recipe.training.trackers)
    accelerator.init_trackers(
        recipe.name or "tagger",
        config=None if step else settings_in(recipe),
        init_kwargs={"tensorboard": {"purge_step": step + 1}} if step else None,
    )
    try:
        yield lambda values, step: accelerator.log(dict(values), step=step)
    finally:
        # Not accelerate's end_training, which parts the processes.
        for tracker in accelerator.trackers:
            tracker.finish()
        accelerator.trackers = []
