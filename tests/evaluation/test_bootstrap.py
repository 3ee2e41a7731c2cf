"""Resampling, held to a plain loop over the same draws and to what intervals promise."""

import numpy as np
import pytest
from hypothesis import given, settings
from tagged import LABELS, gold_and_predicted, judged_spans

from tagger.evaluation import bootstrap
from tagger.evaluation.bootstrap import counts_by_sentence, f1_of, interval, resampled
from tagger.evaluation.measures import LabelScore
from tagger.evaluation.scores import score


def drawn(num, rounds=bootstrap.ROUNDS):
    """Which sentences each round draws."""
    return np.random.default_rng(13).integers(num, size=(rounds, num))


def test_the_sums_are_those_of_a_plain_loop_over_the_same_draws():
    counts = np.random.default_rng(1).integers(9, size=(17, 3))
    expected = [sum(counts[row] for row in rows) for rows in drawn(17)]
    assert resampled(counts).tolist() == np.array(expected).tolist()


def test_drawing_in_several_portions_changes_nothing(monkeypatch):
    counts = np.random.default_rng(1).integers(9, size=(17, 3))
    at_once = resampled(counts)
    monkeypatch.setattr(bootstrap, "_AT_ONCE", 100)
    assert (resampled(counts) == at_once).all()


def test_the_interval_is_the_middle_95_percent():
    assert interval(np.arange(1001.0)) == (25, 975)


def counts_of(judged, rows, label):
    """Gold, predicted and right items of one label, or of all, in these sentences, of which one may come several times."""
    sides = (judged.gold, slice(None)), (judged.predicted, slice(None)), (judged.predicted, judged.predicted.right)
    found = []
    for items, kept in sides:
        hits = list(zip(items.sentence[kept].tolist(), items.label[kept].tolist(), strict=True))
        found.append(sum(hit[0] == row and label in (None, judged.names[hit[1]]) for row in rows for hit in hits))
    return found


def f1_or_nothing(counts):
    """The F1; NaN where there is neither a gold nor a predicted span, so that there is nothing to score."""
    return LabelScore.of(*counts).f1 if any(counts) else np.nan


@settings(max_examples=3)
@given(gold_and_predicted("iob2"))
def test_intervals_are_those_of_the_scores_of_each_round(pair):
    judged = judged_spans(*pair)
    strict = score(judged).strict
    if not strict.labels:
        return
    micro, macro, single = [], [], []
    first = next(iter(strict.labels))
    for rows in drawn(len(pair[0]))[: bootstrap.ROUNDS].tolist():
        by_label = [counts_of(judged, rows, label) for label in LABELS]
        micro.append(f1_or_nothing(counts_of(judged, rows, None)))
        present = [LabelScore.of(*counts).f1 for counts in by_label if any(counts)]
        macro.append(np.mean(present) if present else np.nan)
        single.append(f1_or_nothing(counts_of(judged, rows, first)))
    for found, values in ((strict.micro, micro), (strict.macro, macro), (strict.labels[first], single)):
        assert found.interval == pytest.approx(interval(np.array([value for value in values if not np.isnan(value)])), abs=1e-12)


def test_the_same_predictions_have_the_same_intervals():
    pair = [["B-A", "O"], ["B-B", "O"]], [["B-A", "O"], ["O", "O"]]
    assert score(judged_spans(*pair)) == score(judged_spans(*pair))


def test_an_interval_covers_the_true_value_about_95_times_in_100():
    chance = np.random.default_rng(5)
    covered = 0
    for _ in range(200):
        right = chance.random((60, 8)) < 0.7
        counts = np.stack((np.full(60, 8), np.full(60, 8), right.sum(1)), 1)
        low, high = interval(f1_of(resampled(counts, 300)))
        covered += low <= 0.7 <= high
    assert 178 <= covered <= 199


def test_f1_is_the_harmonic_mean_and_0_where_there_is_nothing():
    assert f1_of(np.array([[0.0, 0, 0], [4, 2, 2], [3, 0, 0], [1, 1, 1]])).tolist() == [0, 2 / 3, 0, 1]


def test_items_are_counted_by_sentence_and_label():
    counts = counts_by_sentence(np.array([0, 0, 2, 2]), np.array([1, 1, 0, -1]), 3, 2)
    assert counts.tolist() == [[0, 2], [0, 0], [1, 0]]
