"""Comparisons of predictions: figures, examples, refusals."""

from pathlib import Path

import pytest
from compared_files import GOLD, MISSED, WORDS, Spans, compared, random_file, refused, tags, write
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.comparison.comparison import Comparison
from tagger.comparison.forms import markdown
from tagger.errors import TaggerError
from tagger.evaluation.examine import examine
from tagger.evaluation.predictions_file import read_predictions
from tagger.text.schemes import IOB2, SCHEMES


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


def test_the_json_form_is_read_back(good: Path, bad: Path):
    for found in (compared(good, bad), compared(good, good)):
        assert Comparison.model_validate_json(found.to_json()) == found
