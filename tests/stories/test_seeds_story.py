"""`tagger train --seeds N`: a run for each seed, and what they come to."""

import json
import os
import shutil
import signal
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from run_outcome import outcome

from tagger import ModelError, Tagger
from tagger.evaluation.report_files import write_report
from tagger.recipe_file import load_recipe
from tagger.training.locked_folder import LockedFolder
from tagger.training.progress import TrainingProgress
from tagger.training.run_folder import RunFolder
from tagger.training.seeds import train_seeds

CHANGES = ("training.epochs=3", "training.optimizer.learning_rate=0.02", "dropout={words: 0.2, input: 0.2, output: 0.2}")
RUN_FILES = {"recipe.yaml", "steps.jsonl", "model", "report", "checkpoint", "predictions"}


def summary_of(folder: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((folder / "summary.json").read_text("utf-8"))
    return data


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def seeds(recipe: str, command: Callable[..., Result]) -> Callable[..., Result]:
    """Trains several seeds into a folder, with further arguments."""
    changes = [part for change in CHANGES for part in ("--set", change)]
    return lambda folder, *more: command("train", recipe, "--output", folder, *changes, *more)


@pytest.fixture(scope="module")
def three(seeds, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seeds; tests only read them."""
    folder = tmp_path_factory.mktemp("seeds") / "three"
    result = seeds(folder, "--seeds", 3)
    assert result.exit_code == 0, result.stderr
    (folder.parent / "stdout").write_text(result.stdout, "utf-8")
    (folder.parent / "stderr").write_text(result.stderr, "utf-8")
    return folder


@pytest.fixture
def at_step(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Does something at a step of the second run."""
    original = TrainingProgress.step
    steps: list[int] = []

    def arrange(number: int, action: Callable[[], Any]) -> None:
        def step(self: TrainingProgress, done: Any) -> None:
            original(self, done)
            steps.append(done.step)
            if steps.count(1) == 2 and done.step == number:
                action()

        monkeypatch.setattr(TrainingProgress, "step", step)

    return arrange


def test_each_seed_has_a_run_folder_named_by_it_beside_the_summary(three: Path):
    assert {path.name for path in three.iterdir()} == {"seed-1", "seed-2", "seed-3", "summary.json", "summary.md"}
    for seed in (1, 2, 3):
        assert {path.name for path in (three / f"seed-{seed}").iterdir()} == RUN_FILES
        assert load_recipe(str(three / f"seed-{seed}" / "recipe.yaml")).training.seed == seed


def test_a_seed_among_several_equals_a_run_of_its_own_bit_by_bit(three: Path, train, tmp_path: Path):
    assert outcome(three / "seed-2") == outcome(train(tmp_path / "run", *CHANGES, "training.seed=2"))


def test_the_summary_has_mean_deviation_lowest_and_highest_of_each_score(three: Path):
    summary = summary_of(three)
    reports = [json.loads((three / f"seed-{seed}" / "report" / "report.json").read_text("utf-8")) for seed in (1, 2, 3)]
    assert summary["seeds"] == [1, 2, 3]
    for split in ("dev", "test"):
        for task in ("upos", "ner"):
            scores = [report["splits"][split][task]["scores"]["score"] for report in reports]
            expected = {"mean": statistics.mean(scores), "sd": statistics.stdev(scores), "min": min(scores), "max": max(scores)}
            assert summary["scores"][split][task] == pytest.approx(expected)
    means = [statistics.mean(report["splits"]["dev"][task]["scores"]["score"] for task in ("upos", "ner")) for report in reports]
    assert summary["best"] == 1 + means.index(max(means))
    assert len(set(means)) > 1, "seeds that all score the same show nothing"
    for name in ("training minutes", "peak memory MB", "model MB", "tagging words per second"):
        figures = [report["facts"][name] for report in reports]
        assert [run[name] for run in summary["runs"]] == figures
        assert summary[name]["mean"] == pytest.approx(statistics.mean(figures))
    assert [run["peak memory MB"] > 50 for run in summary["runs"]] == [True] * 3
    size = sum(path.stat().st_size for path in (three / "seed-1" / "model").iterdir()) / 1e6
    assert summary["runs"][0]["model MB"] == pytest.approx(size, abs=0.1)


def test_what_is_printed_tells_the_runs_their_mean_and_how_to_use_the_best(three: Path):
    stdout, stderr = ((three.parent / name).read_text("utf-8") for name in ("stdout", "stderr"))
    best = summary_of(three)["best"]
    assert f"seed {best}." in " ".join(stdout.split())
    assert stdout.endswith(f"summary  {three}/summary.md\nuse it   tagger tag {three} FILE  (the best seed on dev)\n")
    assert stderr.count("sentences: train 6") == 1
    assert [line for line in stderr.splitlines() if line.startswith("seed")] == [
        f"seed {seed}, run {seed} of 3" for seed in (1, 2, 3)
    ]
    lines = (three / "summary.md").read_text("utf-8").splitlines()
    mean = 100 * summary_of(three)["scores"]["test"]["ner"]["mean"]
    row = next(line for line in lines if line.startswith("| mean |"))
    assert f"| {mean:.2f} |" in row
    assert lines[0] == "# story, 3 seeds"


def test_the_folder_stands_for_the_best_seed(three: Path, command: Callable[..., Result], tmp_path: Path):
    best = summary_of(three)["best"]
    assert Tagger.load(three).recipe.training.seed == best
    (tmp_path / "text.txt").write_text("Ann sees Oslo .\n", "utf-8")
    result = command("tag", three, tmp_path / "text.txt", "--to", "conll")
    assert (result.exit_code, result.stderr) == (0, f"{three} holds several seeds: using {three}/seed-{best}, the best on dev\n")
    assert result.stdout == command("tag", three / f"seed-{best}", tmp_path / "text.txt", "--to", "conll").stdout
    evaluated = command("evaluate", three, "--split", "dev")
    assert f"using {three}/seed-{best}, the best on dev" in evaluated.stderr


def test_seeds_that_are_not_all_finished_have_no_best(three: Path, tmp_path: Path):
    shutil.copytree(three, tmp_path / "runs")
    summary = summary_of(three)
    (tmp_path / "runs" / "summary.json").write_text(json.dumps({**summary, "runs": summary["runs"][:2]}), "utf-8")
    with pytest.raises(ModelError) as caught:
        Tagger.load(tmp_path / "runs")
    runs = f"{tmp_path}/runs/seed-1, {tmp_path}/runs/seed-2"
    assert str(caught.value) == (
        f"{tmp_path}/runs: 2 of 3 seeds are finished, so that it is open which is best\n"
        f"  Go on with the command that trains them and --resume. Or name a run that is finished: {runs}."
    )
    (tmp_path / "runs" / "summary.json").write_text("{", "utf-8")
    with pytest.raises(ModelError, match="the summary of the seeds is damaged"):
        Tagger.load(tmp_path / "runs")


def test_an_interrupted_seed_is_resumed_and_finished_ones_are_not_run_again(three: Path, seeds, at_step, tmp_path: Path):
    at_step(4, lambda: os.kill(os.getpid(), signal.SIGINT))
    broken = seeds(tmp_path / "runs", "--seeds", 3)
    assert broken.exit_code == 1
    assert f"{tmp_path}/runs/seed-2: interrupted; the run is saved\n" in broken.stderr
    assert len(summary_of(tmp_path / "runs")["runs"]) == 1
    first = files_of(tmp_path / "runs" / "seed-1")
    result = seeds(tmp_path / "runs", "--seeds", 3, "--resume")
    assert result.exit_code == 0, result.stderr
    assert "seed 1, run 1 of 3: is finished\n" in result.stderr
    assert files_of(tmp_path / "runs" / "seed-1") == first
    for seed in (2, 3):
        assert outcome(tmp_path / "runs" / f"seed-{seed}") == outcome(three / f"seed-{seed}")
    assert summary_of(tmp_path / "runs")["scores"] == summary_of(three)["scores"]


def test_a_crash_leaves_the_finished_seeds(three: Path, seeds, at_step, tmp_path: Path):
    def fall() -> None:
        raise MemoryError("the machine is full")

    at_step(2, fall)
    with pytest.raises(MemoryError):
        seeds(tmp_path / "runs", "--seeds", 2)
    assert seeds(tmp_path / "runs", "--seeds", 2, "--resume").exit_code == 0
    assert outcome(tmp_path / "runs" / "seed-2") == outcome(three / "seed-2")


def test_further_seeds_join_those_that_are_there(three: Path, seeds, tmp_path: Path):
    shutil.copytree(three, tmp_path / "runs")
    shutil.rmtree(tmp_path / "runs" / "seed-2")
    result = seeds(tmp_path / "runs", "--seeds", 4, "--resume")
    assert result.exit_code == 0, result.stderr
    assert [line for line in result.stderr.splitlines() if line.startswith("seed")] == [
        "seed 1, run 1 of 4: is finished",
        "seed 2, run 2 of 4",
        "seed 3, run 3 of 4: is finished",
        "seed 4, run 4 of 4",
    ]
    assert [run["seed"] for run in summary_of(tmp_path / "runs")["runs"]] == [1, 2, 3, 4]
    before = files_of(tmp_path / "runs")
    fewer = seeds(tmp_path / "runs", "--seeds", 2, "--resume")
    assert (fewer.exit_code, fewer.stderr) == (
        1,
        f"{tmp_path}/runs: the runs have the seeds 1, 2, 3, 4, of which 3, 4 would be left out\n"
        "  Resume with the same training.seed and at least as many --seeds, or start anew with --overwrite.\n",
    )
    assert files_of(tmp_path / "runs") == before


def test_runs_are_replaced_by_overwrite_alone_and_all_of_them(three: Path, seeds, tmp_path: Path):
    shutil.copytree(three, tmp_path / "runs")
    (tmp_path / "runs" / "seed-3" / "notes.txt").write_text("mine", "utf-8")
    before = files_of(tmp_path / "runs")
    result = seeds(tmp_path / "runs", "--seeds", 1)
    fix = "Go on with them by --resume, replace them by --overwrite, or name another folder with --output."
    assert (result.exit_code, result.stderr) == (1, f"{tmp_path}/runs: there are runs here already\n  {fix}\n")
    # What is refused after the folder was claimed leaves the older runs alone, too.
    faulty = seeds(tmp_path / "runs", "--seeds", 1, "--overwrite", "--set", "embeddings.0.vectors=none.txt")
    assert faulty.exit_code == 1
    assert files_of(tmp_path / "runs") == before
    assert seeds(tmp_path / "runs", "--seeds", 1, "--overwrite", "--set", "training.epochs=1").exit_code == 0
    names = {path.name for path in (tmp_path / "runs").iterdir()}
    assert names == {"seed-1", "seed-3", "summary.json", "summary.md"}
    assert files_of(tmp_path / "runs" / "seed-3") == {"notes.txt": b"mine"}
    summary = summary_of(tmp_path / "runs")
    assert (summary["seeds"], summary["scores"]["test"]["ner"]["sd"]) == ([1], None)


def test_an_overwrite_that_is_interrupted_goes_on_with_no_older_run(three: Path, seeds, tmp_path: Path):
    shutil.copytree(three, tmp_path / "runs")
    (tmp_path / "runs" / "seed-2" / "notes.txt").write_text("mine", "utf-8")
    change = ("--seeds", 3, "--set", "training.epochs=2")
    with pytest.MonkeyPatch.context() as patch:
        original = TrainingProgress.step

        def step(self: TrainingProgress, done: Any) -> None:
            original(self, done)
            os.kill(os.getpid(), signal.SIGTERM)

        patch.setattr(TrainingProgress, "step", step)
        assert "interrupted" in seeds(tmp_path / "runs", *change, "--overwrite").stderr
    result = seeds(tmp_path / "runs", *change, "--resume")
    assert result.exit_code == 0, result.stderr
    for run in summary_of(tmp_path / "runs")["runs"]:
        assert run["best epoch"].endswith(" of 2")
    assert (tmp_path / "runs" / "seed-2" / "notes.txt").read_text("utf-8") == "mine"


@pytest.mark.parametrize("stops", ["summary", "first", "second"])
def test_an_overwrite_that_is_killed_as_it_begins_goes_on_with_no_older_run(three: Path, seeds, tmp_path: Path, stops: str):
    shutil.copytree(three, tmp_path / "runs")
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "runs").glob("seed-*/checkpoint/state.safetensors")}
    with pytest.MonkeyPatch.context() as patch:
        original, emptied = RunFolder.forget, []

        def forget(self: RunFolder, *, held: bool = False) -> None:
            if len(emptied) == ["summary", "first", "second"].index(stops):
                raise MemoryError("killed")
            emptied.append(self.path)
            original(self, held=held)

        patch.setattr(RunFolder, "forget", forget)
        with pytest.raises(MemoryError):
            seeds(tmp_path / "runs", "--seeds", 3, "--overwrite")
    result = seeds(tmp_path / "runs", "--seeds", 3, "--resume")
    assert result.exit_code == 0, result.stderr
    assert "is finished" not in result.stderr
    assert len(times) == 3
    assert all(path.stat().st_mtime_ns > before for path, before in times.items())
    assert "replacing" not in summary_of(tmp_path / "runs")


def test_a_run_of_another_recipe_among_the_seeds_is_not_replaced_by_resume(three: Path, seeds, train, tmp_path: Path):
    shutil.copytree(three, tmp_path / "runs")
    train(tmp_path / "runs" / "seed-4", "training.epochs=1", "training.seed=4")
    shutil.rmtree(tmp_path / "runs" / "seed-4" / "checkpoint")
    before = files_of(tmp_path / "runs" / "seed-4")
    result = seeds(tmp_path / "runs", "--seeds", 4, "--resume")
    assert result.exit_code == 1
    assert "seed-4/recipe.yaml: the interrupted run had another recipe" in result.stderr
    assert files_of(tmp_path / "runs" / "seed-4") == before


def test_ctrl_c_while_a_report_is_written_ends_the_seeds_and_not_only_the_run(three: Path, seeds, tmp_path: Path, monkeypatch):
    def write(*arguments: Any) -> None:
        write_report(*arguments)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr("tagger.training.finish.write_report", write)
    broken = seeds(tmp_path / "runs", "--seeds", 3)
    assert broken.exit_code == 1
    assert broken.stderr.endswith(f"{tmp_path}/runs: interrupted; the run is saved\n  Go on with the same command and --resume.\n")
    assert [run["seed"] for run in summary_of(tmp_path / "runs")["runs"]] == [1]
    monkeypatch.undo()
    assert seeds(tmp_path / "runs", "--seeds", 3, "--resume").exit_code == 0
    assert summary_of(tmp_path / "runs")["scores"] == summary_of(three)["scores"]


def test_further_seeds_learn_from_the_same_vectors(seeds, corpus: Path, tmp_path: Path):
    vectors = tmp_path / "vectors.txt"
    vectors.write_text("paris 1 2\nlives 3 4\n", "utf-8")
    words = f"embeddings=[{{kind: words, vectors: {vectors}, trainable: false}}, {{kind: characters}}]"
    arguments = ("--set", words, "--set", "training.epochs=1")
    assert seeds(tmp_path / "runs", "--seeds", 1, *arguments).exit_code == 0
    vectors.write_text("paris 1 2\nlives 3 5\n", "utf-8")
    result = seeds(tmp_path / "runs", "--seeds", 2, *arguments, "--resume")
    fix = "Start anew with --overwrite."
    message = f"{tmp_path}/runs/seed-1: vectors or transformers have changed since the run\n  {fix}\n"
    assert (result.exit_code, result.stderr[-len(message) :]) == (1, message)
    assert not (tmp_path / "runs" / "seed-2").exists()


@pytest.mark.parametrize("change", ["training.optimizer.learning_rate=0.03", "training.seed=0"])
def test_another_recipe_is_refused(three: Path, seeds, tmp_path: Path, change: str):
    shutil.copytree(three, tmp_path / "runs")
    before = files_of(tmp_path / "runs")
    result = seeds(tmp_path / "runs", "--seeds", 3, "--resume", "--set", change)
    assert result.exit_code == 1
    told = "the interrupted run had another recipe: now training.optimizer.learning_rate = 0.03"
    assert (told if "rate" in change else "of which 3 would be left out") in result.stderr
    assert files_of(tmp_path / "runs") == before


def test_a_changed_corpus_is_refused(three: Path, seeds, corpus: Path, tmp_path: Path):
    shutil.copytree(three, tmp_path / "runs")
    shutil.copytree(corpus, tmp_path / "corpus")
    path = tmp_path / "runs" / "summary.json"
    text = path.read_text("utf-8")
    fingerprint = summary_of(three)["runs"][0]["corpus"]
    path.write_text(text.replace(fingerprint, "0" * 32), "utf-8")
    result = seeds(tmp_path / "runs", "--seeds", 4, "--resume")
    message = f"{tmp_path}/runs/seed-1: the corpus has changed since the run\n  Start anew with --overwrite.\n"
    assert (result.exit_code, result.stderr.endswith(message)) == (1, True)


def test_folders_of_one_run_and_of_several_are_not_taken_for_each_other(three: Path, seeds, trained: Path, tmp_path: Path):
    result = seeds(trained, "--seeds", 2, "--overwrite")
    fix = "Name another folder with --output."
    message = f"{trained}: there is one run here, and not several seeds\n  {fix}\n"
    assert (result.exit_code, result.stderr) == (1, message)
    other = seeds(three, "--overwrite")
    assert (other.exit_code, other.stderr) == (1, f"{three}: the output exists and is no run folder\n  {fix}\n")
    missing = seeds(tmp_path / "runs", "--seeds", 2, "--resume")
    assert (missing.exit_code, missing.stderr) == (1, f"{tmp_path}/runs: there are no runs to resume\n  Train without --resume.\n")


@pytest.mark.parametrize("spoil", [lambda run: run.pop("model MB"), lambda run: run.update(scores=None)])
def test_runs_of_which_the_summary_tells_too_little_are_not_gone_on_with(three: Path, seeds, tmp_path: Path, spoil):
    shutil.copytree(three, tmp_path / "runs")
    summary = summary_of(three)
    spoil(summary["runs"][0])
    (tmp_path / "runs" / "summary.json").write_text(json.dumps(summary), "utf-8")
    result = seeds(tmp_path / "runs", "--seeds", 3, "--resume")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"{tmp_path}/runs/summary.json: the summary of the seeds is damaged, or of another version")


def test_a_summary_of_another_version_is_not_read(three: Path, tmp_path: Path):
    shutil.copytree(three, tmp_path / "runs")
    (tmp_path / "runs" / "summary.json").write_text(json.dumps({**summary_of(three), "version": 2}), "utf-8")
    with pytest.raises(ModelError, match="or of another version"):
        Tagger.load(tmp_path / "runs")


def test_one_process_at_a_time_trains_in_the_folder(three: Path, seeds, tmp_path: Path):
    shutil.copytree(three, tmp_path / "runs")
    with LockedFolder(tmp_path / "runs") as other:
        other.hold()
        result = seeds(tmp_path / "runs", "--seeds", 3, "--resume")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"{tmp_path}/runs: another process is training in this folder\n")


def test_several_seeds_are_trained_from_python_and_without_dev_none_is_best(recipe: str, corpus: Path, tmp_path: Path):
    shutil.copytree(corpus, tmp_path / "corpus")
    (tmp_path / "corpus" / "dev.txt").unlink()
    loaded = load_recipe(recipe, overrides=["training.epochs=1", "training.seed=7"], corpus=str(tmp_path / "corpus"))
    summary = train_seeds(loaded, tmp_path / "runs", 2)
    assert ([run.seed for run in summary.runs], summary.best) == ([7, 8], None)
    assert list(summary.runs[0].scores) == ["test"]
    with pytest.raises(ModelError, match="without a dev score no seed is the best"):
        Tagger.load(tmp_path / "runs")
    with pytest.raises(ModelError) as caught:
        Tagger.load(tmp_path / "runs")
    assert caught.value.fix == f"Name one of the runs: {tmp_path}/runs/seed-7, {tmp_path}/runs/seed-8."
