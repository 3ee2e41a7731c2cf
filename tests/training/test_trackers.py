"""Trackers get what a run does, once, from the main process."""

import importlib.util
from importlib.machinery import ModuleSpec
from types import SimpleNamespace

import pytest
from accelerate import tracking

from tagger.errors import TaggerError
from tagger.training import trackers as module
from tagger.training.launch import build_accelerator
from tagger.training.progress import TrainingProgress
from tagger.training.train import train

TOLD = []


class Stub(tracking.GeneralTracker):
    """Stands in for a tracker, whose package tests do not need."""

    requires_logging_directory = False

    def __init__(self, project, logging_dir=None, /, **options):
        super().__init__()
        TOLD.append(("made", self.name, project, logging_dir, options))

    @property
    def tracker(self):
        return SimpleNamespace(id="the id", info=SimpleNamespace(run_id="the run's id"))

    def start(self):
        TOLD.append(("started", self.name))

    def store_init_configuration(self, values):
        TOLD.append(("settings", values))

    def log(self, values, step=None, **options):
        TOLD.append(("log", self.name, step, values))
        if options:
            TOLD.append(("asked", self.name, options))

    def finish(self):
        TOLD.append(("finished", self.name))


@pytest.fixture
def told(monkeypatch):
    for name in ("tensorboard", "wandb", "mlflow"):
        stub = type(name, (Stub,), {"name": name, "requires_logging_directory": name == "tensorboard"})
        monkeypatch.setitem(tracking.LOGGER_TYPE_TO_CLASS, name, stub)
    monkeypatch.setattr(module, "find_spec", lambda name: ModuleSpec(name, None, origin="there"))
    TOLD.clear()
    return TOLD


def logged(told, name):
    """Step and figures, in their order."""
    return [entry[2:] for entry in told if entry[:2] == ("log", name)]


def settings(*trackers, **more):
    return {"epochs": 2, "batch_words": 8, "device": "cpu", "trackers": trackers or ["tensorboard"], **more}


def follow(recipe, folder, step, *figures):
    """A run that goes on after a step, and what it tracks."""
    folder.parent.mkdir(exist_ok=True)
    with module.tracked(build_accelerator(recipe.training), recipe, folder, step) as track:
        for values, at in figures:
            track(values, at)


def test_a_tracker_gets_loss_and_rate_of_each_step_and_dev_scores_of_each_epoch(tiny_recipe, tmp_path, told):
    recipe = tiny_recipe(training=settings())
    train(recipe, tmp_path / "run")
    assert told[0] == ("made", "tensorboard", "tiny", str(tmp_path / "run" / "trackers"), {})
    (given,) = (entry[1] for entry in told if entry[0] == "settings")
    assert (given["training.epochs"], given["tasks.ner.decoder"], given["training.average"]) == (2, "crf", "None")
    figures = logged(told, "tensorboard")
    steps = [step for step, values in figures if set(values) == {"loss", "learning_rate"}]
    assert steps == list(range(1, len(steps) + 1))
    assert [set(values) for _, values in figures if "loss" not in values] == [{"dev/ner"}] * 2
    assert figures[-1][0] == steps[-1]
    assert told.count(("finished", "tensorboard")) == 1
    assert told[-1] == ("finished", "tensorboard")


def test_tensorboard_is_told_from_where_a_run_goes_on_and_no_settings_again(tiny_recipe, tmp_path, told):
    follow(tiny_recipe(training=settings()), tmp_path / "trackers", 5, ({"loss": 0.5}, 6))
    assert told == [
        ("made", "tensorboard", "tiny", str(tmp_path / "trackers"), {"purge_step": 6}),
        ("started", "tensorboard"),
        ("log", "tensorboard", 6, {"loss": 0.5}),
        ("finished", "tensorboard"),
    ]


@pytest.mark.parametrize(
    ("name", "first", "then"),
    [
        ("wandb", {"name": "seed-1", "dir": "FOLDER", "resume": "allow"}, {"id": "the id"}),
        ("mlflow", {"run_name": "seed-1"}, {"run_id": "the run's id"}),
    ],
)
def test_a_tracker_elsewhere_gets_one_run_and_each_figure_once_however_often_it_broke_off(
    tiny_recipe, tmp_path, told, name, first, then
):
    recipe, folder = tiny_recipe(training=settings(name, "tensorboard")), tmp_path / "seed-1" / "trackers"
    steps = [({"loss": 0.5}, step) for step in range(1, 8)]
    dev = ({"dev/ner": 0.1}, 4)
    follow(recipe, folder, 0, *steps[:6])
    with (folder / "told.jsonl").open("a") as file:
        file.write('{"last": {"lo')
    follow(recipe, folder, 2, *steps[2:4])
    follow(recipe, folder, 3, steps[3], dev, *steps[4:])
    assert [step for step, _ in logged(told, name)] == [1, 2, 3, 4, 5, 6, 4, 7]
    assert logged(told, name)[6] == (4, {"dev/ner": 0.1})
    assert [step for step, _ in logged(told, "tensorboard")] == [1, 2, 3, 4, 5, 6, 3, 4, 4, 4, 5, 6, 7]
    # No step waits for MLflow's server.
    asked = [entry for entry in told if entry[0] == "asked"]
    assert asked == [("asked", "mlflow", {"synchronous": False})] * (8 if name == "mlflow" else 0)
    first = {key: str(folder) if value == "FOLDER" else value for key, value in first.items()}
    made = [entry[4] for entry in told if entry[:2] == ("made", name)]
    assert made == [first, {**first, **then}, {**first, **then}]


def test_a_tracker_is_finished_after_an_error(tiny_recipe, tmp_path, told):
    recipe = tiny_recipe(training=settings())
    with pytest.raises(MemoryError), module.tracked(build_accelerator(recipe.training), recipe, tmp_path / "trackers", 0):
        raise MemoryError
    assert told[-1] == ("finished", "tensorboard")


def test_other_processes_than_the_main_one_tell_nothing(tiny_recipe, tmp_path, told):
    recipe = tiny_recipe(training=settings("wandb"))
    with module.tracked(SimpleNamespace(is_main_process=False), recipe, tmp_path / "trackers", 0) as track:
        track({"loss": 0.5}, 1)
    assert (told, list(tmp_path.iterdir())) == ([], [])


@pytest.mark.parametrize("spec", [None, ModuleSpec("x", None)], ids=["nothing", "a folder of that name"])
def test_packages_that_are_missing_are_told_before_any_work(tiny_recipe, tmp_path, monkeypatch, spec):
    monkeypatch.setattr(module, "find_spec", lambda name: spec)
    with pytest.raises(TaggerError) as caught:
        train(tiny_recipe(training=settings("tensorboard", "mlflow")), tmp_path / "run")
    message = "training.trackers: tensorboard, mlflow are not installed\n  pip install 'tagger[trackers]' mlflow"
    assert str(caught.value) == message
    assert not (tmp_path / "run").exists()


@pytest.mark.skipif(importlib.util.find_spec("tensorboard") is None, reason="tensorboard is not installed")
def test_tensorboard_reads_each_step_once_of_a_run_that_was_killed_and_went_on(tiny_recipe, tmp_path, monkeypatch):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    def killed(self, done, step=TrainingProgress.step):
        step(self, done)
        if done.step == num_steps + 2:
            raise MemoryError

    def read(run):
        (folder,) = {path.parent for path in (tmp_path / run / "trackers" / "tiny").glob("events*")}
        events = EventAccumulator(str(folder)).Reload()
        names = ("loss", "learning_rate", "dev/ner")
        return {name: [(event.step, event.value) for event in events.Scalars(name)] for name in names}

    recipe = tiny_recipe(training=settings())
    train(recipe, tmp_path / "unbroken")
    expected = read("unbroken")
    num_steps = expected["dev/ner"][0][0]
    assert [step for step, _ in expected["loss"]] == list(range(1, expected["dev/ner"][1][0] + 1))
    with monkeypatch.context() as patch:
        patch.setattr(TrainingProgress, "step", killed)
        with pytest.raises(MemoryError):
            train(recipe, tmp_path / "run")
    assert len(read("run")["loss"]) == num_steps + 1
    train(recipe, tmp_path / "run", resume=True)
    assert read("run") == expected
