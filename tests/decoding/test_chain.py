import numpy as np
import pytest
import torch
from enumeration import SHAPES, log_sum, probabilities
from random_chains import KINDS, chain_of, scores_of_paths

from tagger.decoding.chain import ChainScores, forward_backward, log_partition, log_softmax, path_scores, viterbi
from tagger.decoding.n_best import n_best
from tagger.modules.crf import Chain, marginals


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
            assert sums.total[row] == pytest.approx(log_sum(scores))

    def test_the_sum_over_all_paths_is_had_without_the_rest(self, num_tags, lengths, kind):
        made = chain_of(num_tags, lengths, kind)
        expected = [log_sum(scores_of_paths(made, row)) for row in range(len(lengths))]
        assert log_partition(*made) == pytest.approx(expected)

    def test_a_path_scores_what_stands_along_it(self, num_tags, lengths, kind):
        made = chain_of(num_tags, lengths, kind)
        path = np.random.default_rng(7).integers(num_tags, size=made[2].shape)
        found = path_scores(*made, path)
        for row, length in enumerate(lengths):
            assert found[row] == pytest.approx(scores_of_paths(made, row)[tuple(path[row, :length].tolist())], rel=1e-5)

    def test_a_tempered_chain_gives_the_probabilities_of_scores_that_are_divided(self, num_tags, lengths, kind):
        scores, emissions, mask = chain_of(num_tags, lengths, kind)
        tempered = (scores.tempered(2.5), emissions / 2.5, mask)
        for row in range(len(lengths)):
            whole = {path: score / 2.5 for path, score in scores_of_paths((scores, emissions, mask), row).items() if score > -5000}
            expected = {path: share for path, share in probabilities(whole) if share > 1e-12}
            found = {path: share for path, share in probabilities(scores_of_paths(tempered, row)) if share > 1e-12}
            assert found == pytest.approx(expected, rel=1e-4)

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
    assert np.array_equal(log_partition(scores, emissions, mask), log_partition(scores, other, mask))
    assert all(map(np.array_equal, n_best(scores, emissions, mask, 3), n_best(scores, other, mask, 3)))


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
