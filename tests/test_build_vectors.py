"""Which vectors a recipe's tables get: all of a file's words or the corpus's, and what does not fit."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tagger.build_corpus import build_corpus
from tagger.build_featurizers import build_featurizers
from tagger.errors import CorpusError
from tagger.recipe import Recipe

FILE = "zebra 9 9\noslo 1 2\nMerkel 3 4\n00 5 6\nangela 7 8\nbergen 9 1\n"


@pytest.fixture
def built(tiny_recipe: Callable[..., Recipe], tmp_path: Path) -> Callable[..., tuple[list[str], list[list[float]]]]:
    """The words that a table knows, and the vectors that were read; dev holds Bergen and 17, train does not."""
    (tmp_path / "v.txt").write_text(FILE, "utf-8")
    dev = tmp_path / "dev.txt"
    dev.write_text("Bergen B-LOC\n17 O\n", "utf-8")

    def build(**settings: object) -> tuple[list[str], list[list[float]]]:
        words = {"kind": "words", "name": "glove", "vectors": str(tmp_path / "v.txt"), **settings}
        recipe = tiny_recipe(embeddings=[words])
        recipe = recipe.model_copy(update={"corpus": recipe.corpus.model_copy(update={"dev": str(dev)})})
        _, featurizers, vectors = build_featurizers(recipe, build_corpus(recipe))
        return featurizers["glove"].vocab.to_json(), vectors["glove"].matrix.tolist()

    return build


def test_a_frozen_table_keeps_all_words_of_its_file(built):
    assert built(trainable=False)[0] == ["zebra", "oslo", "Merkel", "00", "angela", "bergen"]


def test_of_the_words_of_the_corpus_alone_it_keeps_those_that_any_split_holds(built):
    words, vectors = built(trainable=False, keep="corpus")
    assert words == ["oslo", "angela", "bergen"]
    assert vectors == [[1, 2], [7, 8], [9, 1]]


def test_words_are_kept_as_they_are_looked_up(built):
    assert built(trainable=False, keep="corpus", lowercase=False)[0] == ["Merkel"]
    assert built(trainable=False, keep="corpus", digits="zero")[0] == ["oslo", "00", "angela", "bergen"]


def test_a_tuned_table_also_has_the_words_of_train_that_the_file_lacks(built):
    words, vectors = built(keep="corpus")
    assert words[:3] == ["oslo", "angela", "bergen"]
    assert {"merkel", "paris"} < set(words[3:])
    assert "17" not in words
    assert np.shape(vectors) == (3, 2)


def test_a_file_without_any_word_of_the_corpus_is_refused(built, tmp_path: Path):
    (tmp_path / "other.txt").write_text("hund 1 2\n", "utf-8")
    with pytest.raises(CorpusError) as caught:
        built(vectors=str(tmp_path / "other.txt"), keep="corpus")
    assert str(caught.value) == (
        f"{tmp_path}/other.txt: no word of the corpus has a vector\n  Are they of its language? See lowercase and digits."
    )
