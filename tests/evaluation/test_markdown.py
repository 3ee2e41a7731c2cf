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


ILLEGAL = spans_predictions([["B-A", "I-A"], ["B-A", "O"]], [["I-A", "I-A"], ["B-A", "I-B"]])


def test_where_the_lenient_figures_are_others_they_stand_beside_the_strict_ones():
    lines = markdown(report_of(ILLEGAL)).splitlines()
    heading = "| label | precision | recall | F1 | 95 % | lenient precision | lenient recall | lenient F1 | lenient 95 % "
    heading += "| gold | predicted |"
    place = lines.index(heading)
    assert lines[place + 1] == "|---|" + "---:|" * 10
    assert lines[place + 2].startswith("| A | 100.00 | 50.00 | 66.67 | ")
    assert "| 100.00 | 100.00 | 100.00 | 100.0 to 100.0 | 2 | 1 |" in lines[place + 2]
    # Its only span is one that no strict reading has.
    assert lines[place + 3].startswith("| B | 0.00 | 0.00 | 0.00 |  | 0.00 | 0.00 | 0.00 | 0.0 to 0.0 | 0 | 0 |")
    assert [line.split(" ")[1] for line in lines[place + 4 : place + 6]] == ["all", "mean"]
    assert any(line.startswith("Places that break the scheme: 2 in the predicted tags. As conlleval reads") for line in lines)
    assert "sentence accuracy 50.00" in lines[4]


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


def test_the_table_has_lenient_rows_below_those_whose_figures_are_others():
    lines = [" ".join(line.replace("│", " ").split()) for line in printed(report_of(ILLEGAL)).splitlines()]
    names = [line.split()[0] for line in lines if line.endswith((" 2 1", " 2 2", " 2 3", " 0 0", " 0 1"))]
    assert names == ["A", "lenient", "B", "lenient", "all", "lenient", "mean", "lenient"]
    assert any(line.startswith("lenient 100.00 100.00 100.00 100.0 to 100.0 2 2") for line in lines)
    text = printed(report_of(spans_predictions([["B-A"]], [["B-A"]])))
    assert "lenient" not in text
    assert "No tag breaks its scheme: read as conlleval does, the scores are the same." in text


def test_the_table_tells_errors_broken_tags_and_calibration():
    predictions = spans_predictions([["B-A", "I-A"]], [["I-A", "I-A"]])
    found = examine(predictions, None, {"ner": Calibration(temperature=1, tags=0.005)})
    text = printed(Report(name="x", splits={"dev": found}))
    assert "errors: 1 (boundary 0" in text
    assert "Places that break the scheme: 1 in the predicted tags" in text
    assert "expected calibration error: tags 0.50" in text
    assert "mean" in text
