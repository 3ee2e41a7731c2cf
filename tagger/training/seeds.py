"""One recipe with several seeds: a run folder for each, one after the other, and a summary of all."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from tagger.corpora.corpus import Corpus
from tagger.errors import ModelError, TaggerError
from tagger.evaluation.seeds import SeedRun, SeedSummary
from tagger.processes import Processes
from tagger.recipe import Recipe
from tagger.training.interruptions import interruption
from tagger.training.launch import launched, processes_of
from tagger.training.prepare import prepared
from tagger.training.run_folder import RunFolder
from tagger.training.seeds_folder import SeedsFolder
from tagger.training.train import train


def train_seeds(
    recipe: Recipe, output: Path, count: int, *, resume: bool = False, overwrite: bool = False, console: Console | None = None
) -> SeedSummary:
    """Trains by the recipe with its seed and the seeds after it, each as `train` does; the corpus is read once.

    Args:
        recipe: What to do; its seed is the first.
        output: Holds a run folder `seed-SEED` for each seed, and `summary.json` and `summary.md`, written anew after each.
        count: The number of seeds.
        resume: Whether to go on where the same was interrupted: seeds that are finished are not run again. With a larger count
            further seeds join those that are there.
        overwrite: Whether older runs there may be deleted.
        console: Where progress is shown; nowhere if None.

    Raises:
        TaggerError: The recipe, the corpus or the folder stand against it, or it was interrupted.
    """
    if count < 1:
        raise TaggerError(f"{count} seeds give no run", where="--seeds", fix="Give at least 1.")
    first = recipe.training.seed
    planned = SeedSummary(recipe.name or "", tuple(range(first, first + count)), (), recipe.training.score)
    with launched(recipe.training) as accelerator, SeedsFolder(output, planned.seeds) as folder:
        processes = processes_of(accelerator)
        console = console if console and processes.is_main else Console(quiet=True)
        processes.on_main(lambda: folder.claim(resume=resume, overwrite=overwrite))
        done = processes.gather(folder.done if processes.is_main else ())[0]
        corpus = prepared(recipe, processes, console)
        runs = {run.seed: run for run in done}
        interrupted: list[float] = []
        processes.on_main(lambda: _check_done(folder, recipe, runs, corpus))
        for number, seed in enumerate(planned.seeds, 1):
            where = f"seed {seed}, run {number} of {count}"
            if seed in runs:
                console.print(f"{where}: is finished", highlight=False)
                continue
            console.print(where, highlight=False)
            # What was killed as it began, or was emptied by an --overwrite, holds nothing to keep.
            begun = processes.gather(RunFolder(folder.run(seed)).is_begun)[0]
            report = train(
                with_seed(recipe, seed),
                folder.run(seed),
                resume=resume and begun,
                overwrite=overwrite or not begun,
                console=console,
                corpus=corpus,
                before=partial(_begin, folder, planned, runs),
                noted=interrupted,
            )
            runs[seed] = SeedRun.of(seed, report)
            _write(folder, _with_runs(planned, runs), processes)
            # What came too late to stop the run must not be taken for the end of it alone.
            if processes.total(len(interrupted))[0] and len(runs) < count:
                raise interruption(folder.path)
        # Where nothing was left to do, an interruption may have kept it from being written.
        _write(folder, _with_runs(planned, runs), processes)
    return _with_runs(planned, runs)


def with_seed(recipe: Recipe, seed: int) -> Recipe:
    """The recipe with another seed."""
    changes: dict[str, Any] = {"training": recipe.training.model_copy(update={"seed": seed})}
    return recipe.model_copy(update=changes)


def _with_runs(summary: SeedSummary, runs: dict[int, SeedRun]) -> SeedSummary:
    return replace(summary, runs=tuple(runs[seed] for seed in summary.seeds if seed in runs))


def _write(folder: SeedsFolder, summary: SeedSummary, processes: Processes) -> None:
    processes.on_main(lambda: folder.write(summary))


def _check_done(folder: SeedsFolder, recipe: Recipe, runs: dict[int, SeedRun], corpus: Corpus) -> None:
    """Runs of another recipe or corpus are not put side by side with new ones.

    Raises:
        ModelError: There are some.
    """
    for seed, run in runs.items():
        folder.check_same(with_seed(recipe, seed))
        _check_equal("the corpus has", run.corpus, corpus.fingerprint, folder.run(seed))


def _begin(folder: SeedsFolder, planned: SeedSummary, runs: Mapping[int, SeedRun], facts: Mapping[str, Any]) -> None:
    for seed, run in runs.items():
        _check_equal("vectors or transformers have", run.pretrained, facts["pretrained"], folder.run(seed))
    folder.begin(planned)


def _check_equal(what: str, before: str | None, now: str, run: Path) -> None:
    if before not in (now, None):
        raise ModelError(f"{what} changed since the run", where=str(run), fix="Start anew with --overwrite.")
