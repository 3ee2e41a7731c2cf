"""The folder of several runs that differ in their seed alone: which of them is used where one model is asked for."""

import json
from pathlib import Path
from typing import Any

from tagger.errors import ModelError

SUMMARY = "summary.json"
VERSION = 1
"""Of the form of that file."""


def read_summary(folder: Path) -> dict[str, Any] | None:
    """What `tagger train --seeds` wrote of its runs; None where the folder is not one of several runs.

    Raises:
        ModelError: There is a summary that can't be read.
    """
    path = folder / SUMMARY
    if not path.is_file():
        return None
    try:
        summary = json.loads(path.read_text("utf-8"))
        # Others have files of that name too, beside a model as well.
        if not isinstance(summary, dict) or summary.get("kind") != "seeds":
            return None
        if summary["version"] != VERSION:
            raise ValueError("another version")
        return {**summary, "seeds": list(summary["seeds"]), "runs": list(summary["runs"])}
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise damaged(path, error) from error


def damaged(path: Path, error: Exception) -> ModelError:
    """What is said of a summary that can't be read."""
    return ModelError(
        f"the summary of the seeds is damaged, or of another version ({type(error).__name__})",
        where=str(path),
        fix="Name one run, such as its folder seed-1, or train again with --seeds into another folder.",
    )


def best_seed(name: str | Path) -> Path | None:
    """The run with the best dev score, where several runs are named by their folder; None where the name is of something else.

    Raises:
        ModelError: Not all of the runs are finished, or they have no dev score.
    """
    folder = Path(name).expanduser()
    summary = read_summary(folder)
    if summary is None:
        return None
    runs = [str(folder / f"seed-{run['seed']}") for run in summary["runs"]]
    if len(runs) < len(summary["seeds"]):
        named = f"Or name a run that is finished: {', '.join(runs)}." if runs else "None is finished."
        raise ModelError(
            f"{len(runs)} of {len(summary['seeds'])} seeds are finished, so that it is open which is best",
            where=str(folder),
            fix=f"Go on with the command that trains them and --resume. {named}",
        )
    if summary["best"] is None:
        raise ModelError(
            "without a dev score no seed is the best", where=str(folder), fix=f"Name one of the runs: {', '.join(runs)}."
        )
    return folder / f"seed-{summary['best']}"
