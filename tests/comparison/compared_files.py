"""Files of predictions and runs that are compared in tests."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tagger.comparison.compare import compare
from tagger.comparison.comparison import Comparison
from tagger.errors import TaggerError
from tagger.text.schemes import LabelledRange, scheme_named

Spans = Sequence[tuple[int, int, str]]
WORDS = ["Mary", "Ann", "Smith", "left", "Paris", "for", "Bonn"]
GOLD: Spans = [(0, 3, "PER"), (4, 5, "LOC"), (6, 7, "LOC")]
MISSED: Spans = [(0, 2, "PER"), (4, 5, "ORG"), (6, 7, "LOC")]


def write(
    path: Path, predicted: Sequence[Spans], *, gold: Spans = GOLD, scheme: str = "iob2", words: Sequence[str] = WORDS
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = ""
    for spans in predicted:
        sides = [scheme_named(scheme).write([LabelledRange(*span) for span in side], len(words)) for side in (gold, spans)]
        text += "".join(" ".join(row) + "\n" for row in zip(words, *sides, strict=True)) + "\n"
    path.write_text(text, "utf-8")
    return path


def tags(path: Path, rows: Sequence[tuple[str, str, str]]) -> Path:
    path.write_text("".join(" ".join(row) + "\n" for row in rows) + "\n", "utf-8")
    return path


def random_file(path: Path, seed: int, errors: float) -> Path:
    random = np.random.default_rng(seed)
    wrong = random.random(60) < errors
    return write(path, [MISSED if bad else GOLD for bad in wrong])


def compared(*paths: Path, **options: object) -> Comparison:
    return compare([str(path) for path in paths], **options)


def refused(*paths: Path, **options: object) -> TaggerError:
    with pytest.raises(TaggerError) as caught:
        compared(*paths, **options)
    return caught.value


def run(folder: Path, errors: float, *, task: str = "ner", seed: int = 0) -> Path:
    """A run with one task, as training leaves it."""
    random_file(folder / "predictions" / "test.conll", seed, errors)
    (folder / "report").mkdir()
    (folder / "report" / "report.json").write_text(json.dumps({"splits": {"test": {task: {}}}}), "utf-8")
    return folder


def seeds(folder: Path, errors: Sequence[float]) -> Path:
    for number, share in enumerate(errors, 1):
        run(folder / f"seed-{number}", share, seed=number)
    return folder
