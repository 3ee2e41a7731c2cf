"""The columns that a tool was trained by: what train holds, for predictions that are read from a file."""

from collections import Counter
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from tagger.corpora.columns import Separator
from tagger.errors import CorpusError
from tagger.evaluation.column_tags import num_faults, refuse_odd
from tagger.evaluation.known import Known, known_of_tags
from tagger.evaluation.last_columns import Tags, read_last_columns
from tagger.evaluation.predictions import Predictions
from tagger.text.detect import Pair, count_pairs
from tagger.text.repair import repair
from tagger.text.schemes import OUTSIDE, SCHEMES, TagScheme, split_tag

_FIX = "Each line of train must hold the word first and the gold tag last."


class TrainFile(NamedTuple):
    """What train holds for each task; how its tags were read, in a sentence; and that as facts for a report."""

    known: dict[str, Known]
    told: str
    facts: dict[str, str]


def read_train(path: Path, predictions: Predictions, separator: Separator = "whitespace") -> TrainFile:
    """Reads what train holds for the task of some predictions: columns with the word first and the gold tag last.

    Args:
        path: The file.
        predictions: Those of the one task; where its gold tags write spans, train's do, be it in another scheme.
        separator: What stands between columns, as in `read_last_columns`.

    Raises:
        CorpusError: The file can't be read, or its tags are others than those of the task.
    """
    ((task, gold),) = predictions.gold.items()
    read = read_last_columns(path, ("gold",), separator, _FIX)
    (tags,) = read.tags
    own, told, fact = None, "tags are read as plain tags", "plain"
    if schemes := predictions.schemes.get(task):
        refuse_odd(read, [Counter(tag for tag in chain.from_iterable(tags) if tag is not None)])
        pairs = count_pairs(tags)
        own = _scheme_of(pairs, schemes[0])
        count = num_faults(pairs, own)
        fact = own.name.upper()
        if count:
            fact += f"; {count:,} {'place breaks' if count == 1 else 'places break'} it, and spans with such a place are left out"
            tags = _legal(tags, own)
        told = f"tags are read as {fact}"
    known = known_of_tags(read.words, tags, own)
    names = {split_tag(tag)[1] if own else tag for row in gold for tag in row if tag is not None} - {""}
    if known.labels is not None and names and names.isdisjoint(known.labels):
        what = "labels" if own else "tags"
        problem = f"it holds none of the {what} that are gold in the predictions, such as '{min(names)}'"
        raise CorpusError(problem, where=str(path), fix="Give the columns of the same task, the tag last.", kind="other tags")
    return TrainFile({task: known}, told, {"train": path.name, "train tags": fact})


def _scheme_of(pairs: Counter[Pair], gold: TagScheme) -> TagScheme:
    """That of the gold tags, or the one that explains more."""
    return min((gold, *SCHEMES.values()), key=lambda scheme: num_faults(pairs, scheme))


def _legal(tags: Tags, scheme: TagScheme) -> Tags:
    """Tags whose every span is legal; those of sentences that are not known as a whole stay what they are."""
    legal: Tags = []
    for row in tags:
        known = [tag for tag in row if tag is not None]
        if len(known) < len(row) or scheme.illegal(known) is None:
            legal.append(row)
            continue
        own = [OUTSIDE if scheme.problem(tag) else tag for tag in known]
        legal.append([*scheme.write(repair(own, scheme, "strict-drop").spans, len(row))])
    return legal
