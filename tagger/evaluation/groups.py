"""Scores by what words, spans and sentences are like: where a tagger is weak."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain, pairwise
from typing import NamedTuple

import numpy as np
from jaxtyping import Int
from numpy import ndarray

from tagger.evaluation.judged import Items, Judged
from tagger.evaluation.known import Known
from tagger.evaluation.measures import LabelScore
from tagger.evaluation.report import Breakdown, Group
from tagger.features.word_forms import CASES, case_of

_LENGTHS = (1, 2, 3, 4)
_SENTENCE_LENGTHS = (5, 10, 20, 40)
_WORD_FREQUENCIES = (0, 1, 4, 9, 99)
_LABEL_FREQUENCIES = (0, 9, 99, 999, 9_999)

ALL_OLD, SOME_NEW = "all in train", "some not in train"
OLD_SPAN, OTHER_LABEL, NEW_SPAN = "in train with this label", "in train with another label", "not in train"

Sorted = tuple[Int[ndarray, " items"], Sequence[str]]
"""Into which group each item falls, and what the groups are called."""


def breakdowns(judged: Judged, known: Known | None) -> list[Breakdown]:
    """Scores by every property that is known.

    A gold span and a predicted one are sorted by their own words, so that each group has its precision and recall.
    """
    table = _Words(judged, known)
    found = []
    for by, sort in table.properties():
        (golds, names), (others, _) = sort(judged.gold), sort(judged.predicted)
        right = judged.gold.right if judged.kind == "spans" else judged.tags_right
        # What is gold decides into which group a word or sentence falls.
        others = others if judged.kind == "spans" else golds
        counts = [np.bincount(places, minlength=len(names)).tolist() for places in (golds, others, golds[right])]
        groups = [_group(judged, name, *row) for name, *row in zip(names, *counts, strict=True) if row[0] or row[1]]
        if len(groups) > 1:
            found.append(Breakdown(by=by, groups=groups))
    return found


def _group(judged: Judged, name: str, gold: int, predicted: int, right: int) -> Group:
    if judged.kind != "spans":
        return Group(name=name, gold=gold, predicted=predicted, right=right, score=right / gold)
    return Group(name=name, gold=gold, predicted=predicted, right=right, score=LabelScore.of(gold, predicted, right).f1)


class _Property(NamedTuple):
    by: str
    sort: Callable[[Items], Sorted]


class _Words:
    """The words of all sentences, one after the other, and what is known of each."""

    def __init__(self, judged: Judged, known: Known | None) -> None:
        self._judged, self._known = judged, known
        flat = list(chain.from_iterable(judged.words))
        self._unique = list(dict.fromkeys(flat))
        ids = {word: place for place, word in enumerate(self._unique)}
        self._ids = np.fromiter(map(ids.__getitem__, flat), dtype=np.int64, count=len(flat))
        self._lengths = np.diff(judged.offsets)

    def properties(self) -> Iterator[_Property]:
        """Each property, and how items are sorted by it."""
        kind, known = self._judged.kind, self._known
        if known is not None and known.words:
            yield _Property("words" if kind != "tags" else "word", self._by_words)
        if known is not None and kind == "tags" and known.frequencies is not None:
            yield _Property("ambiguity of the word in train", self._by_ambiguity)
        if known is not None and known.spans is not None:
            yield _Property("span", self._by_span)
        if kind == "spans":
            yield _Property("span length", lambda items: _binned(items.end - items.start, _LENGTHS))
        yield _Property("sentence length", lambda items: _binned(self._lengths[items.sentence], _SENTENCE_LENGTHS))
        if known is not None and known.labels is not None:
            yield _Property(f"frequency of the {'tag' if kind == 'tags' else 'label'} in train", self._by_label)
        if known is not None and known.frequencies is not None:
            which = "word" if kind == "tags" else "rarest word"
            yield _Property(f"frequency of the {which} in train", self._by_frequency)
        if kind != "labels":
            yield _Property("place in the sentence", self._by_place)
            yield _Property("capitals" if kind == "tags" else "capitals of the first word", self._by_case)

    def _of_word(self, values: Mapping[str, int]) -> Int[ndarray, " words"]:
        """A number for each word; 0 for those that have none."""
        return np.fromiter((values.get(word, 0) for word in self._unique), dtype=np.int64, count=len(self._unique))[self._ids]

    def _lowest(self, values: Int[ndarray, " words"], items: Items) -> Int[ndarray, " items"]:
        """The lowest number among the words of each item; 0 where it has no words."""
        starts = self._judged.offsets[items.sentence] + items.start
        ends = self._judged.offsets[items.sentence] + items.end
        bounds = np.stack((starts, ends), 1).ravel()
        if not len(bounds):
            return bounds
        # A bound may be the end of all: a value behind it, which is left out again.
        lowest: Int[ndarray, " items"] = np.minimum.reduceat(np.append(values, 0), bounds)[::2]
        return np.where(ends > starts, lowest, 0)

    def _by_words(self, items: Items) -> Sorted:
        assert self._known is not None
        known = self._of_word(dict.fromkeys(self._known.words, 1))
        one = self._judged.kind == "tags"
        return 1 - self._lowest(known, items), ("in train", "not in train") if one else (ALL_OLD, SOME_NEW)

    def _by_ambiguity(self, items: Items) -> Sorted:
        assert self._known is not None
        old, several = (dict.fromkeys(words, 1) for words in (self._known.words, self._known.ambiguous))
        return self._lowest(self._of_word(old) + self._of_word(several), items), ("not in train", "one tag", "several tags")

    def _by_span(self, items: Items) -> Sorted:
        assert self._known is not None
        assert self._known.spans is not None
        judged, spans = self._judged, self._known.spans
        rows = zip(*(part.tolist() for part in (items.sentence, items.start, items.end, items.label)), strict=True)
        groups = []
        for sentence, start, end, label in rows:
            labels = spans.get(" ".join(judged.words[sentence][start:end]))
            groups.append(2 if labels is None else 0 if judged.names[label] in labels else 1)
        return np.array(groups, dtype=np.int64), (OLD_SPAN, OTHER_LABEL, NEW_SPAN)

    def _by_label(self, items: Items) -> Sorted:
        assert self._known is not None
        assert self._known.labels is not None
        # What is not predicted has no label: the last, of none.
        counts = np.array([*(self._known.labels.get(name, 0) for name in self._judged.names), 0])
        return _binned(counts[items.label], _LABEL_FREQUENCIES)

    def _by_frequency(self, items: Items) -> Sorted:
        assert self._known is not None
        return _binned(self._lowest(self._of_word(self._known.frequencies or {}), items), _WORD_FREQUENCIES)

    def _by_place(self, items: Items) -> Sorted:
        first, last = items.start == 0, items.end == self._lengths[items.sentence]
        return first + 2 * last, ("between", "at the start", "at the end", "the whole sentence")

    @cached_property
    def _cases(self) -> Int[ndarray, " words"]:
        return self._of_word({word: CASES.index(case_of(word)) for word in self._unique})

    def _by_case(self, items: Items) -> Sorted:
        return self._cases[self._judged.offsets[items.sentence] + items.start], CASES


def _binned(values: Int[ndarray, " items"], bounds: Sequence[int]) -> Sorted:
    """Numbers sorted into stretches that end with `bounds`, and one behind."""
    names = [f"{bounds[0]:,}" if bounds[0] <= 1 else f"up to {bounds[0]:,}"]
    names += [f"{high:,}" if low + 1 == high else f"{low + 1:,} to {high:,}" for low, high in pairwise(bounds)]
    return np.searchsorted(np.array(bounds), values, side="left"), [*names, f"{bounds[-1] + 1:,} and more"]
