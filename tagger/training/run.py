"""A run in progress, as all of its parts see it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console

from tagger.corpora.corpus import Corpus
from tagger.errors import ModelError
from tagger.recipe import Recipe
from tagger.training.loop import Learner
from tagger.training.run_folder import RunFolder
from tagger.whole_files import RESUME


@dataclass(frozen=True)
class Run:
    """What all parts of a run look at."""

    folder: RunFolder
    recipe: Recipe
    corpus: Corpus
    learner: Learner
    console: Console

    @property
    def scored(self) -> tuple[str, ...]:
        """The splits that are scored at its end."""
        return tuple(split for split in ("dev", "test") if split in self.corpus.splits)

    @property
    def tagged(self) -> tuple[str, ...]:
        """The splits that are tagged at its end: without those, train, to know how fast it is."""
        return self.scored or ("train",)


@contextmanager
def in_run() -> Iterator[None]:
    """Within it, what can't be written is told in words that fit a run, which can go on."""
    try:
        yield
    except ModelError as error:
        raise ModelError(error.problem, where=error.where, fix=RESUME) from error
