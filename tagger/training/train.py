"""A whole run: build the corpus, build the tagger, loop, evaluate, save."""

import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from tagger.corpora.corpus import Corpus
from tagger.errors import ModelError
from tagger.evaluation.evaluate import check_columns, predict_split, quick_scores, read_once
from tagger.evaluation.report import Report
from tagger.recipe import Recipe
from tagger.tagger import Tagger
from tagger.training.checkpoint import TrainingState
from tagger.training.finish import finish
from tagger.training.interruptions import interruption, interruptions
from tagger.training.launch import launched, processes_of, threads
from tagger.training.loop import Learner, Step
from tagger.training.memory import forget_peak_memory, peak_memory
from tagger.training.prepare import prepared, warn
from tagger.training.progress import TrainingProgress
from tagger.training.run import Run, in_run
from tagger.training.run_folder import RunFolder
from tagger.training.step_log import StepLog
from tagger.training.trackers import Track, check_trackers, tracked


def train(
    recipe: Recipe,
    output: Path,
    *,
    resume: bool = False,
    overwrite: bool = False,
    console: Console | None = None,
    corpus: Corpus | None = None,
    before: Callable[[Mapping[str, Any]], None] | None = None,
    noted: list[float] | None = None,
) -> Report:
    """Trains a tagger and leaves a run folder: recipe, model, report, predictions, steps, checkpoint.

    Where a launcher (`torchrun`, `accelerate launch`) has started several processes, they share the work, and the main one writes.

    Args:
        recipe: What to do.
        output: The run folder. Nothing is written there before the corpus, the vectors and the model are in order.
        resume: Whether to go on with an interrupted run of the same recipe there.
        overwrite: Whether an older run there may be deleted.
        console: Where progress is shown; nowhere if None.
        corpus: What `prepared` gave for the recipe, where it was asked already.
        before: What the main process does when all is in order and a run is about to begin, before it writes anything; gets the
            new tagger's facts.
        noted: Gets the times of Ctrl-C and SIGTERM while it learns and scores. What comes too late to stop it is only told here.

    Raises:
        TaggerError: The recipe, the corpus or the folder stand against it, or the run was interrupted.
    """
    with threads(recipe.training.threads), launched(recipe.training) as accelerator, RunFolder(output) as folder:
        processes = processes_of(accelerator)
        console = console if console and processes.is_main else Console(quiet=True)
        forget_peak_memory()
        processes.together(lambda: check_trackers(recipe.training.trackers))
        processes.on_main(lambda: folder.claim(recipe, resume=resume, overwrite=overwrite))
        corpus = corpus or prepared(recipe, processes, console)
        with console.status("building the model"):
            tagger = processes.together(lambda: Tagger.from_recipe(recipe, corpus))
            run = Run(folder, recipe, corpus, Learner(tagger, recipe, accelerator), console)
        processes.together(lambda: _check_columns(run))
        processes.together(lambda: _read_once(run))
        if resume and processes.gather(folder.has_checkpoint)[0]:
            state = _go_on(run)
        else:
            if before is not None:
                processes.on_main(lambda: before(tagger.facts))
            processes.on_main(lambda: folder.begin(recipe, resume=resume, overwrite=overwrite))
            state = TrainingState(corpus.fingerprint, tagger.facts["pretrained"], processes=processes.count)
            if resume:
                console.print("the run was interrupted before its first checkpoint: it begins anew", highlight=False)
        with interruptions(noted, launched=processes.count > 1) as interrupted:
            if not state.finished:
                _learn(run, state, interrupted)
            return finish(run, state, interrupted)


def _check_columns(run: Run) -> None:
    """Refuses, before any work, what could not be scored at its end.

    Raises:
        CorpusError: Dev or test has nothing in a column that the tagger reads beside the words.
    """
    for split in run.scored:
        check_columns(run.learner.tagger, run.corpus, split)


def _read_once(run: Run) -> None:
    """Lets frozen transformers read the corpus, before there is another display: epochs then find what they gave.

    Raises:
        ModelError: It can't be kept on the disk.
    """
    tagger = run.learner.tagger
    read_once(tagger, run.corpus, run.scored, run.console, run.learner.processes)
    if tagger.recipe.kept_transformers:
        tagger.predictor.with_contexts(tagger.encode(run.corpus, "train"), run.console)


def _go_on(run: Run) -> TrainingState:
    """Puts the learner where that of the interrupted run stood.

    Raises:
        ModelError: The checkpoint can't be taken up, or the corpus is another.
    """
    learner = run.learner
    state = learner.load(run.folder.checkpoint)
    for what, began_with, found in (
        ("the corpus has", state.corpus, run.corpus.fingerprint),
        ("vectors or transformers have", state.pretrained, learner.tagger.facts["pretrained"]),
    ):
        if began_with not in (found, None):
            fix = "Start anew with --overwrite."
            raise ModelError(f"{what} changed since the run began", where=str(run.folder.path), fix=fix)
    state.pretrained = learner.tagger.facts["pretrained"]
    threads, processes = torch.get_num_threads(), learner.processes.count
    for what, before, now in (("threads", state.threads, threads), ("processes", state.processes, processes)):
        if before != now:
            same = "its results will be as good as those of the unbroken run, but differ in their digits"
            warn(run.console, f"the run had {what}: {before}, and goes on with {now}; {same}")
    state.threads, state.processes = threads, processes
    if state.batch == 0 and state.best_epoch == state.epoch:
        # The checkpoint is written before the model: the best weights are in it, and may be nowhere else yet.
        _save_best(run)
    return state


def _learn(run: Run, state: TrainingState, interrupted: Sequence[float]) -> None:
    """Runs the loop; after each epoch scores dev, keeps the best weights as the model and the last as the checkpoint."""
    learner, processes, settings = run.learner, run.learner.processes, run.learner.settings
    sentences = learner.tagger.predictor.with_contexts(learner.tagger.encode(run.corpus, "train"))
    # Only the main process keeps the log.
    path = run.folder.steps if processes.is_main else Path(os.devnull)
    with (
        TrainingProgress(run.console, sum(learner.num_steps(sentences)), settings.epochs, state.step) as progress,
        StepLog(path, state.step) as log,
        tracked(learner.accelerator, run.recipe, run.folder.trackers, state.step) as track,
    ):
        saved = time.monotonic()
        for step in learner.steps(sentences, state):
            progress.step(step)
            log.write(_step_line(step, state))
            track({"loss": step.loss, "learning_rate": step.learning_rate}, step.step)
            is_due = time.monotonic() - saved >= 60 * settings.checkpoint_minutes
            # All processes stop, and save, at the same step.
            stop, due, failed = processes.total(len(interrupted), is_due, log.problem is not None)
            if failed:
                processes.on_main(log.check)
            if step.ends_epoch:
                _end_epoch(run, state, log, progress, track)
            elif stop or due:
                _checkpoint(run, state, log)
            if step.ends_epoch or due:
                saved = time.monotonic()
            if state.finished:
                break
            if stop:
                raise interruption(run.folder.path)


def _end_epoch(run: Run, state: TrainingState, log: StepLog, progress: TrainingProgress, track: Track) -> None:
    """Scores dev and saves: first all that the run needs to go on, then, where they are the best, the weights as the model."""
    learner, settings = run.learner, run.learner.settings
    with learner.averaged():
        scores = _dev_scores(run)
    score = _deciding(scores, settings.score)
    is_best = score is None or state.best_score is None or score > state.best_score
    if is_best:
        state.best_score, state.best_epoch = score, state.epoch
    worse = state.epoch - state.best_epoch
    schedule = settings.schedule
    # While the rate rises a score that rests says nothing against it.
    risen = math.ceil(schedule.warmup * settings.epochs)
    if schedule.kind == "plateau" and state.epoch - max(state.best_epoch, state.last_cut, risen) >= schedule.patience:
        state.cuts, state.last_cut = state.cuts + 1, state.epoch
    state.finished = state.epoch == settings.epochs or (settings.patience is not None and worse >= settings.patience)
    progress.epoch(state, scores, is_best=is_best)
    track({f"dev/{task}": score for task, score in scores.items()}, state.step)
    log.write({"epoch": state.epoch, "step": state.step, "dev": scores, "best": is_best})
    _checkpoint(run, state, log)
    if is_best:
        _save_best(run)


def _checkpoint(run: Run, state: TrainingState, log: StepLog) -> None:
    state.peak_memory = max(state.peak_memory, peak_memory() or 0)
    # The log first: of what the checkpoint counts as done, no line may be missing.
    run.learner.processes.on_main(log.sync)
    run.learner.save(run.folder.checkpoint, state)


def _save_best(run: Run) -> None:
    with run.learner.averaged(), in_run():
        run.learner.processes.on_main(lambda: run.learner.tagger.save(run.folder.model))


def _dev_scores(run: Run) -> dict[str, float]:
    if "dev" not in run.corpus.splits:
        return {}
    return quick_scores(predict_split(run.learner.tagger, run.corpus, "dev", run.learner.processes))


def _deciding(scores: dict[str, float], task: str | None) -> float | None:
    """The score that decides which weights are best: one task's, or the mean of all; None without a dev split."""
    if not scores:
        return None
    return scores[task] if task is not None else sum(scores.values()) / len(scores)


def _step_line(step: Step, state: TrainingState) -> dict[str, float]:
    return {
        "step": step.step,
        "epoch": step.epoch,
        "loss": round(step.loss, 6),
        "learning_rate": step.learning_rate,
        "words": step.words,
        "seconds": round(step.seconds, 5),
        "threads": state.threads,
        "processes": state.processes,
    }
