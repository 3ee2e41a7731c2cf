"""Which file of a folder is which split, and what names its content."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from tagger.errors import CorpusError

_NAMES = {
    "train": ("train",),
    "dev": ("dev", "devel", "development", "valid", "validation", "testa"),
    "test": ("test", "testb"),
}
_SUFFIXES = {"conllu": (".conllu",), "jsonl": (".jsonl", ".json")}
_NEVER = {".conllu", ".jsonl", ".md", ".json", ".yaml", ".yml", ".py", ".html", ".arrow", ".parquet", ".zip", ".gz", ".pdf"}
# What stands beside a corpus and is none.
_ABOUT = {"readme", "license", "licence", "copying", "notice", "changes", "changelog"}


def find_splits(folder: Path, *, kind: str) -> dict[str, Path]:
    """The files of a folder by the usual names: train, dev (devel, development, valid, validation, testa), test (testb).

    Args:
        kind: `conllu` looks for `.conllu` files, `jsonl` for `.jsonl` and `.json`, `columns` for all others.

    Raises:
        CorpusError: There is no such folder, no train file, or two files have a claim to one split.
    """
    if not folder.is_dir():
        raise CorpusError("no such folder", where=str(folder), fix="Name an existing folder in the recipe or with --corpus PATH.")
    found: dict[str, Path] = {}
    for path, split in candidates(folder, kind=kind).items():
        if split is not None:
            if split in found:
                raise CorpusError(
                    f"two files may be {split}: {found[split].name} and {path.name}",
                    where=str(folder),
                    fix="Name the files in the recipe: corpus.train, corpus.dev, corpus.test; or move one of them away.",
                )
            found[split] = path
    if not found:
        ending = _SUFFIXES.get(kind, (".txt",))[0]
        usual = ", ".join(f"{split}{ending}" for split in _NAMES)
        usual += " or eng.train, eng.testa, eng.testb" if kind == "columns" else ""
        there = ", ".join(path.name for path in _files(folder)[:8]) or "nothing"
        raise CorpusError(f"no corpus files: it holds {there}", where=str(folder), fix=f"The usual names are {usual}.")
    return {split: found[split] for split in _NAMES if split in found}


def left_out(folder: Path, *, kind: str) -> tuple[str, ...]:
    """What is to be told of files that `find_splits` has no split for, though they may hold a corpus; nothing if there are none."""
    files = candidates(folder, kind=kind).items()
    names = [path.name for path, split in files if split is None and not _ABOUT & set(re.split(r"[._-]", path.name.lower()))]
    whose = "whose name tells" if len(names) == 1 else "whose names tell"
    return (f"left out: {', '.join(names)}, {whose} of no split",) if names else ()


def candidates(folder: Path, *, kind: str) -> dict[Path, str | None]:
    """The files of a folder that by their endings may be of a kind, each with the split that its name tells of."""
    suffixes = _SUFFIXES.get(kind)
    files = [path for path in _files(folder) if (path.suffix in suffixes if suffixes else path.suffix not in _NEVER)]
    return {path: named_split(path) for path in files}


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if path.is_file() and not path.name.startswith(".")]


def named_split(path: Path) -> str | None:
    """The split that a file's name tells of; None where it tells of none, or of two."""
    words = set(re.split(r"[._-]", path.name.lower()))
    splits = [split for split, names in _NAMES.items() if words & set(names)]
    return splits[0] if len(splits) == 1 else None


def digest_files(paths: Mapping[str, Path]) -> list[str]:
    """For each split its name, and the name and the digest of its file.

    Raises:
        CorpusError: A file is missing, or is a folder.
    """
    digests = []
    for split, path in paths.items():
        if path.is_dir():
            raise CorpusError("is a folder", where=str(path), fix="Name a file, or give the folder as corpus.path.")
        if not path.is_file():
            raise CorpusError("no such file", where=str(path), fix="Name existing files in the recipe or with --corpus PATH.")
        with path.open("rb") as file:
            # The path is part of it, because messages name it.
            digests.append(f"{split}:{path}:{hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()}")
    return digests
