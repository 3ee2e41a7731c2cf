import pytest
import torch
from enumeration import SHAPES, log_sum, path_scores, probabilities

from tagger.decoding.chain import FORBIDDEN
from tagger.modules.crf import Chain, log_partition, marginals, path_score

KINDS = ["free", "forbidding", "extreme"]


def chain_of(num_tags, lengths, kind="free", seed=0):
    """A random chain; `forbidding` bars some transitions but not tag 0 throughout, `extreme` has emissions of +-200."""
    torch.manual_seed(seed)
    shape = (len(lengths), max(lengths), num_tags)
    emissions = torch.randn(shape)
    if kind == "extreme":
        emissions = emissions + 200 * torch.randint(-1, 2, shape)
    transitions, first, last = torch.randn(num_tags, num_tags), torch.randn(num_tags), torch.randn(num_tags)
    if kind == "forbidding":
        barred = (torch.rand(num_tags, num_tags) < 0.4) & ~torch.eye(num_tags, dtype=torch.bool)
        transitions = transitions.masked_fill(barred, FORBIDDEN)
        first[2:] = FORBIDDEN
        last[1:] += FORBIDDEN * (torch.rand(num_tags - 1) < 0.5)
    mask = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    return Chain(emissions, mask, transitions, first, last)


def in_double(chain):
    return Chain(*(part.double() if part.is_floating_point() else part for part in chain))


def with_other_padding(chain):
    noise = 50 * torch.randn(chain.emissions.shape)
    return chain._replace(emissions=torch.where(chain.mask.unsqueeze(2), chain.emissions, noise))


def plain_log_partition(emissions, lengths, transitions, first, last):
    """The recursion word by word and sentence by sentence, for autograd to go through."""
    totals = []
    for row, length in enumerate(lengths):
        ahead = first + emissions[row, 0]
        for word in range(1, length):
            ahead = torch.logsumexp(ahead[:, None] + transitions, 0) + emissions[row, word]
        totals.append(torch.logsumexp(ahead + last, 0))
    return torch.stack(totals)


def gradients(total, leaves, weight):
    return torch.autograd.grad((total * weight).sum(), leaves)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("num_tags", "lengths"), SHAPES)
class TestAgainstEnumeration:
    def test_log_partition_is_the_sum_over_all_paths(self, num_tags, lengths, kind):
        chain = chain_of(num_tags, lengths, kind)
        expected = torch.tensor([log_sum(path_scores(chain, row)) for row in range(len(lengths))])
        torch.testing.assert_close(log_partition(chain), expected, rtol=1e-5, atol=1e-4)

    def test_path_score_follows_the_definition(self, num_tags, lengths, kind):
        chain = chain_of(num_tags, lengths, kind)
        tags = torch.randint(num_tags, chain.mask.shape)
        expected = [path_scores(chain, row)[tuple(tags[row, :length].tolist())] for row, length in enumerate(lengths)]
        torch.testing.assert_close(path_score(chain, tags), torch.tensor(expected), rtol=1e-5, atol=1e-4)

    def test_marginals_are_the_shares_of_the_paths_through_a_tag(self, num_tags, lengths, kind):
        chain = chain_of(num_tags, lengths, kind)
        found = marginals(in_double(chain)).probabilities
        for row, length in enumerate(lengths):
            expected = torch.zeros(length, num_tags, dtype=torch.float64)
            for path, probability in probabilities(path_scores(chain, row)):
                expected[range(length), path] += probability
            torch.testing.assert_close(found[row, :length], expected, rtol=1e-7, atol=1e-9)


def test_what_stands_at_padding_changes_nothing():
    chain = chain_of(4, [2, 5, 1])
    other = with_other_padding(chain)
    tags = torch.randint(4, chain.mask.shape)
    assert torch.equal(log_partition(chain), log_partition(other))
    assert torch.equal(path_score(chain, tags), path_score(other, tags.masked_fill(~chain.mask, -1)))
    assert torch.equal(marginals(chain).probabilities[chain.mask], marginals(other).probabilities[chain.mask])


def test_the_probabilities_of_a_word_add_up_to_one():
    chain = chain_of(4, [2, 5, 1], "forbidding")
    sums = marginals(chain).probabilities.sum(2)[chain.mask]
    torch.testing.assert_close(sums, torch.ones_like(sums))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lengths", [[5, 1, 3], [1], [200, 7, 193]], ids=["ragged", "a-single-word", "several-slices"])
def test_the_gradient_is_that_of_the_plain_recursion(lengths, kind):
    chain = in_double(chain_of(3, lengths, kind))
    leaves = [part.clone().requires_grad_() for part in (chain.emissions, *chain[2:])]
    weight = torch.arange(1.0, len(lengths) + 1, dtype=torch.float64)
    fast = log_partition(Chain(leaves[0], chain.mask, *leaves[1:]))
    slow = plain_log_partition(leaves[0], lengths, *leaves[1:])
    torch.testing.assert_close(fast, slow)
    plain = torch.autograd.grad((slow * weight).sum(), leaves, allow_unused=True)
    for found, expected in zip(gradients(fast, leaves, weight), plain, strict=True):
        torch.testing.assert_close(found, torch.zeros_like(found) if expected is None else expected)


@pytest.mark.parametrize("lengths", [[4, 1, 2], [1, 1], [6]])
def test_gradcheck_agrees(lengths):
    chain = in_double(chain_of(2, lengths))
    leaves = [part.clone().requires_grad_() for part in (chain.emissions, *chain[2:])]
    assert torch.autograd.gradcheck(lambda emissions, *rest: log_partition(Chain(emissions, chain.mask, *rest)), leaves)


@pytest.mark.parametrize("words", [64, 65, 66, 128, 129, 193, 300])
def test_pairs_are_counted_once_wherever_the_slices_meet(words):
    chain = in_double(chain_of(3, [words]))
    transitions = chain.transitions.clone().requires_grad_()
    (found,) = torch.autograd.grad(log_partition(chain._replace(transitions=transitions)).sum(), transitions)
    assert found.sum().item() == pytest.approx(words - 1)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_finite_and_zero_at_padding(kind):
    chain = chain_of(5, [6, 1, 3], kind)
    emissions = chain.emissions.clone().requires_grad_()
    (found,) = torch.autograd.grad(log_partition(chain._replace(emissions=emissions)).sum(), emissions)
    assert found.isfinite().all()
    assert not found[~chain.mask].any()


def test_a_forbidden_transition_has_no_probability_and_no_gradient():
    chain = in_double(chain_of(3, [6, 4]))
    transitions = chain.transitions.clone()
    transitions[0, 1] = FORBIDDEN
    transitions.requires_grad_()
    (found,) = torch.autograd.grad(log_partition(chain._replace(transitions=transitions)).sum(), transitions)
    assert found[0, 1].item() == 0
    assert (found.flatten()[[0, 2, 3]] > 0).all()


@pytest.mark.parametrize("scale", [1, 20, 200])
def test_the_partition_is_never_below_a_path(scale):
    for seed in range(30):
        chain = chain_of(4, [7, 1, 4], seed=seed)
        chain = chain._replace(emissions=chain.emissions * scale)
        for _ in range(5):
            tags = torch.randint(4, chain.mask.shape)
            loss = log_partition(chain) - path_score(chain, tags)
            assert (loss >= -1e-5 * scale).all()
