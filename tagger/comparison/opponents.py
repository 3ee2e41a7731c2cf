"""What is named to be compared -> the files of its predictions: a run, several seeds, what `tagger evaluate` left, or one file."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tagger.best_seed import read_summary
from tagger.corpora.corpus import SPLITS
from tagger.errors import TaggerError
from tagger.evaluation.predictions_file import NO_SPLIT

PREDICTIONS = "predictions"
_ENDINGS = (".conll", ".tsv")
_SEED = re.compile(r"seed-(\d+)")


@dataclass(frozen=True)
class Opponent:
    """One of those that are compared.

    Attributes:
        given: As it was named.
        runs: For each run of it, by the folder or file that it is, the file of each task; the task is None where nothing tells it.
        notes: What was noticed.
    """

    given: str
    runs: Mapping[str, Mapping[str | None, Path]]
    notes: tuple[str, ...] = ()

    @property
    def tasks(self) -> list[str | None]:
        """The tasks that all of its runs have, in the order of the first."""
        first, *rest = self.runs.values()
        return [task for task in first if all(task in files for files in rest)]


def opponent(given: str, split: str | None) -> Opponent:
    """Finds the predictions of what was named; without a split of test, or of the only one that a folder has.

    Raises:
        TaggerError: There is nothing of that name, or it has no predictions of this split.
    """
    path = Path(given).expanduser()
    if not path.exists():
        raise TaggerError("there is no such file or folder", where=given, fix=_EXPECTED)
    if path.is_file():
        return Opponent(given, {given: _beside_report(path, split) if _is_report(path) else {_task_of(path): path}})
    if runs := list(_seeds(path)):
        return _of_seeds(given, runs, split)
    return Opponent(given, {given: _of_folder(path, split)})


_EXPECTED = (
    "Name a run folder, a folder of several seeds, a folder that `tagger evaluate --output` wrote, a report,\n"
    "or a file of columns with the word first, the gold tag last but one, and the predicted tag last."
)


def _is_report(path: Path) -> bool:
    """Whether a file is a report; what is JSON is known by what it holds, since a report may be renamed, and columns called so.

    Raises:
        TaggerError: It is JSON, but no report.
    """
    if path.name in ("report.md", "report.html"):
        return True
    try:
        with path.open("rb") as file:
            # The most files are columns, and may be large: these are not read here.
            if file.read(1) != b"{":
                return False
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        # Columns whose first word begins with a brace, or what can't be read: their reader tells what is wrong with it.
        return False
    if isinstance(found, dict) and "splits" in found:
        return True
    raise TaggerError("this is JSON, but no report", where=str(path), fix=_EXPECTED)


def _task_of(path: Path) -> str | None:
    """The task in a name like `test.ner.conll`."""
    name, *task = path.name.removesuffix(path.suffix).split(".", 1)
    return task[0] if task and name in (*SPLITS, NO_SPLIT) else None


def _seeds(folder: Path) -> Iterator[Path]:
    """The runs in a folder of several seeds, those that are finished where it tells which are."""
    summary = read_summary(folder)
    if summary is not None:
        yield from (folder / f"seed-{run['seed']}" for run in summary["runs"])
        return
    numbers = [int(found[1]) for path in folder.iterdir() if (found := _SEED.fullmatch(path.name)) and path.is_dir()]
    yield from (folder / f"seed-{number}" for number in sorted(numbers))


def _of_seeds(given: str, runs: Sequence[Path], split: str | None) -> Opponent:
    found: dict[str, Mapping[str | None, Path]] = {}
    missing = []
    for run in runs:
        if (run / PREDICTIONS).is_dir():
            found[str(run)] = _of_folder(run, split)
        else:
            missing.append(run.name)
    if not found:
        raise TaggerError("none of its seeds has predictions", where=given, fix="Go on with its training by --resume.")
    notes = (f"{given}: {', '.join(missing)} left out, since there are no predictions in it",) if missing else ()
    return Opponent(given, found, notes)


def _beside_report(report: Path, split: str | None) -> dict[str | None, Path]:
    """The file of each task that a report is of."""
    run = report.parent.parent if report.parent.name == "report" else report.parent
    found = _files([run / PREDICTIONS], str(report), split)
    if found is None:
        raise TaggerError(
            "this is a report, and the predictions that it is of are not beside it",
            where=str(report),
            fix="Name the folder that `tagger train` or `tagger evaluate --output` wrote: it has a folder of predictions too.",
        )
    return found


def _of_folder(folder: Path, split: str | None) -> dict[str | None, Path]:
    """The file of each task in a run, in its folder of predictions, or in that beside its report."""
    beside = (folder / PREDICTIONS, folder, folder.parent / PREDICTIONS if folder.name == "report" else folder)
    found = _files(beside, str(folder), split)
    if found is None:
        raise TaggerError(
            "there are no predictions here",
            where=str(folder),
            fix=f"{_EXPECTED}\n`tagger evaluate MODEL --output DIR` makes predictions by a model.",
        )
    return found


def _files(places: Sequence[Path], given: str, split: str | None) -> dict[str | None, Path] | None:
    """The file of each task in the first of some folders that has any; None where none has."""
    there: dict[str, dict[str | None, Path]] = {}
    for place in places:
        files = sorted(path for path in place.iterdir() if path.suffix in _ENDINGS) if place.is_dir() else []
        for path in files:
            there.setdefault(path.name.split(".")[0], {}).setdefault(_task_of(path), path)
        if there:
            break
    else:
        return None
    # What a file of another tool was called when it was evaluated may tell no split.
    asked = split or "test"
    if asked not in there and len(there) == 1 and (split is None or NO_SPLIT in there):
        (asked,) = there
    if asked not in there:
        raise TaggerError(
            f"there are no predictions of the split '{asked}'",
            where=given,
            fix=f"There are some of {' and '.join(sorted(there))}: name it with --split.",
        )
    found = there[asked]
    return {_task_in_report(place.parent, asked): found[None]} if list(found) == [None] else found


def _task_in_report(run: Path, split: str) -> str | None:
    """The task of a run that has one alone, as its report tells it: its file of predictions has no name for it."""
    try:
        report = json.loads((run / "report" / "report.json").read_text("utf-8"))
        ((task, found),) = report["splits"][split].items()
        # `tagger evaluate --predictions` knows of no corpus, and calls a task by its kind where nothing tells its name.
        unnamed = task == found.get("kind") and "corpus" not in report["facts"]
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return None if unnamed else str(task)


def matched(opponents: Sequence[Opponent], task: str | None = None) -> list[tuple[str | None, list[Mapping[str, Path]]]]:
    """The tasks that all of them have, and for each of these the file of each run of each opponent.

    A file that tells no task is of the one task that the others have, or of that which is asked for.

    Raises:
        TaggerError: There is none, or it is open which task a file is of.
    """
    named = [found for found in opponents if None not in found.tasks]
    common = [name for name in named[0].tasks if all(name in found.tasks for found in named)] if named else [task]
    if task is not None:
        for found in named:
            if task not in found.tasks:
                tasks = ", ".join(str(name) for name in found.tasks) or "none that all of its seeds have"
                raise TaggerError(f"it has no task '{task}'", where=found.given, fix=f"It has {tasks}.")
        common = [task]
    if not common:
        tasks = "; ".join(f"{found.given} has {', '.join(map(str, found.tasks)) or 'none'}" for found in named)
        raise TaggerError("no task is common to all", where="--task", fix=f"{tasks}.")
    if len(named) < len(opponents) and len(common) > 1:
        lone = next(found for found in opponents if None in found.tasks)
        raise TaggerError(
            "nothing tells of which task these predictions are",
            where=lone.given,
            fix=f"Name it with --task: one of {', '.join(map(str, common))}.",
        )
    return [(name, [_of_task(found, name) for found in opponents]) for name in common]


def _of_task(found: Opponent, task: str | None) -> dict[str, Path]:
    key = None if None in found.tasks else task
    return {run: files[key] for run, files in found.runs.items()}
