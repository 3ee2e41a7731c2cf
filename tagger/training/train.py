"""A whole run: build the corpus, build the tagger, loop, evaluate, save."""

import json
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import FrameType

from rich.console import Console

from tagger.build_corpus import build_corpus
from tagger.corpora.corpus import Corpus
from tagger.errors import CorpusError, ModelError, TaggerError
from tagger.evaluation.evaluate import predict_split, quick_scores, score_predictions, unscored
from tagger.evaluation.report import Report
from tagger.recipe import Recipe
from tagger.recipe_file import differences, load_recipe, recipe_yaml
from tagger.tagger import Tagger
from tagger.training.checkpoint import TrainingState, load_checkpoint, read_state, save_checkpoint
from tagger.training.loop import Learner, Step
from tagger.training.progress import TrainingProgress


def train(recipe: Recipe, output: Path, *, resume: bool = False, overwrite: bool = False, console: Console | None = None) -> Report:
    """Trains a tagger and leaves a run folder: recipe, model, report, predictions, steps, checkpoint.

    Args:
        recipe: What to do.
        output: The run folder. Nothing is written there before the corpus, the vectors and the model are in order.
        resume: Whether to go on with an interrupted run of the same recipe there.
        overwrite: Whether an older run there may be deleted.
        console: Where progress is shown; nowhere if None.

    Raises:
        TaggerError: The recipe, the corpus or the folder stand against it, or the run was interrupted.
    """
    console = console or Console(quiet=True)
    _check_folder(output, recipe, resume=resume, overwrite=overwrite)
    with console.status("reading the corpus"):
        corpus = build_corpus(recipe)
    missing = {(split, task): why for split in corpus.splits for task, why in unscored(corpus, split).items() if split != "train"}
    if why := missing.get(("dev", recipe.training.score or "")):
        fix = "Name another task as training.score, or leave it away."
        raise CorpusError(f"training.score is {recipe.training.score}, but {why}", where="dev", fix=fix)
    for note in corpus.notes:
        console.print(note, highlight=False, soft_wrap=True)
    unscored_tasks = (f"{split}: {task} is not scored, since {why}" for (split, task), why in missing.items())
    for warning in [*corpus.warnings(), *unscored_tasks]:
        console.print(f"warning: {warning}", highlight=False, soft_wrap=True)
    sizes = ", ".join(f"{split} {len(data):,}" for split, data in corpus.splits.items())
    console.print(f"sentences: {sizes}", highlight=False)
    with console.status("building the model"):
        tagger = Tagger.from_recipe(recipe, corpus)
        learner = Learner(tagger, recipe)
    state = _open_folder(output, recipe, corpus, learner, resume=resume)
    if not state.finished:
        _learn(output, corpus, learner, state, console)
    return _finish(output, recipe, corpus, state, console)


def _learn(output: Path, corpus: Corpus, learner: Learner, state: TrainingState, console: Console) -> None:
    """Runs the loop; after each epoch scores dev, keeps the best weights as the model and the last as the checkpoint."""
    sentences = learner.tagger.encode(corpus, "train")
    num_batches = learner.num_batches(sentences)
    settings = learner.settings
    with (
        TrainingProgress(console, sum(num_batches), settings.epochs, state.step) as progress,
        (output / "steps.jsonl").open("a", encoding="utf-8") as log,
        _interruptions() as interrupted,
    ):
        seconds_before = state.seconds
        for step in learner.steps(sentences, state):
            progress.step(step)
            log.write(json.dumps(_step_line(step)) + "\n")
            if interrupted and not step.ends_epoch:
                _checkpoint(output, learner, state)
                raise _interruption(output)
            if not step.ends_epoch:
                continue
            speed = state.words / max(state.seconds - seconds_before, 1e-9)
            with learner.average.applied() if learner.average else nullcontext():
                scores = _dev_scores(learner.tagger, corpus)
                score = _deciding(scores, settings.score)
                is_best = score is None or state.best_score is None or score > state.best_score
                if is_best:
                    state.best_score, state.best_epoch = score, state.epoch
                    learner.tagger.save(output / "model")
            progress.epoch(state, scores, speed, is_best=is_best)
            log.write(json.dumps({"epoch": state.epoch, "step": state.step, "dev": scores, "best": is_best}) + "\n")
            log.flush()
            worse = state.epoch - state.best_epoch
            state.finished = state.epoch == settings.epochs or (settings.patience is not None and worse >= settings.patience)
            seconds_before = state.seconds
            _checkpoint(output, learner, state)
            if state.finished:
                break
            if interrupted:
                raise _interruption(output)


def _finish(output: Path, recipe: Recipe, corpus: Corpus, state: TrainingState, console: Console) -> Report:
    """Scores the best weights on dev and test, and writes report, predictions and the model's scores."""
    tagger = Tagger.load(output / "model")
    splits, speed = {}, 0.0
    for split in ("dev", "test"):
        if split not in corpus.splits:
            continue
        with console.status(f"scoring {split}"):
            start = time.perf_counter()
            predictions = predict_split(tagger, corpus, split)
            speed = sum(map(len, predictions.words)) / (time.perf_counter() - start)
            splits[split] = score_predictions(tagger, predictions)
            predictions.write(output / "predictions", split)
    tagger.facts["scores"] = {split: {task: result.score for task, result in tasks.items()} for split, tasks in splits.items()}
    tagger.facts["best_epoch"] = state.best_epoch
    tagger.save(output / "model")
    facts = {
        "best epoch": f"{state.best_epoch} of {state.epoch}",
        "training minutes": round(state.seconds / 60, 1),
        "tagging words per second": round(speed),
        "corpus": corpus.fingerprint,
    }
    if corpus.notes:
        facts["corpus notes"] = list(corpus.notes)
    report = Report(recipe.name or "", splits, facts)
    report.write(output / "report")
    return report


def _dev_scores(tagger: Tagger, corpus: Corpus) -> dict[str, float]:
    if "dev" not in corpus.splits:
        return {}
    return quick_scores(tagger, predict_split(tagger, corpus, "dev"))


def _deciding(scores: dict[str, float], task: str | None) -> float | None:
    """The score that decides which weights are best: one task's, or the mean of all; None without a dev split."""
    if not scores:
        return None
    return scores[task] if task is not None else sum(scores.values()) / len(scores)


def _step_line(step: Step) -> dict[str, float]:
    return {
        "step": step.step,
        "epoch": step.epoch,
        "loss": round(step.loss, 6),
        "learning_rate": step.learning_rate,
        "words": step.words,
        "seconds": round(step.seconds, 5),
    }


def _checkpoint(output: Path, learner: Learner, state: TrainingState) -> None:
    save_checkpoint(output / "checkpoint", state, learner.tagger.model, learner.optimizer, learner.average)


def _check_folder(output: Path, recipe: Recipe, *, resume: bool, overwrite: bool) -> None:
    """Refuses what would destroy a run or can't be taken up, before any work."""
    if resume:
        read_state(output / "checkpoint")
        if changed := differences(load_recipe(str(output / "recipe.yaml")), recipe):
            raise ModelError(
                f"the interrupted run had another recipe: now {'; '.join(changed[:5])}",
                where=str(output / "recipe.yaml"),
                fix="Resume with the same recipe and the same --set, or start anew with --overwrite.",
            )
    elif output.exists() and (not output.is_dir() or any(output.iterdir())):
        if not (output / "recipe.yaml").is_file():
            raise ModelError("the output exists and is no run folder", where=str(output), fix="Name another folder with --output.")
        if not overwrite:
            raise ModelError(
                "there is a run here already",
                where=str(output),
                fix="Go on with it by --resume, replace it by --overwrite, or name another folder with --output.",
            )


def _open_folder(output: Path, recipe: Recipe, corpus: Corpus, learner: Learner, *, resume: bool) -> TrainingState:
    """Makes the folder of a new run, or puts the learner where an interrupted one stood."""
    if not resume:
        try:
            shutil.rmtree(output, ignore_errors=True)
            output.mkdir(parents=True)
            (output / "recipe.yaml").write_text(recipe_yaml(recipe), "utf-8")
        except OSError as error:
            raise ModelError(
                f"can't be written ({error.strerror})", where=str(output), fix="Name another folder with --output."
            ) from error
        return TrainingState(corpus.fingerprint)
    state = load_checkpoint(output / "checkpoint", learner.tagger.model, learner.optimizer, learner.average)
    if state.corpus != corpus.fingerprint:
        raise ModelError("the corpus has changed since the run began", where=str(output), fix="Start anew with --overwrite.")
    _cut_log(output / "steps.jsonl", state.step)
    return state


def _cut_log(path: Path, step: int) -> None:
    """Drops what was logged after the checkpoint: those steps are done again."""
    if path.is_file():
        lines = path.read_text("utf-8").splitlines(keepends=True)
        kept = [line for line in lines if line.endswith("\n") and json.loads(line)["step"] <= step]
        path.write_text("".join(kept), "utf-8")


@contextmanager
def _interruptions() -> Iterator[list[int]]:
    """Within it Ctrl-C and SIGTERM are noted, so that the running step is finished first; a second one ends at once."""
    noted: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        if noted:
            raise KeyboardInterrupt
        noted.append(number)

    try:
        before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # Not in the main thread, where signals don't arrive.
        before = {}
    try:
        yield noted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interruption(output: Path) -> TaggerError:
    return TaggerError("interrupted; the run is saved", where=str(output), fix="Go on with the same command and --resume.")
