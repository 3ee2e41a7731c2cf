"""A task's gold and predicted tags as two tables of items: spans, words with their tags, or sentences with their labels.

The tables have the items of all sentences one after the other, in order of position, so that whatever is counted is counted in a
few steps over arrays, for a million words in a second or two.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import eq
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from tagger.evaluation.predictions import Certainty, Predictions
from tagger.evaluation.report import Kind
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
        whole: For each sentence whether it has no wrong tag.
        offsets: Sentence i has the words from `offsets[i]` to `offsets[i + 1]`, counted over all.
        num_words: How many words are scored.
        num_unscored: How many words (of labels: sentences) are not.
        tags: Of spans gold and predicted tags, sentence by sentence.
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


def judge(predictions: Predictions, task: str) -> Judged | None:
    """One task's predictions held against gold; None where nothing is known that could be scored.

    Raises:
        ValueError: Gold and predicted tags differ in their numbers, or something is no tag of a span.
    """
    gold, predicted = predictions.gold[task], predictions.predicted[task]
    labelled, spans = task in predictions.labelled, task in predictions.schemes
    expected = [1] * len(gold) if labelled else list(map(len, predictions.words))
    if len(gold) != len(predicted) or any(list(map(len, side)) != expected for side in ((gold,) if labelled else (gold, predicted))):
        raise ValueError("gold and predicted tags differ in their numbers of sentences or tokens")
    known = all if spans else any
    places = [place for place, tags in enumerate(gold) if not tags or known(tag is not None for tag in tags)]
    if not places:
        return None
    certain = predictions.certain.get(task)
    if certain is not None:
        certain = Certainty(*([part[place] for place in places] if len(part) else () for part in certain))
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


def _labels(scored: _Scored, num_unscored: int) -> Judged:
    gold = [tags[0] for tags in scored.gold if tags[0] is not None]
    predicted = [next(iter(tags), None) for tags in scored.predicted]
    names = tuple(sorted({*gold, *predicted} - {None}))  # type: ignore[type-var]
    ids = {None: -1, **{name: index for index, name in enumerate(names)}}
    offsets = scored.offsets
    golds, found = (np.array([ids[name] for name in side], dtype=np.int64) for side in (gold, predicted))
    right = golds == found
    sentence, start = np.arange(len(gold)), np.zeros(len(gold), dtype=np.int64)
    sure = scored.certain and np.array([next(iter(row), 0.0) for row in scored.certain.tags])
    sides = (Items(sentence, start, np.diff(offsets), side, right, sure) for side in (golds, found))
    return Judged("labels", scored.words, scored.places, names, *sides, right, right, offsets, int(offsets[-1]), num_unscored)


def _tags(scored: _Scored, num_words: int) -> Judged:
    offsets = scored.offsets
    flat = list(chain.from_iterable(scored.gold))
    kept = np.flatnonzero([tag is not None for tag in flat])
    names = tuple(sorted({*flat, *chain.from_iterable(scored.predicted)} - {None}))  # type: ignore[type-var]
    ids = {None: -1, **{name: index for index, name in enumerate(names)}}
    golds = np.fromiter((ids[tag] for tag in flat), dtype=np.int64, count=len(flat))
    found = np.fromiter((ids[tag] for tag in chain.from_iterable(scored.predicted)), dtype=np.int64, count=len(flat))
    sentence = np.repeat(np.arange(len(scored.words)), np.diff(offsets))
    start = np.arange(len(flat)) - offsets[sentence]
    right = golds == found
    wrong = np.bincount(sentence[kept][~right[kept]], minlength=len(scored.words))
    sure = scored.certain and np.fromiter(chain.from_iterable(scored.certain.tags), dtype=np.float64, count=len(flat))[kept]
    at = sentence[kept], start[kept], start[kept] + 1
    sides = (Items(*at, side[kept], right[kept], sure) for side in (golds, found))
    unscored = num_words - len(kept)
    return Judged("tags", scored.words, scored.places, names, *sides, right[kept], wrong == 0, offsets, len(kept), unscored, certain=scored.certain)


def _spans(scored: _Scored, schemes: tuple[TagScheme, TagScheme], num_words: int) -> Judged:
    offsets = scored.offsets
    tags: tuple[Sequence[Tags], Sequence[Tags]] = ([[tag or OUTSIDE for tag in row] for row in scored.gold], scored.predicted)
    read = [_read(side, scheme) for side, scheme in zip(tags, schemes, strict=True)]
    names = tuple(sorted({span.label for side in read for rows in side[:2] for row in rows for span in row}))
    right = np.fromiter(map(eq, *map(chain.from_iterable, tags)), dtype=bool, count=int(offsets[-1]))
    sentence = np.repeat(np.arange(len(scored.words)), np.diff(offsets))
    wrong = np.bincount(sentence[~right], minlength=len(scored.words))
    sure = None
    if scored.certain is not None:
        sure = np.fromiter(chain.from_iterable(scored.certain.spans), dtype=np.float64)
    strict = _matched(*(side.strict for side in read), names, sure)
    faults = tuple(side.faults for side in read)
    lenient = _matched(*(side.lenient for side in read), names, None) if any(faults) else None
    unscored = num_words - int(offsets[-1])
    return Judged(
        "spans", scored.words, scored.places, names, *strict, right, wrong == 0, offsets, int(offsets[-1]), unscored,
        tags, lenient, (faults[0], faults[1]), scored.certain,
    )  # fmt: skip


class _Read(NamedTuple):
    """The spans of sentences in both readings, and how many faults their tags have."""

    strict: list[list[LabelledRange]]
    lenient: list[list[LabelledRange]]
    faults: int


def _read(sentences: Iterable[Tags], scheme: TagScheme) -> _Read:
    strict, lenient, faults = [], [], 0
    for tags in sentences:
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


def _matched(
    gold: Sequence[Sequence[LabelledRange]],
    predicted: Sequence[Sequence[LabelledRange]],
    names: Sequence[str],
    sure: Float[ndarray, " spans"] | None,
) -> tuple[Items, Items]:
    ids = {name: index for index, name in enumerate(names)}
    keys = []
    for side in (gold, predicted):
        rows = [(index, span.start, span.end, ids[span.label]) for index, spans in enumerate(side) for span in spans]
        keys.append(np.array(rows, dtype=np.int64).reshape(-1, 4))
    # No two spans of a side share their first word, so that a match is one by that and by the rest.
    length = 1 + max((int(side[:, 2].max()) for side in keys if len(side)), default=0)
    packed = [((side[:, 0] * length + side[:, 1]) * length + side[:, 2]) * len(names) + side[:, 3] for side in keys]
    found = Items(*keys[1].T, np.isin(packed[1], packed[0]), sure)
    return Items(*keys[0].T, np.isin(packed[0], packed[1])), found
