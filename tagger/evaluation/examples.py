"""Sentences to look at: those with most errors, and those whose gold tags the model doubts."""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Bool
from numpy import ndarray

from tagger.evaluation.errors import Error
from tagger.evaluation.judged import Items, Judged
from tagger.evaluation.report import Doubt, Example, Mark

_MOST = 25
# What is less sure than this is no doubt about gold.
_SURE = 0.9


def worst(judged: Judged, errors: Iterable[Error]) -> list[Example]:
    """The sentences with most errors; of equally many, those that the model was surest of."""
    counts = np.bincount([error.sentence for error in errors], minlength=len(judged.words))
    sure = np.array(judged.certain.sentences) if judged.certain and len(judged.certain.sentences) else None
    if sure is None and judged.predicted.probability is not None and judged.kind == "labels":
        sure = judged.predicted.probability
    order = np.lexsort((np.arange(len(counts)), np.zeros(len(counts)) if sure is None else -sure, -counts))
    chosen = [index for index in order[:_MOST].tolist() if counts[index]]
    return [
        Example(
            sentence=judged.places[index],
            words=list(judged.words[index]),
            gold=marks(judged, judged.gold, index),
            predicted=marks(judged, judged.predicted, index),
            errors=int(counts[index]),
            probability=None if sure is None else float(sure[index]),
        )
        for index in chosen
    ]


def marks(
    judged: Judged,
    items: Items,
    sentence: int,
    shown: Bool[ndarray, " items"] | None = None,
    right: Bool[ndarray, " items"] | None = None,
) -> list[Mark]:
    """The items of one sentence that have a label.

    Args:
        judged: What they are of.
        items: Gold or predicted ones.
        sentence: Which of the scored sentences.
        shown: Which of the sentence's items are given; if None all, but of plain tags the wrong ones alone.
        right: Which of them count as right; as they are judged, if None.
    """
    here = items.of_sentence(sentence)
    right = items.right[here] if right is None else right
    if shown is None:
        shown = ~right if judged.kind == "tags" else np.ones(len(right), dtype=bool)
    return [
        Mark(
            start=int(items.start[place]),
            end=int(items.end[place]),
            label=judged.names[items.label[place]],
            right=bool(right[place - here.start]),
            probability=None if items.probability is None else float(items.probability[place]),
        )
        for place in (np.flatnonzero(shown) + here.start).tolist()
        if items.label[place] >= 0
    ]


def doubts(judged: Judged, errors: Iterable[Error]) -> list[Doubt]:
    """The errors that the model was surest of: among them those of annotation, and what it learned wrongly.

    How sure it was is the probability of the predicted span, tag or label; of a span that it missed that of the least probable
    of the tags that it gave the words.
    """
    if judged.certain is None:
        return []
    rated = [(_certainty(judged, error), error) for error in errors]
    surest = sorted((pair for pair in rated if pair[0] >= _SURE), key=lambda pair: (-pair[0], pair[1].sentence))
    return [_doubt(judged, error, probability) for probability, error in surest[:_MOST]]


def _certainty(judged: Judged, error: Error) -> float:
    assert judged.certain is not None
    if error.predicted is not None and judged.predicted.probability is not None:
        return float(judged.predicted.probability[error.predicted])
    assert error.gold is not None
    start, end = judged.gold.start[error.gold], judged.gold.end[error.gold]
    return min(judged.certain.tags[error.sentence][start:end])


def _doubt(judged: Judged, error: Error, probability: float) -> Doubt:
    sides = [(judged.gold, error.gold), (judged.predicted, error.predicted)]
    there = [(items, place) for items, place in sides if place is not None]
    return Doubt(
        sentence=judged.places[error.sentence],
        words=list(judged.words[error.sentence]),
        start=min(int(items.start[place]) for items, place in there),
        end=max(int(items.end[place]) for items, place in there),
        gold=judged.label(judged.gold, error.gold),
        predicted=judged.label(judged.predicted, error.predicted),
        probability=probability,
    )
