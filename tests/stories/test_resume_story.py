"""A run that was interrupted, and taken up again."""

import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from run_outcome import checkpoint_data, checkpoint_step, outcome
from safetensors.torch import load_file, save_file

from tagger.training.loop import Step
from tagger.training.progress import TrainingProgress

# Three epochs of three or four steps, with everything that has a state: dropout, singletons, averages, moments.
CHANGES = ("training.epochs=3", "dropout={words: 0.2, input: 0.2, output: 0.2}", "encoder.initial_state=random")


@pytest.fixture(scope="module")
def unbroken(train, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tmp_path_factory.mktemp("unbroken") / "run", *CHANGES)


@pytest.fixture
def run(recipe: str, command: Callable[..., Result], tmp_path: Path) -> Callable[..., Result]:
    """Runs the same training into one folder, with further arguments."""
    changes = [part for change in CHANGES for part in ("--set", change)]
    return lambda *more: command("train", recipe, "--output", tmp_path / "run", *changes, *more)


@pytest.fixture
def at_step(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, Callable[[], Any]], None]:
    """Does something once, in the middle of a step."""
    original = TrainingProgress.step

    def arrange(number: int, action: Callable[[], Any]) -> None:
        def step(self: TrainingProgress, done: Step) -> None:
            original(self, done)
            if done.step == number:
                monkeypatch.setattr(TrainingProgress, "step", original)
                action()

        monkeypatch.setattr(TrainingProgress, "step", step)

    return arrange


def send(number: int) -> Callable[[], None]:
    return lambda: os.kill(os.getpid(), number)


@pytest.mark.parametrize(("number", "step"), [(signal.SIGINT, 1), (signal.SIGINT, 3), (signal.SIGINT, 5), (signal.SIGTERM, 2)])
def test_resume_equals_an_unbroken_run(run, at_step, tmp_path: Path, unbroken: Path, number: int, step: int):
    at_step(step, send(number))
    broken = run()
    assert (broken.exit_code, broken.stdout) == (1, "")
    message = f"{tmp_path}/run: interrupted; the run is saved\n  Go on with the same command and --resume.\n"
    assert broken.stderr.endswith(message)
    assert not (tmp_path / "run" / "report").exists()
    assert checkpoint_step(tmp_path / "run") == step
    assert run("--resume").exit_code == 0
    assert outcome(tmp_path / "run") == outcome(unbroken)


def test_a_plateau_accumulated_batches_and_rates_of_parts_are_taken_up(
    recipe: str, command: Callable[..., Result], train, at_step, tmp_path: Path
):
    # The rate falls from the third epoch on, of which each has two steps.
    changes = (
        *("training.epochs=5", "training.schedule={kind: plateau, patience: 1}", "training.rate_factors.encoder=0.5"),
        *("training.accumulate=2", "training.optimizer.learning_rate=1e-9"),
    )
    unbroken = train(tmp_path / "unbroken", *changes)
    for step, more in ((7, ()), (8, ("--resume",))):
        at_step(step, send(signal.SIGINT))
        options = [part for change in changes for part in ("--set", change)]
        assert command("train", recipe, "--output", tmp_path / "run", *options, *more).exit_code == 1
        assert checkpoint_data(tmp_path / "run")["state"]["cuts"] == step - 5
    assert command("train", recipe, "--output", tmp_path / "run", *options, "--resume").exit_code == 0
    assert outcome(tmp_path / "run") == outcome(unbroken)


def test_a_run_interrupted_again_and_again_equals_an_unbroken_run(run, at_step, tmp_path: Path, unbroken: Path):
    for step, more in ((2, ()), (3, ("--resume",)), (8, ("--resume",))):
        at_step(step, send(signal.SIGINT))
        assert run(*more).exit_code == 1
    assert run("--resume").exit_code == 0
    assert outcome(tmp_path / "run") == outcome(unbroken)


def test_a_second_ctrl_c_ends_at_once_and_the_last_epoch_is_taken_up(run, at_step, tmp_path: Path, unbroken: Path):
    def twice() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    at_step(6, twice)
    result = run()
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith("Aborted!\n")
    assert run("--resume").exit_code == 0
    assert outcome(tmp_path / "run") == outcome(unbroken)


def test_a_crash_within_an_epoch_is_taken_up_at_its_start(run, at_step, tmp_path: Path, unbroken: Path):
    def fall() -> None:
        raise MemoryError("the machine is full")

    at_step(6, fall)
    with pytest.raises(MemoryError):
        run()
    assert run("--resume").exit_code == 0
    assert outcome(tmp_path / "run") == outcome(unbroken)


def test_signals_are_ours_only_while_a_run_lasts(run):
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    run("--set", "training.epochs=1")
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_resuming_a_finished_run_only_writes_its_report_again(run, at_step, tmp_path: Path, unbroken: Path):
    shutil.copytree(unbroken, tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / "report")

    def never() -> None:
        raise AssertionError("a finished run was trained further")

    at_step(1, never)
    assert run("--resume").exit_code == 0
    assert outcome(tmp_path / "run") == outcome(unbroken)


CHANGED_RECIPES = {
    "a value": (["training.optimizer.learning_rate=0.07"], "learning_rate = 0.07"),
    "a further setting": (["training.patience=2"], "patience = 2"),
    "a task less": (["tasks={ner: {scheme: iobes, weight: 2.0}}"], "tasks"),
    "an embedding less": (["embeddings=[{kind: words, width: 16, singleton_dropout: 0.1}]"], "embeddings"),
    "values exchanged": (["tasks.ner.weight=1.0", "tasks.upos.weight=2.0"], "weight"),
}


@pytest.mark.parametrize(("changes", "told"), CHANGED_RECIPES.values(), ids=CHANGED_RECIPES)
def test_another_recipe_is_refused(run, at_step, tmp_path: Path, changes: list[str], told: str):
    at_step(2, send(signal.SIGINT))
    run("--set", "tasks.ner.weight=2.0")
    before = outcome_files(tmp_path / "run")
    result = run("--resume", "--set", "tasks.ner.weight=2.0", *(part for change in changes for part in ("--set", change)))
    assert result.exit_code == 1, "the run went on with another recipe"
    assert f"{tmp_path}/run/recipe.yaml: the interrupted run had another recipe: now " in result.stderr
    assert told in result.stderr
    assert result.stderr.endswith("\n  Resume with the same recipe and the same --set, or start anew with --overwrite.\n")
    assert outcome_files(tmp_path / "run") == before


def outcome_files(run: Path) -> dict[str, bytes]:
    return {str(path.relative_to(run)): path.read_bytes() for path in run.rglob("*") if path.is_file()}


def test_a_changed_corpus_is_refused(run, at_step, corpus: Path, tmp_path: Path, unbroken: Path):
    shutil.copytree(corpus, tmp_path / "corpus")
    at_step(2, send(signal.SIGINT))
    assert run("--corpus", tmp_path / "corpus").exit_code == 1
    train = tmp_path / "corpus" / "train.txt"
    train.write_text(train.read_text("utf-8").replace("Oslo PROPN B-LOC", "Oslo PROPN B-PER"), "utf-8")
    before = outcome_files(tmp_path / "run")
    result = run("--corpus", tmp_path / "corpus", "--resume")
    assert result.exit_code == 1
    message = f"{tmp_path}/run: the corpus has changed since the run began\n  Start anew with --overwrite.\n"
    assert result.stderr.endswith(message)
    assert outcome_files(tmp_path / "run") == before


def test_there_must_be_a_run_to_resume(run, tmp_path: Path):
    result = run("--resume")
    message = f"{tmp_path}/run/checkpoint: there is no checkpoint to resume from\n  Train without --resume.\n"
    assert (result.exit_code, result.stderr) == (1, message)
    assert not (tmp_path / "run").exists()


def test_an_existing_run_is_replaced_only_by_overwrite(run, tmp_path: Path, unbroken: Path):
    shutil.copytree(unbroken, tmp_path / "run")
    before = outcome_files(tmp_path / "run")
    result = run("--set", "training.epochs=1")
    fix = "Go on with it by --resume, replace it by --overwrite, or name another folder with --output."
    assert (result.exit_code, result.stderr) == (1, f"{tmp_path}/run: there is a run here already\n  {fix}\n")
    assert outcome_files(tmp_path / "run") == before
    assert run("--set", "training.epochs=1", "--overwrite").exit_code == 0
    assert "epochs: 1\n" in (tmp_path / "run" / "recipe.yaml").read_text("utf-8")
    assert '"epoch": 2' not in (tmp_path / "run" / "steps.jsonl").read_text("utf-8")


def test_a_folder_that_is_no_run_is_never_replaced(run, tmp_path: Path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.tex").write_text("ten years of work", "utf-8")
    result = run("--overwrite")
    message = f"{tmp_path}/run: the output exists and is no run folder\n  Name another folder with --output.\n"
    assert (result.exit_code, result.stderr) == (1, message)
    assert (tmp_path / "run" / "thesis.tex").read_text("utf-8") == "ten years of work"


def test_a_faulty_corpus_leaves_the_older_run_alone_even_with_overwrite(run, corpus: Path, tmp_path: Path, unbroken: Path):
    shutil.copytree(unbroken, tmp_path / "run")
    shutil.copytree(corpus, tmp_path / "corpus")
    (tmp_path / "corpus" / "test.txt").write_text("Ann PROPN\n", "utf-8")
    before = outcome_files(tmp_path / "run")
    assert run("--overwrite", "--corpus", tmp_path / "corpus").exit_code == 1
    assert outcome_files(tmp_path / "run") == before


def test_resume_and_overwrite_contradict_each_other(run, tmp_path: Path):
    result = run("--resume", "--overwrite")
    assert (result.exit_code, result.stderr) == (1, "--resume and --overwrite contradict each other\n  Leave one away.\n")
    assert not (tmp_path / "run").exists()


def test_a_checkpoint_that_tells_no_vectors_is_taken_up_with_those_that_there_are(train, command, recipe: str, tmp_path: Path):
    (tmp_path / "vectors.txt").write_text("paris 1 2\nlives 3 4\n", "utf-8")
    words = f"embeddings=[{{kind: words, vectors: {tmp_path}/vectors.txt, trainable: false}}, {{kind: characters}}]"
    run = train(tmp_path / "run", words, "training.epochs=1")
    told = json.loads((run / "report" / "report.json").read_text("utf-8"))["facts"]["pretrained"]
    checkpoint = run / "checkpoint" / "state.safetensors"
    data = checkpoint_data(run)
    del data["state"]["pretrained"]
    save_file(load_file(checkpoint), checkpoint, {"data": json.dumps(data)})
    again = command("train", recipe, "--output", run, "--set", words, "--set", "training.epochs=1", "--resume")
    assert again.exit_code == 0, again.stderr
    assert json.loads((run / "report" / "report.json").read_text("utf-8"))["facts"]["pretrained"] == told
