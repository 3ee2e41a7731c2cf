import re
import warnings
import xml.etree.ElementTree as ElementTree

import pytest
from made_reports import STRANGE, label_scores, learning, spans_report, tags_report

from tagger.evaluation import pictures
from tagger.evaluation.report import Breakdown, Confusion, Group

SPANS = spans_report()
PICTURES = {
    "f1": lambda: pictures.f1_by_label(SPANS.scores.strict.labels, "key", "title"),
    "confusion": lambda: pictures.confusion_matrix(SPANS.confusion, "key", "title"),
    "length": lambda: pictures.score_by_group(SPANS.breakdowns[0], "F1", "key", "title"),
    "reliability": lambda: pictures.reliability(SPANS.reliability, "key", "title"),
    "thresholds": lambda: pictures.threshold_curve(SPANS.thresholds, "key", "title"),
    "learning": lambda: pictures.learning_curves(learning(("ner", "upos")), "key", "title"),
}
SVGS = {}


@pytest.fixture(params=PICTURES)
def svg(request):
    return SVGS.setdefault(request.param, PICTURES[request.param]())


def texts(svg):
    return [element.text for element in ElementTree.fromstring(svg).iter("text")]


def test_a_picture_is_an_image_with_a_text_in_its_place(svg):
    root = ElementTree.fromstring(svg)
    assert (root.tag, root.get("role"), root.get("aria-label")) == ("svg", "img", "title")


def test_a_picture_has_no_colour_of_its_own_and_no_background(svg):
    assert set(re.findall(r"(?:fill|stroke|color): ?([^;\"]+)", svg)) <= {*pictures._VARIABLES.values(), "none"}
    assert not re.search(r"#[0-9a-f]{6}\b", svg)


def test_a_picture_leaves_the_font_and_the_styles_to_the_page(svg):
    assert "font:" not in svg
    assert "font-family" not in svg
    assert "<style" not in svg
    assert "font-size" in svg


def test_the_ids_of_a_picture_are_its_own_and_all_that_is_referred_to_is_there(svg):
    ids = re.findall(r' id="([^"]+)"', svg)
    assert len(ids) == len(set(ids))
    assert all(one.startswith("key-") for one in ids)
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg)) <= set(ids)


def test_a_picture_names_no_other_place_and_no_day(svg):
    assert "http" not in svg
    assert "metadata" not in svg


def test_the_same_data_gives_the_same_picture():
    assert PICTURES["confusion"]() == PICTURES["confusion"]()
    assert PICTURES["learning"]() == PICTURES["learning"]()


def test_the_f1_of_each_label_is_named_best_last():
    scores = label_scores(["LOC", "PER"]).labels
    scores["PER"] = scores["PER"].model_copy(update={"f1": 0.1, "interval": None})
    found = texts(pictures.f1_by_label(scores, "key", "title"))
    assert [text for text in found if text in ("LOC", "PER")] == ["PER", "LOC"]


def test_a_confusion_matrix_shows_each_count_and_each_name_twice():
    found = texts(pictures.confusion_matrix(Confusion(names=["A", "B"], counts=[[12345, 7], [0, 31]]), "key", "title"))
    assert sorted(found) == sorted(["A", "B", "A", "B", "12k", "7", "31", "gold", "predicted"])


def test_what_is_right_does_not_change_the_colours_of_what_is_wrong():
    few, many = (
        pictures.confusion_matrix(Confusion(names=["A", "B"], counts=[[right, 3], [1, right]]), "key", "title")
        for right in (5, 500)
    )
    opacities = [re.findall(r"opacity: ([\d.]+)", svg) for svg in (few, many)]
    assert opacities[0] == opacities[1]
    assert "var(--calm)" in few


def test_of_many_names_those_with_most_errors_are_shown():
    size = pictures.MOST_NAMES + 4
    counts = [[0] * size for _ in range(size)]
    for place in range(4, size - 1):
        counts[place][place + 1] = 2
    counts[0][1] = counts[1][0] = 50
    assert pictures.most_confused(Confusion(names=[str(place) for place in range(size)], counts=counts)) == [0, 1, *range(5, 33)]


def test_a_picture_wider_than_a_phone_scrolls_and_does_not_shrink():
    def narrowest(names):
        return re.search(r"min-width: (\d+)px", pictures.confusion_matrix(tags_report(names).confusion, "key", "title"))

    assert narrowest(("A", "B")) is None
    assert int(narrowest([f"TAG{place}" for place in range(30)])[1]) > 400


def test_names_are_no_formulas_no_markup_and_need_no_glyph():
    groups = [Group(name=name, gold=1, predicted=1, right=1, score=1) for name in STRANGE]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        svg = pictures.score_by_group(Breakdown(by="length", groups=groups), "F1", "key", "title")
    # A picture stands inside a page, which takes out what XML may not hold.
    found = texts(re.sub(r"[\x00\x1b\ud800]", "", svg))
    assert {"<script>alert(1)<…", "{{ 7*7 }}$x^2$", "שלום עולם", "👩‍👩‍👧 tab here", "WWWWWWWWWWWWWWWWW…", "@0000nnn"} <= set(found)


def test_a_name_with_nothing_to_see_is_told_as_such():
    scores = label_scores(["", "A"]).labels
    assert "(empty)" in texts(pictures.f1_by_label(scores, "key", "title"))


def test_a_run_without_dev_has_curves_without_scores():
    found = texts(pictures.learning_curves(learning(()), "key", "title"))
    assert "loss" in found
    assert "learning rate" in found
    assert "score on dev" not in found
    assert "score on dev" in texts(PICTURES["learning"]())


def test_what_a_user_set_for_matplotlib_changes_nothing():
    import matplotlib

    plain = PICTURES["thresholds"]()
    with matplotlib.rc_context({"lines.linewidth": 9, "font.size": 30, "text.usetex": True, "axes.facecolor": "#ff0000"}):
        assert PICTURES["thresholds"]() == plain
        assert matplotlib.rcParams["lines.linewidth"] == 9
