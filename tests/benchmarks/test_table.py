import re

import pytest
from click.testing import CliRunner

from benchmarks import table
from tagger.errors import TaggerError
from tagger.recipe_file import load_recipe
from tagger.training.seeds import train_seeds


@pytest.fixture(scope="module")
def folder(tiny_corpus, tmp_path_factory):
    path = tmp_path_factory.mktemp("table")
    for split in ("train", "dev", "test"):
        (path / f"{split}.txt").write_text(tiny_corpus.read_text("utf-8"), "utf-8")
    recipe = path / "small.yaml"
    recipe.write_text(
        f"corpus: {{kind: columns, path: {path}, columns: [word, ner]}}\n"
        "tasks:\n  ner: {decoder: crf}\nembeddings:\n  - {kind: words, width: 8}\nencoder: {kind: lstm, hidden: 4}\n"
        "training: {epochs: 2, threads: 1}\n",
        "utf-8",
    )
    train_seeds(load_recipe(str(recipe)), path / "seeds", 2)
    return path / "seeds"


def test_a_row_tells_means_over_seeds_what_they_took_and_how_fast_the_best_tags(folder):
    result = CliRunner().invoke(table.main, [str(folder), "--threads", "1", "--repeats", "1"], catch_exceptions=False)

    headings, _, row = (line.strip("| ").split(" | ") for line in result.stdout.splitlines())
    cells = dict(zip(headings, row, strict=True))
    assert (cells["recipe"], cells["seeds"], cells["threads"]) == ("small", "2", "1")
    assert cells["test"] == cells["dev"]
    assert re.fullmatch(r"ner \d+\.\d\d \(\d+\.\d\d\)", cells["test"])
    assert int(cells["words/s"].replace(",", "")) > 0


def test_one_run_is_no_row_of_means(folder):
    with pytest.raises(TaggerError, match="no summary of seeds"):
        table.row(folder / "seed-1", 1, 1)
