"""Adversarial training: each step also learns at words' vectors that are moved to where the loss grows most.

It makes the model's answer the same for vectors that are nearly the same, as those of rare words and of new ones are to those of
known words (Miyato et al. 2017 for texts; Yasunaga et al. 2018 for tagging, from where the loss is: half as it is, half there).
"""

from collections.abc import Callable
from contextlib import AbstractContextManager

import torch
from jaxtyping import Float
from torch import Tensor

from tagger.modules.batch import Batch
from tagger.modules.model import TaggerModel


def adversarial_gradient(
    model: TaggerModel,
    batch: Batch,
    size: float,
    *,
    words: int,
    backward: Callable[[Tensor], None],
    autocast: Callable[[], AbstractContextManager[None]],
) -> Float[Tensor, ""]:
    """Adds up the gradients of the mean of both losses, and gives the one of the vectors as they are, per word.

    The embeddings are run, and their gradients worked out, once for both.

    Args:
        model: What learns.
        batch: From what.
        size: How far a vector is moved in each of its dimensions, in the quadratic mean over a sentence.
        words: What the losses are divided by.
        backward: Works out the gradients of a loss, whose scale may be another.
        autocast: Within it the losses are worked out.
    """
    with autocast():
        given = model.embedding.vectors(batch)
        clean = given.detach().requires_grad_()
        loss = model.loss_at(clean, batch) / words
    backward(loss / 2)
    assert clean.grad is not None
    moved = (clean.detach() + worst_direction(clean.grad, batch, size)).requires_grad_()
    with autocast():
        there = model.loss_at(moved, batch) / words
    backward(there / 2)
    assert moved.grad is not None
    if given.requires_grad:
        torch.autograd.backward(given, clean.grad + moved.grad)
    return loss.detach()


def worst_direction(gradient: Float[Tensor, "batch words width"], batch: Batch, size: float) -> Float[Tensor, "batch words width"]:
    """The move of each sentence's vectors in the direction of their gradient, of the length `size * sqrt(numbers in it)`.

    Padding is not moved; nor is a sentence without a gradient.
    """
    inside = torch.where(batch.mask[..., None], gradient, 0.0).float()
    lengths = inside.flatten(1).norm(dim=1)
    wanted = size * (batch.lengths.to(lengths) * gradient.shape[2]).sqrt()
    scale = torch.where(lengths > 0, wanted / lengths.clamp_min(torch.finfo(lengths.dtype).tiny), 0.0)
    return (inside * scale[:, None, None]).to(gradient.dtype)
