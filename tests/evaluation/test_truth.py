"""Reliability bins and thresholds, by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tagged import judged_labels, judged_spans, judged_tags, sure

from tagger.evaluation.truth import bin_of, expected_calibration_error, reliability, thresholds

ROWS = st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from("AB"), st.floats(0, 1)), min_size=1, max_size=40)


def judged_rows(rows):
    gold, predicted, shares = ([row[side] for row in rows] for side in range(3))
    return judged_tags([gold], [predicted], certain=sure([shares]))


def test_the_upper_edge_belongs_to_a_bin():
    assert bin_of(np.array([0.0, 0.1, 0.2, 0.21, 1.0]), 5).tolist() == [0, 0, 0, 1, 4]


def test_bins_hold_counts_means_and_shares():
    found = reliability(judged_rows([("A", "A", 0.91), ("A", "B", 0.92), ("B", "B", 0.5), ("A", "A", 1.0)]))
    assert [(one.count, pytest.approx(one.probability), one.right) for one in found["tags"]] == [
        (1, 0.5, 1.0),
        (2, 0.915, 0.5),
        (1, 1.0, 1.0),
    ]


@given(ROWS)
def test_the_calibration_error_is_that_of_the_bins(rows):
    judged = judged_rows(rows)
    bins = reliability(judged)["tags"]
    assert sum(one.count for one in bins) == len(rows)
    by_bins = sum(one.count * abs(one.probability - one.right) for one in bins) / len(rows)
    assert expected_calibration_error(judged.predicted.probability, judged.tags_right) == pytest.approx(by_bins)


@given(ROWS)
def test_thresholds_keep_what_is_at_least_so_probable(rows):
    found = thresholds(judged_rows(rows))
    assert found[0].probability == 0
    for one in found:
        kept = [row for row in rows if row[2] >= one.probability]
        right = sum(row[0] == row[1] for row in kept)
        assert (one.precision, one.recall) == (right / len(kept), right / len(rows))
    recalls = [one.recall for one in found]
    assert recalls == sorted(recalls, reverse=True)


def test_spans_and_tags_each_have_their_bins():
    gold, found = [["B-A", "O"], ["B-A"], [None]], [["B-A", "O"], ["O"], ["B-A"]]
    judged = judged_spans(gold, found, certain=sure([[0.9, 0.8], [0.7], [0.3]], [[0.85], [], [0.3]], [0.7, 0.7, 0.3]))
    bins = reliability(judged)
    assert sum(one.count for one in bins["tags"]) == 3
    assert [(one.count, one.probability, one.right) for one in bins["spans"]] == [(1, 0.85, 1.0)]
    assert (thresholds(judged)[0].precision, thresholds(judged)[0].recall) == (1.0, 0.5)


def test_labels_have_bins_of_their_own():
    judged = judged_labels(["a", "b"], ["a", "a"], [["x"], ["y"]], certain=sure([[0.9], [0.6]]))
    assert [(one.count, one.right) for one in reliability(judged)["labels"]] == [(1, 0.0), (1, 1.0)]


def test_without_certainty_there_are_none():
    judged = judged_spans([["B-A"]], [["B-A"]])
    assert (reliability(judged), thresholds(judged)) == ({}, [])
