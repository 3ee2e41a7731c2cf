"""What a run computes on: the device, the precision, the threads, and the processes that a launcher has started."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.distributed
from accelerate import Accelerator
from accelerate.state import AcceleratorState, GradientState, PartialState

from tagger.errors import TaggerError
from tagger.processes import Processes
from tagger.training_settings import TrainingSettings


def build_accelerator(settings: TrainingSettings) -> Accelerator:
    """Hugging Face accelerate for the recipe's device and precision; where a launcher started several processes, it joins them.

    Raises:
        TaggerError: The device is not there, or is not for several processes or the precision.
    """
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not available.get(settings.device, True):
        there = ", ".join(["cpu", *(name for name, yes in available.items() if yes)])
        raise TaggerError(
            f"device '{settings.device}' is not available (there are: {there})",
            where="training.device",
            fix="Set training.device=auto.",
        )
    # accelerate keeps its settings for the whole process; a second run in one process may have others.
    for state in (AcceleratorState, GradientState, PartialState):
        state._reset_state()
    precision = {"float32": "no", "bf16": "bf16", "fp16": "fp16"}[settings.precision]
    launched = int(os.environ.get("WORLD_SIZE", "1"))
    # Left to itself accelerate would train in each process alone where there is no GPU.
    on_cpu = settings.device == "cpu" or (launched > 1 and settings.device == "auto" and not torch.cuda.is_available())
    made = Accelerator(cpu=on_cpu, mixed_precision=precision)
    if precision == "fp16" and made.device.type == "cpu":
        # accelerate would reckon in float32 and say nothing.
        fix = "Set training.precision to bf16 or float32."
        raise TaggerError("fp16 needs a GPU, and there is none", where="training.precision", fix=fix)
    if made.num_processes != launched:
        raise TaggerError(
            f"{launched} processes were started, but {made.device.type} is for one",
            where="training.device",
            fix="Start one process, or set training.device=cpu.",
        )
    return made


def processes_of(accelerator: Accelerator) -> Processes:
    """The processes that it has joined."""
    return Processes(accelerator.process_index, accelerator.num_processes, accelerator.device)


@contextmanager
def launched(settings: TrainingSettings) -> Iterator[Accelerator]:
    """Within it the processes are joined; what they agree to stop for parts them in peace.

    Where they are joined already, as by whoever trains several times, they stay so.
    """
    stay = _are_joined()
    made = build_accelerator(settings)
    try:
        yield made
    except TaggerError:
        if not stay:
            _part()
        raise
    if not stay:
        _part()


def _are_joined() -> bool:
    return torch.distributed.is_available() and torch.distributed.is_initialized()


def _part() -> None:
    if _are_joined():
        torch.distributed.destroy_process_group()


@contextmanager
def threads(count: int | None) -> Iterator[None]:
    """Within it torch reckons with so many threads; with those that it would take if None."""
    before = torch.get_num_threads()
    if count is not None:
        torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
