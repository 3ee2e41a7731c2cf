"""The sentences that are shown, and the places where the model doubts gold."""

import numpy as np
from hypothesis import given
from tagged import examined_spans, judged_labels, judged_spans, judged_tags, sure

from tagger.evaluation.errors import errors_of
from tagger.evaluation.examples import doubts, worst

GOLD = [["B-A", "O"], ["B-A", "B-A"], [None, "O"], ["O", "O"], ["B-A", "O"]]
FOUND = [["B-B", "O"], ["O", "B-B"], ["O", "O"], ["O", "O"], ["O", "O"]]
SURE = sure([[0.95, 0.9], [0.99, 0.92], [1, 1], [1, 1], [0.97, 0.5]], [[0.94], [0.8], [], [], []], [0.6, 0.5, 0.9, 0.99, 0.7])


def mark(one):
    return one.start, one.end, one.label, one.right, one.probability


def test_sentences_with_most_errors_come_first_and_of_those_the_surest():
    judged = judged_spans(GOLD, FOUND, certain=SURE)
    shown = worst(judged, errors_of(judged))
    assert [(one.sentence, one.errors, one.probability) for one in shown] == [(1, 2, 0.5), (4, 1, 0.7), (0, 1, 0.6)]
    assert shown[2].words == ["w0", "w1"]
    assert list(map(mark, shown[2].gold)) == [(0, 1, "A", False, None)]
    assert list(map(mark, shown[2].predicted)) == [(0, 1, "B", False, 0.94)]


def test_without_certainty_equal_sentences_stand_in_their_order_and_nothing_is_doubted():
    judged = judged_spans(GOLD, FOUND)
    shown = worst(judged, errors_of(judged))
    assert [(one.sentence, one.probability) for one in shown] == [(1, None), (0, None), (4, None)]
    assert shown[1].predicted[0].probability is None
    assert doubts(judged, errors_of(judged)) == []


@given(examined_spans())
def test_marks_tell_every_span_and_which_are_right(judged):
    for one in worst(judged, errors_of(judged)):
        place = judged.places.index(one.sentence)
        for marks, items in ((one.gold, judged.gold), (one.predicted, judged.predicted)):
            here = items.sentence == place
            expected = zip(items.start[here], items.end[here], items.label[here], items.right[here], strict=True)
            assert [mark(found)[:4] for found in marks] == [(a, b, judged.names[n], bool(right)) for a, b, n, right in expected]
        both = [{mark(found)[:3] for found in marks if found.right} for marks in (one.gold, one.predicted)]
        assert both[0] == both[1]


def test_no_more_than_25_sentences_are_shown():
    judged = judged_spans([["B-A"]] * 40, [["O"]] * 40)
    assert [one.sentence for one in worst(judged, errors_of(judged))] == list(range(25))


def test_of_plain_tags_only_the_wrong_ones_are_marked():
    judged = judged_tags([["A", "B", None, "A"]], [["A", "A", "A", "B"]], certain=sure([[0.9, 0.95, 0.9, 0.5]]))
    (shown,) = worst(judged, errors_of(judged))
    assert list(map(mark, shown.gold)) == [(1, 2, "B", False, None), (3, 4, "A", False, None)]
    assert list(map(mark, shown.predicted)) == [(1, 2, "A", False, 0.95), (3, 4, "B", False, 0.5)]
    assert [(one.start, one.gold, one.predicted, one.probability) for one in doubts(judged, errors_of(judged))] == [
        (1, "B", "A", 0.95)
    ]


def test_doubts_are_the_errors_that_the_model_was_surest_of():
    judged = judged_spans(GOLD, FOUND, certain=SURE)
    told = [
        (one.sentence, one.start, one.end, one.gold, one.predicted, one.probability) for one in doubts(judged, errors_of(judged))
    ]
    # A missed span is as sure as the least sure of its words' tags; 0.8 is too little.
    assert told == [(1, 0, 1, "A", None, 0.99), (4, 0, 1, "A", None, 0.97), (0, 0, 1, "A", "B", 0.94)]


def test_a_missed_span_is_as_sure_as_its_least_sure_tag():
    judged = judged_spans([["B-A", "I-A"]], [["O", "O"]], certain=sure([[0.99, 0.91]], [[]], [0.9]))
    assert [one.probability for one in doubts(judged, errors_of(judged))] == [0.91]
    judged = judged_spans([["B-A", "I-A"]], [["O", "O"]], certain=sure([[0.99, 0.89]], [[]], [0.9]))
    assert doubts(judged, errors_of(judged)) == []


def test_a_doubt_covers_both_stretches_of_words():
    judged = judged_spans([["O", "B-A", "I-A"]], [["B-A", "I-A", "O"]], certain=sure([[1, 1, 1]], [[0.9]], [1]))
    assert [(one.start, one.end) for one in doubts(judged, errors_of(judged))] == [(0, 3)]


def test_wrong_labels_are_shown_by_their_probability_and_none_where_there_are_no_words():
    certain = sure([[0.6], [0.95], []])
    judged = judged_labels(["a", "b", "a"], ["b", "a", None], [["x"], ["y"], []], certain=certain)
    shown = worst(judged, errors_of(judged))
    assert [(one.sentence, one.probability, len(one.predicted)) for one in shown] == [(1, 0.95, 1), (0, 0.6, 1), (2, 0.0, 0)]
    assert [(one.sentence, one.gold, one.predicted) for one in doubts(judged, errors_of(judged))] == [(1, "b", "a")]


def test_where_all_is_right_nothing_is_shown():
    judged = judged_spans([["B-A"]], [["B-A"]], certain=sure([[1.0]], [[1.0]], [1.0]))
    assert worst(judged, errors_of(judged)) == doubts(judged, errors_of(judged)) == []
    assert np.array(judged.whole).all()
