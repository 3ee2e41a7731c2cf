import json
import re
import shutil
from statistics import fmean, stdev

import pytest
from click.testing import CliRunner

from benchmarks import table
from tagger.errors import TaggerError
from tagger.evaluation.report import Report
from tagger.recipe_file import load_recipe
from tagger.training.seeds import train_seeds


@pytest.fixture(scope="module")
def folder(tiny_corpus, tmp_path_factory):
    path = tmp_path_factory.mktemp("table")
    text = tiny_corpus.read_text("utf-8")
    for split, kept in (("train", text), ("dev", text), ("test", text.partition("nothing")[0])):
        (path / f"{split}.txt").write_text(kept, "utf-8")
    recipe = path / "small.yaml"
    recipe.write_text(
        f"corpus: {{kind: columns, path: {path}, columns: [word, ner]}}\n"
        "tasks:\n  ner: {decoder: crf}\nembeddings:\n  - {kind: words, width: 8}\nencoder: {kind: lstm, hidden: 4}\n"
        "training: {epochs: 12, threads: 1, optimizer: {kind: adamw, learning_rate: 0.02}}\n",
        "utf-8",
    )
    train_seeds(load_recipe(str(recipe)), path / "seeds", 2)
    return path / "seeds"


def test_a_row_tells_means_over_seeds_what_they_took_and_how_fast_the_best_tags(folder):
    result = CliRunner().invoke(table.main, [str(folder), "--threads", "1", "--repeats", "1"], catch_exceptions=False)

    headings, _, row = (line.strip("| ").split(" | ") for line in result.stdout.splitlines())
    cells = dict(zip(headings, row, strict=True))
    assert (cells["recipe"], cells["seeds"], cells["threads"]) == ("small", "2", "1")
    for split in ("dev", "test"):
        reports = (Report.load(folder / f"seed-{seed}/report/report.json") for seed in (1, 2))
        scores = [100 * report.splits[split]["ner"].scores.score for report in reports]
        # Were they alike, any of them could pass for the mean.
        assert scores[0] != scores[1]
        assert cells[split] == f"ner {fmean(scores):.2f} ({stdev(scores):.2f})"
    assert re.fullmatch(r"\d\.\d GB", cells["memory"])
    assert int(cells["words/s"].replace(",", "")) > 0


def test_runs_without_test_scores_are_told(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "seeds")
    summary = json.loads((tmp_path / "seeds" / "summary.json").read_text("utf-8"))
    del summary["scores"]["test"]
    (tmp_path / "seeds" / "summary.json").write_text(json.dumps(summary), "utf-8")
    with pytest.raises(TaggerError, match="no test scores"):
        table.row(tmp_path / "seeds", 1, 1)


def test_one_run_is_no_row_of_means(folder):
    with pytest.raises(TaggerError, match="no summary of seeds"):
        table.row(folder / "seed-1", 1, 1)
