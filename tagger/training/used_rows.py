"""In a step only those rows of a word table learn that its batch uses: its time does not grow with the vocabulary."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from tagger.modules.embeddings.table import row_tables
from tagger.processes import Processes
from tagger.training.optim import WeightAverage


@dataclass
class _Whole:
    """What stands aside while a table is cut to some of its rows."""

    rows: Tensor
    weight: Tensor
    average: Tensor | None
    states: dict[str, Tensor] = field(default_factory=dict)


class UsedRows:
    """The word tables that a model trains, with what its optimizer and its weight average keep for each of their rows.

    The used rows are cut out of all these, learn as if they were a whole table, and are put back. So the norm of the gradient, the
    sum over processes, the optimizer and the average know nothing of it. A row that a batch does not use stays as it is: it neither
    moves nor decays.

    Of AdamW's moments (Kingma and Ba 2015) the second fades in every step, as in a whole table; where steps did not use the row, it
    does so when the row is used again. If it stood still instead (as in torch.optim.SparseAdam), a word in one of n batches would
    learn more slowly by the square root of n. The first moment would have to go on moving rows that are not used; so tables have
    none (`build_optimizer`), and a gradient does at once what it would do over the steps that follow. SGD's momentum stands still.

    Args:
        average: Its average of a row that is not used follows later, for the same result.
        processes: A row is used if one of them uses it.
    """

    def __init__(
        self, model: nn.Module, optimizer: torch.optim.Optimizer, average: WeightAverage | None, processes: Processes
    ) -> None:
        self._optimizer = optimizer
        self._average = average
        self._processes = processes
        self._weights: dict[str, Tensor] = {}
        for name, table in row_tables(model).items():
            table.sparse = True
            self._weights[name] = table.weight
        self._fading = {
            weight: group["betas"][1] for group in optimizer.param_groups if "betas" in group for weight in group["params"]
        }

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Within it the tables consist of the rows for which the backward pass has left gradients; afterwards these are gone."""
        wholes = {name: self._cut(name, weight) for name, weight in self._weights.items()}
        try:
            yield
        finally:
            for name, whole in wholes.items():
                self._put_back(name, self._weights[name], whole)

    @torch.no_grad()
    def _cut(self, name: str, weight: Tensor) -> _Whole:
        rows, gradient = self._gradient(weight)
        average = self._average.cut(name, rows) if self._average else None
        whole = _Whole(rows, weight.data, average)
        # A gradient must have the shape of its weight at any time.
        weight.grad, weight.data = None, whole.weight[rows]
        weight.grad = gradient
        states = self._optimizer.state[weight]
        for key, value in states.items():
            # The number of steps, too, is a tensor, but has no rows.
            if isinstance(value, Tensor) and value.shape == whole.weight.shape:
                whole.states[key], states[key] = value, value[rows]
        if "last_step" in states:
            missed = states["step"] - states["last_step"][rows]
            states["exp_avg_sq"] *= torch.pow(self._fading[weight], missed).unsqueeze(1)
        return whole

    def _gradient(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """The rows that some process has used, in ascending order, and this one's gradient for them."""
        if weight.grad is None:
            own, values = torch.empty(0, dtype=torch.long, device=weight.device), weight.new_empty(0, weight.shape[1])
        else:
            sparse = weight.grad.coalesce()
            own, values = sparse.indices()[0], sparse.values()
        if self._processes.count == 1:
            return own, values
        rows = torch.unique(torch.cat(self._processes.gather(own.cpu()))).to(weight.device)
        return rows, weight.new_zeros(len(rows), weight.shape[1]).index_copy_(0, torch.searchsorted(rows, own), values)

    @torch.no_grad()
    def _put_back(self, name: str, weight: Tensor, whole: _Whole) -> None:
        states = self._optimizer.state[weight]
        for key, value in states.items():
            if isinstance(value, Tensor) and value.shape == weight.shape:
                # After the first step there is no whole yet.
                table = whole.states.get(key)
                states[key] = (torch.zeros_like(whole.weight) if table is None else table).index_copy_(0, whole.rows, value)
        if "exp_avg_sq" in states:
            states.setdefault("last_step", weight.new_zeros(len(whole.weight)))[whole.rows] = states["step"]
        whole.weight.index_copy_(0, whole.rows, weight.data)
        weight.grad, weight.data = None, whole.weight
        if self._average and whole.average is not None:
            self._average.put_back(name, whole.rows, whole.average)
