"""The state of a run between two steps, as a folder: trained weights, their average, the optimizer, random states. No pickle."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from tagger.errors import ModelError
from tagger.model_folder import write_folder
from tagger.training.optim import WeightAverage


@dataclass
class TrainingState:
    """Where a run stands: everything that the next step depends on beside tensors.

    Attributes:
        epoch: The number of epochs that are over.
        batch: The number of batches of the next epoch that are over.
        step: The number of optimizer steps in all.
        best_score: The best dev score so far.
        best_epoch: The epoch that it came from, counted from 1.
        seconds: The time spent in training so far.
        loss: The sum of the losses of the running epoch, in nats.
        words: The number of words that it is a sum over.
        finished: Whether all is done but the final evaluation.
        corpus: The fingerprint of the corpus.
    """

    corpus: str
    epoch: int = 0
    batch: int = 0
    step: int = 0
    best_score: float | None = None
    best_epoch: int = 0
    seconds: float = 0.0
    loss: float = 0.0
    words: int = 0
    finished: bool = False


def save_checkpoint(
    folder: Path, state: TrainingState, model: nn.Module, optimizer: torch.optim.Optimizer, average: WeightAverage | None
) -> None:
    """Writes the folder, whole or not at all.

    Raises:
        ModelError: It can't be written.
    """
    tensors = {f"weight/{name}": weight.detach() for name, weight in model.named_parameters() if weight.requires_grad}
    if average is not None:
        tensors |= {f"average/{name}": weight for name, weight in average.average.items()}
    optimizer_state = optimizer.state_dict()
    for index, values in optimizer_state["state"].items():
        tensors |= {f"optimizer/{index}/{name}": value for name, value in values.items() if isinstance(value, Tensor)}
    tensors |= {f"random/{name}": value for name, value in _random_states().items()}
    data = {
        "state": asdict(state),
        "average_updates": average.num_updates if average else 0,
        "groups": [{key: value for key, value in group.items() if key != "params"} for group in optimizer_state["param_groups"]],
    }

    def fill(temporary: Path) -> None:
        (temporary / "state.json").write_text(json.dumps(data, indent=2) + "\n", "utf-8")
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, temporary / "state.safetensors")

    write_folder(folder, fill)


def read_state(folder: Path) -> TrainingState:
    """Where the run of a checkpoint stood.

    Raises:
        ModelError: There is no whole checkpoint.
    """
    return _state(_read(folder), folder)


def load_checkpoint(
    folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer, average: WeightAverage | None
) -> TrainingState:
    """Puts everything back as it was when the checkpoint was written.

    Raises:
        ModelError: There is no whole checkpoint, or it is another model's.
    """
    data = _read(folder)
    try:
        tensors = load_file(folder / "state.safetensors")
        with torch.no_grad():
            for name, weight in model.named_parameters():
                if weight.requires_grad:
                    weight.copy_(tensors[f"weight/{name}"])
            if average is not None:
                average.num_updates = int(data["average_updates"])
                for name, mean in average.average.items():
                    mean.copy_(tensors[f"average/{name}"])
        states: dict[int, dict[str, Tensor]] = {}
        for key, tensor in tensors.items():
            if key.startswith("optimizer/"):
                _, index, name = key.split("/")
                states.setdefault(int(index), {})[name] = tensor
        groups = optimizer.state_dict()["param_groups"]
        new = [{**group, **saved} for group, saved in zip(groups, data["groups"], strict=True)]
        optimizer.load_state_dict({"state": states, "param_groups": new})
        _set_random_states({key.removeprefix("random/"): tensor for key, tensor in tensors.items() if key.startswith("random/")})
    except (KeyError, TypeError, RuntimeError, SafetensorError, OSError, ValueError) as error:
        raise _damaged(error, folder) from error
    return _state(data, folder)


def _state(data: Mapping[str, Any], folder: Path) -> TrainingState:
    try:
        return TrainingState(**data["state"])
    except (KeyError, TypeError) as error:
        raise _damaged(error, folder) from error


def _damaged(error: Exception, folder: Path) -> ModelError:
    problem = (str(error).splitlines() or [type(error).__name__])[0]
    return ModelError(f"the checkpoint can't be taken up ({problem})", where=str(folder), fix="Train anew with --overwrite.")


def _read(folder: Path) -> dict[str, Any]:
    try:
        data: dict[str, Any] = json.loads((folder / "state.json").read_text("utf-8"))
    except ValueError as error:
        raise _damaged(error, folder) from error
    except OSError as error:
        raise ModelError("there is no checkpoint to resume from", where=str(folder), fix="Train without --resume.") from error
    return data


def _random_states() -> dict[str, Tensor]:
    states = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states |= {f"cuda{index}": state for index, state in enumerate(torch.cuda.get_rng_state_all())}
    return states


def _set_random_states(states: Mapping[str, Tensor]) -> None:
    torch.set_rng_state(states["cpu"])
    if torch.cuda.is_available():
        torch.cuda.set_rng_state_all([state for name, state in sorted(states.items()) if name.startswith("cuda")])
