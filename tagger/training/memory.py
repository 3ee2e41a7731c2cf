"""The most memory that this process has held."""

import sys
from contextlib import suppress
from pathlib import Path

_STATUS = Path("/proc/self/status")


def forget_peak_memory() -> None:
    """Lets the peak begin at what is held now, where the system can do so (Linux); elsewhere it stays that of the whole process."""
    # Some containers don't let it be written.
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", "ascii")


def peak_memory() -> int | None:
    """The peak of the resident memory, in MB; None where the system does not tell."""
    with suppress(OSError, StopIteration):
        line = next(line for line in _STATUS.read_text("ascii").splitlines() if line.startswith("VmHWM:"))
        return round(int(line.split()[1]) * 1024 / 1e6)
    if sys.platform == "win32":
        return None
    from resource import RUSAGE_SELF, getrusage

    # macOS counts in bytes, others in KB.
    return round(getrusage(RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6)
