"""Markdown and the terminal's table: whole rows and blocks, whatever labels and words hold."""

from io import StringIO

import pytest
from rich.console import Console
from tagged import labels_predictions, spans_predictions, tags_predictions

from tagger.evaluation.examine import examine
from tagger.evaluation.known import Known
from tagger.evaluation.markdown import markdown
from tagger.evaluation.measures import Calibration
from tagger.evaluation.report import Report
from tagger.evaluation.terminal import table

ODD = ("a|b", "``", "||", "[bold]", "<b>", "a\nb", "\\", "a\\|", "[/]", "&amp;", "*", "# x", "\\[red]")


def report_of(predictions, known=None, name="tiny", **facts):
    return Report(name=name, splits={"dev": examine(predictions, known)}, facts=facts)


def odd_reports():
    spans = [[f"B-{label}" for label in ODD]]
    found = [[f"B-{label}" for label in (*ODD[1:], ODD[0])]]
    plain, others = [list(ODD)], [[*ODD[1:], ODD[0]]]
    words = [list(ODD)]
    return [
        report_of(spans_predictions(spans, found, words=words), {"ner": Known(set(ODD), dict.fromkeys(ODD, 3))}, name="a|b\n# c"),
        report_of(tags_predictions(plain, others, words)),
        report_of(labels_predictions(ODD, others[0], [[label, "x"] for label in ODD]), notes=["a|b", "<b>"], place="a\n| b"),
    ]


def cells(row):
    return row.replace("\\\\", "").replace("\\|", "").count("|") - 1


@pytest.mark.parametrize("number", [0, 1, 2])
def test_every_row_has_as_many_cells_as_its_heading(number):
    blocks = [block.splitlines() for block in markdown(odd_reports()[number]).split("\n\n")]
    tables = [block for block in blocks if block[0].startswith("|")]
    assert len(tables) >= 2
    for rows in tables:
        assert len(rows) > 2
        assert all(row.startswith("|") and row.endswith("|") for row in rows)
        assert {cells(row) for row in rows} == {cells(rows[0])}


@pytest.mark.parametrize("number", [0, 1, 2])
def test_what_is_folded_is_closed_and_no_sign_of_html_is_left_in_names(number):
    lines = markdown(odd_reports()[number]).splitlines()
    assert lines.count("<details>") == lines.count("</details>") >= 1
    inside = False
    for line in lines:
        assert (line == "<details>") <= (not inside)
        inside = (inside or line == "<details>") and line != "</details>"
    assert not any("<b>" in line.replace("\\<b\\>", "") for line in lines)
    assert sum(line.startswith("# ") for line in lines) == 1


def test_the_markdown_has_a_row_for_each_label_and_one_for_all():
    made = report_of(spans_predictions([["B-PER", "B-LOC"]], [["B-PER", "O"]]), **{"best epoch": 3, "notes": ["one", "two"]})
    lines = markdown(made).splitlines()
    assert lines[0] == "# tiny"
    assert "## ner on dev" in lines
    assert "| LOC | 0.00 | 0.00 | 0.00 | 0.0 to 0.0 | 1 | 0 |" in lines
    assert any(line.startswith("| all | 100.00 | 50.00 | 66.67 |") for line in lines)
    assert any(line.startswith("| mean | 50.00 | 50.00 | 50.00 |") for line in lines)
    assert [line for line in lines if line.startswith("- ")] == ["- best epoch: 3", "- one", "- two"]
    assert "errors: 1 (boundary 0, label 0, boundary and label 0, missed 1, spurious 0)" in lines
    assert "| missed | w1 | LOC | - | 1 |" in lines


def test_of_plain_tags_all_together_stand_in_the_headline_alone():
    lines = markdown(report_of(tags_predictions([["A", "B"]], [["A", "A"]]))).splitlines()
    assert [line.split(" ")[1] for line in lines if line.startswith("| ") and line.count("|") == 8] == ["label", "A", "B"]


def test_without_an_error_nothing_of_errors_is_folded():
    text = markdown(report_of(spans_predictions([["B-A"]], [["B-A"]])))
    assert "<details>" not in text
    assert "errors: 0" in text


def printed(report):
    console = Console(width=200, record=True, file=StringIO())
    console.print(table(report))
    return console.export_text()


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_table_shows_every_label_as_it_is_written(number):
    text = printed(odd_reports()[number])
    for label in ODD:
        for part in label.split("\n"):
            assert f" {part} " in text


def test_the_table_tells_errors_broken_tags_and_calibration():
    predictions = spans_predictions([["B-A", "I-A"]], [["I-A", "I-A"]])
    found = examine(predictions, None, {"ner": Calibration(temperature=1, tags=0.005)})
    text = printed(Report(name="x", splits={"dev": found}))
    assert "errors: 1 (boundary 0" in text
    assert "Places that break the scheme: 1 in the predicted tags" in text
    assert "expected calibration error: tags 0.50" in text
    assert "mean" in text
