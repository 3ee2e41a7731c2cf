"""What one of two systems gets right and the other wrong: counts, kinds of errors, confusions, and sentences to look at."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Int
from numpy import ndarray

from tagger.comparison.comparison import Agreement, ConfusionDifference, PairExample
from tagger.evaluation.errors import Error, counted, errors_of
from tagger.evaluation.examples import marks
from tagger.evaluation.judged import Judged
from tagger.text.schemes import OUTSIDE

_MOST_CONFUSIONS = 15

_Place = tuple[int, int, int, str]


class _Confused(NamedTuple):
    gold: str
    predicted: str


@dataclass(frozen=True)
class Faults:
    """What the runs of one opponent got wrong.

    Attributes:
        runs: How many they are.
        found: For each gold item how many of them have it.
        wrong: For each prediction that is wrong how many make it, by sentence, first word, word behind the last, and label.
        kinds: How many errors of each kind all of them have.
        confusions: How often they take each label or tag for each other.
    """

    runs: int
    found: Int[ndarray, " items"]
    wrong: Counter[_Place]
    kinds: Counter[str]
    confusions: Counter[_Confused]


def faults_of(runs: Sequence[Judged]) -> Faults:
    """What runs over the same gold items got wrong."""
    wrong: Counter[_Place] = Counter()
    kinds: Counter[str] = Counter()
    confusions: Counter[_Confused] = Counter()
    for judged in runs:
        errors = errors_of(judged)
        wrong.update(_wrong_places(judged))
        kinds.update(counted(judged, errors))
        confusions.update(_confused(judged, error) for error in errors)
    found = np.stack([judged.gold.right for judged in runs]).astype(np.int64).sum(0)
    return Faults(len(runs), found, wrong, kinds, confusions)


def _wrong_places(judged: Judged) -> list[_Place]:
    items = judged.predicted
    wrong = np.flatnonzero(~items.right & (items.label >= 0))
    names = [judged.names[label] for label in items.label[wrong].tolist()]
    return list(zip(items.sentence[wrong].tolist(), items.start[wrong].tolist(), items.end[wrong].tolist(), names, strict=True))


def _confused(judged: Judged, error: Error) -> _Confused:
    gold, predicted = judged.label(judged.gold, error.gold), judged.label(judged.predicted, error.predicted)
    return _Confused(gold or OUTSIDE, predicted or OUTSIDE)


def agreement(first: Faults, second: Faults) -> Agreement:
    """Who has which gold items."""
    ours, theirs, pairs = first.found, second.found, first.runs * second.runs
    return Agreement(
        both=int(ours @ theirs) / pairs,
        first=int(ours @ (second.runs - theirs)) / pairs,
        second=int((first.runs - ours) @ theirs) / pairs,
        neither=int((first.runs - ours) @ (second.runs - theirs)) / pairs,
    )


def wrong_agreement(first: Faults, second: Faults) -> Agreement:
    """Who has which wrong predictions."""
    both, pairs = sum(count * second.wrong[place] for place, count in first.wrong.items()), first.runs * second.runs
    ours, theirs = (side.wrong.total() * other.runs for side, other in ((first, second), (second, first)))
    return Agreement(both=both / pairs, first=(ours - both) / pairs, second=(theirs - both) / pairs)


def confusion_differences(first: Faults, second: Faults) -> list[ConfusionDifference]:
    """What one takes for something else more often than the other does, the largest difference first."""
    pairs = {
        pair: (first.confusions[pair] / first.runs, second.confusions[pair] / second.runs)
        for pair in first.confusions.keys() | second.confusions.keys()
    }
    ordered = sorted(pairs.items(), key=lambda item: (-abs(item[1][1] - item[1][0]), item[0]))
    return [
        ConfusionDifference(gold=pair.gold, predicted=pair.predicted, first=ours, second=theirs)
        for pair, (ours, theirs) in ordered[:_MOST_CONFUSIONS]
        if ours != theirs
    ]


def kind_differences(first: Faults, second: Faults) -> dict[str, tuple[float, float]]:
    """How many errors of each kind they have."""
    return {kind: (count / first.runs, second.kinds[kind] / second.runs) for kind, count in first.kinds.items()}


def telling_examples(first: Judged, second: Judged, most: int) -> tuple[list[PairExample], list[PairExample]]:
    """Sentences with gold items that only the first has right, and those with such of the second.

    Those in which it has the fewest errors beside the other's come first, of equal ones the shorter.
    """
    ours, theirs = _wrong_by_sentence(first), _wrong_by_sentence(second)
    lengths = np.diff(first.offsets)
    sides = []
    for better, worse, gain in ((first, second, theirs - ours), (second, first, ours - theirs)):
        # Fewer errors are not enough: who leaves out what the other has wrong gets nothing right.
        won = np.unique(better.gold.sentence[better.gold.right & ~worse.gold.right])
        order = won[np.lexsort((won, lengths[won], -gain[won]))][:most]
        sides.append([_example(first, second, at, (int(ours[at]), int(theirs[at]))) for at in order.tolist()])
    return sides[0], sides[1]


def _wrong_by_sentence(judged: Judged) -> Int[ndarray, " sentences"]:
    num = len(judged.words)
    wrong = np.bincount(judged.gold.sentence[~judged.gold.right], minlength=num)
    # Of tags and labels each wrong prediction stands at the place of the gold one.
    return (
        wrong + np.bincount(judged.predicted.sentence[~judged.predicted.right], minlength=num) if judged.kind == "spans" else wrong
    )


def _example(first: Judged, second: Judged, sentence: int, errors: tuple[int, int]) -> PairExample:
    ours, theirs = (judged.gold.right[judged.gold.of_sentence(sentence)] for judged in (first, second))
    both = ours & theirs
    # All words of a sentence have plain tags: only those that someone got wrong are worth showing.
    shown = ~both if first.kind == "tags" else None
    return PairExample(
        sentence=first.places[sentence],
        words=list(first.words[sentence]),
        gold=marks(first, first.gold, sentence, shown, both),
        first=marks(first, first.predicted, sentence, shown),
        second=marks(second, second.predicted, sentence, shown),
        errors=errors,
    )
