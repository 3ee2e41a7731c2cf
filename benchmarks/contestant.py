"""What is measured: a contestant learns from and tags the same sentences as all others.

Imports nothing that a peer's environment lacks.
"""

import gzip
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Words = Sequence[str]
PEER_BATCH = 32
"""Sentences in a batch of a peer."""


class MissingError(Exception):
    """Why something can't be measured here, in a line."""


class Spent(NamedTuple):
    """Seconds of the clock on the wall, and those of all processors together that the process had."""

    seconds: float
    processor_seconds: float


class Stopwatch:
    """Runs from when it is made."""

    def __init__(self) -> None:
        self._seconds, self._processor_seconds = time.perf_counter(), time.process_time()

    def read(self) -> Spent:
        """The time since."""
        return Spent(time.perf_counter() - self._seconds, time.process_time() - self._processor_seconds)


class Tagged(NamedTuple):
    """What tagging took, and the tags in IOB2; no tags where a contestant finds none."""

    spent: Spent
    tags: list[list[str]]


class Contestant(Protocol):
    """Something that is measured, in a process of its own with a given number of threads."""

    def ready(self, batch_words: int, num_words: int) -> None:
        """Does what comes before `train` and is not timed."""
        ...

    def train(self, batch_words: int, num_words: int) -> int:
        """Learns from the next `num_words` words or a few more, and gives their number."""
        ...

    def tag(self, sentences: Sequence[Words]) -> Tagged:
        """Tags sentences: word lists in, tags out."""
        ...


class Split(NamedTuple):
    """Words and tags of a split."""

    words: list[list[str]]
    iob2: list[list[str]]
    iobes: list[list[str]]


@dataclass(frozen=True)
class Data:
    """What all contestants are given.

    Attributes:
        corpus: The folder of the corpus, for contestants that read it themselves.
        vectors: The file of word vectors.
        model: A run folder of `tagger train`.
        exports: Its exported forms, by engine.
        splits: train, dev and test.
    """

    corpus: str
    vectors: str
    model: str
    exports: dict[str, str]
    splits: dict[str, Split]


def read_data(path: Path) -> Data:
    """The data that the measuring process wrote."""
    data = json.loads(path.read_text("utf-8"))
    splits = {name: Split(*columns) for name, columns in data.pop("splits").items()}
    return Data(splits=splits, **data)


def read_vectors(path: str, words: set[str]) -> tuple[dict[str, int], NDArray[np.float32]]:
    """The vectors of these words, those that the file has: where each stands, and the table."""
    places: dict[str, int] = {}
    rows: list[NDArray[np.float32]] = []
    with gzip.open(path, "rt", encoding="utf-8") if path.endswith(".gz") else Path(path).open(encoding="utf-8") as file:
        for line in file:
            word, *numbers = line.rstrip().split(" ")
            if word in words and word not in places:
                places[word] = len(rows)
                rows.append(np.array(numbers, np.float32))
    return places, np.stack(rows)


def training_rows(split: Split, num_words: int) -> Iterator[list[int]]:
    """Batches of a peer without end: the first sentences of a split, about `num_words` words, over and over."""
    rows: list[int] = []
    left = num_words
    while left > 0 and len(rows) < len(split.words):
        left -= len(split.words[len(rows)])
        rows.append(len(rows))
    return cycle([rows[start : start + PEER_BATCH] for start in range(0, len(rows), PEER_BATCH)])
