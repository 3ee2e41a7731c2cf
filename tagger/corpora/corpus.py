"""A corpus: train, dev and test as memory-mapped `datasets.Dataset`s, and what is in them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tagger.corpora.source import SourceSentence
from tagger.errors import CorpusError
from tagger.text.partial import UNKNOWN
from tagger.text.schemes import TagScheme, split_tag

if TYPE_CHECKING:
    from datasets import Dataset

SPLITS = ("train", "dev", "test")
Source = Callable[[], Iterable[SourceSentence]]
"""What opens a split: called anew for each reading."""


@dataclass(frozen=True)
class Corpus:
    """The splits that there are, and what they are made of.

    Each split has the columns `tokens`, one of `ClassLabel`s for each task (spans in the scheme that `schemes` names, whatever
    the source is in; for a sentence's label one alone and no list; `UNKNOWN` where it is not known), for a task with confidences
    `<task>_confidence`, one of `ClassLabel`s for each column that embeddings read (spans in IOB2), `place` and `lines` (where each
    token stands), `document` (a number), and `spaces_after` where the source tells.

    Attributes:
        splits: `train`, `dev` and `test`, those that there are.
        schemes: For each task the scheme of its tags here, None for plain tags.
        fingerprint: Names the content: equal for equal sentences, tags, documents and spaces, wherever they lie.
        notes: What was noticed while reading: schemes that were detected, tags that were repaired or are unknown.
    """

    splits: "Mapping[str, Dataset]"
    schemes: Mapping[str, TagScheme | None]
    fingerprint: str
    notes: Sequence[str] = ()

    def __getitem__(self, split: str) -> "Dataset":
        """A split.

        Raises:
            CorpusError: The corpus has no such split.
        """
        if split not in self.splits:
            raise CorpusError(
                f"the corpus has no {split} split", fix=f"It has {', '.join(self.splits)}; give it the file that is missing."
            )
        return self.splits[split]

    def tag_names(self, task: str) -> list[str]:
        """The tags of a task in all splits, in the order of their ids."""
        feature = next(iter(self.splits.values())).features[task]
        names: list[str] = feature.names if self.is_label(task) else feature.feature.names
        return names

    def is_label(self, task: str) -> bool:
        """Whether a task has one label for a sentence, and not a tag for each token."""
        return hasattr(next(iter(self.splits.values())).features[task], "names")

    def has_unknown(self, task: str) -> bool:
        """Whether some tag of a task is not known in any split."""
        return any(UNKNOWN in _counts(data, task) for data in self.splits.values())

    def tag_counts(self, task: str, split: str = "train") -> dict[str, int]:
        """How often each tag of a task stands in a split; for a sentence's label the number of sentences."""
        names = self.tag_names(task)
        return {names[index]: count for index, count in _counts(self[split], task).items() if index != UNKNOWN}

    def labels(self, task: str, split: str = "train") -> list[str]:
        """The labels of a task that occur in a split, sorted; for a task without spans its tags."""
        used = self.tag_counts(task, split)
        if not self.schemes[task]:
            return sorted(used)
        return sorted({split_tag(name)[1] for name in used} - {""})

    def warnings(self) -> list[str]:
        """What is no error but should be known: labels that dev or test hold and train does not, with their first place."""
        found = []
        for task, scheme in self.schemes.items():
            known = set(self.labels(task))
            for split in ("dev", "test"):
                if split not in self.splits:
                    continue
                for label in self.labels(task, split):
                    if label not in known:
                        kind = "label" if scheme or self.is_label(task) else "tag"
                        place = self._first_place(split, task, label)
                        found.append(
                            f"{place}: {task} {kind} '{label}' is in {split} but not in train: it will be scored as missed"
                        )
        return found

    def _first_place(self, split: str, task: str, label: str) -> str:
        names = self.tag_names(task)
        wanted = [index for index, name in enumerate(names) if label in (name, split_tag(name)[1] if self.schemes[task] else name)]
        for row in self[split]:
            tags, lines = ([row[task]], row["lines"][:1]) if self.is_label(task) else (row[task], row["lines"])
            for tag, line in zip(tags, lines, strict=True):
                if tag in wanted:
                    return f"{row['place']}:{line}"
        raise AssertionError(f"{label} is not in {split}")


def with_dev_share(sources: Mapping[str, Source], share: float) -> dict[str, Source]:
    """Sources whose dev split is taken out of train: every n-th sentence, n being 1 / `share` rounded."""
    step = max(2, round(1 / share))

    def pick(*, dev: bool) -> Iterator[SourceSentence]:
        for index, sentence in enumerate(sources["train"]()):
            if (index % step == step - 1) == dev:
                yield sentence

    new: dict[str, Source] = {**sources, "train": partial(pick, dev=False), "dev": partial(pick, dev=True)}
    return {split: new[split] for split in SPLITS if split in new}


def _counts(dataset: "Dataset", task: str) -> dict[int, int]:
    """How often each id stands in a column, `UNKNOWN` among them."""
    import pyarrow.compute as pc

    column = dataset.data.column(task)
    counted = pc.value_counts(column if hasattr(dataset.features[task], "names") else pc.list_flatten(column))
    return {pair["values"]: pair["counts"] for pair in counted.to_pylist()}
