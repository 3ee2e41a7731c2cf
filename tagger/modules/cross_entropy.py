"""The cross-entropy of labels that are decided one by one: of a word's tag, or of a sentence's label."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from tagger.decoding.chain import FORBIDDEN


def cross_entropy(
    emissions: Float[Tensor, "places labels"],
    gold: Int[Tensor, " places"],
    *,
    allowed: Bool[Tensor, "places labels"] | None = None,
    smoothing: float = 0.0,
    class_weights: Float[Tensor, " labels"] | None = None,
) -> Float[Tensor, " places"]:
    """The loss at each place, in nats.

    Args:
        emissions: Before the softmax.
        gold: The right label of each place; where `allowed` is given it is not looked at.
        allowed: The labels of which one is right, where more than one may be.
        smoothing: The share of what is right that is spread over all labels alike, the right one among them (Szegedy et al. 2016).
        class_weights: How much a place counts by its gold label; by the mean of those that may be right.
    """
    if allowed is None:
        losses = nn.functional.cross_entropy(emissions, gold, reduction="none", label_smoothing=smoothing)
        return losses if class_weights is None else losses * class_weights[gold]
    logits = emissions.log_softmax(1)
    losses = -logits.masked_fill(~allowed, FORBIDDEN).logsumexp(1)
    if smoothing:
        losses = torch.lerp(losses, -logits.mean(1), smoothing)
    if class_weights is not None:
        losses = losses * (allowed * class_weights).sum(1) / allowed.sum(1)
    return losses
