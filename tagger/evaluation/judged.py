"""A task's gold and predicted tags as two tables of items: spans, words with their tags, or sentences with their labels.

The tables have the items of all sentences one after the other, in order of position, so that whatever is counted is counted in a
few steps over arrays, for a million words in a second or two.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import eq
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from tagger.evaluation.measures import Kind
from tagger.evaluation.predictions import Certainty, Predictions
from tagger.text.repair import conlleval_spans, repair, unreadable
from tagger.text.schemes import OUTSIDE, LabelledRange, TagScheme, stretches

Tags = Sequence[str]


@dataclass(frozen=True)
class Items:
    """Labelled stretches of words, in order of position.

    Attributes:
        sentence: Of which of the scored sentences each is.
        start: Its first word, counted in the sentence.
        end: The word behind its last.
        label: Its label, as an index of `Judged.names`; -1 for none.
        right: Whether the other side has the same.
        probability: As the model has it; None where that is not known.
    """

    sentence: Int[ndarray, " items"]
    start: Int[ndarray, " items"]
    end: Int[ndarray, " items"]
    label: Int[ndarray, " items"]
    right: Bool[ndarray, " items"]
    probability: Float[ndarray, " items"] | None = None

    def __len__(self) -> int:
        return len(self.label)

    def of_sentence(self, sentence: int) -> slice:
        """Where the items of a sentence stand."""
        start, end = np.searchsorted(self.sentence, (sentence, sentence + 1))
        return slice(int(start), int(end))


@dataclass(frozen=True)
class Judged:
    """What of one task's predictions can be scored: tags and labels that are known, and spans of sentences known as a whole.

    Attributes:
        kind: What the items are.
        words: The words of each scored sentence.
        places: Where these sentences stand among all.
        names: The labels, or plain tags, sorted.
        gold: The gold items.
        predicted: The predicted ones; of tags and labels as many, at the same places.
        tags_right: For each word (of labels: sentence) that is scored whether its tag is right.
        whole: For each sentence whether it has no error.
        offsets: Sentence i has the words from `offsets[i]` to `offsets[i + 1]`, counted over all.
        num_words: How many words are scored.
        num_unscored: How many words (of labels: sentences) are not.
        tags: Of spans gold and predicted tags, sentence by sentence; in two schemes, the predicted spans in that of gold.
        lenient: Of spans, the gold and predicted items as `conlleval` reads them; None where they are the same.
        illegal: Of spans, at how many places gold and predicted tags break their schemes.
        certain: How sure the model is, of the scored sentences; None where that is not known.
    """

    kind: Kind
    words: Sequence[Tags]
    places: Sequence[int]
    names: tuple[str, ...]
    gold: Items
    predicted: Items
    tags_right: Bool[ndarray, " scored"]
    whole: Bool[ndarray, " sentences"]
    offsets: Int[ndarray, " sentences_and_one"]
    num_words: int
    num_unscored: int
    tags: tuple[Sequence[Tags], Sequence[Tags]] | None = None
    lenient: tuple[Items, Items] | None = None
    illegal: tuple[int, int] | None = None
    certain: Certainty | None = None

    def label(self, items: Items, place: int | None) -> str | None:
        """The label of the item at a place of a table; None where there is no item, or it has none."""
        return None if place is None or items.label[place] < 0 else self.names[items.label[place]]


def judge(predictions: Predictions, task: str) -> Judged | None:
    """One task's predictions held against gold; None where nothing is known that could be scored.

    Raises:
        ValueError: Gold and predicted tags differ in their numbers, or something is no tag of a span.
    """
    gold, predicted = predictions.gold[task], predictions.predicted[task]
    labelled, spans = task in predictions.labelled, task in predictions.schemes
    expected = [1] * len(gold) if labelled else list(map(len, predictions.words))
    sides: list[Sequence[Sequence[str | None]]] = [gold] if labelled else [gold, predicted]
    if len(gold) != len(predicted) or any(list(map(len, side)) != expected for side in sides):
        raise ValueError("gold and predicted tags differ in their numbers of sentences or tokens")
    known = all if spans else any
    places = [place for place, tags in enumerate(gold) if not tags or known(tag is not None for tag in tags)]
    if not places:
        return None
    certain = predictions.certain.get(task)
    if certain is not None:
        certain = Certainty(*(_taken(part, places) for part in certain))
    words = [predictions.words[place] for place in places]
    scored = _Scored(words, places, [gold[place] for place in places], [predicted[place] for place in places], certain)
    if labelled:
        return _labels(scored, len(gold) - len(places))
    num_words = sum(expected)
    return _spans(scored, predictions.schemes[task], num_words) if spans else _tags(scored, num_words)


class _Scored(NamedTuple):
    """The sentences that can be scored."""

    words: Sequence[Tags]
    places: Sequence[int]
    gold: Sequence[Sequence[str | None]]
    predicted: Sequence[Tags]
    certain: Certainty | None

    @property
    def offsets(self) -> Int[ndarray, " sentences_and_one"]:
        return np.cumsum([0, *map(len, self.words)])


def _taken(values: Sequence[Any], places: Sequence[int]) -> Sequence[Any]:
    return [values[place] for place in places] if len(values) else ()


def _labels(scored: _Scored, num_unscored: int) -> Judged:
    gold = [tags[0] for tags in scored.gold]
    # None is found in a sentence without words.
    predicted = [next(iter(tags), None) for tags in scored.predicted]
    names, golds, found = _numbered(gold, predicted)
    offsets, right = scored.offsets, golds == found
    at = np.arange(len(gold)), np.zeros(len(gold), dtype=np.int64), np.diff(offsets)
    sure = None if scored.certain is None else np.array([next(iter(row), 0.0) for row in scored.certain.tags])
    return Judged(
        kind="labels",
        words=scored.words,
        places=scored.places,
        names=names,
        gold=Items(*at, golds, right),
        predicted=Items(*at, found, right, sure),
        tags_right=right,
        whole=right,
        offsets=offsets,
        num_words=int(offsets[-1]),
        num_unscored=num_unscored,
        certain=scored.certain,
    )


def _tags(scored: _Scored, num_words: int) -> Judged:
    offsets = scored.offsets
    gold = list(chain.from_iterable(scored.gold))
    names, golds, found = _numbered(gold, list(chain.from_iterable(scored.predicted)))
    kept = golds >= 0
    sentence = np.repeat(np.arange(len(scored.words)), np.diff(offsets))[kept]
    start = np.arange(len(gold))[kept] - offsets[sentence]
    right = (golds == found)[kept]
    sure = None
    if scored.certain is not None:
        sure = np.fromiter(chain.from_iterable(scored.certain.tags), dtype=np.float64, count=len(gold))[kept]
    at = sentence, start, start + 1
    return Judged(
        kind="tags",
        words=scored.words,
        places=scored.places,
        names=names,
        gold=Items(*at, golds[kept], right),
        predicted=Items(*at, found[kept], right, sure),
        tags_right=right,
        whole=_without_error(sentence, right, len(scored.words)),
        offsets=offsets,
        num_words=len(right),
        num_unscored=num_words - len(right),
        certain=scored.certain,
    )


def _spans(scored: _Scored, schemes: tuple[TagScheme, TagScheme], num_words: int) -> Judged:
    offsets = scored.offsets
    gold_tags = [[tag or OUTSIDE for tag in row] for row in scored.gold]
    golds, found = _read(gold_tags, schemes[0]), _read(scored.predicted, schemes[1])
    readings = (golds.strict, golds.lenient, found.strict, found.lenient)
    names = tuple(sorted({span.label for side in readings for spans in side for span in spans}))
    right = np.fromiter(
        map(eq, chain.from_iterable(gold_tags), chain.from_iterable(scored.predicted)), dtype=bool, count=int(offsets[-1])
    )
    sure = None
    if scored.certain is not None:
        sure = np.fromiter(chain.from_iterable(scored.certain.spans), dtype=np.float64)
    same = schemes[0] is schemes[1]
    # Tags of two schemes differ where the spans are the same.
    tags = scored.predicted if same else [schemes[0].write(*row) for row in zip(found.strict, map(len, scored.words), strict=True)]
    gold, predicted = _matched(golds.strict, found.strict, names, sure)
    return Judged(
        kind="spans",
        words=scored.words,
        places=scored.places,
        names=names,
        gold=gold,
        predicted=predicted,
        tags_right=right,
        whole=_without_error(
            np.concatenate((gold.sentence, predicted.sentence)), np.concatenate((gold.right, predicted.right)), len(scored.words)
        ),
        offsets=offsets,
        num_words=int(offsets[-1]),
        num_unscored=num_words - int(offsets[-1]),
        tags=(gold_tags, tags),
        lenient=_matched(golds.lenient, found.lenient, names) if golds.faults or found.faults else None,
        illegal=(golds.faults, found.faults),
        certain=scored.certain,
    )


def _numbered(
    gold: Sequence[str | None], predicted: Sequence[str | None]
) -> tuple[tuple[str, ...], Int[ndarray, " items"], Int[ndarray, " items"]]:
    """The names, sorted, and their numbers on both sides; -1 for None."""
    names = tuple(sorted({name for name in {*gold, *predicted} if name is not None}))
    ids: dict[str | None, int] = {None: -1, **{name: index for index, name in enumerate(names)}}
    golds, found = (np.fromiter((ids[name] for name in side), dtype=np.int64, count=len(side)) for side in (gold, predicted))
    return names, golds, found


def _without_error(
    sentence: Int[ndarray, " scored"], right: Bool[ndarray, " scored"], num_sentences: int
) -> Bool[ndarray, " sentences"]:
    without: Bool[ndarray, " sentences"] = np.bincount(sentence[~right], minlength=num_sentences) == 0
    return without


class _Read(NamedTuple):
    """The spans of sentences in both readings, and how many faults their tags have."""

    strict: list[list[LabelledRange]]
    lenient: list[list[LabelledRange]]
    faults: int


def _read(sentences: Iterable[Tags], scheme: TagScheme) -> _Read:
    strict: list[list[LabelledRange]] = []
    lenient: list[list[LabelledRange]] = []
    faults = 0
    for tags in sentences:
        # Many sentences hold no span: of them no pair of tags need be looked at.
        if tags.count(OUTSIDE) == len(tags):
            strict.append([])
            lenient.append(strict[-1])
            continue
        if scheme.illegal(tags) is None:
            strict.append(stretches(tags, scheme.inner))
            lenient.append(strict[-1])
            continue
        if bad := unreadable(tags):
            raise ValueError(bad.reason)
        faults += sum(1 for _ in scheme.faults(tags))
        # What the scheme does not have is outside of every span in it.
        strict.append(repair([OUTSIDE if scheme.problem(tag) else tag for tag in tags], scheme, "strict-drop").spans)
        lenient.append(conlleval_spans(tags))
    return _Read(strict, lenient, faults)


Spans = Sequence[Sequence[LabelledRange]]


def _matched(
    gold: Spans, predicted: Spans, names: Sequence[str], sure: Float[ndarray, " spans"] | None = None
) -> tuple[Items, Items]:
    ids = {name: index for index, name in enumerate(names)}
    golds, found = (
        np.array(
            [(index, start, end, ids[label]) for index, spans in enumerate(side) for start, end, label in spans], dtype=np.int64
        ).reshape(-1, 4)
        for side in (gold, predicted)
    )
    # A span as one number.
    length = 1 + max((int(side[:, 2].max()) for side in (golds, found) if len(side)), default=0)
    keys = [((side[:, 0] * length + side[:, 1]) * length + side[:, 2]) * len(names) + side[:, 3] for side in (golds, found)]
    return (
        Items(golds[:, 0], golds[:, 1], golds[:, 2], golds[:, 3], np.isin(keys[0], keys[1])),
        Items(found[:, 0], found[:, 1], found[:, 2], found[:, 3], np.isin(keys[1], keys[0]), sure),
    )
