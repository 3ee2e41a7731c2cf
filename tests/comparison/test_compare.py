"""Comparisons of predictions: figures, refusals, and what is found in folders."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.comparison.compare import compare
from tagger.comparison.comparison import Comparison
from tagger.comparison.forms import markdown
from tagger.errors import TaggerError
from tagger.evaluation.examine import examine
from tagger.evaluation.predictions_file import read_predictions
from tagger.evaluation.report import Report
from tagger.evaluation.report_files import write_report
from tagger.text.schemes import IOB2, SCHEMES, LabelledRange, scheme_named

Spans = Sequence[tuple[int, int, str]]
WORDS = ["Mary", "Ann", "Smith", "left", "Paris", "for", "Bonn"]
GOLD: Spans = [(0, 3, "PER"), (4, 5, "LOC"), (6, 7, "LOC")]
MISSED: Spans = [(0, 2, "PER"), (4, 5, "ORG"), (6, 7, "LOC")]


def write(
    path: Path, predicted: Sequence[Spans], *, gold: Spans = GOLD, scheme: str = "iob2", words: Sequence[str] = WORDS
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = ""
    for spans in predicted:
        sides = [scheme_named(scheme).write([LabelledRange(*span) for span in side], len(words)) for side in (gold, spans)]
        text += "".join(" ".join(row) + "\n" for row in zip(words, *sides, strict=True)) + "\n"
    path.write_text(text, "utf-8")
    return path


def tags(path: Path, rows: Sequence[tuple[str, str, str]]) -> Path:
    path.write_text("".join(" ".join(row) + "\n" for row in rows) + "\n", "utf-8")
    return path


def random_file(path: Path, seed: int, errors: float) -> Path:
    random = np.random.default_rng(seed)
    wrong = random.random(60) < errors
    return write(path, [MISSED if bad else GOLD for bad in wrong])


def compared(*paths: Path, **options: object) -> Comparison:
    return compare([str(path) for path in paths], **options)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write(tmp_path / "good.conll", [GOLD] * 40)


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    return write(tmp_path / "bad.conll", [MISSED] * 15 + [GOLD] * 25)


def test_the_better_one_is_named_with_size_interval_and_p(good: Path, bad: Path):
    (pair,) = compared(good, bad).tasks["spans"].pairs
    assert pair.better == "A"
    # By how much the better one is better, whichever comes first.
    high, low = (-100 * end for end in pair.score.interval)
    assert 0 < low < 25 < high
    assert pair.verdict == f"A is better than B by 25.00 F1 (95 % interval {low:.2f} to {high:.2f}, p < 0.001)"
    assert compared(bad, good).tasks["spans"].pairs[0].verdict == (
        f"B is better than A by 25.00 F1 (95 % interval {low:.2f} to {high:.2f}, p < 0.001)"
    )
    assert pair.score.difference == pytest.approx(90 / 120 - 1)
    assert pair.score.interval[0] < pair.score.difference < pair.score.interval[1] < 0


def test_chance_is_told_as_no_difference(tmp_path: Path):
    first = write(tmp_path / "a.conll", [MISSED, GOLD] * 9)
    second = write(tmp_path / "b.conll", [GOLD, MISSED] * 9)
    (pair,) = compared(first, second).tasks["spans"].pairs
    assert (pair.better, pair.verdict) == (None, "A and B: no difference can be told (p = 1)")


def test_scores_and_intervals_are_those_of_the_report(tmp_path: Path):
    paths = [random_file(tmp_path / f"{seed}.conll", seed, 0.3) for seed in (1, 2)]
    found = compared(*paths).tasks["spans"]
    reports = [examine(read_predictions(path).predictions)["spans"].scores for path in paths]
    for report, standing in zip(reports, found.standings.values(), strict=True):
        assert standing.score == pytest.approx(report.score, abs=1e-12)
        assert standing.interval == pytest.approx(report.interval)
        assert standing.macro == pytest.approx(report.strict.macro.f1)
        assert {name: label.f1 for name, label in standing.labels.items()} == pytest.approx(
            {name: label.f1 for name, label in report.strict.labels.items()}
        )
    assert found.pairs[0].score.difference == pytest.approx(reports[1].score - reports[0].score)


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


def test_who_is_right_is_counted_over_gold_spans_and_over_wrong_ones(good: Path, bad: Path):
    (pair,) = compared(good, bad).tasks["spans"].pairs
    assert (pair.right.both, pair.right.first, pair.right.second, pair.right.neither) == (90, 30, 0, 0)
    assert (pair.wrong.both, pair.wrong.first, pair.wrong.second) == (0, 0, 30)
    assert pair.errors["boundary"] == (0, 15)
    assert pair.errors["label"] == (0, 15)
    assert [(one.gold, one.predicted, one.first, one.second) for one in pair.confusions] == [
        ("LOC", "ORG", 0, 15),
        ("PER", "PER", 0, 15),
    ]


def test_examples_show_the_sentences_that_differ_most(tmp_path: Path):
    first = write(tmp_path / "a.conll", [GOLD, GOLD, MISSED, GOLD])
    second = write(tmp_path / "b.conll", [GOLD, [], GOLD, [(0, 3, "PER")]])
    (pair,) = compared(first, second, examples=1).tasks["spans"].pairs
    assert [(one.sentence, one.errors) for one in pair.better_first] == [(1, (0, 3))]
    assert [(one.sentence, one.errors) for one in pair.better_second] == [(2, (4, 0))]
    # Gold marks are right where both have them.
    assert [mark.right for mark in pair.better_first[0].gold] == [False, False, False]
    assert [mark.right for mark in pair.better_second[0].gold] == [False, False, True]
    marks = pair.better_second[0].first
    assert [(mark.start, mark.end, mark.label, mark.right) for mark in marks] == [
        (0, 2, "PER", False),
        (4, 5, "ORG", False),
        (6, 7, "LOC", True),
    ]


def test_a_sentence_in_which_one_only_says_less_that_is_wrong_is_no_example(tmp_path: Path):
    first = write(tmp_path / "a.conll", [MISSED, [*GOLD, (3, 4, "ORG")], GOLD])
    second = write(tmp_path / "b.conll", [[(6, 7, "LOC")], GOLD, [(4, 5, "LOC"), (6, 7, "LOC")]])
    (pair,) = compared(first, second).tasks["spans"].pairs
    # In the first two sentences the second has fewer errors, but nothing right that the first has wrong.
    assert (pair.right.second, pair.better_second) == (0, [])
    assert [one.sentence for one in pair.better_first] == [2]
    assert "What B gets right" not in markdown(compared(first, second))


def test_examples_begin_where_one_is_ahead_and_show_what_is_right_elsewhere_too(tmp_path: Path):
    first = write(tmp_path / "a.conll", [[(4, 5, "LOC")], GOLD])
    second = write(tmp_path / "b.conll", [[(0, 3, "PER"), (6, 7, "LOC")], []])
    (pair,) = compared(first, second).tasks["spans"].pairs
    assert [(one.sentence, one.errors) for one in pair.better_first] == [(1, (0, 3)), (0, (2, 1))]
    assert [(one.sentence, one.errors) for one in pair.better_second] == [(0, (2, 1))]


def test_where_tags_break_their_scheme_conllevals_reading_is_told_of_each(tmp_path: Path):
    sentence = "Ann B-PER {}\nSmith I-PER I-PER\nleft O O\nBonn B-LOC {}\n\n"
    paths = tmp_path / "a.conll", tmp_path / "b.conll"
    paths[0].write_text(sentence.format("I-PER", "I-LOC") * 2 + sentence.format("B-PER", "B-LOC") * 8, "utf-8")
    paths[1].write_text(sentence.format("B-PER", "B-ORG") * 4 + sentence.format("B-PER", "B-LOC") * 6, "utf-8")
    found = compared(*paths, scheme=IOB2)
    standings = found.tasks["spans"].standings
    for path, standing in zip(paths, standings.values(), strict=True):
        scores = examine(read_predictions(path, scheme=IOB2).predictions)["spans"].scores
        assert scores.lenient is not None
        assert standing.lenient == pytest.approx(scores.lenient.micro.f1)
        assert (standing.illegal_gold, standing.illegal_predicted) == (0, scores.illegal_predicted)
    assert [standing.illegal_predicted for standing in standings.values()] == [4, 0]
    assert (
        "Tags break their scheme: those predicted by A at 4 places. The scores are strict, which leaves out spans of such tags,"
        " as seqeval does: so they may be above conlleval's, which reads them. Its F1: A 100.00, B 80.00." in markdown(found)
    )
    assert "Tags break" not in markdown(compared(paths[1], paths[1]))


def test_of_seeds_conllevals_reading_is_of_their_mean_counts(tmp_path: Path):
    legal = "Ann B-PER B-PER\nleft O O\n\n"
    for number, text in enumerate(
        (legal * 9 + legal.replace("B-PER B-PER", "B-PER I-PER"), legal * 9 + legal.replace("B-PER B", "B-PER O"))
    ):
        folder = tmp_path / f"seed-{number}" / "predictions"
        folder.mkdir(parents=True)
        (folder / "test.conll").write_text(text.replace("O-PER", "O"), "utf-8")
    found = compared(tmp_path, tmp_path).tasks["spans"].standings["A"]
    assert found.illegal_predicted == 0.5
    assert found.lenient == pytest.approx(2 * 9.5 / (10 + 9.5))


def test_of_plain_tags_accuracy_decides(tmp_path: Path):
    rows = [("a", "DT", "DT"), ("dog", "NN", "NN"), ("barks", "VB", "NN")]
    paths = [tags(tmp_path / "a.conll", rows), tags(tmp_path / "b.conll", [*rows[:2], ("barks", "VB", "VB")])]
    found = compared(*paths).tasks["tags"]
    assert found.measure == "accuracy"
    assert [standing.score for standing in found.standings.values()] == pytest.approx([2 / 3, 1])
    (example,) = found.pairs[0].better_second
    assert [(mark.start, mark.label) for mark in example.first] == [(2, "NN")]
    assert "barks/VB" in markdown(compared(*paths))


def test_labels_of_sentences_are_compared(tmp_path: Path):
    for name, found in (("a", "music"), ("b", "mail")):
        (tmp_path / f"{name}.tsv").write_text(f"mail\t{found}\tRead it\nmusic\tmusic\tPlay it\n", "utf-8")
    task = compared(tmp_path / "a.tsv", tmp_path / "b.tsv").tasks["labels"]
    assert [standing.score for standing in task.standings.values()] == [0.5, 1]
    assert task.pairs[0].score.randomisation_p == 1


def test_the_size_of_what_was_scored_is_told_once(good: Path, tmp_path: Path):
    (tmp_path / "a.tsv").write_text("mail\tmail\tRead it\nmusic\tmusic\tPlay it\n", "utf-8")
    assert "Scores (2 sentences):" in markdown(compared(*[tmp_path / "a.tsv"] * 2))
    (tmp_path / "b.tsv").write_text("mail\tmail\tRead it\n", "utf-8")
    assert "Scores (1 sentence):" in markdown(compared(*[tmp_path / "b.tsv"] * 2))
    rows = tags(tmp_path / "a.conll", [("a", "DT", "DT"), ("dog", "NN", "NN")])
    assert "Scores (1 sentence, 2 words):" in markdown(compared(rows, rows))
    assert "Scores (40 sentences, 120 gold spans):" in markdown(compared(good, good))


def test_several_pairs_are_corrected_together(good: Path, bad: Path, tmp_path: Path):
    other = write(tmp_path / "other.conll", [MISSED] * 6 + [GOLD] * 34)
    pairs = compared(good, bad, other).tasks["spans"].pairs
    assert [(pair.first, pair.second) for pair in pairs] == [("A", "B"), ("A", "C"), ("B", "C")]
    assert max(pair.score.p for pair in pairs) <= 0.05
    assert "corrected for 3 pairs" in pairs[0].verdict
    assert pairs[1].score.randomisation_p == pytest.approx(2 / 2**6)
    assert pairs[1].score.p == pytest.approx(2 / 2**6)
    assert pairs[0].score.p == pytest.approx(3 * pairs[0].score.randomisation_p)


@settings(max_examples=15, deadline=None)
@given(rows=st.lists(st.tuples(*[st.sampled_from([GOLD, MISSED, []])] * 2), min_size=1, max_size=12))
def test_swapped_sides_mirror_every_difference(rows: list[tuple[Spans, Spans]], tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("pair")
    first, second = (write(folder / f"{place}.conll", [row[place] for row in rows]) for place in (0, 1))
    there, back, alone = (compared(*sides).tasks["spans"].pairs[0] for sides in ((first, second), (second, first), (first, first)))
    assert back.score.difference == -there.score.difference
    assert back.score.randomisation_p == there.score.randomisation_p
    assert [back.score.interval[0], back.score.interval[1]] == pytest.approx([-end for end in reversed(there.score.interval)])
    assert (back.right.first, back.right.second) == (there.right.second, there.right.first)
    assert [one.sentence for one in back.better_first] == [one.sentence for one in there.better_second]
    assert {one.p for one in (alone.score, alone.macro, *alone.labels.values())} == {1}
    assert {one.bootstrap_p for one in (alone.score, alone.macro, *alone.labels.values())} == {1}
    assert alone.score.interval == (0, 0)
    assert (alone.right.first, alone.right.second, alone.confusions, alone.better_first) == (0, 0, [], [])


@pytest.mark.parametrize("other", [name for name in SCHEMES if name != IOB2.name])
def test_gold_in_another_scheme_is_the_same_gold(other: str, good: Path, tmp_path: Path):
    # The spans of this sentence stand apart, and are long and short, so that every scheme can be told.
    rewritten = write(tmp_path / "other.conll", [GOLD] * 40, scheme=other)
    (pair,) = compared(good, rewritten).tasks["spans"].pairs
    assert pair.verdict == "A and B predict the same (p = 1)"


def refused(*paths: Path, **options: object) -> TaggerError:
    with pytest.raises(TaggerError) as caught:
        compared(*paths, **options)
    return caught.value


def test_other_words_are_refused_with_their_place(good: Path, tmp_path: Path):
    other = write(tmp_path / "other.conll", [GOLD] * 40, words=[*WORDS[:4], "London", *WORDS[5:]])
    error = refused(good, other)
    assert error.problem == f"the words are others: 'London', but 'Paris' at {good}:5"
    assert error.where == f"{other}:5"
    assert error.fix


def test_another_number_of_sentences_is_refused(good: Path, tmp_path: Path):
    error = refused(good, write(tmp_path / "less.conll", [GOLD] * 39))
    assert "there are 39 sentences here, but 40 in" in error.problem


def test_other_gold_tags_are_refused_with_both(good: Path, tmp_path: Path):
    other = write(tmp_path / "other.conll", [GOLD] * 40, gold=[*GOLD[:1], (4, 5, "ORG"), *GOLD[2:]])
    error = refused(good, other)
    assert error.problem == f"the gold tags are others: ORG for 'Paris', but LOC for 'Paris' at {good}:5"
    assert error.where == f"{other}:5"


def test_gold_that_is_known_on_one_side_only_is_refused(good: Path, tmp_path: Path):
    other = tmp_path / "partly.conll"
    text = good.read_text("utf-8")
    second = text.index("\n\n") + 2
    other.write_text("\n\n" + text[:second] + text[second:].replace("left O O", "left _ O", 1), "utf-8")
    error = refused(good, other)
    assert error.problem.endswith(f"known there, but not here ({good}:{text[:second].count(chr(10)) + 1})")
    assert error.where == f"{other}:{text[:second].count(chr(10)) + 3}"


def test_other_labels_of_sentences_are_refused_with_their_lines(tmp_path: Path):
    for name, label in (("a", "music"), ("b", "mail")):
        (tmp_path / f"{name}.tsv").write_text(f"mail\tmail\tRead it\n{label}\tmail\tPlay it\n", "utf-8")
    error = refused(tmp_path / "a.tsv", tmp_path / "b.tsv")
    assert error.problem == f"the gold tags are others: mail, but music at {tmp_path / 'a.tsv'}:2"
    assert error.where == f"{tmp_path / 'b.tsv'}:2"
    (tmp_path / "c.tsv").write_text("mail\tmail\tRead it\nmail\tmail\tPlay that\n", "utf-8")
    # All words of a sentence stand on its line.
    assert refused(tmp_path / "b.tsv", tmp_path / "c.tsv").where == f"{tmp_path / 'c.tsv'}:2"


def test_spans_and_plain_tags_are_refused(good: Path, tmp_path: Path):
    error = refused(good, tags(tmp_path / "tags.conll", [("a", "DT", "DT")]))
    assert "there are plain tags here, but tags of spans in" in error.problem


def test_a_file_in_which_every_tag_is_o_has_spans_where_another_has(tmp_path: Path):
    nothing = write(tmp_path / "nothing.conll", [[]] * 4, gold=[])
    something = write(tmp_path / "something.conll", [[], [], [], [(4, 5, "LOC")]], gold=[])
    for sides, wrong in (((nothing, something), (0, 1)), ((something, nothing), (1, 0))):
        found = compared(*sides)
        (pair,) = found.tasks["spans"].pairs
        assert (pair.wrong.first, pair.wrong.second) == wrong
        assert (pair.score.difference, pair.better, found.notes) == (0, None, ())
        assert "| A | 0.00 |" in markdown(found)


def test_where_every_tag_is_o_in_all_files_that_is_told_and_a_scheme_reads_spans(tmp_path: Path):
    path = write(tmp_path / "nothing.conll", [[]] * 4, gold=[])
    found = compared(path, path)
    assert found.tasks["tags"].standings["A"].score == 1
    assert found.notes == (f"{path}: every tag is O, and is taken for a plain tag; by --scheme iob2 there are no spans in it",)
    found = compared(path, path, scheme=IOB2)
    standing = found.tasks["spans"].standings["A"]
    # As reports have it: there is nothing to score.
    assert (standing.score, standing.interval, standing.macro_interval, standing.labels) == (0, None, None, {})
    assert found.tasks["spans"].pairs[0].verdict == "A and B predict the same (p = 1)"
    assert "F1 by label" not in markdown(found)
    assert Comparison.model_validate_json(found.to_json()) == found


def test_what_is_not_there_or_holds_nothing_is_refused(good: Path, tmp_path: Path):
    assert refused(good, tmp_path / "none").problem == "there is no such file or folder"
    (tmp_path / "empty").mkdir()
    assert refused(good, tmp_path / "empty").problem == "there are no predictions here"
    with pytest.raises(TaggerError, match="1 can't be compared"):
        compared(good)


def run(folder: Path, errors: float, *, task: str = "ner", seed: int = 0) -> Path:
    """A run with one task, as training leaves it."""
    random_file(folder / "predictions" / "test.conll", seed, errors)
    (folder / "report").mkdir()
    (folder / "report" / "report.json").write_text(json.dumps({"splits": {"test": {task: {}}}}), "utf-8")
    return folder


def test_runs_reports_and_files_are_all_found(tmp_path: Path):
    one = run(tmp_path / "run", 0.2)
    file = one / "predictions" / "test.conll"
    for other in (file, one / "report" / "report.json", one / "report", one / "predictions", one):
        assert list(compared(one, other).tasks) == ["ner"]
    assert list(compared(file, file).tasks) == ["spans"]


def test_the_split_is_what_the_names_of_the_files_tell(tmp_path: Path):
    test, dev, other = (random_file(tmp_path / f"{name}.conll", 1, 0.3) for name in ("test", "dev.ner", "system"))
    folder = run(tmp_path / "run", 0.3, seed=1)
    assert compared(dev, dev).split == "dev"
    assert compared(other, other).split == "all"
    # They hold the same sentences and gold tags: what one name tells is so for the other.
    assert compared(other, test).split == "test"
    assert compared(folder, other).split == "test"
    assert "## ner on dev" in markdown(compared(dev, dev))


def test_names_that_tell_two_splits_of_the_same_sentences_are_told(tmp_path: Path):
    found = compared(*(random_file(tmp_path / f"{name}.conll", 1, 0.3) for name in ("test", "dev")))
    assert found.split == "all"
    assert found.notes == (
        "the files are named as those of dev and test, and hold the same sentences: of which split, is not told",
    )


def test_of_a_folder_with_one_split_alone_that_is_compared_if_none_is_asked_for(tmp_path: Path):
    dev = random_file(tmp_path / "run" / "predictions" / "dev.conll", 1, 0.3)
    assert compared(tmp_path / "run", dev).split == "dev"
    assert refused(tmp_path / "run", dev, split="test").problem == "there are no predictions of the split 'test'"
    random_file(tmp_path / "run" / "predictions" / "train.conll", 1, 0.3)
    assert refused(tmp_path / "run", dev).fix == "There are some of dev and train: name it with --split."


def evaluated(file: Path, folder: Path) -> Path:
    """What `tagger evaluate --predictions FILE --output DIR` leaves."""
    read = read_predictions(file)
    read.predictions.write(folder / "predictions", read.split)
    write_report(Report(name=file.name, splits={read.split: examine(read.predictions)}), folder / "report")
    return folder


@pytest.mark.parametrize("name", ["test.conll", "flair.conll", "test.ner.conll"])
def test_what_was_evaluated_is_compared_as_the_file_that_it_was(name: str, tmp_path: Path):
    one = run(tmp_path / "run", 0.2)
    random_file(one / "predictions" / "dev.conll", 0, 0.5)
    file = random_file(tmp_path / name, 1, 0.3)
    folder = evaluated(file, tmp_path / "evaluated")
    for other in (folder, folder / "report" / "report.json", folder / "predictions"):
        found = compared(one, other)
        assert found.tasks == compared(one, file).tasks
        assert (list(found.tasks), found.split) == (["ner"], "test")


def test_a_file_of_predictions_may_be_called_report(tmp_path: Path):
    file = random_file(tmp_path / "report.conll", 1, 0.3)
    random_file(tmp_path / "test.conll", 1, 0.5)
    assert compared(file, file).contestants[0].runs == [str(file)]
    # A word may look like the start of JSON.
    braces = tags(tmp_path / "braces.conll", [("{", "-LRB-", "-LRB-")])
    assert compared(braces, braces).tasks["tags"].num_items == 1


def test_a_report_is_known_by_what_it_holds(tmp_path: Path):
    one = run(tmp_path / "run", 0.2)
    renamed = (one / "report" / "report.json").rename(one / "report" / "mine.json")
    assert compared(one, renamed).contestants[1].runs == [str(renamed)]
    moved = renamed.rename(tmp_path / "moved.json")
    random_file(tmp_path / "test.conll", 1, 0.5)
    error = refused(one, moved)
    assert error.problem == "this is a report, and the predictions that it is of are not beside it"
    assert error.where == str(moved)
    (tmp_path / "other.json").write_text("{}", "utf-8")
    assert refused(one, tmp_path / "other.json").problem == "this is JSON, but no report"


def test_a_split_or_task_that_one_lacks_is_refused(tmp_path: Path):
    one, other = run(tmp_path / "a", 0.2), run(tmp_path / "b", 0.2, task="chunk")
    assert refused(one, other).problem == "no task is common to all"
    assert refused(one, other, task="chunk").problem == "it has no task 'chunk'"
    error = refused(one, other, split="dev")
    assert error.problem == "there are no predictions of the split 'dev'"
    assert error.fix == "There are some of test: name it with --split."


def test_of_several_tasks_those_that_all_have_are_compared(tmp_path: Path):
    for name, tasks in (("a", ("ner", "chunk", "np")), ("b", ("chunk", "ner"))):
        for task in tasks:
            random_file(tmp_path / name / "predictions" / f"test.{task}.conll", 1, 0.3)
    lone = random_file(tmp_path / "lone.conll", 1, 0.3)
    assert set(compared(tmp_path / "a", tmp_path / "b").tasks) == {"ner", "chunk"}
    assert list(compared(tmp_path / "a", lone, task="np").tasks) == ["np"]
    assert refused(tmp_path / "a", lone).problem == "nothing tells of which task these predictions are"


def seeds(folder: Path, errors: Sequence[float]) -> Path:
    for number, share in enumerate(errors, 1):
        run(folder / f"seed-{number}", share, seed=number)
    return folder


def test_seeds_are_compared_over_seeds_too(tmp_path: Path):
    first, second = seeds(tmp_path / "a", (0.5, 0.6, 0.7)), seeds(tmp_path / "b", (0.1, 0.2, 0.1))
    task = compared(first, second).tasks["ner"]
    scores = [
        examine(read_predictions(first / f"seed-{number}" / "predictions" / "test.conll").predictions)["spans"].scores.score
        for number in (1, 2, 3)
    ]
    spread = task.standings["A"].seeds
    assert spread is not None
    assert spread.scores == pytest.approx(scores)
    assert (spread.mean, spread.sd) == pytest.approx((np.mean(scores), np.std(scores, ddof=1)))
    (pair,) = task.pairs
    assert pair.better == "B"
    assert pair.seeds is not None
    assert (pair.seeds.permutation_p, pair.seeds.smallest_p) == (0.1, 0.1)
    assert "So few seeds can't reach 0.05 in the exact test" in pair.seeds.verdict
    assert pair.right.both + pair.right.first + pair.right.second + (pair.right.neither or 0) == pytest.approx(180)


def test_seeds_against_themselves_do_not_differ(tmp_path: Path):
    folder = seeds(tmp_path / "a", (0.5, 0.6, 0.7))
    (pair,) = compared(folder, folder).tasks["ner"].pairs
    assert (pair.score.difference, pair.score.p, pair.score.bootstrap_p, pair.score.interval) == (0, 1, 1, (0, 0))
    assert pair.seeds is not None
    assert pair.seeds.permutation_p == 1
    assert "the means are the same: no difference can be told" in pair.seeds.verdict


NOT_AGREED = "Sentences and seeds do not agree: "
OVER_SENTENCES = "over sentences B is better, so that other sentences would most likely show the same of these very runs; "
OVER_SEEDS = "over seeds B is better, so that other seeds would most likely show the same on these sentences."


def test_where_sentences_tell_a_difference_and_seeds_do_not_that_is_explained(tmp_path: Path):
    first, second = seeds(tmp_path / "a", (0.3, 0.5, 0.9)), seeds(tmp_path / "b", (0.1, 0.2, 0.4))
    found = compared(first, second)
    (pair,) = found.tasks["ner"].pairs
    assert pair.seeds is not None
    assert (pair.better, pair.seeds.better) == ("B", None)
    assert pair.disagreement == (
        NOT_AGREED + OVER_SENTENCES + "over seeds no difference can be told, so that other seeds might turn it round."
    )
    assert pair.disagreement in markdown(found)


def test_where_seeds_tell_a_difference_and_sentences_do_not_that_is_explained(tmp_path: Path):
    # Each seed of the second has one sentence of ten more right, and they do not spread.
    for name, wrong in (("a", (5, 5, 5, 5)), ("b", (4, 4, 4, 4))):
        for number, errors in enumerate(wrong, 1):
            path = tmp_path / name / f"seed-{number}" / "predictions" / "test.conll"
            write(path, [MISSED] * errors + [GOLD] * (10 - errors))
    (pair,) = compared(tmp_path / "a", tmp_path / "b").tasks["spans"].pairs
    assert pair.seeds is not None
    assert (pair.better, pair.seeds.better) == (None, "B")
    assert pair.disagreement == (
        "Sentences and seeds do not agree: over sentences no difference can be told, so that other sentences might turn it round; "
        + OVER_SEEDS
    )


def test_where_sentences_and_seeds_agree_nothing_is_to_be_explained(tmp_path: Path):
    first, second = seeds(tmp_path / "a", (0.5, 0.6, 0.55, 0.5)), seeds(tmp_path / "b", (0.1, 0.1, 0.2, 0.1))
    for better, *sides in (("B", first, second), ("A", second, first)):
        (pair,) = compared(*sides).tasks["ner"].pairs
        assert pair.seeds is not None
        assert (pair.better, pair.seeds.better, pair.disagreement) == (better, better, None)


def test_a_seed_without_predictions_is_left_out_and_said(tmp_path: Path):
    folder = seeds(tmp_path / "a", (0.5, 0.6))
    (folder / "seed-3").mkdir()
    found = compared(folder, folder)
    assert found.notes == (f"{folder}: seed-3 left out, since there are no predictions in it",)
    assert len(found.contestants[0].runs) == 2


def test_the_json_form_is_read_back(good: Path, bad: Path):
    for found in (compared(good, bad), compared(good, good)):
        assert Comparison.model_validate_json(found.to_json()) == found
