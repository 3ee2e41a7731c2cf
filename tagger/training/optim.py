"""The learning rate's course and the moving average of the weights."""

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import assert_never

import torch
from torch import Tensor, nn

from tagger.training_settings import ScheduleSettings

# Where one cycle starts, as a share of the highest rate.
_CYCLE_START = 1 / 25


def rate_factor(schedule: ScheduleSettings, progress: float, cuts: int = 0) -> float:
    """The share of the highest learning rate at a point of training.

    One cycle is that of Smith 2018 (A disciplined approach to neural network hyper-parameters), each half along half a cosine.

    Args:
        schedule: How it moves.
        progress: The share of training that is done, from 0 to 1.
        cuts: How often the dev score has rested so long that a plateau's rate falls.
    """
    warmup, floor = schedule.warmup, schedule.floor
    is_cycle = schedule.kind == "one_cycle"
    if progress < warmup:
        risen = progress / warmup
        return _CYCLE_START + (1 - _CYCLE_START) * (1 - _half_cosine(risen)) if is_cycle else risen
    rest = min(1.0, (progress - warmup) / (1 - warmup))
    match schedule.kind:
        case "constant":
            return 1.0
        case "linear":
            return floor + (1 - floor) * (1 - rest)
        case "cosine" | "one_cycle":
            return floor + (1 - floor) * _half_cosine(rest)
        case "plateau":
            return max(floor, schedule.factor**cuts)
        case _:
            assert_never(schedule.kind)


def _half_cosine(progress: float) -> float:
    """From 1 to 0."""
    return (1 + math.cos(math.pi * progress)) / 2


class WeightAverage:
    """An exponential moving average of the trained weights (Polyak and Juditsky 1992; Tarvainen and Valpola 2017).

    While it is young the decay is smaller, (1 + steps) / (10 + steps), so that the random first weights are soon forgotten.
    Weights that are not trained have no copy.

    A table of which a step changes few rows is cut to them for `update`. The other rows stay the same, and their averages can be
    brought up to date at any later time: n updates keep the product of their n decays of what was there before.

    Args:
        tables: The names of weights that are cut.

    Attributes:
        log_kept: The logarithm of the product of all decays so far.
        log_kept_at: For each table what `log_kept` was when the average of a row was last up to date.
    """

    def __init__(self, model: nn.Module, decay: float, tables: Iterable[str] = ()) -> None:
        self.decay = decay
        self.num_updates = 0
        self.log_kept = 0.0
        self._weights = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
        self.average = {name: weight.detach().clone() for name, weight in self._weights.items()}
        # On the processor, as not every device has double precision.
        self.log_kept_at = {name: torch.zeros(len(self._weights[name]), dtype=torch.float64) for name in tables}

    @torch.no_grad()
    def update(self) -> None:
        """Takes the current weights in."""
        self.num_updates += 1
        decay = min(self.decay, (1 + self.num_updates) / (10 + self.num_updates))
        self.log_kept += math.log(decay)
        torch._foreach_lerp_(list(self.average.values()), list(self._weights.values()), 1 - decay)

    def cut(self, name: str, rows: Tensor) -> Tensor:
        """Leaves of a table's average these rows, up to date, and gives the whole; before a step changes the weights."""
        whole = self.average[name]
        self.average[name] = self._up_to_date(name, rows)
        return whole

    def put_back(self, name: str, rows: Tensor, whole: Tensor) -> None:
        """Makes a table's average whole again, after `update`."""
        self.average[name] = whole.index_copy_(0, rows, self.average[name])
        self.log_kept_at[name][rows.cpu()] = self.log_kept

    @torch.no_grad()
    def _up_to_date(self, name: str, rows: Tensor) -> Tensor:
        average, weight = self.average[name][rows], self._weights[name].detach()[rows]
        kept = torch.exp(self.log_kept - self.log_kept_at[name][rows.cpu()])
        # Where nothing is left out this is exactly the average, so that asking twice changes no bit.
        return average.lerp(weight, (1 - kept).to(average).unsqueeze(1))

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Within it the model has the averaged weights."""
        for name, at in self.log_kept_at.items():
            rows = (at != self.log_kept).nonzero()[:, 0].to(self.average[name].device)
            self.put_back(name, rows, self.cut(name, rows))
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
