import json
from io import StringIO

import pytest
from rich.console import Console

from tagger.evaluation.report import Predictions, Report, headline, percent
from tagger.evaluation.scores import score_spans, score_tags

WORDS = [["Angela", "Merkel", "visited", "Paris"], ["Rain"]]
GOLD = [["B-PER", "I-PER", "O", "B-LOC"], ["O"]]
PREDICTED = [["B-PER", "I-PER", "O", "O"], ["O"]]
PLAIN = [["PROPN", "PROPN", "VERB", "PROPN"], ["NOUN"]]


@pytest.fixture
def report():
    scores = {"ner": score_spans(GOLD, PREDICTED), "upos": score_tags(PLAIN, PLAIN, WORDS, {"Paris"})}
    return Report("tiny", {"test": scores}, {"best epoch": 3})


@pytest.mark.parametrize(("share", "text"), [(0, "0.00"), (1, "100.00"), (0.91236, "91.24")])
def test_shares_are_written_as_percentages(share, text):
    assert percent(share) == text


def test_the_headline_of_spans_holds_all_their_scores():
    assert headline(score_spans(GOLD, PREDICTED)) == (
        "F1 66.67, precision 100.00, recall 50.00, token accuracy 80.00 (2 sentences, 5 words)"
    )


def test_the_headline_of_plain_tags_tells_known_from_unknown_words():
    assert headline(score_tags(PLAIN, PLAIN, WORDS, {"Paris"})) == (
        "accuracy 100.00, known words 100.00, unknown words 100.00 (2 sentences, 5 words)"
    )
    assert "unknown" not in headline(score_tags([["X"]], [["X"]], [["a"]], {"a"}))


def test_the_json_holds_the_scores_by_split_and_task(report):
    data = json.loads(json.dumps(report.to_json()))
    assert (data["version"], data["name"], data["facts"]) == (1, "tiny", {"best epoch": 3})
    ner = data["splits"]["test"]["ner"]
    assert ner["score"] == pytest.approx(2 / 3)
    assert ner["labels"]["LOC"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "gold": 1, "predicted": 0}
    assert "known" not in ner
    assert data["splits"]["test"]["upos"]["num_unknown"] == 4


def test_the_markdown_has_a_row_for_each_label_and_one_for_all(report):
    lines = report.markdown().splitlines()
    assert lines[0] == "# tiny"
    assert "## ner on test" in lines
    assert "| LOC | 0.00 | 0.00 | 0.00 | 1 | 0 |" in lines
    assert "| all | 100.00 | 50.00 | 66.67 | 2 | 1 |" in lines
    assert "- best epoch: 3" in lines
    assert len([line for line in lines if line.startswith("| all")]) == 1


def test_every_row_of_the_markdown_has_as_many_cells_as_its_heading():
    tags = [["a|b", "``", "||"]]
    report = Report("odd", {"test": {"xpos": score_tags(tags, tags, [["x", "y", "z"]], set())}})
    rows = [line for line in report.markdown().splitlines() if line.startswith("|")]
    assert len(rows) == 5
    assert {row.replace("\\|", "").count("|") for row in rows} == {7}


def test_the_table_shows_every_label_as_it_is_written():
    tags = [["[bold]", "NN"]]
    report = Report("odd", {"test": {"xpos": score_tags(tags, tags, [["x", "y"]], set())}})
    console = Console(width=120, record=True, file=StringIO())
    console.print(report.table())
    assert "[bold]" in console.export_text()


def test_written_files_hold_the_report(report, tmp_path):
    report.write(tmp_path / "report")
    assert json.loads((tmp_path / "report" / "report.json").read_text("utf-8")) == json.loads(json.dumps(report.to_json()))
    assert (tmp_path / "report" / "report.md").read_text("utf-8") == report.markdown()


def test_predictions_are_written_in_columns_as_conlleval_reads_them(tmp_path):
    (path,) = Predictions(WORDS, {"ner": GOLD}, {"ner": PREDICTED}).write(tmp_path, "test")
    assert path.name == "test.conll"
    blocks = path.read_text("utf-8").strip("\n").split("\n\n")
    assert [[line.split()[0] for line in block.splitlines()] for block in blocks] == WORDS
    assert [[line.split()[1] for line in block.splitlines()] for block in blocks] == GOLD
    assert [[line.split()[2] for line in block.splitlines()] for block in blocks] == PREDICTED


def test_several_tasks_get_a_file_each(tmp_path):
    paths = Predictions(WORDS, {"ner": GOLD, "upos": PLAIN}, {"ner": PREDICTED, "upos": PLAIN}).write(tmp_path, "dev")
    assert [path.name for path in paths] == ["dev.ner.conll", "dev.upos.conll"]
