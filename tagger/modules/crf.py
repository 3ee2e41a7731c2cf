"""The linear chain in training: its partition sum and marginals, for a whole batch at a time.

A path through a sentence scores the sum of its emissions, of the transitions between its tags, and of what its first and last
tags score as such. `Chain` holds these scores; the CRF decoder learns the transitions, the softmax decoder only forbids some.
Emissions are `(batch, words, tags)`, transitions `[i, j]` the score of tag j after tag i; each step takes the whole batch.

Lafferty, McCallum and Pereira 2001; the forward-backward algorithm as in Rabiner 1989, in log space.
"""

from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

_LARGEST = 600.0  # Its exponential, summed over many places, is still a float64.


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
        return (self.forward_sums + self.backward_sums - self.log_partition[:, None, None]).clamp(max=0).exp()


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
        return sums.log_partition.to(chain.emissions.dtype)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        saved = ctx.saved_tensors
        chain, sums = Chain(*saved[:5]), Marginals(*saved[5:])
        mask, kind = chain.mask, chain.emissions.dtype
        tags = (sums.probabilities.masked_fill(~mask.unsqueeze(2), 0) * gradient[:, None, None]).to(kind)
        last_word = (mask.sum(1) - 1)[:, None, None].expand(-1, 1, tags.shape[2])
        # The expected number of each pair of tags: exp(left + transition + right) summed over places, as one product of matrices.
        left = sums.forward_sums[:, :-1]
        right = chain.emissions[:, 1:] + sums.backward_sums[:, 1:] - sums.log_partition[:, None, None]
        left_top, right_top = left.amax(2, keepdim=True), right.amax(2, keepdim=True)
        scale = (left_top + right_top).clamp(max=_LARGEST).exp() * (gradient[:, None] * mask[:, 1:]).unsqueeze(2)
        counts = ((left - left_top).exp() * scale).flatten(0, 1).t() @ (right - right_top).exp().flatten(0, 1)
        # No pair is more frequent than there are places; rounding tells otherwise only where scores are absurdly far apart.
        # A batch may be empty: nothing is known of any of its sentences.
        most = torch.cat((gradient.abs(), gradient.new_zeros(1))).max() * mask.sum()
        pairs = (counts * chain.transitions.to(counts).exp()).clamp(-most, most).to(kind)
        return tags, None, pairs, tags[:, 0].sum(0), tags.gather(1, last_word).sum((0, 1))


@torch.no_grad()
def marginals(chain: Chain) -> Marginals:
    """The forward-backward sums in float64, both directions in one loop over the words.

    A step is a product with the exponentiated transitions, times the exponentiated emissions; what a word comes to is taken out
    and counted apart. In float64 that is exact as long as two tags of a word are no more than about 700 nats apart; devices without
    float64 take float32, where it is 80.
    """
    mask = chain.mask
    kind = torch.float32 if mask.device.type == "mps" else torch.float64
    emissions, transitions, first, last = (scores.to(kind) for scores in (chain.emissions, *chain[2:]))
    # Backwards each sentence is read from its own end: so both directions start at place 0, and no step must heed padding.
    place = torch.arange(mask.shape[1], device=mask.device)
    final = mask.sum(1, keepdim=True) - 1
    turned = torch.where(mask, final - place, place).unsqueeze(2).expand_as(emissions)
    arriving = torch.stack((emissions, emissions.gather(1, turned))).movedim(2, 0)  # [word, direction, sentence, tag]
    logs, passed = _scan(arriving, torch.stack((transitions, transitions.t())), torch.stack((first, last)))
    logs[1:] += passed[:-1].cumsum(0)
    forward_sums = logs[:, 0].transpose(0, 1) + emissions
    backward_sums = logs[:, 1].transpose(0, 1).gather(1, turned)
    ends = forward_sums.gather(1, final.unsqueeze(2).expand(-1, -1, emissions.shape[2])).squeeze(1)
    return Marginals(forward_sums, backward_sums, (ends + last).logsumexp(1))


def _scan(
    emissions: Float[Tensor, "words 2 batch tags"], transitions: Float[Tensor, "2 tags tags"], first: Float[Tensor, "2 tags"]
) -> tuple[Float[Tensor, "words 2 batch tags"], Float[Tensor, "words 2 batch 1"]]:
    """For each word the logarithm of what its tags get from the words before it, less what was taken out; and what it takes out."""
    smallest = torch.finfo(emissions.dtype).tiny
    top = emissions.amax(3, keepdim=True)
    factors, steps = (emissions - top).exp(), transitions.exp()
    sums = torch.empty_like(factors)
    totals = torch.empty_like(top)
    first_top = first.amax(1, keepdim=True)
    sums[0] = (first - first_top).exp().clamp_min(smallest).unsqueeze(1)
    share = sums[0]
    for step, (reached, factor, total) in enumerate(zip(sums.unbind(), factors.unbind(), totals.unbind(), strict=True)):
        if step:
            torch.bmm(share, steps, out=reached).clamp_min_(smallest)
        share = reached * factor
        # The best emission has the factor 1: no total is 0.
        share.div_(torch.sum(share, 2, keepdim=True, out=total))
    logs = sums.log()
    logs[0] = first.unsqueeze(1)
    passed = totals.log() + top
    passed[0] += first_top.unsqueeze(1)
    return logs, passed
