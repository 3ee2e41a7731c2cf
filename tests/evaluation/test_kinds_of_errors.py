"""Errors against a slow reading of their rules, and the sums that must come out."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tagged import examined_spans, gold_and_predicted, judged_labels, judged_spans, judged_tags

from tagger.evaluation.errors import confusion, counted, errors_of, frequent, tag_confusion
from tagger.text.schemes import IOB2, SCHEMES, LabelledRange

SPANS = ("boundary", "label", "boundary and label", "missed", "spurious")


def as_spans(items, names):
    return [
        (int(s), int(a), int(b), names[n]) for s, a, b, n in zip(items.sentence, items.start, items.end, items.label, strict=True)
    ]


def errors_by_hand(gold, predicted):
    """Kind, gold span and predicted span: pairs are taken one at a time, the best that is left before all others."""
    missed, extra = [span for span in gold if span not in predicted], [span for span in predicted if span not in gold]
    found = []

    def rank(pair):
        (_, start, end, label), (_, first, last, other) = pair
        words = set(range(start, end)) & set(range(first, last))
        return (start, end) == (first, last), label == other, len(words), -start, -first

    while pairs := [(g, p) for g in missed for p in extra if g[0] == p[0] and max(g[1], p[1]) < min(g[2], p[2])]:
        best = max(pairs, key=rank)
        same_words, same_label = rank(best)[:2]
        found.append(("label" if same_words else "boundary" if same_label else "boundary and label", *best))
        missed.remove(best[0])
        extra.remove(best[1])
    return found + [("missed", span, None) for span in missed] + [("spurious", None, span) for span in extra]


@given(gold_and_predicted("iob2", longest=10))
def test_errors_are_paired_by_the_rules(pair):
    judged = judged_spans(*pair)
    golds, others = as_spans(judged.gold, judged.names), as_spans(judged.predicted, judged.names)
    found = errors_of(judged)
    told = [
        (
            error.kind,
            None if error.gold is None else golds[error.gold],
            None if error.predicted is None else others[error.predicted],
        )
        for error in found
    ]
    assert Counter(told) == Counter(errors_by_hand(golds, others))
    assert [error.sentence for error in found] == sorted(error.sentence for error in found)


@given(examined_spans())
def test_each_wrong_span_is_in_one_error_alone(judged):
    found = errors_of(judged)
    counts = counted(judged, found)
    assert tuple(counts) == SPANS
    assert sum(counts.values()) == len(found)
    assert sum(counts.values()) - counts["spurious"] == (~judged.gold.right).sum()
    assert sum(counts.values()) - counts["missed"] == (~judged.predicted.right).sum()


@given(examined_spans())
def test_the_confusion_of_labels_sums_to_what_is_gold_and_predicted(judged):
    made = confusion(judged, errors_of(judged))
    counts, size = np.array(made.counts), len(judged.names)
    assert made.names == [*judged.names, "O"]
    assert counts.sum(1)[:-1].tolist() == np.bincount(judged.gold.label, minlength=size).tolist()
    assert counts.sum(0)[:-1].tolist() == np.bincount(judged.predicted.label, minlength=size).tolist()
    right = np.bincount(judged.gold.label[judged.gold.right], minlength=size)
    # A span with wrong ends may have the right label: it stands on the diagonal, too.
    boundary = sum(error.kind == "boundary" for error in errors_of(judged))
    assert counts.trace() == right.sum() + boundary
    assert counts[-1, -1] == 0


@given(gold_and_predicted("iob2"))
def test_the_confusion_of_tags_counts_every_word(pair):
    made = tag_confusion(judged_spans(*pair))
    pairs = Counter((left, right) for rows in zip(*pair, strict=True) for left, right in zip(*rows, strict=True))
    told = {(left, right): made.counts[i][j] for i, left in enumerate(made.names) for j, right in enumerate(made.names)}
    assert Counter({key: count for key, count in told.items() if count}) == pairs
    assert "O" not in made.names[:-1]


def test_tags_are_sorted_by_label_then_by_prefix():
    made = tag_confusion(judged_spans([["B-B", "I-B", "O", "B-A"]], [["B-B", "I-B", "O", "B-A"]]))
    assert made.names == ["B-A", "B-B", "I-B", "O"]


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from("ABC")), min_size=1, max_size=8))
def test_of_plain_tags_each_wrong_one_is_an_error(rows):
    judged = judged_tags(*([[row[side] for row in rows]] for side in (0, 1)))
    found = errors_of(judged)
    assert [error.gold for error in found] == [place for place, row in enumerate(rows) if row[0] != row[1]]
    assert counted(judged, found) == {"wrong tag": len(found)}
    made = confusion(judged, found)
    told = {(left, right): made.counts[i][j] for i, left in enumerate(made.names) for j, right in enumerate(made.names)}
    assert Counter({key: count for key, count in told.items() if count}) == Counter(rows)
    assert tag_confusion(judged) is None


def test_a_label_that_is_not_predicted_is_confused_with_none():
    judged = judged_labels(["a", "b"], ["b", None], [["x"], []])
    found = errors_of(judged)
    made = confusion(judged, found)
    assert (made.names, made.counts) == (["a", "b", "O"], [[0, 1, 0], [0, 0, 1], [0, 0, 0]])
    assert counted(judged, found) == {"wrong label": 2}
    assert frequent(judged, found) == []


def test_the_most_frequent_errors_come_first_and_equal_ones_by_the_alphabet():
    gold = [["B-LOC", "I-LOC"], ["B-PER", "O"], ["B-PER", "O"], ["B-LOC", "O"]]
    found = [["B-LOC", "O"], ["B-ORG", "O"], ["B-ORG", "O"], ["O", "B-PER"]]
    words = [["New", "York"], ["Ann", "."], ["Ann", "."], ["Bonn", "Lee"]]
    judged = judged_spans(gold, found, words=words)
    strings = frequent(judged, errors_of(judged))
    told = [(one.kind, one.text, one.gold, one.predicted, one.predicted_text, one.count) for one in strings]
    assert told == [
        ("label", "Ann", "PER", "ORG", None, 2),
        ("boundary", "New York", "LOC", "LOC", "New", 1),
        ("missed", "Bonn", "LOC", None, None, 1),
        ("spurious", "Lee", None, "PER", None, 1),
    ]


def test_no_more_than_25_strings_are_told():
    judged = judged_spans([["B-A"]] * 60, [["O"]] * 60, words=[[f"w{place // 2}"] for place in range(60)])
    strings = frequent(judged, errors_of(judged))
    assert [one.count for one in strings] == [2] * 25


def test_a_span_that_is_not_written_by_the_scheme_is_no_predicted_one():
    judged = judged_spans([["B-A", "I-A", "O"]], [["I-A", "I-A", "O"]], IOB2)
    assert counted(judged, errors_of(judged))["missed"] == 1


def test_of_two_overlapping_spans_the_one_with_more_words_in_common_stands_for_the_gold_one():
    judged = judged_spans([["B-A", "I-A", "I-A"]], [["B-B", "B-C", "I-C"]])
    told = [(error.kind, error.gold, error.predicted) for error in errors_of(judged)]
    assert told == [("boundary and label", 0, 1), ("spurious", None, 0)]


@pytest.mark.parametrize("other", ["iob2", "iobes", "ioe1"])
def test_tags_of_two_schemes_are_confused_only_where_their_spans_differ(other):
    spans = [[LabelledRange(0, 1, "X"), LabelledRange(1, 3, "X"), LabelledRange(4, 5, "Y")], []]
    golds, found = ([SCHEMES[name].write(row, 5) for row in spans] for name in ("iob1", other))
    same = tag_confusion(judged_spans(golds, found, SCHEMES["iob1"], other=SCHEMES[other]))
    assert same.mistaken() == []
    assert same.names == ["B-X", "I-X", "I-Y", "O"]
    # The second span has another label, and what no scheme allows is no span: it is written as outside.
    found = [[*SCHEMES[other].write([LabelledRange(0, 1, "X"), LabelledRange(1, 3, "Y")], 5)], ["M-X"] * 5]
    made = tag_confusion(judged_spans(golds, found, SCHEMES["iob1"], other=SCHEMES[other]))
    assert made.mistaken() == [("B-X", "I-Y", 1), ("I-X", "I-Y", 1), ("I-Y", "O", 1)]
