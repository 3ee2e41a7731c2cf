"""The end of a run: the best weights are scored, and report, predictions and scores written."""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tagger.evaluation.calibration import calibration, fit_temperatures
from tagger.evaluation.evaluate import predict_split, read_once
from tagger.evaluation.examine import examine
from tagger.evaluation.known import Known, known_of
from tagger.evaluation.learning import learning_curve
from tagger.evaluation.predictions import Predictions
from tagger.evaluation.report import Report, TaskReport
from tagger.evaluation.report_files import write_report
from tagger.tagger import Tagger
from tagger.training.checkpoint import TrainingState
from tagger.training.interruptions import interruption
from tagger.training.run import Run, in_run
from tagger.whole_files import RESUME, writing


def finish(run: Run, state: TrainingState, interrupted: Sequence[float]) -> Report:
    """Scores the best weights on dev and test, and writes report, predictions and the model's scores."""
    learner, corpus, processes = run.learner, run.corpus, run.learner.processes
    # The main process reads the best weights and hands them on.
    device = str(learner.accelerator.device)
    tagger = processes.together(lambda: Tagger.load(run.folder.model, device=device) if processes.is_main else learner.tagger)
    processes.copy_from_main(tagger.model)
    processes.together(lambda: read_once(tagger, corpus, run.tagged, run.console, processes))
    _calibrate(run, tagger)
    known = known_of(corpus, tagger.tags) if processes.is_main else {}
    splits: dict[str, dict[str, TaskReport]] = {}
    for split in run.scored:
        with run.console.status(f"scoring {split}"):
            predictions = predict_split(tagger, corpus, split, processes, certain=True)
            measured = processes.gather(calibration(tagger, corpus, split) if processes.is_main else {})[0]
            splits[split] = examine(predictions, known, measured)
        processes.on_main(partial(_write_predictions, run, predictions, split))
        if processes.total(len(interrupted))[0]:
            raise interruption(run.folder.path)
    speed = _speed(run, tagger)
    tagger.facts |= _for_the_card(run, state, splits, known, speed)
    curve = learning_curve(run.folder.steps) if processes.is_main else None
    report = Report(name=run.recipe.name or "", splits=splits, facts=_facts(run, state, speed), learning=curve)

    def write() -> None:
        with in_run():
            tagger.save(run.folder.model)
        with writing(run.folder.report, RESUME):
            write_report(report, run.folder.report)

    with run.console.status("writing the report"):
        processes.on_main(write)
    return report


def _for_the_card(
    run: Run,
    state: TrainingState,
    splits: Mapping[str, Mapping[str, TaskReport]],
    known: Mapping[str, Known],
    speed: float,
) -> dict[str, Any]:
    """What the model folder tells of the run, in its card and in `config.json`."""
    train = run.corpus["train"]
    return {
        "scores": {split: {task: found.scores.score for task, found in tasks.items()} for split, tasks in splits.items()},
        "intervals": {split: {task: found.scores.interval for task, found in tasks.items()} for split, tasks in splits.items()},
        "best_epoch": state.best_epoch,
        "training": {"sentences": len(train), "words": sum(map(len, train["tokens"]))},
        "labels": {
            task: {label: {"count": one.labels[label], "examples": list(texts)} for label, texts in one.examples.items()}
            for task, one in known.items()
            if one.labels is not None
        },
        "speed": {
            "words_per_second": round(speed),
            "device": run.learner.accelerator.device.type,
            "threads": state.threads * state.processes,
        },
    }


def _facts(run: Run, state: TrainingState, speed: float) -> dict[str, Any]:
    """What was measured on the way, and of what."""
    processes = run.learner.processes
    facts = {
        "best epoch": f"{state.best_epoch} of {state.epoch}",
        "training minutes": round(state.seconds / 60, 1),
        "peak memory MB": state.peak_memory,
        "model MB": processes.gather(_megabytes(run.folder.model) if processes.is_main else 0.0)[0],
        "tagging words per second": round(speed),
        "threads": state.threads,
        "processes": state.processes,
        "corpus": run.corpus.fingerprint,
    }
    if state.pretrained:
        facts["pretrained"] = state.pretrained
    if run.corpus.notes:
        facts["corpus notes"] = list(run.corpus.notes)
    return facts


def _speed(run: Run, tagger: Tagger) -> float:
    """How many words a second the tagger tags, by all processes together; measured on what was scored last, or on train."""
    split = run.tagged[-1]
    words, start = sum(map(len, run.corpus[split]["tokens"])), time.perf_counter()
    predict_split(tagger, run.corpus, split, run.learner.processes)
    return words / (time.perf_counter() - start)


def _megabytes(folder: Path) -> float:
    return round(sum(path.stat().st_size for path in folder.iterdir()) / 1e6, 1)


def _calibrate(run: Run, tagger: Tagger) -> None:
    """Fits each task's temperature on dev, where the recipe asks for it; it becomes part of the model."""
    if not run.learner.settings.calibration or "dev" not in run.corpus.splits:
        return
    processes = run.learner.processes
    with run.console.status("fitting temperatures"):
        tagger.facts["temperatures"] = processes.gather(fit_temperatures(tagger, run.corpus, "dev") if processes.is_main else {})[0]


def _write_predictions(run: Run, predictions: Predictions, split: str) -> None:
    with writing(run.folder.predictions, RESUME):
        predictions.write(run.folder.predictions, split)
