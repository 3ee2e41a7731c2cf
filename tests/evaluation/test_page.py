import re
import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import pytest
from made_reports import (
    STRANGE,
    bare,
    labels_report,
    learning,
    many_tags_report,
    spans_report,
    strange_page,
    tags_report,
    whole_page,
)
from tagged import spans_predictions

from tagger.evaluation import pictures
from tagger.evaluation.examine import examine
from tagger.evaluation.page import Confused, cells, confusions, page
from tagger.evaluation.report import Confusion, Example, Mark, Report

PARTS = [
    "Kinds of errors",
    "Confusions",
    "By property",
    "Most frequent errors",
    "Sentences with most errors",
    "Likely errors of annotation",
    "How true the probabilities are",
]


def one_task(task, **others):
    return Report(name="one", splits={"test": {"task": task}}, **others)


@pytest.fixture(scope="module")
def whole():
    return whole_page()


@pytest.fixture
def no_pictures(monkeypatch):
    """Quick pages, for what is not about pictures."""
    monkeypatch.setattr(pictures, "_svg", lambda draw, key, title, **size: f'<svg role="img" aria-label="{title.split(":")[0]}" />')


@pytest.fixture(scope="module")
def strange():
    return strange_page()


def shown(html, path=".//body"):
    return " ".join(" ".join(ElementTree.fromstring(html).find(path).itertext()).split())


def headings(html):
    return [
        (element.tag, "".join(element.itertext()))
        for element in ElementTree.fromstring(html).iter()
        if re.fullmatch("h[1-6]", element.tag)
    ]


def test_the_page_is_well_formed_and_tells_its_language(whole, strange):
    assert whole.startswith("<!DOCTYPE html>")
    for html in (whole, strange):
        root = ElementTree.fromstring(html)
        assert root.get("lang") == "en"


def test_the_same_report_gives_the_same_page():
    report = one_task(spans_report(), learning=learning())
    assert page(report) == page(Report.model_validate_json(report.to_json()))


def test_no_id_occurs_twice_and_every_link_leads_somewhere(whole):
    root = ElementTree.fromstring(whole)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert {element.get("href") for element in root.iter("a")} <= {f"#{one}" for one in ids}


def test_the_page_holds_no_script_and_loads_nothing(whole, strange):
    for html in (whole, strange):
        tags = {element.tag for element in ElementTree.fromstring(html).iter()}
        assert not tags & {"script", "link", "img", "iframe", "object", "embed", "base", "image", "form"}
        attributes = {key for element in ElementTree.fromstring(html).iter() for key in element.attrib}
        assert not [key for key in attributes if key.startswith("on") or key in ("src", "srcset")]
        style = ElementTree.fromstring(html).find("head/style").text
        assert not re.search(r"@import|url\(|@font-face", style)
        assert set(re.findall(r"url\((.)", html)) == {"#"}
        assert "://" not in html


def test_the_page_forbids_the_browser_to_ask_for_anything(whole):
    rules = [meta.get("content") for meta in ElementTree.fromstring(whole).iter("meta") if meta.get("http-equiv")]
    assert rules == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_headings_go_down_one_step_at_a_time(whole):
    levels = [int(tag[1]) for tag, _ in headings(whole)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_heading_of_a_table_has_a_scope_and_every_figure_a_text(whole):
    root = ElementTree.fromstring(whole)
    assert {element.get("scope") for element in root.iter("th")} <= {"col", "row", "colgroup"}
    assert all(svg.get("role") == "img" and svg.get("aria-label") for svg in root.iter("svg"))
    assert all(figure.find("figcaption") is not None for figure in root.iter("figure"))


def test_each_row_of_a_table_has_as_many_cells(whole):
    for table in ElementTree.fromstring(whole).iter("table"):
        widths = {sum(int(cell.get("colspan", 1)) for cell in row) for row in table.iter("tr")}
        assert len(widths) == 1


def test_each_task_of_each_split_has_its_score_at_the_top(whole):
    cards = [element for element in ElementTree.fromstring(whole).iter("a") if element.get("class") == "card"]
    assert [" ".join("".join(card.itertext()).split()) for card in cards][:2] == [
        "ner on dev 72.73 F1, per cent 95 % interval 61.11 to 82.22 2,043 sentences, 40,321 words",
        "ner on test 72.73 F1, per cent 95 % interval 61.11 to 82.22 2,043 sentences, 40,321 words",
    ]
    assert "72.73 accuracy, per cent" in " ".join("".join(cards[2].itertext()).split())


def test_the_facts_are_shown_and_a_list_is_one_of_sentences(whole):
    text = shown(whole)
    assert "best epoch 3 of 7" in text
    assert "tagging words per second 25,498" in text
    assert "a note & more" in text
    assert "corpus notes" not in text


def test_of_errors_of_one_kind_no_kinds_are_told(whole):
    assert "wrong label" not in shown(whole)


@pytest.mark.parametrize(
    "text",
    [
        *("91.34", "81.23", "17 since gold", "illegal tags in gold 3", "illegal predicted tags 19"),
        *("94.71", "83.52 accuracy on 1,234", "89.93 accuracy on 2,345"),
        *("66.67 80.00 72.73 50.00 – 90.00 75.00 90.00 81.82 10 12 8", "71.91"),
        *("boundary 3 30.00", "label 5 50.00", "spurious 1 10.00", "all 10 100.00", "known word 5"),
        *("PER O 4 30.77", "sentence length", "over 10", "27.27", "span length", "one word", "54.55"),
        *("Angela as Angela Merkel PER PER boundary 4", "word3", "word13"),
        *("Sentence 42: 2 errors, probability of the whole 0.03", "Sentence 53", "0.68"),
        *("Sentence 91: gold none predicted LOC with probability 0.99",),
        *("1.23 without temperature 2.34", "4.56 without temperature 5.67", "temperature 1.37"),
    ],
)
def test_every_figure_of_the_report_is_shown(whole, text):
    assert text in shown(whole)


def test_every_picture_is_there_once_for_each_task_and_the_learning_curves_once(whole):
    labels = [svg.get("aria-label").split(";")[0].split(".")[0].split(":")[0] for svg in ElementTree.fromstring(whole).iter("svg")]
    counted = {label: labels.count(label) for label in labels}
    assert counted.pop("Confusion matrix") == 4 + 2
    assert counted.pop("Curves over 150 steps") == 1
    assert counted == {
        "F1 by label": 4,
        "Score by sentence length": 4,
        "Share that is right by probability": 4,
        "Precision and recall by the lowest probability that is kept": 4,
    }


def test_the_contents_name_every_part_that_is_there(whole):
    root = ElementTree.fromstring(whole)
    for heading in root.iter("h3"):
        assert any(link.get("href") == f"#{heading.get('id')}" for link in root.find(".//nav").iter("a"))


@pytest.mark.usefixtures("no_pictures")
def test_what_is_absent_leaves_no_heading():
    html = page(one_task(bare(spans_report())))
    assert headings(html) == [("h1", "one"), ("h2", "Scores"), ("h2", "task on test"), ("h3", "By label")]
    assert "95" not in shown(html, ".//div[@class='cards']")
    assert "conlleval" not in html
    everything = page(one_task(spans_report(), learning=learning()))
    titles = [title for _, title in headings(everything)]
    assert titles == ["one", "Scores", "task on test", "By label", *PARTS, "Learning"]


def test_an_empty_report_is_still_a_page():
    assert headings(page(Report(name="", splits={}))) == [("h1", "Report"), ("h2", "Scores")]


@pytest.mark.usefixtures("no_pictures")
def test_lenient_figures_stand_beside_where_they_differ():
    task = spans_report()
    assert "lenient" in shown(page(one_task(task)), ".//table")
    same = task.scores.model_copy(update={"lenient": task.scores.strict})
    html = page(one_task(task.model_copy(update={"scores": same})))
    assert "lenient" not in shown(html, ".//table")
    assert "Read leniently, as conlleval does, all of these figures are the same." in shown(html)


@pytest.mark.usefixtures("no_pictures")
def test_a_label_that_is_read_leniently_alone_has_a_row():
    examined = examine(spans_predictions([["B-A", "O"]], [["B-A", "I-B"]]))
    rows = shown(page(Report(name="x", splits={"test": examined})), ".//tbody")
    assert "A 100.00 100.00 100.00 100.00 – 100.00 100.00 100.00 100.00 1 1 1" in rows
    assert "B 0.00 0.00 0.00 0.00 0.00 0.00 0 0 0" in rows


@pytest.mark.usefixtures("no_pictures")
def test_errors_without_any_of_their_kind_count_nothing():
    text = shown(page(one_task(spans_report())))
    assert "boundary and label 0 0.00" in text


def test_a_word_knows_the_marks_under_it_and_where_they_begin_and_end():
    gold, predicted = Mark(start=0, end=2, label="A", right=False), Mark(start=1, end=2, label="A", right=False)
    first, second, third = cells(Example(sentence=0, words=["longer", "words", "."], gold=[gold], predicted=[predicted], errors=1))
    assert (first.gold.first, first.gold.last, first.predicted) == (True, False, None)
    assert (second.gold.first, second.gold.last) == (False, True)
    assert (second.predicted.first, second.predicted.last) == (True, True)
    assert (third.gold, third.predicted) == (None, None)


@pytest.mark.usefixtures("no_pictures")
def test_each_label_has_a_colour_of_its_own_and_what_is_wrong_a_sign():
    html = page(one_task(spans_report()))
    found = re.findall(r'class="mark ([\w ]+)" style="--hue: (\d+)" title="([^"]*)"', html)
    gold, predicted = found[:2]
    assert gold[2] == "gold: PER, wrong"
    assert predicted[2] == "predicted: LOC, probability 0.68, wrong"
    assert gold[1] != predicted[1]
    assert len({hue for _, hue, title in found if "PER" in title}) == 1
    assert html.count("✗") == 12 * 2 + 1


def test_confusions_are_sorted_and_leave_out_what_is_right():
    found = confusions(Confusion(names=["A", "B"], counts=[[9, 1], [3, 9]]))
    assert found == [Confused("B", "A", 3, 0.75), Confused("A", "B", 1, 0.25)]


@pytest.mark.usefixtures("no_pictures")
def test_only_wrong_tags_are_said_to_be_shown():
    assert "only wrong tags are shown" in page(one_task(tags_report()))
    assert "only wrong tags are shown" not in page(one_task(spans_report()))


@pytest.mark.usefixtures("no_pictures")
def test_a_label_of_a_sentence_stands_over_it():
    text = shown(page(one_task(labels_report())))
    assert "gold play predicted book 0.77 a song" in text


@pytest.mark.usefixtures("no_pictures")
def test_more_tags_than_a_picture_has_room_for_are_said_to_be_left_out():
    assert "Shown are the 30 of 45 with most errors." in shown(page(many_tags_report()))


def test_what_strangers_wrote_is_shown_as_they_wrote_it(strange):
    text = shown(strange)
    for name in STRANGE:
        assert re.sub(r"[\x00\x1b\ud800]", "\ufffd", " ".join(name.split())) in text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\ud800-\udfff]", strange)


def test_probabilities_are_never_rounded_to_nothing_or_to_certainty():
    from tagger.evaluation.page import _probability

    assert [_probability(p) for p in (0.0, 3e-7, 0.005, 0.5, 0.99512, 1.0)] == ["0.00", "3e-07", "0.01", "0.50", "0.9951", "1.00"]


@pytest.mark.usefixtures("no_pictures")
def test_the_intervals_are_explained_as_what_they_are():
    text = " ".join(shown(page(one_task(spans_report()))).split())
    assert "with a probability of 95" not in text
    assert "Of samples of sentences like these, 95 % have a score within the interval" in text
    assert "Of samples of sentences like these, 95 % have an F1 within the interval." in text


def test_of_the_confusion_of_tags_no_scheme_is_named_that_they_may_not_be_in(whole):
    text = shown(whole)
    assert "Confusion of tags, whose prefixes tell a word's place in its span" in text
    assert "first word is B-" not in text
