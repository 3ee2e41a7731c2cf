"""One recipe in one process and in two."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import Result
from run_outcome import outcome
from safetensors.torch import load_file

from tagger.training.progress import TrainingProgress

_HERE = Path(__file__).parent
RESUME = "Free some space, then go on with the same command and --resume."
EPOCHS = "training.epochs=2"


class Ends(NamedTuple):
    """The folder of all runs, and how the processes of each ended."""

    folder: Path
    ends: dict[str, list[str]]


def environment(cache: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(_HERE.parents[1]), "TAGGER_CACHE": str(cache), "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def runs(recipe: str, tmp_path_factory: pytest.TempPathFactory) -> Ends:
    folder = tmp_path_factory.mktemp("processes")
    short = folder / "story.yaml"
    short.write_text(Path(recipe).read_text("utf-8").replace("epochs: 16", "epochs: 2"), "utf-8")
    process = subprocess.run(
        [sys.executable, "-W", "error", _HERE / "processes_program.py", short, folder],
        env=environment(folder / "cache"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return Ends(folder, json.loads(process.stdout))


def log(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "steps.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("kind", ["", " accumulating"])
def test_two_processes_follow_one(runs: Ends, kind: str):
    assert (runs.ends[f"one{kind}"], runs.ends[f"two{kind}"]) == (["finished"], ["finished"] * 2)
    one, two = log(runs.folder / f"one{kind}"), log(runs.folder / f"two{kind}")
    assert [line.get("words") for line in two] == [line.get("words") for line in one]
    assert [line["loss"] for line in two if "loss" in line] == pytest.approx(
        [line["loss"] for line in one if "loss" in line], abs=1e-4
    )
    assert [line["dev"] for line in two if "dev" in line] == [line["dev"] for line in one if "dev" in line]
    assert [line["processes"] for line in two if "loss" in line] == [2] * sum("loss" in line for line in two)
    weights, others = (load_file(runs.folder / name / "model" / "model.safetensors") for name in (f"one{kind}", f"two{kind}"))
    assert all((weight - others[name]).abs().max() < 1e-3 for name, weight in weights.items())


def test_two_processes_score_and_write_the_same_as_one(runs: Ends):
    one, two = (outcome(runs.folder / name) for name in ("one", "two"))
    assert list(one) == list(two)
    splits = [report["report/report.json"]["splits"] for report in (one, two)]
    # Probabilities come from weights that agree in most of their digits.
    calibrations = [
        {(split, task): found["scores"].pop("calibration") for split in run for task, found in run[split].items()} for run in splits
    ]
    for run in splits:
        for found in (found for tasks in run.values() for found in tasks.values()):
            assert found.pop("reliability")
            found.pop("thresholds")
            found.pop("doubts")
            found.pop("examples")
    assert splits[0] == splits[1]
    for place, found in calibrations[0].items():
        assert calibrations[1][place] == pytest.approx(found, abs=0.02)
    for task in ("ner", "upos"):
        assert one[f"predictions/test.{task}.conll"] == two[f"predictions/test.{task}.conll"]
    assert two["report/report.json"]["facts"]["processes"] == 2


def test_one_process_that_is_asked_to_stop_stops_all(runs: Ends):
    message = f"{runs.folder}/resumed: interrupted; the run is saved\n  Go on with the same command and --resume."
    assert runs.ends["stopped"] == [message] * 2


def test_a_disk_that_is_full_for_the_main_process_ends_all(runs: Ends):
    path = f"{runs.folder}/resumed/steps.jsonl"
    assert runs.ends["full"] == [f"{path}: can't be written (File too large)\n  {RESUME}"] * 2


def test_a_resumed_run_of_two_processes_equals_the_unbroken_one_bit_by_bit(runs: Ends):
    assert runs.ends["unbroken"] == runs.ends["resumed"] == ["finished"] * 2
    assert runs.ends["killed"] == ["killed"] * 2
    assert outcome(runs.folder / "resumed") == outcome(runs.folder / "unbroken")


def test_two_processes_train_several_seeds(runs: Ends):
    assert runs.ends["seeds"] == ["finished"] * 2
    assert outcome(runs.folder / "seeds" / "seed-1") == outcome(runs.folder / "unbroken")
    summary = json.loads((runs.folder / "seeds" / "summary.json").read_text("utf-8"))
    assert [run["seed"] for run in summary["runs"]] == [1, 2]


def test_what_dropout_hides_differs_between_processes(runs: Ends):
    tensors = outcome(runs.folder / "unbroken")["checkpoint/state.safetensors"][1]
    assert tensors["random/0/cpu"] != tensors["random/1/cpu"]


def test_an_error_of_one_process_is_that_of_all(runs: Ends):
    message = "data/train.txt: this machine has no such file\n  Copy it."
    assert runs.ends["corpus"] == [message] * 2
    assert not (runs.folder / "corpus").exists()
    fix = "Go on with it by --resume, replace it by --overwrite, or name another folder with --output."
    assert runs.ends["again"] == [f"{runs.folder}/resumed: there is a run here already\n  {fix}"] * 2


def test_torchrun_takes_up_a_run_and_prints_once(
    recipe: str, command: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, train
):
    """The command line as a launcher starts it; the run was begun by one process."""
    changes = ["--set", EPOCHS]
    original = TrainingProgress.step
    with monkeypatch.context() as patched:
        patched.setattr(TrainingProgress, "step", lambda *arguments: (original(*arguments), os.kill(os.getpid(), signal.SIGINT))[0])
        assert command("train", recipe, "--output", tmp_path / "run", *changes).exit_code == 1
    script = tmp_path / "start.py"
    script.write_text("from tagger.cli.main import cli\n\ncli()\n", "utf-8")
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", script]
    process = subprocess.run(
        [sys.executable, *launcher, "train", recipe, "--output", tmp_path / "run", *changes, "--resume"],
        env=environment(tmp_path / "cache"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert process.stdout.count("report  ") == 1
    assert process.stderr.count("sentences: train 6") == 1
    assert "warning: the run had processes: 1, and goes on with 2; its results will be as good" in process.stderr
    lines = [line for line in log(tmp_path / "run") if "loss" in line]
    assert [line["processes"] for line in lines] == [1] + [2] * (len(lines) - 1)
    assert (tmp_path / "run" / "report" / "report.json").is_file()


@pytest.mark.parametrize(("rank", "local", "told"), [("0", "0", True), ("1", "1", False), ("2", "0", True)])
def test_a_mistake_is_told_once_on_each_machine(
    command: Callable[..., Result], recipe: str, monkeypatch: pytest.MonkeyPatch, rank: str, local: str, told: bool
):
    monkeypatch.setenv("RANK", rank)
    monkeypatch.setenv("LOCAL_RANK", local)
    result = command("train", recipe, "--set", "training.epoch=3")
    assert result.exit_code == 1
    assert ("training.epoch: no such setting" in result.stderr) is told
