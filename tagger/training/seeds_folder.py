"""The folder of several seeds: what stands in it, and whether runs may begin or go on in it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tagger.best_seed import SUMMARY, damaged, read_summary
from tagger.errors import ModelError
from tagger.evaluation.seeds import SeedRun, SeedSummary
from tagger.recipe import Recipe
from tagger.training.locked_folder import ELSEWHERE, LOCK, LockedFolder
from tagger.training.run_folder import RunFolder
from tagger.whole_files import RESUME, write_file, writing

_MARKDOWN = "summary.md"
# What may stand there when it was killed as it made its folder.
_BEGINNINGS = {LOCK, f".{SUMMARY}.new"}


class SeedsFolder(LockedFolder):
    """The folder of the runs of some seeds.

    Attributes:
        done: The runs that are finished; known after `claim`.
    """

    def __init__(self, path: Path, seeds: Sequence[int]) -> None:
        super().__init__(path)
        self.done: tuple[SeedRun, ...] = ()
        self._seeds = tuple(seeds)
        self._overwrite = False
        self._begun = False

    def run(self, seed: int) -> Path:
        """The run folder of a seed."""
        return self.path / f"seed-{seed}"

    def claim(self, *, resume: bool, overwrite: bool) -> None:
        """Refuses, before any work, what would destroy runs or can't be taken up; holds the folder where there is one.

        Raises:
            ModelError: It would, or can't, or another process is at it.
        """
        self._overwrite = overwrite and not resume
        if (self.path / SUMMARY).is_file():
            self.hold()
        self._check(resume=resume)

    def begin(self, summary: SeedSummary) -> None:
        """Makes the folder, where a first run is about to begin; nobody can go on with older runs that are to be replaced.

        Those that no new one replaces are removed.

        Raises:
            ModelError: Nothing can be written there, or another process has begun meanwhile.
        """
        if self._begun:
            return
        with writing(self.path, ELSEWHERE):
            self.path.mkdir(parents=True, exist_ok=True)
        if not self.is_held:
            self.hold()
            self._check(resume=bool(self.done))
        self._begun = True
        # First of all: from here on the folder is known as one of seeds, and what stands in it as not finished.
        summary = replace(summary, runs=self.done)
        if self._overwrite:
            self.write(summary, replacing=True)
            # The first is about to begin, and its folder is held for that.
            self._forget_all(held=self.run(self._seeds[0]))
        self.write(summary)

    def _forget_all(self, held: Path | None = None) -> None:
        """Empties the folders of all runs, and removes those that no new one replaces."""
        planned = [self.run(seed) for seed in self._seeds]
        for path in sorted(self.path.glob("seed-*")):
            run = RunFolder(path)
            if path in planned:
                run.forget(held=path == held)
            else:
                run.remove()

    def write(self, summary: SeedSummary, *, replacing: bool = False) -> None:
        """Replaces `summary.json` and `summary.md`.

        Args:
            summary: What they tell.
            replacing: Whether there are runs of before, which who goes on from here must first forget.

        Raises:
            ModelError: They can't be written.
        """
        # A run that was taken up may be over before the first that begins.
        self.done = summary.runs
        mark = {"replacing": True} if replacing else {}
        text = json.dumps({**summary.to_json(), **mark}, indent=2, ensure_ascii=False) + "\n"
        write_file(self.path / SUMMARY, lambda path: path.write_text(text, "utf-8"), RESUME)
        write_file(self.path / _MARKDOWN, lambda path: path.write_text(summary.markdown(), "utf-8"), RESUME)

    def check_same(self, recipe: Recipe) -> None:
        """Refuses a finished run of another recipe.

        Raises:
            ModelError: It is one.
        """
        RunFolder(self.run(recipe.training.seed)).check_resume(recipe)

    def _check(self, *, resume: bool) -> None:
        if not self.path.exists() or (self.path.is_dir() and {path.name for path in self.path.iterdir()} <= _BEGINNINGS):
            if resume and not self.path.exists():
                raise ModelError("there are no runs to resume", where=str(self.path), fix="Train without --resume.")
            return
        summary = read_summary(self.path) if self.path.is_dir() else None
        if summary is None:
            one = (self.path / "recipe.yaml").is_file()
            what = "there is one run here, and not several seeds" if one else "the output exists and is no folder of seeds"
            raise ModelError(what, where=str(self.path), fix=ELSEWHERE)
        if resume:
            try:
                runs = [SeedRun.from_json(run) for run in summary["runs"]]
            except (LookupError, TypeError) as error:
                raise damaged(self.path / SUMMARY, error) from error
            self._find_done(summary["seeds"], runs)
            if summary.get("replacing"):
                self._forget_all()
        elif not self._overwrite:
            raise ModelError(
                "there are runs here already",
                where=str(self.path),
                fix="Go on with them by --resume, replace them by --overwrite, or name another folder with --output.",
            )

    def _find_done(self, seeds: Sequence[int], runs: Sequence[SeedRun]) -> None:
        if left := sorted(set(seeds) - set(self._seeds)):
            there, out = (", ".join(map(str, some)) for some in (seeds, left))
            raise ModelError(
                f"the runs have the seeds {there}, of which {out} would be left out",
                where=str(self.path),
                fix="Resume with the same training.seed and at least as many --seeds, or start anew with --overwrite.",
            )
        self.done = tuple(run for run in runs if (self.run(run.seed) / "model").is_dir())
