"""The state of a run between two steps, as one file: trained weights, their average, the optimizer, random states. No pickle."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from tagger.errors import ModelError, TaggerError
from tagger.training.optim import WeightAverage
from tagger.whole_files import RESUME, save_tensors, write_file

# One file, so that there is no moment at which half of an old state stands beside half of a new one.
_NAME = "state.safetensors"


@dataclass
class TrainingState:
    """Where a run stands: everything that the next step depends on beside tensors.

    Attributes:
        corpus: The fingerprint of the corpus.
        pretrained: That of the vectors and transformers; None in checkpoints that don't tell it.
        threads: The number of threads that torch reckons with: its sums depend on it in their last bits.
        processes: The number of processes.
        epoch: The number of epochs that are over.
        batch: The number of batches of the next epoch that are over.
        step: The number of optimizer steps in all.
        best_score: The best dev score so far.
        best_epoch: The epoch that it came from, counted from 1.
        cuts: How often a plateau's learning rate has fallen.
        last_cut: The epoch at whose end it fell last.
        seconds: The time spent in training so far.
        peak_memory: The most memory that the main process has held, in MB; 0 where it is not known.
        loss: The sum of the losses of the running epoch, in nats.
        words: The number of words that it is a sum over.
        finished: Whether all is done but the final evaluation.
    """

    corpus: str
    pretrained: str | None = None
    threads: int = field(default_factory=torch.get_num_threads)
    processes: int = 1
    epoch: int = 0
    batch: int = 0
    step: int = 0
    best_score: float | None = None
    best_epoch: int = 0
    cuts: int = 0
    last_cut: int = 0
    seconds: float = 0.0
    peak_memory: int = 0
    loss: float = 0.0
    words: int = 0
    finished: bool = False


@dataclass(frozen=True)
class Parts:
    """What changes while a run learns: weights, the optimizer, the weights' average, the scale of losses in fp16."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    average: WeightAverage | None = None
    scaler: torch.amp.GradScaler | None = None


RandomStates = Mapping[str, Tensor]


def save_checkpoint(folder: Path, state: TrainingState, parts: Parts, random: Mapping[int, RandomStates]) -> None:
    """Replaces the checkpoint in the folder, whole or not at all.

    Args:
        random: The random states of each process, by its rank.

    Raises:
        TaggerError: A weight is no finite number any more.
        ModelError: It can't be written.
    """
    weights = {name: weight.detach() for name, weight in parts.model.named_parameters() if weight.requires_grad}
    if spoilt := [name for name, weight in weights.items() if not bool(weight.isfinite().all())]:
        raise not_finite(f"after step {state.step:,} the weights of {spoilt[0]} are not finite")
    tensors = {f"weight/{name}": weight for name, weight in weights.items()}
    if parts.average is not None:
        tensors |= {f"average/{name}": weight for name, weight in parts.average.average.items()}
        tensors |= {f"average_at/{name}": at for name, at in parts.average.log_kept_at.items()}
    optimizer_state = parts.optimizer.state_dict()
    for index, values in optimizer_state["state"].items():
        tensors |= {f"optimizer/{index}/{name}": value for name, value in values.items() if isinstance(value, Tensor)}
    for rank, states in random.items():
        tensors |= {f"random/{rank}/{name}": value for name, value in states.items()}
    data = {
        "state": asdict(state),
        "average_updates": parts.average.num_updates if parts.average else 0,
        "average_log_kept": parts.average.log_kept if parts.average else 0.0,
        "scaler": parts.scaler.state_dict() if parts.scaler else None,
        "groups": [{key: value for key, value in group.items() if key != "params"} for group in optimizer_state["param_groups"]],
    }
    write_file(folder / _NAME, lambda path: save_tensors(tensors, path, {"data": json.dumps(data)}), RESUME)


def not_finite(problem: str) -> TaggerError:
    """The error for numbers that have run away."""
    return TaggerError(
        problem,
        where="training",
        fix="Begin anew (--overwrite) with a lower training.optimizer.learning_rate, a lower training.clip, or "
        "training.precision=float32.\nThe last checkpoint and model are from before.",
    )


def has_checkpoint(folder: Path) -> bool:
    """Whether the folder holds a checkpoint."""
    return (folder / _NAME).is_file()


def read_state(folder: Path) -> TrainingState:
    """Where the run of a checkpoint stood.

    Raises:
        ModelError: There is no whole checkpoint.
    """
    return _state(_read(folder), folder)


def load_checkpoint(folder: Path, parts: Parts, rank: int = 0) -> TrainingState:
    """Puts everything back as it was when the checkpoint was written.

    Args:
        rank: Which process this is. One that the checkpoint has no random state of keeps its own.

    Raises:
        ModelError: There is no whole checkpoint, or it is another model's.
    """
    data = _read(folder)
    try:
        tensors = load_file(folder / _NAME)
        _put_back(parts, data, tensors)
        prefix = f"random/{rank}/"
        set_random_states({key.removeprefix(prefix): tensor for key, tensor in tensors.items() if key.startswith(prefix)})
    except (KeyError, TypeError, RuntimeError, SafetensorError, OSError, ValueError) as error:
        raise _damaged(error, folder) from error
    return _state(data, folder)


@torch.no_grad()
def _put_back(parts: Parts, data: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> None:
    for name, weight in parts.model.named_parameters():
        if weight.requires_grad:
            weight.copy_(tensors[f"weight/{name}"])
    if parts.average is not None:
        parts.average.num_updates = int(data["average_updates"])
        parts.average.log_kept = float(data["average_log_kept"])
        for name, mean in parts.average.average.items():
            mean.copy_(tensors[f"average/{name}"])
        for name, at in parts.average.log_kept_at.items():
            at.copy_(tensors[f"average_at/{name}"])
    if parts.scaler is not None:
        parts.scaler.load_state_dict(data["scaler"])
    states: dict[int, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        if key.startswith("optimizer/"):
            _, index, name = key.split("/")
            states.setdefault(int(index), {})[name] = tensor
    groups = parts.optimizer.state_dict()["param_groups"]
    new = [{**group, **saved} for group, saved in zip(groups, data["groups"], strict=True)]
    parts.optimizer.load_state_dict({"state": states, "param_groups": new})


def _state(data: Mapping[str, Any], folder: Path) -> TrainingState:
    try:
        return TrainingState(**data["state"])
    except (KeyError, TypeError) as error:
        raise _damaged(error, folder) from error


def _damaged(error: Exception, folder: Path) -> ModelError:
    problem = (str(error).splitlines() or [type(error).__name__])[0]
    return ModelError(f"the checkpoint can't be taken up ({problem})", where=str(folder), fix="Train anew with --overwrite.")


def _read(folder: Path) -> dict[str, Any]:
    if not has_checkpoint(folder):
        raise ModelError("there is no checkpoint to resume from", where=str(folder), fix="Train without --resume.")
    try:
        with safe_open(folder / _NAME, "pt") as file:
            data: dict[str, Any] = json.loads((file.metadata() or {})["data"])
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise _damaged(error, folder) from error
    return data


def random_states() -> RandomStates:
    """The states of this process's random numbers, those of the device that it computes on among them."""
    states = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state()
    if torch.backends.mps.is_available():
        states["mps"] = torch.mps.get_rng_state()
    return states


def set_random_states(states: RandomStates) -> None:
    """Puts the random numbers back to where they were; those without a state go on."""
    if "cpu" in states:
        torch.set_rng_state(states["cpu"])
    if "cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state(states["cuda"])
    if "mps" in states and torch.backends.mps.is_available():
        torch.mps.set_rng_state(states["mps"])
