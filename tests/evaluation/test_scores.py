import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.scheme import IOB2 as SEQEVAL_IOB2

from tagger.evaluation.scores import LabelScore, score_spans, score_tags, span_f1, tag_accuracy
from tagger.text.schemes import IOB2

LABELS = ("PER", "LOC", "A-B")


@st.composite
def iob2_tags(draw, length):
    """Legal tags of so many tokens."""
    tags = []
    for _ in range(length):
        inside = [f"I{tags[-1][1:]}"] if tags and tags[-1] != "O" else []
        tags.append(draw(st.sampled_from(["O", *(f"B-{label}" for label in LABELS), *inside])))
    return tags


@st.composite
def gold_and_predicted(draw):
    lengths = draw(st.lists(st.integers(0, 6), min_size=1, max_size=5))
    return [draw(iob2_tags(length)) for length in lengths], [draw(iob2_tags(length)) for length in lengths]


def spans_by_hand(tags):
    """Every stretch that begins with B, goes on with I of the same label, and goes no further."""
    return {
        (start, end, tags[start][2:])
        for start in range(len(tags))
        for end in range(start + 1, len(tags) + 1)
        if tags[start].startswith("B")
        and all(tag == f"I{tags[start][1:]}" for tag in tags[start + 1 : end])
        and (end == len(tags) or tags[end] != f"I{tags[start][1:]}")
    }


def score_by_hand(gold, predicted, label=None):
    """Precision, recall, F1 and both counts, over one label or all."""
    found, wanted = (
        {(row, *span) for row, tags in enumerate(side) for span in spans_by_hand(tags) if label in (None, span[2])}
        for side in (predicted, gold)
    )
    right = len(found & wanted)
    precision = right / len(found) if found else 0.0
    recall = right / len(wanted) if wanted else 0.0
    f1 = 2 * right / (len(found) + len(wanted)) if found or wanted else 0.0
    return LabelScore(precision, recall, f1, len(wanted), len(found))


def close(score):
    return LabelScore(*(pytest.approx(part) for part in (score.precision, score.recall, score.f1)), score.gold, score.predicted)


@given(gold_and_predicted())
def test_span_scores_follow_the_definition(pair):
    scores = score_spans(*pair)
    labels = {tag[2:] for side in pair for tags in side for tag in tags if tag != "O"}
    assert scores.micro == close(score_by_hand(*pair))
    assert scores.labels == {label: close(score_by_hand(*pair, label)) for label in sorted(labels)}
    assert list(scores.labels) == sorted(labels)
    assert scores.score == scores.micro.f1
    assert scores.measure == "f1"


@given(gold_and_predicted())
def test_the_quick_f1_is_that_of_the_definition(pair):
    assert span_f1(*pair) == pytest.approx(score_by_hand(*pair).f1)


@given(gold_and_predicted())
def test_span_scores_are_those_of_seqeval(pair):
    if not any(tag != "O" for side in pair for tags in side for tag in tags):
        return
    scores = score_spans(*pair)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        options = {"mode": "strict", "scheme": SEQEVAL_IOB2, "zero_division": 0}
        expected = [measure(*pair, **options) for measure in (precision_score, recall_score, f1_score)]
    assert [scores.micro.precision, scores.micro.recall, scores.micro.f1] == pytest.approx(expected)
    assert span_f1(*pair) == pytest.approx(expected[2])


@given(gold_and_predicted())
def test_a_perfect_prediction_scores_one(pair):
    gold, _ = pair
    expected = 1.0 if any(IOB2.spans(tags) for tags in gold) else 0.0
    assert score_spans(gold, gold).score == span_f1(gold, gold) == expected
    assert score_spans(gold, gold).sentence_accuracy == 1


@pytest.mark.parametrize(
    ("gold", "predicted", "f1"),
    [
        ("B-PER I-PER", "B-PER I-PER", 1.0),
        ("B-PER I-PER", "B-PER O", 0.0),
        ("B-PER I-PER", "B-LOC I-LOC", 0.0),
        ("B-PER B-PER", "B-PER I-PER", 0.0),
        ("B-PER B-PER", "B-PER B-PER", 1.0),
        ("B-PER O", "O O", 0.0),
        ("O O", "B-PER O", 0.0),
        ("O O", "O O", 0.0),
        ("B-PER B-LOC", "B-PER O", 2 / 3),
    ],
)
def test_a_span_counts_if_start_end_and_label_are_right(gold, predicted, f1):
    pair = [gold.split()], [predicted.split()]
    assert score_spans(*pair).score == pytest.approx(f1)
    assert span_f1(*pair) == pytest.approx(f1)


def test_accuracies_count_tokens_and_whole_sentences():
    scores = score_spans([["B-PER", "O"], ["O"], []], [["B-PER", "O"], ["B-LOC"], []])
    assert scores.accuracy == pytest.approx(2 / 3)
    assert scores.sentence_accuracy == pytest.approx(2 / 3)
    assert (scores.num_sentences, scores.num_words) == (3, 3)


def test_plain_tags_are_scored_on_known_and_unknown_words():
    gold = [["NOUN", "VERB", "NOUN"], ["ADJ"]]
    predicted = [["NOUN", "NOUN", "NOUN"], ["VERB"]]
    scores = score_tags(gold, predicted, [["cat", "sits", "dog"], ["Cat"]], {"cat", "sits"})
    assert (scores.score, scores.measure) == (0.5, "accuracy")
    assert (scores.known, scores.unknown, scores.num_unknown) == (0.5, 0.5, 2)
    assert (scores.sentence_accuracy, scores.num_sentences, scores.num_words) == (0, 2, 4)
    assert scores.micro is None
    assert scores.labels == {
        "ADJ": LabelScore(0, 0, 0, 1, 0),
        "NOUN": LabelScore(pytest.approx(2 / 3), 1, pytest.approx(0.8), 2, 3),
        "VERB": LabelScore(0, 0, 0, 1, 1),
    }


def test_where_there_are_no_unknown_words_they_have_no_accuracy():
    scores = score_tags([["A"]], [["A"]], [["x"]], {"x"})
    assert (scores.known, scores.unknown, scores.num_unknown) == (1, None, 0)
    assert score_tags([["A"]], [["A"]], [["x"]], set()).known is None
    assert "unknown" not in scores.to_json()


@given(st.lists(st.lists(st.tuples(*[st.sampled_from("ABC")] * 2, st.sampled_from("xyz")), max_size=4), max_size=4))
def test_known_and_unknown_together_make_the_accuracy(rows):
    gold, predicted, words = ([[part[index] for part in row] for row in rows] for index in range(3))
    scores = score_tags(gold, predicted, words, {"x"})
    num_known = scores.num_words - scores.num_unknown
    assert num_known == sum(row.count("x") for row in words)
    right = num_known * (scores.known or 0) + scores.num_unknown * (scores.unknown or 0)
    assert right == pytest.approx(scores.accuracy * scores.num_words)
    assert scores.accuracy == tag_accuracy(gold, predicted)


@pytest.mark.parametrize("score", [score_spans, span_f1, tag_accuracy])
@pytest.mark.parametrize(("gold", "predicted"), [([["O"]], []), ([["O", "O"]], [["O"]])])
def test_numbers_that_differ_are_refused(score, gold, predicted):
    with pytest.raises(ValueError):
        score(gold, predicted)


def test_nothing_scores_zero():
    assert score_spans([], []).score == span_f1([], []) == tag_accuracy([], []) == 0
    assert score_spans([[]], [[]]).labels == {}
