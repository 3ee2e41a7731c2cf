"""Which inputs there are, and which output each becomes."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tagger.corpora.compressed import SUFFIXES as COMPRESSED
from tagger.corpora.compressed import Compression, compression_of
from tagger.corpora.streams import SUFFIXES
from tagger.deployment.pieces import Source
from tagger.errors import TaggerError

_KNOWN = {".txt": "text", **SUFFIXES}
_WRITTEN = {"text": ".txt", "conll": ".conll", "conllu": ".conllu", "jsonl": ".jsonl", "parquet": ".parquet"}
_ENDINGS = {compression: suffix for suffix, compression in COMPRESSED.items()}


class Job(NamedTuple):
    """An input and what becomes of it; `output` is None where that goes to the terminal or into a pipe."""

    source: Source
    output: Path | None
    to: str
    compression: Compression | None


class Inputs(NamedTuple):
    """The files that were named, and what is to be told of files of folders that are none."""

    paths: list[Path]
    notes: list[str]


def find_inputs(names: Sequence[str]) -> Inputs:
    """The files that names mean: files, folders (their files of known forms), patterns such as `in/*.txt`.

    Raises:
        TaggerError: A name means no file.
    """
    paths: dict[Path, None] = {}
    notes: list[str] = []
    for name in names:
        path = Path(name)
        if path.is_dir():
            files = sorted(file for file in path.iterdir() if not file.name.startswith("."))
            found = [file for file in files if file.is_file() and _plain(file).suffix in _KNOWN]
            if not found:
                kinds = ", ".join(_KNOWN)
                raise TaggerError("the folder holds no file of a known form", where=name, fix=f"These are known: {kinds}.")
            if left := [file.name for file in files if file not in found]:
                notes.append(f"{name}: left out: {', '.join(left)}")
        elif not path.exists() and any(sign in name for sign in "*?["):
            root = Path(path.anchor or ".")
            found = sorted(match for match in root.glob(str(path.relative_to(path.anchor))) if match.is_file())
            if not found:
                raise TaggerError("no file has such a name", where=name, fix="Name existing files.")
        else:
            if not path.exists():
                raise TaggerError("no such file", where=name, fix="Name an existing file.")
            found = [path]
        paths |= dict.fromkeys(found)
    return Inputs(list(paths), notes)


def form_of(path: Path) -> str | None:
    """The form that a file's name tells of, whether or not it is compressed; None for `.txt` and all other names."""
    return SUFFIXES.get(_plain(path).suffix)


def plan_folder(
    paths: Sequence[Path], folder: Path, form: str | None, to: str | None, compression: Compression | None, *, keep: bool
) -> list[Job]:
    """For each input its output in a folder: the input's name with the ending of what is written.

    Args:
        paths: The inputs.
        folder: Where the outputs go.
        form: The form of all inputs; None where their names tell.
        to: The form of the outputs; None for that of each input.
        compression: How outputs are compressed.
        keep: Whether they are compressed as their inputs are, instead.

    Raises:
        TaggerError: Two inputs would have one output, or an output is an input.
    """
    jobs: dict[Path, Job] = {}
    inputs = {path.resolve() for path in paths}
    for path in paths:
        own = form or form_of(path) or "text"
        written = to or own
        chosen = None if written == "parquet" else compression_of(path) if keep else compression
        plain = _plain(path)
        stem = plain.stem if plain.suffix in _KNOWN else plain.name
        output = folder / (stem + _WRITTEN[written] + (_ENDINGS[chosen] if chosen else ""))
        if output in jobs:
            raise TaggerError(
                f"{jobs[output].source.place} and {path} would both become {output.name}",
                where=str(folder),
                fix="Tag them into different folders.",
            )
        if output.resolve() in inputs:
            raise TaggerError("an input would be overwritten", where=str(output), fix="Name another folder with --output.")
        jobs[output] = Job(Source(path, own), output, written, chosen)
    return list(jobs.values())


def _plain(path: Path) -> Path:
    """A file's name without that it is compressed."""
    return path.with_suffix("") if compression_of(path) else path
