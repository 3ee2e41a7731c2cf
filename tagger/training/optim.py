"""The learning rate's course and the moving average of the weights."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch
from torch import Tensor, nn


def rate_factor(kind: Literal["constant", "linear", "cosine"], warmup: float, progress: float) -> float:
    """The share of the highest learning rate at a point of training.

    Args:
        kind: How it falls after the warm-up: not, in a line to 0, or along half a cosine to 0.
        warmup: The share of training in which it rises in a line from 0.
        progress: The share of training that is done, from 0 to 1.
    """
    if progress < warmup:
        return progress / warmup
    rest = min(1.0, (progress - warmup) / (1 - warmup))
    match kind:
        case "constant":
            return 1.0
        case "linear":
            return 1 - rest
        case "cosine":
            return (1 + math.cos(math.pi * rest)) / 2


class WeightAverage:
    """An exponential moving average of the trained weights (Polyak and Juditsky 1992; Tarvainen and Valpola 2017).

    While it is young the decay is smaller, (1 + steps) / (10 + steps), so that the random first weights are soon forgotten.
    Weights that are not trained have no copy.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.num_updates = 0
        self._weights = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
        self.average = {name: weight.detach().clone() for name, weight in self._weights.items()}

    @torch.no_grad()
    def update(self) -> None:
        """Takes the current weights in."""
        self.num_updates += 1
        decay = min(self.decay, (1 + self.num_updates) / (10 + self.num_updates))
        torch._foreach_lerp_(list(self.average.values()), list(self._weights.values()), 1 - decay)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Within it the model has the averaged weights."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    @torch.no_grad()
    def _swap(self) -> None:
        for name, weight in self._weights.items():
            current: Tensor = weight.detach().clone()
            weight.copy_(self.average[name])
            self.average[name].copy_(current)
