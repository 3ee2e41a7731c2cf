"""Each property of words, spans and sentences, by brute force."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tagged import LABELS, WORDS, examined_spans, judged_labels, judged_spans, judged_tags

from tagger.evaluation.groups import breakdowns
from tagger.evaluation.known import Known
from tagger.features.word_forms import case_of

FREQUENCIES = {"rain": 1, "Oslo": 5, "7": 100, ".": 2}
KNOWN = Known(
    FREQUENCIES.keys(),
    FREQUENCIES,
    {"rain"},
    {"Oslo": {"LOC"}, "rain 7": {"PER", "A-B"}, "7": {"A-B"}},
    {"LOC": 1, "PER": 10, "A-B": 12_000, "X": 9},
)


def up_to(value, *ends, first=None):
    """The name of the stretch that holds a value."""
    low = 0
    for place, end in enumerate(ends):
        if value <= end:
            return first if place == 0 and first else str(end) if low == end or place == 0 else f"{low:,} to {end:,}"
        low = end + 1
    return f"{low:,} and more"


def label_frequency(label):
    return up_to(KNOWN.labels.get(label, 0), 0, 9, 99, 999, 9999)


def word_frequency(words):
    return up_to(min((FREQUENCIES.get(word, 0) for word in words), default=0), 0, 1, 4, 9, 99)


def place_of(start, end, sentence):
    names = {(0, 0): "between", (1, 0): "at the start", (0, 1): "at the end", (1, 1): "the whole sentence"}
    return names[start == 0, end == len(sentence)]


def old_span(words, label):
    labels = KNOWN.spans.get(" ".join(words))
    return "not in train" if labels is None else f"in train with {'this' if label in labels else 'another'} label"


SPANS = {
    "words": lambda words, *_: "all in train" if set(words) <= set(FREQUENCIES) else "some not in train",
    "span": lambda words, label, *_: old_span(words, label),
    "span length": lambda words, *_: up_to(len(words), 1, 2, 3, 4),
    "sentence length": lambda words, label, start, sentence: up_to(len(sentence), 5, 10, 20, 40, first="up to 5"),
    "frequency of the label in train": lambda words, label, *_: label_frequency(label),
    "frequency of the rarest word in train": lambda words, *_: word_frequency(words),
    "place in the sentence": lambda words, label, start, sentence: place_of(start, start + len(words), sentence),
    "capitals of the first word": lambda words, *_: case_of(words[0]),
}
TAGS = {
    "word": lambda words, *_: "in train" if words[0] in FREQUENCIES else "not in train",
    "ambiguity of the word in train": lambda words, *_: (
        "several tags" if words[0] in KNOWN.ambiguous else "one tag" if words[0] in FREQUENCIES else "not in train"
    ),
    "sentence length": SPANS["sentence length"],
    "frequency of the tag in train": SPANS["frequency of the label in train"],
    "frequency of the word in train": SPANS["frequency of the rarest word in train"],
    "place in the sentence": SPANS["place in the sentence"],
    "capitals": SPANS["capitals of the first word"],
}


def groups_by_hand(judged, items, name_of, kept):
    counts = Counter()
    for sentence, start, end, label, right in zip(items.sentence, items.start, items.end, items.label, items.right, strict=True):
        words = judged.words[sentence]
        if right or not kept:
            counts[name_of(words[start:end], judged.names[label], start, words)] += 1
    return counts


def same_as_by_hand(judged, properties, known=KNOWN):
    made = {breakdown.by: breakdown.groups for breakdown in breakdowns(judged, known)}
    assert list(made) == [by for by in properties if by in made]
    for by, name_of in properties.items():
        golds = groups_by_hand(judged, judged.gold, name_of, kept=False)
        others = groups_by_hand(judged, judged.predicted, name_of, kept=False) if judged.kind == "spans" else golds
        rights = groups_by_hand(judged, judged.gold, name_of, kept=True)
        expected = {name: (golds[name], others[name], rights[name]) for name in {*golds, *others}}
        # One group alone says nothing.
        assert (by in made) == (len(expected) > 1)
        assert expected == {group.name: (group.gold, group.predicted, group.right) for group in made.get(by, [])} or by not in made
        for group in made.get(by, []):
            f1 = 2 * group.right / (group.gold + group.predicted)
            assert group.score == pytest.approx(f1)
        if by in made:
            sums = [sum(getattr(group, side) for group in made[by]) for side in ("gold", "predicted", "right")]
            predicted = judged.predicted if judged.kind == "spans" else judged.gold
            assert sums == [len(judged.gold), len(predicted), judged.gold.right.sum()]


@given(examined_spans(longest=12))
def test_spans_fall_into_the_groups_that_they_belong_to(judged):
    same_as_by_hand(judged, SPANS)


@given(st.lists(st.lists(st.tuples(*[st.sampled_from(("X", *LABELS))] * 2, st.sampled_from(WORDS)), max_size=12), min_size=1))
def test_words_fall_into_the_groups_that_they_belong_to(rows):
    gold, predicted, words = ([[part[index] for part in row] for row in rows] for index in range(3))
    same_as_by_hand(judged_tags(gold, predicted, words), TAGS, replace(KNOWN, spans=None))


def groups(judged, by, known=KNOWN):
    (found,) = [breakdown.groups for breakdown in breakdowns(judged, known) if breakdown.by == by]
    return {group.name: (group.gold, group.predicted, group.right) for group in found}


def test_spans_at_the_very_end_and_sentences_without_words_are_counted():
    gold = [["B-LOC"], [], ["O", "B-PER", "I-PER"], []]
    judged = judged_spans(gold, gold, words=[["Oslo"], [], ["a", "rain", "b"], []])
    assert groups(judged, "frequency of the rarest word in train") == {"0": (1, 1, 1), "5 to 9": (1, 1, 1)}
    assert groups(judged, "words") == {"all in train": (1, 1, 1), "some not in train": (1, 1, 1)}
    assert groups(judged, "place in the sentence") == {"at the end": (1, 1, 1), "the whole sentence": (1, 1, 1)}


def test_labels_of_sentences_fall_into_groups_also_where_there_are_no_words():
    known = Known({"Oslo"}, {"Oslo": 3}, labels={"a": 10, "b": 0})
    judged = judged_labels(["a", "b", "a"], [None, "a", "a"], [[], ["Oslo"] * 6, ["Oslo", "rain"]])
    assert groups(judged, "frequency of the rarest word in train", known) == {"0": (2, 2, 1), "2 to 4": (1, 1, 0)}
    assert groups(judged, "sentence length", known) == {"up to 5": (2, 2, 1), "6 to 10": (1, 1, 0)}
    assert groups(judged, "frequency of the label in train", known) == {"0": (1, 1, 0), "10 to 99": (2, 2, 1)}


@pytest.mark.parametrize(
    ("length", "name"), [(1, "up to 5"), (5, "up to 5"), (6, "6 to 10"), (10, "6 to 10"), (40, "21 to 40"), (41, "41 and more")]
)
def test_the_end_of_a_stretch_belongs_to_it(length, name):
    rows = [["A"] * length, ["A"] * 15]
    assert groups(judged_tags(rows, rows), "sentence length", None)[name] == (length,) * 3


def test_spans_of_more_than_four_words_are_one_group():
    rows = [["B-A", *["I-A"] * (length - 1)] for length in range(1, 9)]
    found = groups(judged_spans(rows, rows), "span length", None)
    assert found == {"1": (1, 1, 1), "2": (1, 1, 1), "3": (1, 1, 1), "4": (1, 1, 1), "5 and more": (4, 4, 4)}


def test_without_train_only_what_the_words_show_is_told():
    judged = judged_spans(
        [["B-A", "O", "B-A", "I-A"], ["B-A"] * 6], [["O"] * 4, ["B-A"] * 6], words=[["a", "b", "C", "d"], ["e"] * 6]
    )
    told = [breakdown.by for breakdown in breakdowns(judged, None)]
    assert told == ["span length", "sentence length", "place in the sentence", "capitals of the first word"]


def test_a_group_that_only_wrong_predictions_would_fall_into_is_left_out():
    judged = judged_tags([["PER", "LOC"]], [["X", "X"]])
    assert set(groups(judged, "frequency of the tag in train", replace(KNOWN, spans=None))) == {"1 to 9", "10 to 99"}
