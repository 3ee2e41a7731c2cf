"""What kind each error is of, and what was taken for what."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from tagger.evaluation.judged import Items, Judged
from tagger.evaluation.report import Confusion, ErrorString
from tagger.text.schemes import OUTSIDE

BOUNDARY, LABEL, BOTH, MISSED, SPURIOUS = "boundary", "label", "boundary and label", "missed", "spurious"
SPAN_KINDS = (BOUNDARY, LABEL, BOTH, MISSED, SPURIOUS)
"""A span of the right label whose start or end is wrong; the right stretch of words with a wrong label; both wrong in a span that
overlaps a gold one; a gold span that nothing stands for; a predicted span that stands for nothing."""
WRONG_TAG, WRONG_LABEL = "wrong tag", "wrong label"

_MOST_STRINGS = 25


class Error(NamedTuple):
    """One error: the gold item and the predicted one that stands for it, by their places in the tables; None for none."""

    kind: str
    sentence: int
    gold: int | None
    predicted: int | None


def errors_of(judged: Judged) -> list[Error]:
    """All errors, sentence by sentence.

    A wrong gold span and a wrong predicted one that overlap make one error together, and each is in one error alone: those with the
    same words first, then those with the same label, then those with most words in common. So of gold spans those that are not
    right are the errors less the spurious ones, and of predicted ones the errors less the missed ones.
    """
    gold, predicted = judged.gold, judged.predicted
    if judged.kind != "spans":
        kind = WRONG_TAG if judged.kind == "tags" else WRONG_LABEL
        wrong = np.flatnonzero(~judged.tags_right)
        return [Error(kind, int(gold.sentence[place]), int(place), int(place)) for place in wrong]
    found: list[Error] = []
    missed, extra = _wrong_by_sentence(gold), _wrong_by_sentence(predicted)
    for sentence in sorted(missed.keys() | extra.keys()):
        golds, others = missed.get(sentence, []), extra.get(sentence, [])
        pairs = list(_paired(gold, predicted, golds, others))
        found += [Error(_kind(gold, predicted, left, right), sentence, left, right) for left, right in pairs]
        taken, used = {left for left, _ in pairs}, {right for _, right in pairs}
        found += [Error(MISSED, sentence, place, None) for place in golds if place not in taken]
        found += [Error(SPURIOUS, sentence, None, place) for place in others if place not in used]
    return found


def _wrong_by_sentence(items: Items) -> dict[int, list[int]]:
    wrong: dict[int, list[int]] = {}
    places = np.flatnonzero(~items.right)
    for place, sentence in zip(places.tolist(), items.sentence[places].tolist(), strict=True):
        wrong.setdefault(sentence, []).append(place)
    return wrong


def _paired(gold: Items, predicted: Items, golds: Sequence[int], others: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Which wrong gold item each wrong predicted one of a sentence stands for."""
    candidates = []
    for left in golds:
        for right in others:
            common = min(gold.end[left], predicted.end[right]) - max(gold.start[left], predicted.start[right])
            if common > 0:
                same_words = gold.start[left] == predicted.start[right] and gold.end[left] == predicted.end[right]
                same_label = gold.label[left] == predicted.label[right]
                candidates.append((not same_words, not same_label, -common, left, right))
    taken: set[int] = set()
    used: set[int] = set()
    for *_, left, right in sorted(candidates):
        if left not in taken and right not in used:
            taken.add(left)
            used.add(right)
            yield left, right


def _kind(gold: Items, predicted: Items, left: int, right: int) -> str:
    if gold.label[left] == predicted.label[right]:
        return BOUNDARY
    return LABEL if gold.start[left] == predicted.start[right] and gold.end[left] == predicted.end[right] else BOTH


def counted(judged: Judged, errors: Iterable[Error]) -> dict[str, int]:
    """How many errors there are of each kind, of those that can be."""
    kinds = {"spans": SPAN_KINDS, "tags": (WRONG_TAG,), "labels": (WRONG_LABEL,)}[judged.kind]
    counts = Counter(error.kind for error in errors)
    return {kind: counts[kind] for kind in kinds}


def confusion(judged: Judged, errors: Iterable[Error]) -> Confusion:
    """How often what is gold was predicted as what: of spans, as errors pair them, with `O` for none."""
    names = judged.names
    size = len(names) + 1
    gold, predicted = judged.gold, judged.predicted
    right = gold.label[gold.right]
    counts = np.diag(np.bincount(right, minlength=size))
    for error in errors:
        left = -1 if error.gold is None else gold.label[error.gold]
        other = -1 if error.predicted is None else predicted.label[error.predicted]
        counts[left, other] += 1
    # The last is for none: spans have it, and labels where a sentence without words has none.
    if judged.kind != "spans" and not counts[:, -1].any():
        return Confusion(names=list(names), counts=counts[:-1, :-1].tolist())
    return Confusion(names=[*names, OUTSIDE], counts=counts.tolist())


def tag_confusion(judged: Judged) -> Confusion | None:
    """Of spans how often each tag was predicted as each."""
    if judged.tags is None:
        return None
    pairs: Counter[tuple[str, str]] = Counter()
    for gold, predicted in zip(*judged.tags, strict=True):
        pairs.update(zip(gold, predicted, strict=True))
    # By label, then by prefix; outside comes last.
    names = sorted({tag for pair in pairs for tag in pair}, key=lambda tag: (tag == OUTSIDE, tag.partition("-")[::-1]))
    return Confusion(names=names, counts=[[pairs[left, other] for other in names] for left in names])


def frequent(judged: Judged, errors: Iterable[Error]) -> list[ErrorString]:
    """The errors that occur most often, by their words and labels."""
    gold, predicted = judged.gold, judged.predicted
    counts: Counter[tuple[str, str, str | None, str | None, str | None]] = Counter()
    # A sentence is seldom met twice: what its label was taken for is told by the confusion.
    for error in errors if judged.kind != "labels" else ():
        words = judged.words[error.sentence]
        sides = [_text(words, items, place) for items, place in ((gold, error.gold), (predicted, error.predicted))]
        text = sides[0] or sides[1] or ""
        other = sides[1] if sides[1] not in (None, text) else None
        labels = judged.label(gold, error.gold), judged.label(predicted, error.predicted)
        counts[error.kind, text, *labels, other] += 1
    # Of equally frequent ones in the order of the alphabet, so that the same errors make the same report.
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], *(part or "" for part in pair[0])))
    return [
        ErrorString(kind=kind, text=text, gold=left, predicted=right, predicted_text=other, count=count)
        for (kind, text, left, right, other), count in ordered[:_MOST_STRINGS]
    ]


def _text(words: Sequence[str], items: Items, place: int | None) -> str | None:
    return None if place is None else " ".join(words[items.start[place] : items.end[place]])
