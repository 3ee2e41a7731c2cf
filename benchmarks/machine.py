"""What the figures were measured on."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = ("tagger", "torch", "numpy", "onnxruntime", "flair", "spacy", "thinc")
_ASK = f"""
from importlib.metadata import PackageNotFoundError, version
for name in {_PACKAGES}:
    try:
        print(name, version(name))
    except PackageNotFoundError:
        pass
"""


def machine(peers: Path | None) -> dict[str, str]:
    """Processor, cores, load, versions, date."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    facts = {
        "date": datetime.now(UTC).isoformat(timespec="minutes"),
        "processor": _processor(),
        "cores": str(cores),
        "system": platform.platform(),
        "load before": " ".join(f"{load:.1f}" for load in os.getloadavg()),
        "python": platform.python_version(),
    }
    for name in _PACKAGES:
        try:
            facts[name] = version(name)
        except PackageNotFoundError:
            continue
    if peers:
        found = subprocess.run([peers, "-c", _ASK], capture_output=True, text=True, check=True).stdout.split("\n")
        facts["of the peers"] = ", ".join(filter(None, found))
    return facts


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    if path.is_file():
        for line in path.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown"
