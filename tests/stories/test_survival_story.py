"""A run that is killed, finds the disk full, or has company, and is taken up again."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from click.testing import Result
from dying import Death, dying
from filelock import FileLock
from run_outcome import checkpoint_data, checkpoint_step, outcome

import tagger.training.finish as finishing
import tagger.training.prepare as preparing
import tagger.training.train as training
from tagger.training.loop import Step
from tagger.training.progress import TrainingProgress

_ROOT = Path(__file__).parents[2]
_PATH = os.pathsep.join([str(_ROOT), str(Path(__file__).parent)])
RESUME = "Free some space, then go on with the same command and --resume."
# Two epochs of three or four steps, with everything that has a state, and a checkpoint after each step.
OFTEN = "training.checkpoint_minutes=1e-9"
CHANGES = ("training.epochs=2", "dropout={words: 0.2, input: 0.2, output: 0.2}", "encoder.initial_state=random", OFTEN)


@pytest.fixture(scope="module")
def unbroken(train, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tmp_path_factory.mktemp("unbroken") / "run", *CHANGES)


@pytest.fixture
def run(recipe: str, command: Callable[..., Result], tmp_path: Path) -> Callable[..., Result]:
    """Runs the same training into one folder, with further arguments."""
    changes = [part for change in CHANGES for part in ("--set", change)]
    return lambda *more: command("train", recipe, "--output", tmp_path / "run", *changes, *more)


def at_step(monkeypatch: pytest.MonkeyPatch, number: int, action: Callable[[], object]) -> None:
    """Does something once, after a step."""
    original = TrainingProgress.step

    def step(self: TrainingProgress, done: Step) -> None:
        original(self, done)
        if done.step == number:
            monkeypatch.setattr(TrainingProgress, "step", original)
            action()

    monkeypatch.setattr(TrainingProgress, "step", step)


def test_a_run_that_dies_at_any_change_of_the_disk_is_taken_up(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unbroken: Path
):
    with dying(monkeypatch, None) as life:
        assert run().exit_code == 0
    assert life.changes > 80
    # One window in seventeen, all around the files' writing: every one of them would take a minute.
    for at in range(0, life.changes, 17):
        shutil.rmtree(tmp_path / "run")
        with pytest.raises(Death), dying(monkeypatch, at):
            run()
        result = run("--resume") if (tmp_path / "run").exists() else run()
        assert result.exit_code == 0, (at, result.stderr)
        assert outcome(tmp_path / "run") == outcome(unbroken), at


def test_a_run_that_dies_again_and_again_comes_to_its_end(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unbroken: Path):
    at, tries = 25, 0
    result = None
    while result is None:
        with dying(monkeypatch, at):
            try:
                result = run("--resume") if (tmp_path / "run").exists() else run()
            except Death:
                at, tries = at + 3, tries + 1
    assert tries >= 3
    assert outcome(tmp_path / "run") == outcome(unbroken)


def test_a_killed_process_is_taken_up_again_and_again(recipe: str, tmp_path: Path, unbroken: Path):
    """SIGKILL at random moments: one process that has everything imported forks the runs, so that each begins at once."""
    program = """
import os, random, signal, sys, time
from pathlib import Path
import torch
torch.set_num_threads(1)
from empty_pictures import leave_out_pictures
from tagger.recipe_file import load_recipe
from tagger.training.train import train

leave_out_pictures()
loaded, output = load_recipe(sys.argv[1], overrides=sys.argv[3:]), Path(sys.argv[2])

def fork(longest):
    child = os.fork()
    if not child:
        train(loaded, output, resume=output.exists())
        os._exit(0)
    end = time.monotonic() + longest
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            assert status == 0, status
            return True
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False

# What is imported at first use is so by all that are forked after it.
train(loaded, output.with_name("warm"))
kills = 0
while kills < 5 and not fork(random.uniform(0.02, 0.25) + 0.03 * kills):
    kills += 1
print(kills, fork(60))
"""
    process = subprocess.run(
        # A checkpoint now and then, so that some steps are lost and done again.
        [sys.executable, "-c", program, recipe, str(tmp_path / "run"), *CHANGES[:-1], "training.checkpoint_minutes=0.0005"],
        env={**os.environ, "PYTHONPATH": _PATH, "TAGGER_CACHE": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    kills, finished = process.stdout.split()
    assert (int(kills) > 0, finished) == (True, "True")
    killed, whole = outcome(tmp_path / "run"), outcome(unbroken)
    # These two tell how often checkpoints are made.
    assert {name for name in whole if killed[name] != whole[name]} == {"recipe.yaml", "model/config.json"}


def test_nothing_depends_on_when_checkpoints_are_made(train, tmp_path: Path, unbroken: Path):
    seldom = train(tmp_path / "run", *CHANGES[:-1])
    (one, tensors), (other, others) = (outcome(folder)["checkpoint/state.safetensors"] for folder in (seldom, unbroken))
    assert (one, tensors) == (other, others)
    for name in ("model/model.safetensors", "steps.jsonl", "predictions/test.ner.conll", "predictions/test.upos.conll"):
        assert outcome(seldom)[name] == outcome(unbroken)[name]


def test_checkpoints_are_made_by_the_clock(train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    seconds, saved = [0.0], []
    monkeypatch.setattr(training.time, "monotonic", lambda: seconds[0])
    original = TrainingProgress.step

    def step(self: TrainingProgress, done: Step) -> None:
        original(self, done)
        seconds[0] += 60

    save = training.Learner.save
    monkeypatch.setattr(TrainingProgress, "step", step)
    monkeypatch.setattr(training.Learner, "save", lambda self, folder, state: (saved.append(state.step), save(self, folder, state)))
    train(tmp_path / "run", "training.epochs=1", "training.batch_words=5", "training.checkpoint_minutes=2")
    steps = len((tmp_path / "run" / "steps.jsonl").read_text("utf-8").splitlines()) - 1
    assert steps > 4
    assert saved == sorted({*range(2, steps, 2), steps})


def test_a_run_killed_before_its_first_checkpoint_begins_anew_and_says_so(run, tmp_path: Path, unbroken: Path):
    (tmp_path / "run").mkdir()
    shutil.copy(unbroken / "recipe.yaml", tmp_path / "run")
    (tmp_path / "run" / "steps.jsonl").write_text('{"step": 1, "epo', "utf-8")
    result = run("--resume")
    assert result.exit_code == 0
    assert "the run was interrupted before its first checkpoint: it begins anew\n" in result.stderr
    assert outcome(tmp_path / "run") == outcome(unbroken)


def test_a_folder_that_was_just_made_can_be_resumed_or_begun(run, tmp_path: Path, unbroken: Path):
    for more in ((), ("--resume",)):
        shutil.rmtree(tmp_path / "run", ignore_errors=True)
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / ".lock").touch()
        assert run(*more).exit_code == 0
        assert outcome(tmp_path / "run") == outcome(unbroken)


def test_the_best_model_is_in_the_checkpoint_until_it_stands_in_its_place(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unbroken: Path
):
    def die(run: object) -> None:
        raise Death

    for epoch in (1, 2):
        monkeypatch.setattr(training, "_save_best", die)
        with pytest.raises(Death):
            run(*(("--resume",) if epoch == 2 else ()))
        monkeypatch.undo()
    assert not (tmp_path / "run" / "model").exists()
    assert run("--resume").exit_code == 0
    assert outcome(tmp_path / "run") == outcome(unbroken)


def limited(size: int) -> Callable[[], None]:
    """Sets a limit to the size of files, which the system keeps: a disk that is full."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


@pytest.fixture
def unlimited():
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize(
    ("step", "size", "what", "left"),
    [(5, 0, "steps.jsonl", 4), (5, 700, "steps.jsonl", 4), (5, 3000, "checkpoint/state.safetensors", 4)],
)
def test_a_disk_that_is_full_is_told_and_the_last_checkpoint_stays(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unbroken: Path, unlimited, step: int, size: int, what: str, left: int
):
    at_step(monkeypatch, step, limited(size))
    result = run()
    unlimited()
    assert result.exit_code == 1
    assert result.stderr.endswith(f"{tmp_path}/run/{what}: can't be written (File too large)\n  {RESUME}\n")
    assert checkpoint_step(tmp_path / "run") == left
    assert run("--resume").exit_code == 0
    assert outcome(tmp_path / "run") == outcome(unbroken)


@pytest.mark.parametrize("what", ["model", "report", "predictions"])
def test_what_can_t_be_written_at_the_end_is_told_and_written_when_it_can(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unbroken: Path, unlimited, what: str
):
    owner, name = {
        "model": (training.Tagger, "save"),
        "report": (finishing, "write_report"),
        "predictions": (finishing.Predictions, "write"),
    }[what]
    original = getattr(owner, name)
    with monkeypatch.context() as patched:
        patched.setattr(owner, name, lambda *arguments: (limited(10)(), original(*arguments))[1])
        result = run()
        unlimited()
    assert result.exit_code == 1
    assert result.stderr.endswith(f"{tmp_path}/run/{what}: can't be written (File too large)\n  {RESUME}\n")
    assert run("--resume").exit_code == 0
    assert outcome(tmp_path / "run") == outcome(unbroken)


@pytest.mark.parametrize("more", [(), ("--resume",), ("--overwrite",)])
def test_a_second_process_in_the_same_folder_is_refused(run, tmp_path: Path, unbroken: Path, more: tuple[str, ...]):
    shutil.copytree(unbroken, tmp_path / "run")
    before = outcome(tmp_path / "run")
    with FileLock(tmp_path / "run" / ".lock"):
        result = run(*more)
    fix = "Wait for its end or stop it; or name another folder with --output."
    assert (result.exit_code, result.stderr) == (1, f"{tmp_path}/run: another process is training in this folder\n  {fix}\n")
    (tmp_path / "run" / ".lock").unlink()
    assert outcome(tmp_path / "run") == before


def test_a_second_process_that_begins_at_the_same_time_is_refused(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Both have seen that there is no folder, and have read the corpus."""
    corpus = preparing.build_corpus
    lock = FileLock(tmp_path / "run" / ".lock")

    def other(recipe: object) -> object:
        (tmp_path / "run").mkdir()
        lock.acquire()
        return corpus(recipe)

    monkeypatch.setattr(preparing, "build_corpus", other)
    result = run()
    lock.release()
    assert "another process is training in this folder" in result.stderr


def test_a_run_that_another_process_began_and_ended_meanwhile_is_not_replaced(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unbroken: Path
):
    corpus = preparing.build_corpus
    monkeypatch.setattr(preparing, "build_corpus", lambda recipe: (shutil.copytree(unbroken, tmp_path / "run"), corpus(recipe))[1])
    result = run()
    assert (result.exit_code, f"{tmp_path}/run: there is a run here already\n" in result.stderr) == (1, True)
    assert outcome(tmp_path / "run") == outcome(unbroken)


def test_the_folder_is_free_after_a_run(run, tmp_path: Path):
    run("--set", "training.epochs=1")
    assert not (tmp_path / "run" / ".lock").exists()
    assert run("--set", "training.epochs=1", "--overwrite").exit_code == 0


def test_a_folder_that_can_t_be_made_is_told(run, tmp_path: Path):
    (tmp_path / "file").write_text("x", "utf-8")
    result = run("--output", tmp_path / "file" / "run")
    message = f"{tmp_path}/file/run: can't be written (Not a directory)\n  Name another folder with --output.\n"
    assert (result.exit_code, result.stderr.endswith(message)) == (1, True)


def test_sigterm_during_the_final_scores_ends_the_run_and_leaves_it_to_be_taken_up(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unbroken: Path
):
    score = finishing.examine

    def terminated(*arguments: object) -> object:
        os.kill(os.getpid(), signal.SIGTERM)
        return score(*arguments)

    monkeypatch.setattr(finishing, "examine", terminated)
    result = run()
    assert result.exit_code == 1
    assert result.stderr.endswith(f"{tmp_path}/run: interrupted; the run is saved\n  Go on with the same command and --resume.\n")
    monkeypatch.undo()
    assert run("--resume").exit_code == 0
    assert outcome(tmp_path / "run") == outcome(unbroken)


def test_a_loss_that_runs_away_ends_the_run_and_the_last_checkpoint_stays(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    model = training.Tagger.from_recipe

    def spoilt(recipe: object, corpus: object) -> object:
        made = model(recipe, corpus)
        at_step(monkeypatch, 5, lambda: made.model.encoder.lstm.bias_hh_l0.data.fill_(float("nan")))
        return made

    monkeypatch.setattr(training.Tagger, "from_recipe", spoilt)
    result = run("--set", "training.checkpoint_minutes=10")
    assert result.exit_code == 1
    assert "training: the loss of step 6 (epoch 2) is nan\n  Begin anew (--overwrite) with a lower training" in result.stderr
    assert checkpoint_data(tmp_path / "run")["state"]["epoch"] == 1


def test_the_number_of_threads_is_set_noted_and_put_back(run, tmp_path: Path):
    assert run("--set", "training.threads=2", "--set", "training.epochs=1").exit_code == 0
    assert torch.get_num_threads() == 1
    line = json.loads((tmp_path / "run" / "steps.jsonl").read_text("utf-8").splitlines()[0])
    assert (line["threads"], line["processes"]) == (2, 1)
    facts = json.loads((tmp_path / "run" / "report" / "report.json").read_text("utf-8"))["facts"]
    assert (facts["threads"], facts["processes"]) == (2, 1)


def test_going_on_with_other_threads_is_possible_and_told(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    at_step(monkeypatch, 2, lambda: os.kill(os.getpid(), signal.SIGINT))
    assert run().exit_code == 1
    result = run("--resume", "--set", "training.threads=2", "--set", "training.checkpoint_minutes=1")
    assert result.exit_code == 0
    assert "warning: the run had threads: 1, and goes on with 2; its results will be as good" in result.stderr
    lines = [json.loads(line) for line in (tmp_path / "run" / "steps.jsonl").read_text("utf-8").splitlines()]
    assert [line["threads"] for line in lines if "threads" in line][:4] == [1, 1, 2, 2]
