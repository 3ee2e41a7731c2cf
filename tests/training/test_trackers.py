"""Trackers get what a run does, once, from the main process."""

import importlib.util

import pytest
from accelerate import tracking

from tagger.errors import TaggerError
from tagger.training import trackers as module
from tagger.training.launch import build_accelerator
from tagger.training.train import train

TOLD = []


class Stub(tracking.GeneralTracker):
    """Stands in for TensorBoard, whose package tests do not need."""

    name = "tensorboard"
    requires_logging_directory = True

    def __init__(self, run_name, logging_dir, **options):
        super().__init__()
        TOLD.append(("made", run_name, logging_dir, options))

    @property
    def tracker(self):
        return self

    def start(self):
        TOLD.append(("started",))

    def store_init_configuration(self, values):
        TOLD.append(("settings", values))

    def log(self, values, step=None, **options):
        TOLD.append(("log", step, values))

    def finish(self):
        TOLD.append(("finished",))


@pytest.fixture
def told(monkeypatch):
    monkeypatch.setitem(tracking.LOGGER_TYPE_TO_CLASS, "tensorboard", Stub)
    monkeypatch.setattr(module, "find_spec", lambda name: object())
    TOLD.clear()
    return TOLD


def settings(**more):
    return {"epochs": 2, "batch_words": 8, "device": "cpu", "trackers": ["tensorboard"], **more}


def test_a_tracker_gets_loss_and_rate_of_each_step_and_dev_scores_of_each_epoch(tiny_recipe, tmp_path, told):
    recipe = tiny_recipe(training=settings())
    train(recipe, tmp_path / "run")
    assert told[0] == ("made", "tiny", str(tmp_path / "run" / "trackers"), {})
    (given,) = (entry[1] for entry in told if entry[0] == "settings")
    assert (given["training.epochs"], given["tasks.ner.decoder"], given["training.average"]) == (2, "crf", "None")
    logged = [(step, values) for kind, step, values in (entry for entry in told if entry[0] == "log")]
    steps = [step for step, values in logged if set(values) == {"loss", "learning_rate"}]
    assert steps == list(range(1, len(steps) + 1))
    assert [set(values) for _, values in logged if "loss" not in values] == [{"dev/ner"}] * 2
    assert logged[-1][0] == steps[-1]
    assert told.count(("finished",)) == 1
    assert told[-1] == ("finished",)


def test_a_run_that_goes_on_tells_from_where_and_no_settings_again(tiny_recipe, tmp_path, told):
    recipe = tiny_recipe(training=settings())
    with module.tracked(build_accelerator(recipe.training), recipe, tmp_path, 5) as track:
        track({"loss": 0.5}, 6)
    assert told == [
        ("made", "tiny", str(tmp_path), {"purge_step": 6}),
        ("started",),
        ("log", 6, {"loss": 0.5}),
        ("finished",),
    ]


def test_a_tracker_is_finished_after_an_error(tiny_recipe, tmp_path, told):
    recipe = tiny_recipe(training=settings())
    with pytest.raises(MemoryError), module.tracked(build_accelerator(recipe.training), recipe, tmp_path, 0):
        raise MemoryError
    assert told[-1] == ("finished",)


def test_a_package_that_is_missing_is_told_before_any_work(tiny_recipe, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(TaggerError) as caught:
        train(tiny_recipe(training=settings(trackers=["tensorboard", "mlflow"])), tmp_path / "run")
    message = "training.trackers: tensorboard, mlflow are not installed\n  pip install tensorboard mlflow"
    assert str(caught.value) == message
    assert not (tmp_path / "run").exists()


@pytest.mark.skipif(importlib.util.find_spec("tensorboard") is None, reason="tensorboard is not installed")
def test_tensorboard_reads_what_a_run_has_written(tiny_recipe, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    train(tiny_recipe(training=settings()), tmp_path / "run")
    (folder,) = {path.parent for path in (tmp_path / "run" / "trackers" / "tiny").glob("events*")}
    events = EventAccumulator(str(folder)).Reload()
    assert {"loss", "learning_rate", "dev/ner"} <= set(events.Tags()["scalars"])
    assert len(events.Scalars("dev/ner")) == 2
