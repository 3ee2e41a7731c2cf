"""The linear chain: its partition sum, best path and marginals, for a whole batch at a time.

A path through a sentence scores the sum of its emissions, of the transitions between its tags, and of what its first and last
tags score as such. `Chain` holds these scores; the CRF decoder learns the transitions, the softmax decoder only forbids some.
Emissions are `(batch, words, tags)`, transitions `[i, j]` the score of tag j after tag i; each step works on `(batch, tags, tags)`.

Lafferty, McCallum and Pereira 2001; the forward-backward algorithm as in Rabiner 1989, in log space.
"""

from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

FORBIDDEN = -1e4
"""The score of what a scheme forbids: its exponential is exactly 0 in float32, and unlike -inf it makes no NaN."""


class Chain(NamedTuple):
    """The scores of the paths through a batch of sentences; `mask` is True for real words, which come first in each row."""

    emissions: Float[Tensor, "batch words tags"]
    mask: Bool[Tensor, "batch words"]
    transitions: Float[Tensor, "tags tags"]
    first: Float[Tensor, " tags"]
    last: Float[Tensor, " tags"]


class Marginals(NamedTuple):
    """The forward-backward sums in log space, each `(batch, words, tags)`; at padding without meaning.

    `forward_sums[b, t, k]` sums over the paths of the words up to t that end in k, with t's emission; `backward_sums[b, t, k]`
    over those that go on from k, without it. Their sum less `log_partition` is the log-probability of tag k at word t.
    """

    forward_sums: Float[Tensor, "batch words tags"]
    backward_sums: Float[Tensor, "batch words tags"]
    log_partition: Float[Tensor, " batch"]

    @property
    def probabilities(self) -> Float[Tensor, "batch words tags"]:
        """The probability of each tag at each word."""
        return (self.forward_sums + self.backward_sums - self.log_partition[:, None, None]).exp()


def path_score(chain: Chain, tags: Int[Tensor, "batch words"]) -> Float[Tensor, " batch"]:
    """The score of one path for each sentence; what stands at padding does not count."""
    emissions, mask, transitions, first, last = chain
    tags = tags.masked_fill(~mask, 0)
    steps = emissions.gather(2, tags.unsqueeze(2)).squeeze(2) * mask
    pairs = transitions[tags[:, :-1], tags[:, 1:]] * mask[:, 1:]
    final = tags.gather(1, mask.sum(1, keepdim=True) - 1).squeeze(1)
    return steps.sum(1) + pairs.sum(1) + first[tags[:, 0]] + last[final]


def log_partition(chain: Chain) -> Float[Tensor, " batch"]:
    """The logarithm of the sum of the exponentiated scores of all paths.

    Its gradient is the marginal probabilities. It is taken from the forward-backward sums rather than by differentiating through
    every step: one short loop in place of a long graph.
    """
    result: Tensor = _LogPartition.apply(*chain)  # type: ignore[no-untyped-call]
    return result


class _LogPartition(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *tensors: Tensor) -> Tensor:
        chain = Chain(*tensors)
        sums = marginals(chain)
        ctx.save_for_backward(*chain, *sums)
        return sums.log_partition

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        saved = ctx.saved_tensors
        chain, sums = Chain(*saved[:5]), Marginals(*saved[5:])
        mask, weight = chain.mask, gradient[:, None, None]
        tags = sums.probabilities.masked_fill(~mask.unsqueeze(2), 0) * weight
        last_word = (mask.sum(1) - 1)[:, None, None].expand(-1, 1, tags.shape[2])
        pairs = torch.zeros_like(chain.transitions)
        # Sums over time in slices, so that a long sentence needs no (words, tags, tags) at once.
        after = chain.emissions + sums.backward_sums - sums.log_partition[:, None, None]
        after = after.masked_fill(~mask.unsqueeze(2), -torch.inf)
        for start in range(0, mask.shape[1] - 1, 64):
            left = sums.forward_sums[:, start : start + 64][:, : mask.shape[1] - 1 - start]
            right = after[:, start + 1 : start + 65]
            steps = (left.unsqueeze(3) + chain.transitions + right.unsqueeze(2)).exp()
            pairs += torch.einsum("bwij,b->ij", steps, gradient)
        return tags, None, pairs, tags[:, 0].sum(0), tags.gather(1, last_word).sum((0, 1))


def marginals(chain: Chain) -> Marginals:
    """The forward-backward sums, both directions in one loop over the words."""
    emissions, mask, transitions, first, last = chain
    size, words, _ = emissions.shape
    # Row 0 to size-1 run forwards, the rest backwards; the score at padding is 0 and the sums stand still there.
    both = torch.stack((transitions.t(), transitions)).repeat_interleave(size, 0)  # [row, to, from]
    ahead = emissions[:, 0] + first
    behind = last.expand(size, -1)
    forward_sums, backward_sums = [ahead], [behind]
    for step in range(1, words):
        back = words - step
        come = torch.cat((ahead, behind + emissions[:, back]))
        ahead_next, behind_next = (come.unsqueeze(1) + both).logsumexp(2).chunk(2)
        ahead = torch.where(mask[:, step, None], ahead_next + emissions[:, step], ahead)
        behind = torch.where(mask[:, back, None], behind_next, behind)
        forward_sums.append(ahead)
        backward_sums.append(behind)
    return Marginals(torch.stack(forward_sums, 1), torch.stack(backward_sums[::-1], 1), (ahead + last).logsumexp(1))


def viterbi(chain: Chain) -> Int[Tensor, "batch words"]:
    """The best path of each sentence; 0 at padding. Of two equal paths, that whose tags have the lower ids from the end."""
    emissions, mask, transitions, first, last = chain
    words = emissions.shape[1]
    arriving = transitions.t()
    score, pointers = emissions[:, 0] + first, []
    for step in range(1, words):
        best, pointer = (score.unsqueeze(1) + arriving).max(2)
        score = torch.where(mask[:, step, None], best + emissions[:, step], score)
        pointers.append(pointer)
    tag = (score + last).argmax(1)
    path = [tag]
    for step in range(words - 1, 0, -1):
        before = pointers[step - 1].gather(1, tag.unsqueeze(1)).squeeze(1)
        tag = torch.where(mask[:, step], before, tag)
        path.append(tag)
    return torch.stack(path[::-1], 1).masked_fill(~mask, 0)
