"""What a run leaves, for comparing two runs bit by bit."""

import json
import re
from pathlib import Path
from typing import Any

from safetensors import safe_open

_TIMES = ("seconds", "training minutes", "peak memory MB", "peak_memory", "tagging words per second", "words_per_second")
_FACT = re.compile(rf"((?:{'|'.join(_TIMES)})</bdi></dt><dd>)<bdi>[^<]*</bdi>")


def outcome(run: Path) -> dict[str, Any]:
    """All that a run leaves, but for the times and the memory that it took."""
    files: dict[str, Any] = {str(path.relative_to(run)): path.read_bytes() for path in sorted(run.rglob("*")) if path.is_file()}
    files["steps.jsonl"] = [_without_times(json.loads(line)) for line in files["steps.jsonl"].decode().splitlines()]
    files["report/report.json"] = _without_times(json.loads(files["report/report.json"]))
    files["report/report.md"] = [
        line
        for line in files["report/report.md"].decode().splitlines()
        if not line.startswith(tuple(f"- {name}: " for name in _TIMES))
    ]
    page = files["report/report.html"].decode()
    assert re.search(_FACT, page)
    files["report/report.html"] = re.sub(_FACT, r"\1", page)
    files["model/config.json"] = _without_times(json.loads(files["model/config.json"]))
    files["model/README.md"] = [line for line in files["model/README.md"].decode().splitlines() if not line.startswith("- speed ")]
    with safe_open(run / "checkpoint" / "state.safetensors", "pt") as file:
        tensors = {name: file.get_tensor(name).numpy().tobytes() for name in file.keys()}  # noqa: SIM118 (it can't be gone through)
    files["checkpoint/state.safetensors"] = (_without_times(checkpoint_data(run)), tensors)
    return files


def checkpoint_data(run: Path) -> dict[str, Any]:
    """What the checkpoint holds beside tensors."""
    with safe_open(run / "checkpoint" / "state.safetensors", "pt") as file:
        data: dict[str, Any] = json.loads(file.metadata()["data"])
    return data


def checkpoint_step(run: Path) -> int:
    """The step that the checkpoint of a run stands at."""
    return int(checkpoint_data(run)["state"]["step"])


def _without_times(data: dict[str, Any]) -> dict[str, Any]:
    return {key: _without_times(value) if isinstance(value, dict) else value for key, value in data.items() if key not in _TIMES}
