"""The temperature is that at which gold is most probable, and the search that finds it finds the lowest point."""

import math

import numpy as np
import pytest
from enumeration import log_sum
from random_chains import chain_of, scores_of_paths

from tagger.decoding import temperature as module
from tagger.decoding.chain import viterbi
from tagger.decoding.temperature import GoldBatch, fit_temperature, lowest


def drawn(temperature, seed=0, num_sentences=300, kind="forbidding", lengths=(3, 1, 4, 2)):
    """A batch whose gold sequences are drawn from the chain at a temperature."""
    random = np.random.default_rng(seed)
    made = chain_of(3, list(lengths) * (num_sentences // len(lengths)), kind, seed)
    gold = np.zeros(made[2].shape, dtype=np.int64)
    for row in range(len(gold)):
        legal = {path: score / temperature for path, score in scores_of_paths(made, row).items() if score > -5000}
        total = log_sum(legal)
        paths = list(legal)
        chosen = paths[random.choice(len(paths), p=[math.exp(legal[path] - total) for path in paths])]
        gold[row, : len(chosen)] = chosen
    return made[0], GoldBatch(made[1], made[2], gold)


def loss_by_enumeration(scores, batch, temperature):
    loss = 0.5 * ((1 / temperature - 1) / module._SPREAD) ** 2
    for row, length in enumerate(batch.mask.sum(1)):
        legal = {path: s / temperature for path, s in scores_of_paths((scores, *batch[:2]), row).items() if s > -5000}
        loss += log_sum(legal) - legal[tuple(batch.gold[row, :length].tolist())]
    return loss


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_the_temperature_is_that_by_which_gold_was_drawn(temperature):
    scores, batch = drawn(temperature, kind="between")
    assert fit_temperature(scores, [batch]) == pytest.approx(temperature, rel=0.15)


@pytest.mark.parametrize("kind", ["between", "forbidding", "free"])
def test_the_temperature_is_where_gold_is_most_probable(kind):
    scores, batch = drawn(1.6, kind=kind, num_sentences=60)
    found = fit_temperature(scores, [batch])
    around = [loss_by_enumeration(scores, batch, found * factor) for factor in (0.96, 1.0, 1.04)]
    assert around[1] == min(around)


def test_batches_count_together():
    scores, batch = drawn(2.0)
    half = len(batch.mask) // 2
    parts = [GoldBatch(*(value[some] for value in batch)) for some in (slice(half), slice(half, None))]
    assert fit_temperature(scores, parts) == pytest.approx(fit_temperature(scores, [batch]), rel=1e-6)


def test_tags_known_in_part_count_as_all_sequences_that_agree():
    scores, batch = drawn(2.0)
    one = np.eye(3, dtype=bool)[batch.gold]
    whole = fit_temperature(scores, [batch])
    assert fit_temperature(scores, [batch._replace(gold=one)]) == pytest.approx(whole, rel=1e-6)
    nothing = np.ones_like(one)
    assert fit_temperature(scores, [batch._replace(gold=nothing)]) == pytest.approx(1, abs=0.01)
    hidden = np.where((np.arange(len(one)) % 3 == 0)[:, None, None], True, one)
    rest = np.arange(len(one)) % 3 != 0
    expected = fit_temperature(scores, [GoldBatch(*(value[rest] for value in batch))])
    assert fit_temperature(scores, [batch._replace(gold=hidden)]) == pytest.approx(expected, rel=1e-6)


def test_a_few_sentences_without_a_mistake_make_nothing_certain():
    scores, emissions, mask = chain_of(3, [3, 2, 4])
    found = fit_temperature(scores, [GoldBatch(emissions, mask, viterbi(scores, emissions, mask))])
    assert 0.4 < found < 1


def test_without_sentences_the_temperature_is_1():
    assert fit_temperature(chain_of(3, [1])[0], []) == 1.0


@pytest.mark.parametrize("lowest_point", [-1.0, 0.0, 0.3, 2.0])
def test_the_search_finds_the_lowest_point_between_two(lowest_point):
    assert lowest(lambda x: abs(x - lowest_point), -1.0, 2.0, 1e-4) == pytest.approx(lowest_point, abs=1e-4)
    assert lowest(lambda x: math.exp(x - lowest_point) - x, -1.0, 2.0, 1e-4) == pytest.approx(lowest_point, abs=1e-4)
