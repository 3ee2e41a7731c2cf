"""Tests of differences, held to their definitions."""

from collections.abc import Sequence
from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tagger.comparison.significance import (
    Counted,
    approximate_randomisation,
    differences,
    figures,
    holm,
    paired_bootstrap,
    permutation,
    welch,
)

Answers = Sequence[tuple[int, int, int]]


def counted(rows: Sequence[Answers], *, by_accuracy: bool = False) -> Counted:
    """Sentences with gold, predicted and right items of each label."""
    table = np.array(rows, dtype=np.float32)
    return Counted(table[:, :, 0], table[:, :, 1], table[:, :, 2], by_accuracy=by_accuracy)


def random_system(random: np.random.Generator, gold: np.ndarray, skill: float) -> Counted:
    right = random.binomial(gold, skill)
    return Counted(*(part.astype(np.float32) for part in (gold, right + random.binomial(1, 0.2, gold.shape), right)))


def f1(gold: float, predicted: float, right: float) -> float:
    return 2 * right / (gold + predicted) if gold + predicted else 0.0


def by_definition(counts: np.ndarray) -> list[float]:
    """Micro F1, macro F1 and the F1 of each label, from rows of gold, predicted and right."""
    labels = [f1(*row) for row in counts]
    there = [value for value, row in zip(labels, counts, strict=True) if row[0] + row[1]]
    return [f1(*counts.sum(0)), sum(there) / len(there) if there else 0.0, *labels]


def all_swaps(first: Counted, second: Counted) -> list[float]:
    """The share of all ways to swap sentences whose difference is as large as the real one."""
    sides = [np.stack([side.gold, side.predicted, side.right], 2) for side in (first, second)]
    real = np.subtract(by_definition(sides[1].sum(0)), by_definition(sides[0].sum(0)))
    found = np.zeros(len(real))
    for swaps in product((False, True), repeat=len(sides[0])):
        chosen = np.array(swaps)[:, None, None]
        ours, theirs = np.where(chosen, sides[1], sides[0]), np.where(chosen, sides[0], sides[1])
        found += np.abs(np.subtract(by_definition(theirs.sum(0)), by_definition(ours.sum(0)))) >= np.abs(real) - 1e-9
    return list(found / 2 ** len(sides[0]))


@pytest.mark.parametrize("seed", range(4))
def test_of_few_sentences_every_way_to_swap_is_tried(seed: int):
    random = np.random.default_rng(seed)
    gold = random.integers(0, 4, (7, 3))
    first, second = random_system(random, gold, 0.5), random_system(random, gold, 0.8)
    assert approximate_randomisation(first, second).tolist() == pytest.approx(all_swaps(first, second), abs=1e-12)


def test_random_swaps_come_near_to_all_of_them():
    random = np.random.default_rng(5)
    gold = random.integers(0, 4, (10, 3))
    first, second = random_system(random, gold, 0.5), random_system(random, gold, 0.7)
    # Fewer rounds than there are ways.
    drawn = [approximate_randomisation(first, second, rounds=1_000), all_swaps(first, second)]
    assert np.abs(np.subtract(*drawn)).max() < 0.05
    assert (drawn[0] >= 1 / 1_001).all()


def test_the_real_difference_counts_as_one_of_the_rounds():
    # No swap of 60 sentences is as far as none of them, so that only the real one is as far as itself.
    wrong, right = (counted([[(1, 1, good)]] * 60) for good in (0, 1))
    assert approximate_randomisation(wrong, right, rounds=200).tolist() == pytest.approx([1 / 201] * 3, rel=1e-12)


def test_of_sentences_with_one_label_each_it_is_mcnemars_exact_test():
    first, second = ([(1, 1, right)] for right in (1, 0)), ([(1, 1, right)] for right in (0, 1))
    agreed = [[(1, 1, 1)]] * 30
    # Eleven sentences only the second has right, two only the first.
    lost, won = list(first), list(second)
    ours = counted([*agreed, *[lost[1]] * 11, *[lost[0]] * 2], by_accuracy=True)
    theirs = counted([*agreed, *[won[1]] * 11, *[won[0]] * 2], by_accuracy=True)
    by_binomial = 2 * sum(comb(13, wins) for wins in range(3)) / 2**13
    assert approximate_randomisation(ours, theirs)[0] == pytest.approx(by_binomial)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=1, max_size=30))
def test_equal_counts_give_p_1_and_no_difference(rows: list[tuple[int, int, int]]):
    system = counted([[(gold, max(out, right), min(right, gold))] for gold, out, right in rows])
    assert approximate_randomisation(system, system).tolist() == [1, 1, 1]
    assert (system.figures - system.figures == 0).all()
    within, p = paired_bootstrap(np.zeros((10, 3)), np.zeros(3))
    assert within == [(0, 0)] * 3
    assert p.tolist() == [1, 1, 1]


def test_which_comes_first_does_not_matter():
    random = np.random.default_rng(6)
    gold = random.integers(0, 4, (60, 3))
    first, second = random_system(random, gold, 0.6), random_system(random, gold, 0.7)
    there, back = approximate_randomisation(first, second, 500), approximate_randomisation(second, first, 500)
    assert there.tolist() == back.tolist()


def test_a_real_difference_is_found():
    random = np.random.default_rng(7)
    gold = random.integers(0, 4, (400, 3))
    found = approximate_randomisation(random_system(random, gold, 0.7), random_system(random, gold, 0.8))
    assert found[0] < 0.001


def test_systems_that_differ_by_chance_alone_have_p_values_spread_evenly():
    values = []
    for seed in range(200):
        random = np.random.default_rng(seed)
        gold = random.integers(0, 4, (80, 2))
        pair = random_system(random, gold, 0.7), random_system(random, gold, 0.7)
        values.append(approximate_randomisation(*pair, rounds=400)[:2])
    for column in np.array(values).T:
        assert stats.kstest(column, "uniform").pvalue > 0.001
        assert (column < 0.05).mean() < 0.1


def test_several_runs_count_by_their_mean():
    gold = np.full((6, 1), 2, dtype=np.float32)
    two = Counted(gold, np.full((6, 1), 3, dtype=np.float32), np.full((6, 1), 3, dtype=np.float32), runs=2)
    assert two.figures[0] == pytest.approx(f1(12, 9, 9))


def test_the_macro_score_is_the_mean_of_the_labels_that_are_there():
    found = figures(np.array([2, 0, 4]), np.array([2, 0, 4]), np.array([1, 0, 4]), by_accuracy=False)
    assert found.tolist() == pytest.approx([5 / 6, 0.75, 0.5, 0, 1])


def test_what_a_sample_lacks_is_nothing_and_no_zero_if_asked():
    counts = [np.array(row) for row in ([2, 0, 0], [2, 1, 0], [1, 0, 0])]
    assert figures(*counts, by_accuracy=False, empty=np.nan).tolist() == pytest.approx([2 / 5, 0.25, 0.5, 0, np.nan], nan_ok=True)
    nothing = [np.zeros(1)] * 3
    assert np.isnan(figures(*nothing, by_accuracy=False, empty=np.nan)).all()
    assert figures(*nothing, by_accuracy=False).tolist() == [0, 0, 0]


def test_a_sample_that_both_lack_tells_no_difference_and_one_that_one_lacks_does():
    found = differences(np.array([[0.5, np.nan, np.nan, 0.25]]), np.array([[0.75, np.nan, 0.5, np.nan]]))
    assert found.tolist() == [pytest.approx([0.25, np.nan, 0.5, -0.25], nan_ok=True)]


def test_samples_that_tell_nothing_are_no_part_of_the_interval_and_are_no_evidence():
    drawn = np.array([[0.2, np.nan], [0.3, np.nan], [np.nan, np.nan], [0.25, np.nan]])
    within, p = paired_bootstrap(drawn, np.array([0.25, 0]))
    assert within == [tuple(np.quantile([0.2, 0.25, 0.3], (0.025, 0.975))), (0, 0)]
    # Of the first column the one that tells nothing and the real one.
    assert p.tolist() == [2 / 5, 1]


def test_paired_bootstrap_counts_samples_that_stray_as_far_as_the_difference():
    drawn = np.array([[0.1], [0.5], [-0.2], [0.21], [0.3]])
    within, p = paired_bootstrap(drawn, np.array([0.2]))
    # 0.5 and -0.2 are 0.2 or more away from 0.2; the real one counts too.
    assert p.tolist() == [3 / 6]
    assert within == [tuple(np.quantile(drawn, (0.025, 0.975)))]


def test_the_real_difference_counts_as_one_of_the_samples():
    _, p = paired_bootstrap(np.full((9, 1), 0.2), np.array([0.2]))
    assert p.tolist() == [1 / 10]


def test_holm_multiplies_the_smallest_by_all_and_never_turns_the_order():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.7]) == [1, 1]
    assert holm([]) == []


@pytest.mark.parametrize(("first", "second"), [([1, 2, 3], [4, 5, 6]), ([1, 5, 2], [3, 4, 6, 9]), ([0.1, 0.2], [0.15, 0.18, 0.9])])
def test_permutation_of_seeds_is_that_of_scipy(first: list[float], second: list[float]):
    def difference(ours: np.ndarray, theirs: np.ndarray, axis: int) -> np.ndarray:
        return np.abs(ours.mean(axis=axis) - theirs.mean(axis=axis))

    expected = stats.permutation_test(
        (first, second), difference, permutation_type="independent", alternative="greater", vectorized=True, n_resamples=np.inf
    )
    found = permutation(first, second)
    assert found is not None
    assert found[0] == pytest.approx(expected.pvalue)


def test_three_seeds_against_three_can_not_go_below_a_tenth():
    assert permutation([1, 2, 3], [10, 11, 12]) == (0.1, 0.1)
    assert permutation([1] * 2, [2] * 3) == (0.1, 0.1)
    assert permutation(range(20), range(20)) is None


@pytest.mark.parametrize(("first", "second"), [([1, 2, 4], [4, 5, 9]), ([0.91, 0.92], [0.93, 0.95, 0.94])])
def test_welchs_test_is_that_of_scipy(first: list[float], second: list[float]):
    assert welch(first, second) == pytest.approx(stats.ttest_ind(first, second, equal_var=False).pvalue)


def test_welchs_test_says_nothing_of_scores_that_do_not_vary():
    assert welch([1, 1], [2, 2]) is None
