"""Dropout that respects sentences and words."""

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

DropoutKind = Literal["plain", "locked"]
"""Which entries of a sentence's vectors are dropped: each by itself, or the same dimensions at every word."""


def make_dropout(kind: DropoutKind, probability: float) -> nn.Module:
    """The dropout of vectors `(batch, words, width)`."""
    return LockedDropout(probability) if kind == "locked" else nn.Dropout(probability)


class LockedDropout(nn.Module):
    """Drops the same dimensions at every step of a sentence (variational dropout, Gal and Ghahramani 2016)."""

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability

    def forward(self, vectors: Float[Tensor, "batch words width"]) -> Float[Tensor, "batch words width"]:
        """Scaled so that the expected value stays the same; the identity outside training."""
        if not self.training or self.probability == 0:
            return vectors
        keep = 1 - self.probability
        mask = torch.empty_like(vectors[:, :1]).bernoulli_(keep)
        return vectors * (mask / keep)


class WordDropout(nn.Module):
    """Drops whole words: their vector becomes zero, unscaled, so that the neighbours must tell (Iyyer et al. 2015)."""

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability

    def forward(self, vectors: Float[Tensor, "batch words width"]) -> Float[Tensor, "batch words width"]:
        """The identity outside training."""
        if not self.training or self.probability == 0:
            return vectors
        return vectors * torch.empty_like(vectors[:, :, :1]).bernoulli_(1 - self.probability)
