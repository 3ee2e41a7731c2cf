"""Learning curves from what a run wrote of its steps."""

import json

import pytest

from tagger.evaluation.learning import learning_curve
from tagger.evaluation.report import EpochScore


def written(path, entries):
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries), "utf-8")
    return learning_curve(path)


def step(number, loss, words=10):
    return {"step": number, "epoch": 1, "loss": loss, "learning_rate": 1 / number, "words": words, "seconds": 0.1}


def test_each_step_is_a_point_and_each_epoch_has_its_scores(tmp_path):
    entries = [
        step(1, 2.0),
        {"epoch": 1, "step": 1, "dev": {"ner": 0.5}},
        step(2, 1.0),
        {"epoch": 2, "step": 2, "dev": {"ner": 0.7}},
    ]
    found = written(tmp_path / "steps.jsonl", entries)
    assert (found.steps, found.loss, found.learning_rate) == ([1, 2], [2.0, 1.0], [1.0, 0.5])
    assert found.epochs == [EpochScore(epoch=1, step=1, dev={"ner": 0.5}), EpochScore(epoch=2, step=2, dev={"ner": 0.7})]


def test_of_many_steps_the_means_of_stretches_are_told_weighed_by_words(tmp_path):
    found = written(tmp_path / "steps.jsonl", [step(number, float(number), words=number) for number in range(1, 401)])
    assert found.steps == list(range(2, 401, 2))
    assert found.loss[0] == pytest.approx((1 * 1 + 2 * 2) / 3)
    assert found.loss[-1] == pytest.approx((399 * 399 + 400 * 400) / 799)
    assert found.learning_rate[-1] == 1 / 400


def test_no_more_than_200_points_are_told(tmp_path):
    found = written(tmp_path / "steps.jsonl", [step(number, 1.0) for number in range(1, 502)])
    assert (len(found.steps), found.steps[-1]) == (200, 501)


def test_without_a_step_there_is_no_curve(tmp_path):
    assert written(tmp_path / "steps.jsonl", []) is None
    assert written(tmp_path / "steps.jsonl", [{"epoch": 1, "step": 0, "dev": {}}]) is None
