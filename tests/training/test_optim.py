from itertools import pairwise

import pytest
import torch
from torch import nn

from tagger.training.optim import WeightAverage, rate_factor
from tagger.training_settings import ScheduleSettings

KINDS = ["constant", "linear", "cosine", "one_cycle", "plateau"]


def linear_layer(value=1.0):
    layer = nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        layer.weight.fill_(value)
    return layer


@pytest.mark.parametrize(
    ("kind", "warmup", "progress", "expected"),
    [
        ("constant", 0.0, 0.0, 1.0),
        ("constant", 0.0, 1.0, 1.0),
        ("linear", 0.0, 0.0, 1.0),
        ("linear", 0.0, 0.25, 0.75),
        ("linear", 0.0, 1.0, 0.0),
        ("cosine", 0.0, 0.0, 1.0),
        ("cosine", 0.0, 0.5, 0.5),
        ("cosine", 0.0, 1.0, 0.0),
        ("linear", 0.5, 0.0, 0.0),
        ("linear", 0.5, 0.25, 0.5),
        ("linear", 0.5, 0.5, 1.0),
        ("linear", 0.5, 0.75, 0.5),
        ("constant", 0.2, 0.1, 0.5),
        ("cosine", 0.2, 0.6, 0.5),
        ("one_cycle", 0.3, 0.0, 0.04),
        ("one_cycle", 0.3, 0.15, 0.52),
        ("one_cycle", 0.3, 0.3, 1.0),
        ("one_cycle", 0.3, 0.65, 0.5),
        ("one_cycle", 0.3, 1.0, 0.0),
        ("plateau", 0.2, 0.1, 0.5),
        ("plateau", 0.2, 1.0, 1.0),
    ],
)
def test_the_course_of_the_learning_rate(kind, warmup, progress, expected):
    schedule = ScheduleSettings(kind=kind, warmup=warmup, floor=0.0)
    assert rate_factor(schedule, progress) == pytest.approx(expected)


@pytest.mark.parametrize(("kind", "half"), [("linear", 0.55), ("cosine", 0.55), ("one_cycle", 0.55)])
def test_the_rate_falls_to_its_floor_and_no_lower(kind, half):
    schedule = ScheduleSettings(kind=kind, warmup=0.2, floor=0.1)
    assert [rate_factor(schedule, progress) for progress in (0.2, 0.6, 1.0)] == pytest.approx([1.0, half, 0.1])


def test_one_cycle_has_a_warm_up_and_a_small_floor_of_its_own():
    schedule = ScheduleSettings(kind="one_cycle")
    assert (schedule.warmup, schedule.floor) == (0.3, 0.0001)
    assert rate_factor(schedule, 1.0) == pytest.approx(0.0001)
    assert ScheduleSettings(kind="one_cycle", warmup=0.1).warmup == 0.1
    assert (ScheduleSettings().warmup, ScheduleSettings().floor) == (0.0, 0.0)


def test_a_plateau_falls_by_its_factor_at_each_cut():
    schedule = ScheduleSettings(kind="plateau", factor=0.1, floor=0.005)
    assert [rate_factor(schedule, 0.5, cuts) for cuts in range(4)] == pytest.approx([1.0, 0.1, 0.01, 0.005])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("warmup", [0.01, 0.1, 0.9])
def test_the_rate_rises_to_the_highest_and_never_rises_again(kind, warmup):
    schedule = ScheduleSettings(kind=kind, warmup=warmup)
    points = [rate_factor(schedule, step / 200) for step in range(201)]
    top = points.index(max(points))
    assert max(points) == pytest.approx(1, abs=0.01)
    assert all(left < right for left, right in pairwise(points[: top + 1]))
    assert all(left >= right for left, right in pairwise(points[top:]))
    assert all(0 <= point <= 1 for point in points)


def test_the_average_follows_its_definition():
    layer = linear_layer(1.0)
    average, expected = WeightAverage(layer, 0.5), 1.0
    for step, value in enumerate((3.0, 5.0, -2.0, 7.0, 0.0, 1.0, 4.0, 4.0, 9.0, 2.0), 1):
        with torch.no_grad():
            layer.weight.fill_(value)
        average.update()
        decay = min(0.5, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * value
    torch.testing.assert_close(average.average["weight"], torch.full((1, 2), expected))


def test_within_applied_the_model_has_the_average_and_afterwards_its_own_weights():
    layer = linear_layer(1.0)
    average = WeightAverage(layer, 0.9)
    with torch.no_grad():
        layer.weight.fill_(3.0)
    with average.applied():
        assert layer.weight.tolist() == [[1.0, 1.0]]
    assert layer.weight.tolist() == [[3.0, 3.0]]
    assert average.average["weight"].tolist() == [[1.0, 1.0]]


def test_the_weights_come_back_after_an_error():
    layer = linear_layer(1.0)
    average = WeightAverage(layer, 0.9)
    with torch.no_grad():
        layer.weight.fill_(3.0)
    with pytest.raises(RuntimeError), average.applied():
        raise RuntimeError
    assert layer.weight.tolist() == [[3.0, 3.0]]


def test_frozen_weights_have_no_average():
    layers = nn.Sequential(linear_layer(1.0), linear_layer(2.0))
    layers[0].weight.requires_grad_(False)
    average = WeightAverage(layers, 0.9)
    average.update()
    assert list(average.average) == ["1.weight"]
    with average.applied():
        assert layers[0].weight.tolist() == [[1.0, 1.0]]
