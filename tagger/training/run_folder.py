"""The folder of a run: what stands in it, who may write there, and whether a run may begin or go on in it."""

import shutil
from contextlib import suppress
from pathlib import Path

from tagger.errors import ModelError
from tagger.recipe import Recipe
from tagger.recipe_file import differences, load_recipe, recipe_yaml
from tagger.recipe_mistakes import KeyPath
from tagger.training.checkpoint import has_checkpoint, read_state
from tagger.training.locked_folder import ELSEWHERE, LOCK, LockedFolder
from tagger.whole_files import write_file, writing

# What a run writes, the checkpoint first: where it is gone, nothing of the rest can be taken for a run to go on with.
_WRITTEN = ("checkpoint", "model", ".model.old", ".model.new", "report", "predictions", "trackers", "steps.jsonl")
# What may stand there when a run was killed as it made its folder.
_BEGINNINGS = {LOCK, ".recipe.yaml.new"}


class RunFolder(LockedFolder):
    """A run's folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.recipe = path / "recipe.yaml"
        self.checkpoint = path / "checkpoint"
        self.model = path / "model"
        self.report = path / "report"
        self.predictions = path / "predictions"
        self.steps = path / "steps.jsonl"
        self.trackers = path / "trackers"

    @property
    def has_checkpoint(self) -> bool:
        """Whether there is something to go on from."""
        return has_checkpoint(self.checkpoint)

    @property
    def is_begun(self) -> bool:
        """Whether a run has left anything here that it can go on from, or that can be used."""
        return self.has_checkpoint or self.model.exists()

    def claim(self, recipe: Recipe, *, resume: bool, overwrite: bool) -> None:
        """Refuses, before any work, what would destroy a run or can't be taken up; holds the folder of a run that there is.

        Raises:
            ModelError: It would, or can't, or another process is at it.
        """
        if self.recipe.is_file():
            self.hold()
        self._check(recipe, resume=resume, overwrite=overwrite)

    def begin(self, recipe: Recipe, *, resume: bool, overwrite: bool) -> None:
        """Makes the folder of a run that begins: removes what an older one wrote, and writes the recipe.

        Raises:
            ModelError: Nothing can be written there, or another process has begun a run meanwhile.
        """
        with writing(self.path, ELSEWHERE):
            self.path.mkdir(parents=True, exist_ok=True)
        if not self.is_held:
            self.hold()
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
        with self:
            self.hold()
            self._clear()
            with writing(self.path, ELSEWHERE):
                self.recipe.unlink()
        with suppress(OSError):
            self.path.rmdir()

    def forget(self, *, held: bool = False) -> None:
        """Removes what a run wrote but for its recipe, so that nobody goes on with it.

        Args:
            held: Whether this process holds the folder already.

        Raises:
            ModelError: It can't be removed, or another process is training there.
        """
        if held:
            self._clear()
        elif self.recipe.is_file():
            with self:
                self.hold()
                self._clear()

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
        if changed := differences(load_recipe(str(self.recipe)), recipe, besides=_changes_nothing):
            raise ModelError(
                f"the interrupted run had another recipe: now {'; '.join(changed[:5])}",
                where=str(self.recipe),
                fix="Resume with the same recipe and the same --set, or start anew with --overwrite.",
            )


def _changes_nothing(path: KeyPath) -> bool:
    """Whether what is learned does not depend on a setting; what lies at a place is known by its fingerprint."""
    match path:
        case ("name",) | ("training", "threads" | "checkpoint_minutes") | ("training", "trackers", *_):
            return True
        case ("corpus", *_, "path" | "train" | "dev" | "test" | "id" | "config" | "revision"):
            return True
        case ("embeddings", _, "vectors" | "sha256"):
            return True
        case _:
            return False
