"""The report as data: it reads back what it wrote, says what it refuses, and its figures are put into words."""

import json

import pytest
from tagged import labels_predictions, spans_predictions, sure, tags_predictions

from tagger.errors import TaggerError
from tagger.evaluation.examine import examine
from tagger.evaluation.known import Known
from tagger.evaluation.measures import Calibration
from tagger.evaluation.predictions import Predictions
from tagger.evaluation.report import EpochScore, LearningCurve, Report
from tagger.evaluation.wording import calibration_line, error_line, headline, other_readings, percent, stretch

WORDS = [["Angela", "Merkel", "visited", "Paris"], ["Rain"]]
GOLD = [["B-PER", "I-PER", "O", "B-LOC"], ["O"]]
PREDICTED = [["B-PER", "I-PER", "O", "O"], ["O"]]
PLAIN = [["PROPN", "PROPN", "VERB", "PROPN"], ["NOUN"]]


def full_report():
    """A report in which everything is there, errors without a gold or predicted side among them."""
    certain = sure([[0.9, 0.8, 0.99, 0.95], [0.97]], [[0.8], [0.93]], [0.7, 0.9])
    found = [PREDICTED[0], ["B-PER"]]
    known = {"ner": Known({"Paris"}, {"Paris": 2}, (), {"Paris": {"LOC"}}, {"LOC": 2})}
    ner = examine(
        spans_predictions(GOLD, found, words=WORDS, certain=certain), known, {"ner": Calibration(temperature=1, tags=0.1)}
    )
    upos = examine(tags_predictions(PLAIN, [["NOUN"] * 4, ["NOUN"]], WORDS), {"upos": Known({"Paris"}, {"Paris": 1})})
    intent = examine(labels_predictions(["a", "b"], ["b", None], [["x"], []]))
    learning = LearningCurve(steps=[1], loss=[0.5], learning_rate=[0.1], epochs=[EpochScore(epoch=1, step=1, dev={"ner": 0.5})])
    facts = {"best epoch": 3, "notes": ["one", "two"], "speed": 1.5}
    return Report(name="tiny", facts=facts, splits={"dev": {**ner, **upos, **intent}}, learning=learning)


def test_a_report_reads_back_as_it_was_written(tmp_path):
    report = full_report()
    ner = report.splits["dev"]["ner"]
    assert {one.gold is None for one in ner.strings} == {one.gold is None for one in ner.doubts} == {True, False}
    assert Report.model_validate_json(report.to_json()) == report
    (tmp_path / "report.json").write_text(report.to_json(), "utf-8")
    assert Report.load(tmp_path / "report.json") == report


def test_the_json_says_what_it_is_and_leaves_out_what_does_not_apply():
    text = full_report().to_json()
    data = json.loads(text)
    assert (data["kind"], data["version"], data["name"]) == ("report", 2, "tiny")
    assert "known" not in data["splits"]["dev"]["ner"]["scores"]
    assert "null" not in text
    assert text.endswith("}\n")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "Invalid JSON"),
        (b"\xff", "codec"),
        (b'{"name": "x", "splits": {}, "extra": 1}', "Extra inputs are not permitted"),
        (b'{"name": "x", "splits": {}, "version": 1}', "Input should be 2"),
        (b'{"splits": {}}', "Field required"),
    ],
)
def test_what_is_no_report_is_refused_with_place_and_fix(content, reason, tmp_path):
    (tmp_path / "report.json").write_bytes(content)
    with pytest.raises(TaggerError) as caught:
        Report.load(tmp_path / "report.json")
    assert reason in caught.value.problem
    assert caught.value.where == str(tmp_path / "report.json")
    assert caught.value.fix == "`tagger evaluate MODEL --output DIR` writes one."


def test_a_report_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(TaggerError, match="No such file"):
        Report.load(tmp_path / "report.json")


@pytest.mark.parametrize(("share", "text"), [(0, "0.00"), (1, "100.00"), (0.91236, "91.24")])
def test_shares_are_written_as_percentages(share, text):
    assert percent(share) == text


def found_in(predictions, known=None):
    (found,) = examine(predictions, known).values()
    return found


def without_interval(found):
    return headline(found.model_copy(update={"scores": found.scores.model_copy(update={"interval": None})}))


def test_the_headline_of_spans_holds_all_their_scores():
    found = found_in(spans_predictions(GOLD, PREDICTED, words=WORDS))
    figures = "F1 66.67, precision 100.00, recall 50.00, token accuracy 80.00, sentence accuracy 50.00"
    assert without_interval(found) == f"{figures} (2 sentences, 5 words)"
    assert headline(found).startswith(f"F1 66.67 (95 %: {stretch(found.scores.interval)}), precision")


def test_the_headline_of_plain_tags_tells_known_from_unknown_words():
    found = found_in(tags_predictions(PLAIN, PLAIN, WORDS), {"upos": Known({"Paris"})})
    figures = "accuracy 100.00, known words 100.00, unknown words 100.00, sentence accuracy 100.00"
    assert without_interval(found) == f"{figures} (2 sentences, 5 words)"
    assert "unknown" not in headline(found_in(tags_predictions([["X"]], [["X"]])))


def test_the_headline_of_labels_counts_sentences():
    found = found_in(labels_predictions(["a", "b", None], ["a", "a", "a"], [["x", "y"], ["z"], ["z"]]))
    assert without_interval(found) == "accuracy 50.00, macro F1 33.33 (2 sentences; 1 without a label not scored)"


def test_the_headline_tells_how_many_words_are_not_scored():
    found = found_in(tags_predictions([["A", None, "A"]], [["A", "A", "A"]]))
    assert headline(found).endswith("(1 sentence, 2 words; 1 word of unknown tags not scored)")


def test_both_readings_are_told_where_tags_break_their_scheme():
    scores = found_in(spans_predictions([["B-A", "I-A"]], [["I-A", "I-A"]])).scores
    told = "Places that break the scheme: 1 in the predicted tags. As conlleval reads them: "
    told += "precision 100.00, recall 100.00, F1 100.00."
    assert (scores.score, other_readings(scores)) == (0, told)
    same = found_in(spans_predictions([["I-A", "O"]], [["O", "O"]])).scores
    same = same.model_copy(update={"lenient": same.strict})
    told = "Places that break the scheme: 1 in the gold tags. Read as conlleval does, the scores are the same."
    assert other_readings(same) == told
    legal = found_in(spans_predictions(GOLD, PREDICTED)).scores
    assert other_readings(legal) == "No tag breaks its scheme: read as conlleval does, the scores are the same."
    assert other_readings(found_in(tags_predictions(PLAIN, PLAIN)).scores) == ""


def test_errors_are_told_with_their_kinds():
    assert error_line({"wrong tag": 1200}) == "errors: 1,200"
    assert error_line({"missed": 2, "spurious": 1}) == "errors: 3 (missed 2, spurious 1)"


def test_the_calibration_is_told_in_a_line():
    full = Calibration(temperature=1.25, tags=0.01, spans=0.02, tags_before=0.03, spans_before=0.04)
    assert calibration_line(full, "spans") == (
        "expected calibration error: tags 1.00 (without temperature 3.00), spans 2.00 (without temperature 4.00); temperature 1.25"
    )
    half = Calibration(temperature=1, tags=0.005)
    assert calibration_line(half, "tags") == "expected calibration error: tags 0.50"
    assert calibration_line(half, "labels") == "expected calibration error: labels 0.50"


def test_predictions_are_written_in_columns_as_conlleval_reads_them(tmp_path):
    (path,) = spans_predictions(GOLD, PREDICTED, words=WORDS).write(tmp_path, "test")
    assert path.name == "test.conll"
    blocks = [[line.split() for line in block.splitlines()] for block in path.read_text("utf-8").strip("\n").split("\n\n")]
    for column, expected in enumerate((WORDS, GOLD, PREDICTED)):
        assert [[row[column] for row in block] for block in blocks] == expected


def test_several_tasks_get_a_file_each(tmp_path):
    paths = Predictions(WORDS, {"ner": GOLD, "upos": PLAIN}, {"ner": PREDICTED, "upos": PLAIN}).write(tmp_path, "dev")
    assert [path.name for path in paths] == ["dev.ner.conll", "dev.upos.conll"]
