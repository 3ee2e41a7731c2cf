"""A whole run: build the corpus, build the tagger, loop, evaluate, save."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from rich.console import Console

from tagger.build_corpus import build_corpus
from tagger.build_featurizers import fetch_all_vectors
from tagger.corpora.corpus import Corpus
from tagger.errors import CorpusError, ModelError
from tagger.evaluation.calibration import calibration, fit_temperatures
from tagger.evaluation.evaluate import check_columns, predict_split, quick_scores, read_once, score_predictions, unscored
from tagger.evaluation.report import Predictions, Report
from tagger.processes import Processes
from tagger.recipe import Recipe
from tagger.tagger import Tagger
from tagger.training.checkpoint import TrainingState
from tagger.training.interruptions import interruption, interruptions
from tagger.training.launch import launched, processes_of, threads
from tagger.training.loop import Learner, Step
from tagger.training.memory import forget_peak_memory, peak_memory
from tagger.training.progress import TrainingProgress
from tagger.training.run_folder import RunFolder
from tagger.training.step_log import StepLog
from tagger.training.trackers import Track, check_trackers, tracked
from tagger.whole_files import RESUME, writing


def train(
    recipe: Recipe,
    output: Path,
    *,
    resume: bool = False,
    overwrite: bool = False,
    console: Console | None = None,
    corpus: Corpus | None = None,
    before: Callable[[], None] | None = None,
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
        before: What the main process does when all is in order and a run is about to begin, before it writes anything.

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
            run = _Run(folder, recipe, corpus, Learner(tagger, recipe, accelerator), console)
        processes.together(lambda: _check_columns(tagger, corpus))
        processes.together(lambda: _read_once(run))
        if resume and processes.gather(folder.has_checkpoint)[0]:
            state = _go_on(run)
        else:
            if before is not None:
                processes.on_main(before)
            processes.on_main(lambda: folder.begin(recipe, resume=resume, overwrite=overwrite))
            state = TrainingState(corpus.fingerprint, processes=processes.count)
            if resume:
                console.print("the run was interrupted before its first checkpoint: it begins anew", highlight=False)
        with interruptions(launched=processes.count > 1) as interrupted:
            if not state.finished:
                _learn(run, state, interrupted)
            return _finish(run, state, interrupted)


def prepared(recipe: Recipe, processes: Processes, console: Console) -> Corpus:
    """The recipe's corpus, read in all processes, its vectors at hand; what was read and what is odd about it is said.

    Raises:
        TaggerError: It can't be read, or can't give the score that is to decide.
    """
    with console.status("reading the corpus"):
        corpus = processes.together(lambda: build_corpus(recipe))
    processes.together(lambda: _check_scores(recipe, corpus, console))
    # Before there is another display: a download shows its own.
    processes.together(lambda: fetch_all_vectors(recipe, console))
    return corpus


@dataclass(frozen=True)
class _Run:
    """What all parts of a run look at."""

    folder: RunFolder
    recipe: Recipe
    corpus: Corpus
    learner: Learner
    console: Console


def _check_scores(recipe: Recipe, corpus: Corpus, console: Console) -> None:
    """Says what was read and what is odd about it.

    Raises:
        CorpusError: The score that is to decide can't be had.
    """
    missing = {(split, task): why for split in corpus.splits for task, why in unscored(corpus, split).items() if split != "train"}
    if why := missing.get(("dev", recipe.training.score or "")):
        fix = "Name another task as training.score, or leave it away."
        raise CorpusError(f"training.score is {recipe.training.score}, but {why}", where="dev", fix=fix)
    if recipe.training.schedule.kind == "plateau" and "dev" not in corpus.splits:
        fix = "Give the corpus a dev split, or choose another schedule."
        raise CorpusError(
            "there is no dev split by whose score the rate of kind: plateau falls", where="training.schedule", fix=fix
        )
    for note in corpus.notes:
        console.print(note, highlight=False, soft_wrap=True)
    unscored_tasks = (f"{split}: {task} is not scored, since {why}" for (split, task), why in missing.items())
    for warning in [*corpus.warnings(), *unscored_tasks]:
        _warn(console, warning)
    sizes = ", ".join(f"{split} {len(data):,}" for split, data in corpus.splits.items())
    console.print(f"sentences: {sizes}", highlight=False)


def _warn(console: Console, warning: str) -> None:
    console.print(f"warning: {warning}", highlight=False, soft_wrap=True)


def _check_columns(tagger: Tagger, corpus: Corpus) -> None:
    """Refuses, before any work, what could not be scored at its end.

    Raises:
        CorpusError: Dev or test has nothing in a column that the tagger reads beside the words.
    """
    for split in _scored(corpus):
        check_columns(tagger, corpus, split)


def _scored(corpus: Corpus) -> list[str]:
    return [split for split in ("dev", "test") if split in corpus.splits]


def _read_once(run: _Run) -> None:
    """Lets frozen transformers read the corpus, before there is another display: epochs then find what they gave.

    Raises:
        ModelError: It can't be kept on the disk.
    """
    tagger = run.learner.tagger
    if tagger.recipe.kept_transformers:
        tagger.keep_contexts()
        tagger.with_contexts(tagger.encode(run.corpus, "train"), run.console)
        read_once(tagger, run.corpus, _scored(run.corpus), run.console, run.learner.processes)


def _go_on(run: _Run) -> TrainingState:
    """Puts the learner where that of the interrupted run stood.

    Raises:
        ModelError: The checkpoint can't be taken up, or the corpus is another.
    """
    learner = run.learner
    state = learner.load(run.folder.checkpoint)
    if state.corpus != run.corpus.fingerprint:
        fix = "Start anew with --overwrite."
        raise ModelError("the corpus has changed since the run began", where=str(run.folder.path), fix=fix)
    threads, processes = torch.get_num_threads(), learner.processes.count
    for what, before, now in (("threads", state.threads, threads), ("processes", state.processes, processes)):
        if before != now:
            same = "its results will be as good as those of the unbroken run, but differ in their digits"
            _warn(run.console, f"the run had {what}: {before}, and goes on with {now}; {same}")
    state.threads, state.processes = threads, processes
    if state.batch == 0 and state.best_epoch == state.epoch:
        # The checkpoint is written before the model: the best weights are in it, and may be nowhere else yet.
        _save_best(run)
    return state


def _learn(run: _Run, state: TrainingState, interrupted: Sequence[float]) -> None:
    """Runs the loop; after each epoch scores dev, keeps the best weights as the model and the last as the checkpoint."""
    learner, processes, settings = run.learner, run.learner.processes, run.learner.settings
    sentences = learner.tagger.with_contexts(learner.tagger.encode(run.corpus, "train"))
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


def _end_epoch(run: _Run, state: TrainingState, log: StepLog, progress: TrainingProgress, track: Track) -> None:
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
    if schedule.kind == "plateau" and state.epoch - max(state.best_epoch, state.last_cut) >= schedule.patience:
        state.cuts, state.last_cut = state.cuts + 1, state.epoch
    state.finished = state.epoch == settings.epochs or (settings.patience is not None and worse >= settings.patience)
    progress.epoch(state, scores, is_best=is_best)
    track({f"dev/{task}": score for task, score in scores.items()}, state.step)
    log.write({"epoch": state.epoch, "step": state.step, "dev": scores, "best": is_best})
    _checkpoint(run, state, log)
    if is_best:
        _save_best(run)


def _checkpoint(run: _Run, state: TrainingState, log: StepLog) -> None:
    state.peak_memory = max(state.peak_memory, peak_memory() or 0)
    # The log first: of what the checkpoint counts as done, no line may be missing.
    run.learner.processes.on_main(log.sync)
    run.learner.save(run.folder.checkpoint, state)


def _save_best(run: _Run) -> None:
    with run.learner.averaged(), _in_run():
        run.learner.processes.on_main(lambda: run.learner.tagger.save(run.folder.model))


@contextmanager
def _in_run() -> Iterator[None]:
    """Within it, what can't be written is told in words that fit a run, which can go on."""
    try:
        yield
    except ModelError as error:
        raise ModelError(error.problem, where=error.where, fix=RESUME) from error


def _finish(run: _Run, state: TrainingState, interrupted: Sequence[float]) -> Report:
    """Scores the best weights on dev and test, and writes report, predictions and the model's scores."""
    learner, corpus, processes = run.learner, run.corpus, run.learner.processes
    # The main process reads the best weights and hands them on.
    device = str(learner.accelerator.device)
    tagger = processes.together(lambda: Tagger.load(run.folder.model, device=device) if processes.is_main else learner.tagger)
    processes.copy_from_main(tagger.model)
    processes.together(lambda: read_once(tagger, corpus, _scored(corpus), run.console, processes))
    _calibrate(run, tagger)
    splits, speed = {}, 0.0
    for split in _scored(corpus):
        with run.console.status(f"scoring {split}"):
            start = time.perf_counter()
            predictions = predict_split(tagger, corpus, split, processes)
            speed = sum(map(len, predictions.words)) / (time.perf_counter() - start)
            measured = processes.gather(calibration(tagger, corpus, split) if processes.is_main else {})[0]
            splits[split] = score_predictions(tagger, predictions, measured)
        processes.on_main(partial(_write_predictions, run, predictions, split))
        if processes.total(len(interrupted))[0]:
            raise interruption(run.folder.path)
    tagger.facts["scores"] = {split: {task: result.score for task, result in tasks.items()} for split, tasks in splits.items()}
    tagger.facts["best_epoch"] = state.best_epoch
    facts = {
        "best epoch": f"{state.best_epoch} of {state.epoch}",
        "training minutes": round(state.seconds / 60, 1),
        "peak memory MB": state.peak_memory,
        "model MB": processes.gather(_megabytes(run.folder.model) if processes.is_main else 0.0)[0],
        "tagging words per second": round(speed),
        "threads": state.threads,
        "processes": state.processes,
        "corpus": corpus.fingerprint,
    }
    if corpus.notes:
        facts["corpus notes"] = list(corpus.notes)
    report = Report(run.recipe.name or "", splits, facts)

    def write() -> None:
        with _in_run():
            tagger.save(run.folder.model)
        with writing(run.folder.report, RESUME):
            report.write(run.folder.report)

    processes.on_main(write)
    return report


def _megabytes(folder: Path) -> float:
    return round(sum(path.stat().st_size for path in folder.iterdir()) / 1e6, 1)


def _calibrate(run: _Run, tagger: Tagger) -> None:
    """Fits each task's temperature on dev, where the recipe asks for it; it becomes part of the model."""
    if not run.learner.settings.calibration or "dev" not in run.corpus.splits:
        return
    processes = run.learner.processes
    with run.console.status("fitting temperatures"):
        tagger.facts["temperatures"] = processes.gather(fit_temperatures(tagger, run.corpus, "dev") if processes.is_main else {})[0]


def _write_predictions(run: _Run, predictions: Predictions, split: str) -> None:
    with writing(run.folder.predictions, RESUME):
        predictions.write(run.folder.predictions, split)


def _dev_scores(run: _Run) -> dict[str, float]:
    if "dev" not in run.corpus.splits:
        return {}
    return quick_scores(run.learner.tagger, predict_split(run.learner.tagger, run.corpus, "dev", run.learner.processes))


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
