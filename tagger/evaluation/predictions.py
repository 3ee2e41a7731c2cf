"""What a tagger, ours or another, predicted in sentences whose gold tags are known; written as columns for `conlleval`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tagger.corpora.columns import one_column, write_columns
from tagger.text.schemes import IOB2, TagScheme

UNKNOWN_TAG = "_"


class Certainty(NamedTuple):
    """How sure the model is of one task's predictions, sentence by sentence: of each tag, of each span, and of all tags together.

    Of sentences' labels the label's probability stands among `tags`, and nothing in the rest.
    """

    tags: Sequence[Sequence[float]]
    spans: Sequence[Sequence[float]]
    sentences: Sequence[float]


@dataclass(frozen=True)
class Predictions:
    """Words, and for each task gold and predicted tags, sentence by sentence. None: a gold tag is not known.

    Attributes:
        words: The words.
        gold: The tags that are right.
        predicted: The tags that were found.
        labelled: The tasks of which a sentence has one label in place of tags; none was found where it has no words.
        schemes: For each task that finds spans the schemes of its gold and of its predicted tags.
        certain: For each task how sure the model is, where that is known.
    """

    words: Sequence[Sequence[str]]
    gold: Mapping[str, Sequence[Sequence[str | None]]]
    predicted: Mapping[str, Sequence[Sequence[str]]]
    labelled: Sequence[str] = ()
    schemes: Mapping[str, tuple[TagScheme, TagScheme]] = field(default_factory=dict)
    certain: Mapping[str, Certainty] = field(default_factory=dict)

    def write(self, folder: Path, split: str) -> list[Path]:
        """Writes word, gold and predicted columns, as conlleval reads them: `test.conll`, with several tasks a file each.

        Of sentences' labels gold, predicted and the words on one line, between tabs: `test.tsv`.
        """
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for task, gold in self.gold.items():
            ending = "tsv" if task in self.labelled else "conll"
            paths.append(folder / (f"{split}.{ending}" if len(self.gold) == 1 else f"{split}.{task}.{ending}"))
            if task in self.labelled:
                _write_labels(paths[-1], gold, self.predicted[task], self.words)
                continue
            known = ([tag or UNKNOWN_TAG for tag in tags] for tags in gold)
            rows = (list(zip(*columns, strict=True)) for columns in zip(self.words, known, self.predicted[task], strict=True))
            write_columns(paths[-1], rows)
        return paths


SPANS = (IOB2, IOB2)
"""The schemes of gold and predicted tags as this package predicts them."""


def _write_labels(
    path: Path, gold: Sequence[Sequence[str | None]], predicted: Sequence[Sequence[str]], words: Sequence[Sequence[str]]
) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for right, found, sentence in zip(gold, predicted, words, strict=True):
            row = (right[0] or UNKNOWN_TAG, next(iter(found), UNKNOWN_TAG), " ".join(map(one_column, sentence)))
            file.write("\t".join(row) + "\n")
