"""Comparisons where labels are rare: what a drawn sample of sentences lacks tells nothing."""

from pathlib import Path

import pytest
from compared_files import GOLD, MISSED, Spans, compared, tags, write

from tagger.evaluation.examine import examine
from tagger.evaluation.predictions_file import read_predictions

RARE: Spans = [*GOLD, (3, 4, "RARE")]


def assert_as_reported(*paths: Path):
    found = compared(*paths)
    ((task, comparison),) = found.tasks.items()
    for path, standing in zip(paths, comparison.standings.values(), strict=True):
        scores = examine(read_predictions(path).predictions)[task].scores
        assert standing.interval == pytest.approx(scores.interval)
        assert standing.macro_interval == pytest.approx(scores.strict.macro.interval)
        reported = {name: label.interval for name, label in scores.strict.labels.items()}
        assert standing.labels.keys() == reported.keys()
        for name, label in standing.labels.items():
            assert label.interval == pytest.approx(reported[name])


def rare_file(path: Path, rare: Spans, errors: int) -> Path:
    """40 sentences, of which the first has a label that the others lack."""
    text = [write(path, [rare], gold=RARE).read_text("utf-8"), write(path, [MISSED] * errors).read_text("utf-8")]
    path.write_text("".join([*text, write(path, [GOLD] * (39 - errors)).read_text("utf-8")]), "utf-8")
    return path


def test_intervals_are_those_of_the_report_where_a_label_is_rare(tmp_path: Path):
    paths = [rare_file(tmp_path / "a.conll", RARE, 3), rare_file(tmp_path / "b.conll", GOLD, 9)]
    assert compared(*paths).tasks["spans"].standings["A"].labels["RARE"].interval == (1, 1)
    assert_as_reported(*paths)


def test_intervals_are_those_of_the_report_where_most_sentences_have_nothing(tmp_path: Path):
    bare = "so O O\n\n" * 30
    paths = []
    for name, errors in (("a", 1), ("b", 2)):
        path = write(tmp_path / f"{name}.conll", [MISSED] * errors + [GOLD] * (3 - errors))
        path.write_text(path.read_text("utf-8") + bare, "utf-8")
        paths.append(path)
    assert_as_reported(*paths)


def test_intervals_are_those_of_the_report_where_a_tag_or_a_sentences_label_is_rare(tmp_path: Path):
    rows = [("a", "DT", "DT"), ("dog", "NN", "VB"), ("barks", "VB", "VB")]
    paths = [tags(tmp_path / f"{name}.conll", rows) for name in "ab"]
    for path, wrong in zip(paths, (2, 5), strict=True):
        text = path.read_text("utf-8")
        path.write_text("oh UH UH\n\n" + text * wrong + text.replace("NN VB", "NN NN") * (9 - wrong), "utf-8")
    assert_as_reported(*paths)
    for name, wrong in (("a", 2), ("b", 5)):
        label = "mail\tmail\tRead it\n" * 9 + "music\tmail\tPlay it\n" * wrong + "music\tmusic\tPlay it\n" * (9 - wrong)
        (tmp_path / f"{name}.tsv").write_text("rare\trare\tWell\n" + label, "utf-8")
    assert_as_reported(tmp_path / "a.tsv", tmp_path / "b.tsv")


def test_draws_without_a_label_tell_nothing_of_the_difference_in_it(tmp_path: Path):
    found = compared(rare_file(tmp_path / "a.conll", GOLD, 3), rare_file(tmp_path / "b.conll", RARE, 3)).tasks["spans"].pairs[0]
    rare = found.labels["RARE"]
    # Where the label is drawn, the second has it and the first has not: whether other sentences would show it, one can't tell.
    assert (rare.difference, rare.interval) == (1, (1, 1))
    assert rare.bootstrap_p > 0.3
    assert rare.randomisation_p == 1


def test_the_macro_interval_of_a_difference_is_of_the_labels_that_are_drawn(tmp_path: Path):
    # Both have the rare label: whether it is drawn or not, they differ in the others alone, and by less where it is.
    first, second = (rare_file(tmp_path / f"{name}.conll", RARE, errors) for name, errors in (("a", 20), ("b", 0)))
    found = compared(first, second).tasks["spans"]
    low, high = found.pairs[0].macro.interval
    assert 0 < low < found.pairs[0].macro.difference < high
    assert found.standings["B"].macro_interval == (1, 1)
    # B has all labels right in every draw, so that the difference is what A lacks.
    above, below = found.standings["A"].macro_interval
    assert (low, high) == pytest.approx((1 - below, 1 - above))


def test_a_label_that_neither_has_is_not_tested(tmp_path: Path):
    first, second = write(tmp_path / "a.conll", [GOLD] * 9), write(tmp_path / "b.conll", [MISSED] * 9)
    third = write(tmp_path / "c.conll", [[(3, 4, "DATE")]] * 9)
    pairs = compared(first, second, third).tasks["spans"].pairs
    assert [sorted(pair.labels) for pair in pairs] == [["LOC", "ORG", "PER"], ["DATE", "LOC", "PER"], ["DATE", "LOC", "ORG", "PER"]]
    # Each is corrected for the labels that are tested with it.
    assert pairs[0].labels["PER"].p == pytest.approx(3 * pairs[0].labels["PER"].randomisation_p)
