"""Comparisons of several seeds."""

from pathlib import Path

import numpy as np
import pytest
from compared_files import GOLD, MISSED, compared, seeds, write

from tagger.comparison.forms import markdown
from tagger.evaluation.examine import examine
from tagger.evaluation.predictions_file import read_predictions


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
