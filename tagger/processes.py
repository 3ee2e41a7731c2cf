"""The processes that train together: which one this is, and what they tell each other. One alone talks to nobody.

What is gathered as Python objects comes from the run's own processes, which torch.distributed trusts each other.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import torch
import torch.distributed
from torch import Tensor, nn

from tagger.errors import ModelError, TaggerError

T = TypeVar("T")


class Processes:
    """The processes of a run.

    Args:
        rank: Which one this is, from 0, the main one, which writes and prints.
        count: How many there are.
        device: Where tensors must be to be sent.
    """

    def __init__(self, rank: int = 0, count: int = 1, device: torch.device | None = None) -> None:
        self.rank = rank
        self.count = count
        self.device = device or torch.device("cpu")

    @property
    def is_main(self) -> bool:
        """Whether this is the one that writes and prints."""
        return self.rank == 0

    def gather(self, value: T) -> list[T]:
        """The values of all processes, by their ranks."""
        if self.count == 1:
            return [value]
        values: list[T | None] = [None] * self.count
        torch.distributed.all_gather_object(values, value)
        return [value for value in values if value is not None]

    def total(self, *values: float) -> list[float]:
        """For each value its sum over all processes."""
        if self.count == 1:
            return list(values)
        sums = torch.tensor(values, device=self.device)
        torch.distributed.all_reduce(sums)
        return [float(value) for value in sums.tolist()]

    def together(self, work: Callable[[], T]) -> T:
        """Does something in each process; where one can't, all stop, so that none waits for it for ever.

        Raises:
            TaggerError: The work of one of them did, this one's or, in its words, another's.
        """
        problem: TaggerError | None = None
        try:
            result = work()
        except TaggerError as error:
            if self.count == 1:
                raise
            problem = error
        told = self.gather((problem.problem, problem.where, problem.fix) if problem else ())
        if problem:
            raise problem
        for other in told:
            if other:
                raise ModelError(other[0], where=other[1], fix=other[2])
        return result

    def on_main(self, work: Callable[[], None]) -> None:
        """Does something in the main process alone, while the others wait.

        Raises:
            TaggerError: The work did; in all processes.
        """
        self.together(work if self.is_main else lambda: None)

    def copy_from_main(self, model: nn.Module) -> None:
        """Gives all processes the weights of the main one."""
        if self.count == 1:
            return
        for tensor in model.state_dict().values():
            torch.distributed.broadcast(tensor, src=0)

    def add_up(self, weights: Sequence[Tensor], loss: Tensor) -> Tensor:
        """Sums the gradients of all processes in place, and their losses, in one message.

        This stands in for DistributedDataParallel, which wants every process to use every weight in every step: here a process may
        have no sentence of a step, and a sentence of one word has no transition.
        """
        if self.count == 1:
            return loss
        for weight in weights:
            if weight.grad is None:
                weight.grad = torch.zeros_like(weight)
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        message = torch.cat([*(gradient.flatten() for gradient in gradients), loss.detach().to(gradients[0].dtype).reshape(1)])
        torch.distributed.all_reduce(message)
        *sums, total = torch.split(message, [*(gradient.numel() for gradient in gradients), 1])
        for gradient, summed in zip(gradients, sums, strict=True):
            gradient.copy_(summed.view_as(gradient))
        return total[0]


ALONE = Processes()
