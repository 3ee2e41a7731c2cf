"""The folder of a run: what stands in it, who may write there, and whether a run may begin or go on in it."""

import shutil
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import BaseFileLock, FileLock, Timeout

from tagger.errors import ModelError
from tagger.recipe import Recipe
from tagger.recipe_file import differences, load_recipe, recipe_yaml
from tagger.training.checkpoint import has_checkpoint, read_state
from tagger.whole_files import write_file, writing

ELSEWHERE = "Name another folder with --output."
_LOCK = ".lock"
# What a run writes, the checkpoint first: where it is gone, nothing of the rest can be taken for a run to go on with.
_WRITTEN = ("checkpoint", "model", ".model.old", ".model.new", "report", "predictions", "steps.jsonl")
# What may stand there when a run was killed as it made its folder.
_BEGINNINGS = {_LOCK, ".recipe.yaml.new"}


class RunFolder:
    """A run's folder; as a context it lets go at its end of what it holds."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.recipe = path / "recipe.yaml"
        self.checkpoint = path / "checkpoint"
        self.model = path / "model"
        self.report = path / "report"
        self.predictions = path / "predictions"
        self.steps = path / "steps.jsonl"
        self._lock: BaseFileLock | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._lock is not None:
            let_go(self.path, self._lock)

    @property
    def has_checkpoint(self) -> bool:
        """Whether there is something to go on from."""
        return has_checkpoint(self.checkpoint)

    def claim(self, recipe: Recipe, *, resume: bool, overwrite: bool) -> None:
        """Refuses, before any work, what would destroy a run or can't be taken up; holds the folder of a run that there is.

        Raises:
            ModelError: It would, or can't, or another process is at it.
        """
        if self.recipe.is_file():
            self._lock = hold(self.path)
        self._check(recipe, resume=resume, overwrite=overwrite)

    def begin(self, recipe: Recipe, *, resume: bool, overwrite: bool) -> None:
        """Makes the folder of a run that begins: removes what an older one wrote, and writes the recipe.

        Raises:
            ModelError: Nothing can be written there, or another process has begun a run meanwhile.
        """
        with writing(self.path, ELSEWHERE):
            self.path.mkdir(parents=True, exist_ok=True)
        if self._lock is None:
            self._lock = hold(self.path)
            self._check(recipe, resume=resume, overwrite=overwrite)
        self._clear()
        write_file(self.recipe, lambda path: path.write_text(recipe_yaml(recipe), "utf-8"), ELSEWHERE)

    def remove(self) -> None:
        """Removes what a run wrote, and the folder where nothing else is in it.

        Raises:
            ModelError: It can't be removed, or another process is training there.
        """
        if not self.recipe.is_file():
            return
        lock = hold(self.path)
        try:
            self._clear()
            with writing(self.path, ELSEWHERE):
                self.recipe.unlink()
        finally:
            let_go(self.path, lock)
        with suppress(OSError):
            self.path.rmdir()

    def _clear(self) -> None:
        with writing(self.path, ELSEWHERE):
            for name in _WRITTEN:
                path = self.path / name
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)

    def _check(self, recipe: Recipe, *, resume: bool, overwrite: bool) -> None:
        is_run = self.recipe.is_file()
        if not self.path.exists() or (self.path.is_dir() and {path.name for path in self.path.iterdir()} <= _BEGINNINGS):
            if resume and not self.path.exists():
                read_state(self.checkpoint)
        elif resume:
            if not is_run or self.has_checkpoint:
                read_state(self.checkpoint)
            self.check_resume(recipe)
        elif not is_run:
            raise ModelError("the output exists and is no run folder", where=str(self.path), fix=ELSEWHERE)
        elif not overwrite:
            raise ModelError(
                "there is a run here already",
                where=str(self.path),
                fix="Go on with it by --resume, replace it by --overwrite, or name another folder with --output.",
            )

    def check_resume(self, recipe: Recipe) -> None:
        """Refuses to go on by another recipe than that of the run.

        Raises:
            ModelError: It is another.
        """
        before = load_recipe(str(self.recipe))
        # These change nothing that is learned.
        free = {"threads": recipe.training.threads, "checkpoint_minutes": recipe.training.checkpoint_minutes}
        before = before.model_copy(update={"training": before.training.model_copy(update=free)})
        if changed := differences(before, recipe):
            raise ModelError(
                f"the interrupted run had another recipe: now {'; '.join(changed[:5])}",
                where=str(self.recipe),
                fix="Resume with the same recipe and the same --set, or start anew with --overwrite.",
            )


def hold(folder: Path) -> BaseFileLock:
    """Keeps all other processes from training in a folder until this one is done with it, however it ends.

    Raises:
        ModelError: Another process holds it.
    """
    lock = FileLock(folder / _LOCK)
    with writing(folder, ELSEWHERE):
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise ModelError(
                "another process is training in this folder",
                where=str(folder),
                fix="Wait for its end or stop it; or name another folder with --output.",
            ) from error
    return lock


def let_go(folder: Path, lock: BaseFileLock) -> None:
    """Lets others train in the folder."""
    # Where a file that is open can't be removed, it stays, and does no harm.
    with suppress(OSError):
        (folder / _LOCK).unlink()
    lock.release()
