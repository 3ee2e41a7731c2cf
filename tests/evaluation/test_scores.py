"""Scores against their definitions: by brute force, by seqeval, and by the rules of conlleval."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from conlleval import conlleval
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import classification_report
from seqeval.scheme import BILOU, IOBES, IOE2
from seqeval.scheme import IOB2 as SEQEVAL_IOB2
from tagged import gold_and_predicted, judged_labels, judged_spans, judged_tags, perturbed

from tagger.corpora.columns import read_columns
from tagger.corpora.source import text_lines
from tagger.evaluation.judged import judge
from tagger.evaluation.known import Known
from tagger.evaluation.measures import LabelScore
from tagger.evaluation.predictions import Predictions
from tagger.evaluation.scores import deciding_score, score
from tagger.text.schemes import IOB2, SCHEMES

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
SEQEVAL = {"iob2": SEQEVAL_IOB2, "iobes": IOBES, "bilou": BILOU, "ioe2": IOE2}
NAMES = {"micro avg": "micro", "macro avg": "macro"}
real = pytest.mark.skipif(not CORPORA.is_dir(), reason=f"the real corpora are not there: {CORPORA}")


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
    """Precision, recall, F1 and the counts, over one label or all."""
    found, wanted = (
        {(row, *span) for row, tags in enumerate(side) for span in spans_by_hand(tags) if label in (None, span[2])}
        for side in (predicted, gold)
    )
    right = len(found & wanted)
    precision = right / len(found) if found else 0.0
    recall = right / len(wanted) if wanted else 0.0
    f1 = pytest.approx(2 * right / (len(found) + len(wanted)) if found or wanted else 0.0)
    return precision, recall, f1, len(wanted), len(found), right


def figures(row):
    return row.precision, row.recall, row.f1, row.gold, row.predicted, row.right


@given(gold_and_predicted("iob2"))
def test_a_span_is_right_if_start_end_and_label_are(pair):
    scores = score(judged_spans(*pair))
    rows = {label: score_by_hand(*pair, label) for label in ("A-B", "LOC", "PER")}
    assert figures(scores.strict.micro) == score_by_hand(*pair)
    assert {label: figures(row) for label, row in scores.strict.labels.items()} == {
        label: row for label, row in rows.items() if row[3] or row[4]
    }
    assert list(scores.strict.labels) == sorted(scores.strict.labels)
    assert (scores.score, scores.measure) == (scores.strict.micro.f1, "f1")
    assert deciding_score(judged_spans(*pair)) == scores.score


def by_seqeval(gold, predicted, scheme):
    """Precision, recall and F1 of each label, and of `micro` and `macro`; empty where neither side has a span."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        options = {"mode": "strict", "scheme": SEQEVAL[scheme], "zero_division": 0}
        report = classification_report(gold, predicted, output_dict=True, **options)
    if len(report) == 3:
        return {}
    rows = {NAMES.get(name, name): row for name, row in report.items() if name != "weighted avg"}
    return {name: (row["precision"], row["recall"], row["f1-score"], row["support"]) for name, row in rows.items()}


def in_seqevals_form(scores):
    rows = {**scores.labels, "micro": scores.micro, "macro": scores.macro} if scores.labels else {}
    return {name: (row.precision, row.recall, row.f1, row.gold) for name, row in rows.items()}


# Not IOB1 and IOE1: there strict seqeval may look for the end of a span for ever.
@pytest.mark.parametrize("scheme", SEQEVAL)
@given(data=st.data())
def test_strict_scores_are_those_of_seqeval_to_the_last_digit_also_where_tags_are_illegal(scheme, data):
    pair = data.draw(gold_and_predicted(scheme))
    if any(pair[0]):
        assert in_seqevals_form(score(judged_spans(*pair, SCHEMES[scheme])).strict) == by_seqeval(*pair, scheme)


@pytest.mark.parametrize("names", [("iob1",), ("iob2",), ("iob1", "iob2"), ("ioe1",), ("iob2", "ioe1")], ids=" and ".join)
@given(data=st.data())
def test_lenient_scores_and_accuracy_are_those_of_conlleval_also_where_tags_are_illegal(names, data):
    gold, predicted = data.draw(gold_and_predicted(names[0])) if len(names) == 1 else mixed(data, *names)
    scores = score(judged_spans(gold, predicted, SCHEMES[names[0]], other=SCHEMES[names[-1]]))
    same_as_conlleval(scores, gold, predicted)


def mixed(data, left, right):
    """Gold in one scheme and predicted in another, legal or not."""
    gold, _ = data.draw(gold_and_predicted(left))
    tags = st.sampled_from(["O", *(f"{prefix}-{label}" for prefix in SCHEMES[right].prefixes for label in ("PER", "LOC"))])
    return gold, [data.draw(st.lists(tags, min_size=len(row), max_size=len(row))) for row in gold]


def same_as_conlleval(scores, gold, predicted):
    accuracy, rows = conlleval(gold, predicted)
    assert 100 * scores.accuracy == pytest.approx(accuracy, rel=1e-14)
    found = {**scores.lenient.labels, None: scores.lenient.micro}
    assert found.keys() == rows.keys()
    for name, row in found.items():
        shares = [100 * share for share in (row.precision, row.recall, row.f1)]
        assert shares == pytest.approx(rows[name], rel=1e-14)
        assert [f"{share:.2f}" for share in shares] == [f"{share:.2f}" for share in rows[name]]


def conll_2003(*columns):
    """The tags in columns of a thousand sentences of CoNLL-2003's dev split."""
    path = CORPORA / "conll2003" / "eng.testa"
    names = ["word", "xpos", "chunk", "ner"]
    rows = list(read_columns(text_lines(path), str(path), names, wanted=columns))[:1_000]
    return [[list(row.columns[name]) for row in rows] for name in columns]


@pytest.mark.corpora
@real
def test_real_tags_are_scored_as_seqeval_and_conlleval_do():
    (gold,) = conll_2003("ner")
    in_iob2 = [IOB2.write(SCHEMES["iob1"].spans(row), len(row)) for row in gold]
    predicted = perturbed(in_iob2, 0.05, seed=1)
    scores = score(judged_spans(in_iob2, predicted))
    assert in_seqevals_form(scores.strict) == by_seqeval(in_iob2, predicted, "iob2")
    assert scores.illegal_predicted > 100
    assert scores.strict.micro.f1 != scores.lenient.micro.f1
    same_as_conlleval(scores, in_iob2, predicted)
    same_as_conlleval(
        score(judged_spans(gold, perturbed(gold, 0.05, seed=2), SCHEMES["iob1"])), gold, perturbed(gold, 0.05, seed=2)
    )
    other = score(judged_spans(gold, predicted, SCHEMES["iob1"], other=IOB2))
    same_as_conlleval(other, gold, predicted)
    assert other.strict == scores.strict


@pytest.mark.parametrize("scheme", list(SCHEMES))
@given(data=st.data())
def test_illegal_places_are_the_pairs_that_the_scheme_does_not_allow(scheme, data):
    pair, rules = data.draw(gold_and_predicted(scheme)), SCHEMES[scheme]
    expected = [
        sum(not rules.allows(*both) for row in side if row for both in zip((None, *row), (*row, None), strict=True))
        for side in pair
    ]
    scores = score(judged_spans(*pair, rules))
    assert [scores.illegal_gold, scores.illegal_predicted] == expected


@given(gold_and_predicted("iob2"))
def test_a_perfect_prediction_scores_one(pair):
    gold, _ = pair
    scores = score(judged_spans(gold, gold))
    assert scores.score == (1.0 if any(spans_by_hand(tags) for tags in gold) else 0.0)
    assert (scores.sentence_accuracy, scores.accuracy) == (1, 1 if any(gold) else 0)
    assert scores.illegal_gold == scores.illegal_predicted


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
def test_the_score_of_a_few_spans(gold, predicted, f1):
    scores = score(judged_spans([gold.split()], [predicted.split()]))
    assert scores.score == pytest.approx(f1)
    assert scores.lenient == scores.strict


def test_accuracies_count_tokens_and_whole_sentences():
    scores = score(judged_spans([["B-PER", "O"], ["O"], []], [["B-PER", "O"], ["B-LOC"], []]))
    assert scores.accuracy == scores.sentence_accuracy == 2 / 3
    assert (scores.num_sentences, scores.num_words, scores.num_unscored) == (3, 3, None)


def test_a_sentence_is_right_if_its_spans_are_however_they_are_written():
    scores = score(judged_spans([["I-PER", "O"], ["O"]], [["B-PER", "O"], ["B-PER"]], SCHEMES["iob1"], other=IOB2))
    assert (scores.sentence_accuracy, scores.accuracy) == (0.5, 1 / 3)


def test_of_spans_sentences_with_an_unknown_tag_are_not_scored():
    gold, found = [["B-PER", None], ["O", "B-LOC"], []], [["B-PER", "O"], ["O", "B-LOC"], []]
    scores = score(judged_spans(gold, found))
    assert (scores.num_sentences, scores.num_words, scores.num_unscored) == (2, 2, 2)
    assert list(scores.strict.labels) == ["LOC"]
    assert judged_spans(gold, found).places == [1, 2]


def test_of_plain_tags_the_known_ones_are_scored():
    gold, found = [["A", None, "B"], [None]], [["A", "B", "A"], ["A"]]
    scores = score(judged_tags(gold, found))
    assert (scores.num_sentences, scores.num_words, scores.num_unscored, scores.accuracy) == (1, 2, 2, 0.5)
    assert figures(scores.strict.labels["A"]) == (0.5, 1.0, pytest.approx(2 / 3), 1, 2, 1)


def test_where_nothing_is_known_nothing_is_judged():
    assert judged_spans([[None], [None, "O"]], [["O"], ["O", "O"]]) is None
    assert judged_tags([[None]], [["A"]]) is None
    assert judged_labels([None], ["A"], [["a"]]) is None


def test_plain_tags_are_scored_on_known_unknown_and_ambiguous_words():
    gold = [["NOUN", "VERB", "NOUN"], ["ADJ"]]
    predicted = [["NOUN", "NOUN", "NOUN"], ["VERB"]]
    known = Known({"cat", "sits"}, {"cat": 2, "sits": 1}, {"sits"}, None, {})
    scores = score(judged_tags(gold, predicted, [["cat", "sits", "dog"], ["Cat"]]), known)
    assert (scores.score, scores.measure) == (0.5, "accuracy")
    assert (scores.known, scores.unknown, scores.num_unknown) == (0.5, 0.5, 2)
    assert (scores.ambiguous, scores.num_ambiguous) == (0.0, 1)
    assert (scores.sentence_accuracy, scores.num_sentences, scores.num_words) == (0, 2, 4)
    assert (scores.lenient, scores.illegal_gold, scores.illegal_predicted) == (None, None, None)
    assert {name: figures(row) for name, row in scores.strict.labels.items()} == {
        "ADJ": (0, 0, 0, 1, 0, 0),
        "NOUN": (2 / 3, 1, pytest.approx(0.8), 2, 3, 2),
        "VERB": (0, 0, 0, 1, 1, 0),
    }
    assert scores.strict.macro.f1 == pytest.approx(0.8 / 3)
    assert scores.strict.micro.f1 == scores.accuracy


def test_where_there_are_no_unknown_words_they_have_no_accuracy():
    scores = score(judged_tags([["A"]], [["A"]], [["x"]]), Known({"x"}))
    assert (scores.known, scores.unknown, scores.num_unknown, scores.num_ambiguous) == (1, None, 0, None)
    assert score(judged_tags([["A"]], [["A"]], [["x"]]), Known()).known is None


@given(st.lists(st.lists(st.tuples(*[st.sampled_from("ABC")] * 2, st.sampled_from("xyz")), max_size=4), min_size=1, max_size=4))
def test_known_and_unknown_together_make_the_accuracy(rows):
    gold, predicted, words = ([[part[index] for part in row] for row in rows] for index in range(3))
    judged = judged_tags(gold, predicted, words)
    scores = score(judged, Known({"x"}))
    num_known = scores.num_words - scores.num_unknown
    assert num_known == sum(row.count("x") for row in words)
    right = num_known * (scores.known or 0) + scores.num_unknown * (scores.unknown or 0)
    assert right == pytest.approx(scores.accuracy * scores.num_words)
    assert scores.accuracy == deciding_score(judged)


def test_labels_of_sentences_are_scored_and_none_is_right_where_there_are_no_words():
    scores = score(judged_labels(["a", "b", "a", None], ["a", "a", None, "b"], [["x"], ["x", "y"], [], ["z"]]))
    assert (scores.score, scores.measure, scores.accuracy, scores.sentence_accuracy) == (1 / 3, "accuracy", 1 / 3, 1 / 3)
    assert (scores.num_sentences, scores.num_words, scores.num_unscored) == (3, 3, 1)
    assert {name: figures(row)[3:] for name, row in scores.strict.labels.items()} == {"a": (2, 2, 1), "b": (1, 0, 0)}
    assert figures(scores.strict.micro)[3:] == (3, 2, 1)
    low, high = scores.interval
    assert 0 <= low < scores.score < high <= 1


@pytest.mark.parametrize(("gold", "predicted"), [([["O"]], []), ([["O", "O"]], [["O"]]), ([["O"]], [["O", "O"]])])
def test_numbers_that_differ_are_refused(gold, predicted):
    with pytest.raises(ValueError, match="differ in their numbers"):
        judged_spans(gold, predicted)
    with pytest.raises(ValueError, match="differ in their numbers"):
        judge(Predictions([["a"]], {"t": gold}, {"t": predicted}), "t")


def test_what_is_no_tag_of_a_span_is_refused():
    with pytest.raises(ValueError, match="'PER' is no tag of a span in any scheme"):
        judged_spans([["PER"]], [["O"]])


def test_sentences_without_words_score_nothing():
    scores = score(judged_spans([[]], [[]]))
    assert (scores.score, scores.accuracy, scores.strict.labels, scores.interval) == (0, 0, {}, None)
    assert score(judged_tags([[]], [[]])).score == 0


def test_f1_is_zero_where_nothing_is_right():
    assert LabelScore.of(0, 0, 0).f1 == LabelScore.of(3, 2, 0).f1 == 0
    assert LabelScore.of(4, 2, 2) == LabelScore(precision=1, recall=0.5, f1=2 / 3, gold=4, predicted=2, right=2)


def test_the_mean_of_labels_counts_each_the_same():
    scores = score(judged_spans([["B-A", "B-A", "B-B"]], [["B-A", "B-A", "O"]])).strict
    assert (scores.macro.precision, scores.macro.recall, scores.macro.f1) == (0.5, 0.5, 0.5)
    assert np.isclose(scores.micro.f1, 0.8)
