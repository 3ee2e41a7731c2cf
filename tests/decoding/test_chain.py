import numpy as np
import pytest
import torch
from enumeration import SHAPES, log_sum, path_scores, probabilities

from tagger.decoding.chain import FORBIDDEN, ChainScores, forward_backward, log_softmax, viterbi
from tagger.modules.crf import Chain, marginals

KINDS = ["between", "free", "forbidding", "extreme"]


def chain_of(num_tags, lengths, kind="between", seed=0):
    """A random chain, emissions and mask: `free` scores nothing between tags, `forbidding` bars some transitions."""
    random = np.random.default_rng(seed)
    emissions = random.standard_normal((len(lengths), max(lengths), num_tags)).astype(np.float32)
    if kind == "extreme":
        emissions += 200 * random.integers(-1, 2, emissions.shape)
    between = [random.standard_normal(shape).astype(np.float32) for shape in ((num_tags, num_tags), num_tags, num_tags)]
    if kind == "free":
        between = [np.zeros_like(part) for part in between]
    if kind == "forbidding":
        between[0][random.random((num_tags, num_tags)) < 0.4 * (1 - np.eye(num_tags))] = FORBIDDEN
        between[1][2:] = FORBIDDEN
        between[2][1:][random.random(num_tags - 1) < 0.5] = FORBIDDEN
    mask = np.arange(max(lengths)) < np.array(lengths)[:, None]
    return ChainScores(*between, normalised=False), emissions, mask


def scores_of_paths(made, row):
    scores, emissions, mask = made
    return path_scores(Chain(emissions, mask, *scores[:3]), row)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("num_tags", "lengths"), SHAPES)
class TestAgainstEnumeration:
    def test_viterbi_finds_the_best_path(self, num_tags, lengths, kind):
        for seed in range(5):
            made = chain_of(num_tags, lengths, kind, seed)
            found = viterbi(*made)
            for row, length in enumerate(lengths):
                scores = scores_of_paths(made, row)
                assert scores[tuple(found[row, :length].tolist())] == max(scores.values())
                assert not found[row, length:].any()

    def test_the_sums_give_the_shares_of_the_paths_through_a_tag(self, num_tags, lengths, kind):
        made = chain_of(num_tags, lengths, kind)
        sums = forward_backward(*made)
        for row, length in enumerate(lengths):
            scores = scores_of_paths(made, row)
            expected = np.zeros((length, num_tags))
            for path, probability in probabilities(scores):
                expected[range(length), path] += probability
            np.testing.assert_allclose(sums.probabilities[row, :length], expected, rtol=1e-7, atol=1e-9)
            if kind != "free":
                assert sums.total[row] == pytest.approx(log_sum(scores))

    def test_in_use_and_in_training_the_sums_are_the_same(self, num_tags, lengths, kind):
        scores, emissions, mask = chain_of(num_tags, lengths, kind)
        parts = (torch.from_numpy(part) for part in (emissions, mask, *scores[:3]))
        learned = marginals(Chain(*parts)).probabilities.numpy()
        np.testing.assert_allclose(
            forward_backward(scores, emissions, mask).probabilities[mask], learned[mask], rtol=1e-7, atol=1e-12
        )


@pytest.mark.parametrize("kind", ["between", "free"])
def test_of_two_equal_paths_viterbi_takes_the_lower_ids_from_the_end(kind):
    nothing = np.zeros(3, dtype=np.float32)
    scores = ChainScores(np.zeros((3, 3), dtype=np.float32), nothing, nothing if kind == "free" else nothing + 1, False)
    assert viterbi(scores, np.zeros((1, 3, 3), dtype=np.float32), np.ones((1, 3), dtype=bool)).tolist() == [[0, 0, 0]]


def test_what_stands_at_padding_changes_nothing():
    scores, emissions, mask = chain_of(4, [2, 5, 1])
    noise = 50 * np.random.default_rng(1).standard_normal(emissions.shape).astype(np.float32)
    other = np.where(mask[:, :, None], emissions, noise)
    assert np.array_equal(viterbi(scores, emissions, mask), viterbi(scores, other, mask))
    found, again = (forward_backward(scores, values, mask).probabilities[mask] for values in (emissions, other))
    assert np.array_equal(found, again)


def test_emissions_of_a_normalised_chain_count_as_log_probabilities():
    scores, emissions, _ = chain_of(4, [3, 2])
    assert np.array_equal(scores.counted(emissions), emissions)
    counted = scores._replace(normalised=True).counted(emissions)
    np.testing.assert_allclose(np.exp(counted).sum(2), np.ones((2, 3)), rtol=1e-6)
    np.testing.assert_allclose(counted, torch.from_numpy(emissions).log_softmax(2).numpy(), rtol=1e-5, atol=1e-6)
    assert np.isfinite(log_softmax(emissions * 1e4)).all()


def test_many_sentences_get_the_paths_that_each_gets_alone():
    random = np.random.default_rng(2)
    scores, emissions, mask = chain_of(40, random.integers(1, 9, 150).tolist())
    alone = [viterbi(scores, emissions[row : row + 1], mask[row : row + 1])[0] for row in range(150)]
    assert np.array_equal(viterbi(scores, emissions, mask), alone)
