"""Runs `tagger` and writes the peak of its memory, in KiB, to a file.

    python -m benchmarks.peak FILE tag MODEL ...

The kernel's own count (VmHWM): what a parent reads of its child (ru_maxrss) begins with the parent's size.
"""

import sys
from pathlib import Path

from tagger.cli.main import cli


def main() -> None:
    """Passes all but the first argument on."""
    note, *arguments = sys.argv[1:]
    cli(arguments, standalone_mode=False)
    status = Path("/proc/self/status").read_text("utf-8").splitlines()
    Path(note).write_text(next(line.split()[1] for line in status if line.startswith("VmHWM:")), "utf-8")


if __name__ == "__main__":
    main()
