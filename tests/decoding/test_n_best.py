"""The n best paths are those that trying all paths gives."""

import numpy as np
import pytest
from enumeration import SHAPES, log_sum
from random_chains import KINDS, chain_of, scores_of_paths

from tagger.decoding.answers import TagTable
from tagger.decoding.chain import FORBIDDEN, ChainScores, viterbi
from tagger.decoding.n_best import n_best
from tagger.decoding.search import Wanted, joined
from tagger.text.schemes import IOB2, SCHEMES

LEGAL = -5000


def ranking(scores):
    """The legal paths from the best on; of equal ones first that whose tags have the lower ids from the end."""
    return sorted((path for path in scores if scores[path] > LEGAL), key=lambda path: (-scores[path], path[::-1]))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("num_tags", "lengths"), SHAPES)
class TestAgainstEnumeration:
    @pytest.mark.parametrize("count", [1, 2, 3, 7])
    def test_they_are_the_first_of_all_paths_by_their_scores(self, num_tags, lengths, kind, count):
        for seed in range(3):
            made = chain_of(num_tags, lengths, kind, seed)
            found = n_best(*made, count)
            assert found.paths.shape == (count, len(lengths), max(lengths))
            for row, length in enumerate(lengths):
                scores = scores_of_paths(made, row)
                best = ranking(scores)[:count]
                assert list(map(tuple, found.paths[: len(best), row, :length].tolist())) == best
                assert found.scores[: len(best), row] == pytest.approx([scores[path] for path in best], rel=1e-6)
                assert np.isneginf(found.scores[len(best) :, row]).all()
                assert not found.paths[:, row, length:].any()

    def test_the_first_is_that_of_viterbi(self, num_tags, lengths, kind):
        made = chain_of(num_tags, lengths, kind)
        assert np.array_equal(n_best(*made, 4).paths[0], viterbi(*made))

    def test_all_of_them_have_all_the_probability(self, num_tags, lengths, kind):
        made = chain_of(num_tags, lengths, kind)
        found = n_best(*made, num_tags ** max(lengths))
        for row, length in enumerate(lengths):
            scores = scores_of_paths(made, row)
            assert np.isfinite(found.scores[:, row]).sum() == sum(score > LEGAL for score in scores.values())
            assert np.exp(found.scores[:, row] - log_sum(scores)).sum() == pytest.approx(1)
            legal = np.isfinite(found.scores[:, row])
            assert len(set(map(tuple, found.paths[legal, row, :length].tolist()))) == legal.sum()


@pytest.mark.parametrize("count", [2, 5, 100])
def test_equal_paths_come_in_the_order_of_their_ids_from_the_end(count):
    random = np.random.default_rng(0)
    for _ in range(10):
        # Small whole numbers: many paths score the same, and no sum is rounded.
        emissions = random.integers(0, 2, (1, 4, 3)).astype(np.float32)
        between = [random.integers(0, 2, shape).astype(np.float32) for shape in ((3, 3), 3, 3)]
        made = ChainScores(*between, normalised=False), emissions, np.ones((1, 4), dtype=bool)
        scores = scores_of_paths(made, 0)
        assert len(set(scores.values())) < len(scores) / 3
        found = n_best(*made, count)
        assert list(map(tuple, found.paths[:, 0][: len(scores)].tolist())) == ranking(scores)[:count]
        assert np.array_equal(found.paths[0], viterbi(*made))


def scheme_chain(scheme, num_tags, seed, *, normalised):
    """A random chain under a scheme's table, as decoders make it."""
    random = np.random.default_rng(seed)
    names = scheme.tags(["PER", "LOC"][:num_tags])
    table = scheme.transitions(names)
    parts = [np.where(np.array(part), 0, FORBIDDEN).astype(np.float32) for part in (table.pairs, table.first, table.last)]
    if not normalised:
        parts = [part + random.standard_normal(part.shape).astype(np.float32) for part in parts]
    return names, ChainScores(parts[0], parts[1], parts[2], normalised)


def answers(names, scheme, scores, emissions, lengths, count, temperature=1.0):
    mask = np.arange(max(lengths)) < np.array(lengths)[:, None]
    wanted = Wanted(probabilities=True, n_best=count)
    table = TagTable(names, scheme)
    found = joined([table.best(scores, emissions, mask, wanted, temperature=temperature)], wanted)
    return table.predictions(found, np.cumsum([0, *lengths]), wanted)


@pytest.mark.parametrize("temperature", [1.0, 0.6, 1.7])
@pytest.mark.parametrize("normalised", [False, True], ids=["crf", "softmax"])
@pytest.mark.parametrize("name", ["iob2", "iobes", "bilou"])
def test_the_alternatives_are_the_legal_sequences_with_their_probabilities(name, normalised, temperature):
    scheme, lengths = SCHEMES[name], [4, 2, 1, 3]
    names, scores = scheme_chain(scheme, 1, seed=3, normalised=normalised)
    emissions = np.random.default_rng(4).standard_normal((4, 4, len(names))).astype(np.float32)
    found = answers(names, scheme, scores, emissions, lengths, 40, temperature)
    mask = np.arange(4) < np.array(lengths)[:, None]
    for row, prediction in enumerate(found):
        whole = scores_of_paths((scores, scores.counted(emissions), mask), row)
        legal = {path: score / temperature for path, score in whole.items() if score > LEGAL}
        total = log_sum(legal)
        expected = {
            tuple(IOB2.write(scheme.spans([names[tag] for tag in path]), len(path))): np.exp(score - total)
            for path, score in legal.items()
        }
        assert [one.tags for one in prediction.alternatives] == sorted(expected, key=lambda tags: -expected[tags])
        assert [one.probability for one in prediction.alternatives] == pytest.approx(
            [expected[one.tags] for one in prediction.alternatives], rel=1e-4
        )
        assert sum(one.probability for one in prediction.alternatives) == pytest.approx(1, abs=1e-5)
        assert all(list(one.spans) == IOB2.spans(one.tags) for one in prediction.alternatives)
        best = prediction.alternatives[0]
        assert (best.tags, best.probability) == (prediction.tags, prediction.probability)
        assert [one.tags for one in answers(names, scheme, scores, emissions, lengths, 2)[row].alternatives] == [
            one.tags for one in prediction.alternatives[:2]
        ]


def test_plain_tags_have_alternatives_too():
    random = np.random.default_rng(0)
    emissions = random.standard_normal((1, 2, 3)).astype(np.float32)
    nothing = [np.zeros(shape, dtype=np.float32) for shape in ((3, 3), 3, 3)]
    for normalised in (True, False):
        (found,) = answers(["X", "Y", "Z"], None, ChainScores(*nothing, normalised), emissions, [2], 20, temperature=1.3)
        shares = np.exp(emissions[0] / 1.3)
        shares /= shares.sum(1, keepdims=True)
        expected = {("XYZ"[i], "XYZ"[j]): shares[0, i] * shares[1, j] for i in range(3) for j in range(3)}
        assert {one.tags: one.probability for one in found.alternatives} == pytest.approx(expected, rel=1e-5)
        assert found.probability == pytest.approx(max(expected.values()), rel=1e-5)
        assert found.tag_probabilities == pytest.approx(shares.max(1).tolist(), rel=1e-5)


def test_a_sentence_without_words_has_one_sequence_for_certain():
    wanted = Wanted(probabilities=True, n_best=3)
    (found,) = TagTable(["X"], None).predictions(joined([], wanted), np.array([0, 0]), wanted)
    assert (found.tags, found.probability, found.tag_probabilities) == ((), 1.0, ())
    assert [tuple(one) for one in found.alternatives] == [(1.0, (), ())]
