from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.features.sampler import batches_by_length, share_of_batch, shuffled_batches

some_lengths = st.lists(st.integers(0, 30), max_size=60).map(np.array).map(lambda lengths: lengths.astype(np.int64))
budgets = st.integers(1, 80)


def as_lists(batches):
    return [batch.tolist() for batch in batches]


def check(batches, lengths, budget):
    """What holds of every way to cut batches: each sentence exactly once, none too dear, none empty."""
    given_out = sorted(index for batch in batches for index in batch)
    assert given_out == [index for index, length in enumerate(lengths) if length > 0]
    for batch in batches:
        assert len(batch) * lengths[batch].max() <= budget or len(batch) == 1


@given(some_lengths, budgets)
def test_by_length_every_sentence_comes_once_within_the_budget(lengths, budget):
    batches = batches_by_length(lengths, budget)
    check(batches, lengths, budget)
    flat = [length for batch in batches for length in lengths[batch]]
    assert flat == sorted(flat)


@given(some_lengths, budgets, st.integers(0, 5), st.integers(0, 5), st.integers(1, 4))
def test_shuffled_every_sentence_comes_once_within_the_budget(lengths, budget, seed, epoch, window):
    check(shuffled_batches(lengths, budget, seed=seed, epoch=epoch, window=window), lengths, budget)


@given(some_lengths, budgets)
def test_two_neighbouring_batches_would_not_fit_into_one(lengths, budget):
    batches = batches_by_length(lengths, budget)
    for left, right in pairwise(batches):
        assert (len(left) + 1) * lengths[right[0]] > budget


@given(some_lengths, budgets, st.integers(0, 99), st.integers(0, 99))
def test_an_epoch_is_a_pure_function_of_its_arguments(lengths, budget, seed, epoch):
    np.random.seed(seed + epoch)
    one = shuffled_batches(lengths, budget, seed=seed, epoch=epoch)
    np.random.seed(1)
    assert as_lists(one) == as_lists(shuffled_batches(lengths.copy(), budget, seed=seed, epoch=epoch))


@pytest.mark.parametrize(("seed", "epoch"), [(1, 1), (2, 0), (0, 1)])
def test_another_seed_or_epoch_is_another_order(seed, epoch):
    lengths = np.arange(1, 40)
    assert as_lists(shuffled_batches(lengths, 60, seed=seed, epoch=epoch)) != as_lists(
        shuffled_batches(lengths, 60, seed=1, epoch=0)
    )


def test_sentences_of_one_length_meet_others_in_each_epoch():
    lengths = np.full(40, 5)
    one, other = ({frozenset(batch.tolist()) for batch in shuffled_batches(lengths, 20, seed=1, epoch=epoch)} for epoch in (0, 1))
    assert not one & other


def test_batches_are_shuffled_and_not_in_the_order_of_length():
    lengths = np.arange(1, 60)
    longest = [int(lengths[batch].max()) for batch in shuffled_batches(lengths, 120, seed=1, epoch=0)]
    assert longest != sorted(longest)


def test_padding_stays_small():
    random = np.random.default_rng(0)
    lengths = random.geometric(0.05, size=3000)
    batches = shuffled_batches(lengths, 400, seed=1, epoch=0)
    places = sum(len(batch) * lengths[batch].max() for batch in batches)
    assert lengths.sum() / places > 0.95


def test_nothing_gives_no_batches():
    for lengths in (np.array([], dtype=np.int64), np.zeros(3, dtype=np.int64)):
        assert batches_by_length(lengths, 10) == []
        assert shuffled_batches(lengths, 10, seed=1, epoch=0) == []


@given(some_lengths.filter(len), st.integers(1, 5))
def test_the_shares_of_a_batch_hold_each_sentence_once_in_the_batch_s_order(lengths, count):
    rows = np.random.default_rng(len(lengths)).permutation(len(lengths))
    shares = as_lists([share_of_batch(rows, lengths, rank, count) for rank in range(count)])
    assert sorted(row for share in shares for row in share) == list(range(len(lengths)))
    places = {row: place for place, row in enumerate(rows.tolist())}
    assert all(share == sorted(share, key=places.__getitem__) for share in shares)


@given(some_lengths.filter(len), st.integers(2, 5))
def test_the_shares_of_a_batch_differ_by_less_than_its_longest_sentence(lengths, count):
    words = [int(lengths[share_of_batch(np.arange(len(lengths)), lengths, rank, count)].sum()) for rank in range(count)]
    assert max(words) - min(words) <= lengths.max()


def test_a_batch_of_one_sentence_leaves_the_other_processes_without():
    shares = as_lists([share_of_batch(np.array([7]), np.arange(9), rank, 3) for rank in range(3)])
    assert sorted(shares) == [[], [], [7]]
