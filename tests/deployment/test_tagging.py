from pathlib import Path

import pytest

from tagger.build_corpus import build_corpus
from tagger.corpora.streams import Item
from tagger.deployment.tagging import PieceTagger, Settings, Work
from tagger.tagger import Tagger

WORDS = {"kind": "words", "width": 4}


def characters(name, most):
    return {"kind": "characters", "name": name, "width": 4, "filters": 3, "max_length": most}


def subwords(most):
    return {"kind": "subwords", "width": 4, "max_length": most}


@pytest.mark.parametrize(
    ("embeddings", "num_clipped"),
    [
        ([WORDS], 0),
        ([WORDS, characters("spelling", 4)], 2),
        ([WORDS, characters("spelling", 4), characters("more", 6)], 1),
        ([WORDS, subwords(4)], 2),
        ([subwords(6), {"kind": "character_lstm", "max_length": 4}], 1),
    ],
    ids=["no characters", "under another name", "the one that reads more", "subwords", "subwords that read more"],
)
def test_words_are_clipped_of_which_no_embedding_reads_every_character(tiny_recipe, tmp_path: Path, embeddings, num_clipped):
    recipe = tiny_recipe(embeddings=embeddings)
    Tagger.from_recipe(recipe, build_corpus(recipe)).save(tmp_path / "model")
    tag = PieceTagger(Settings(str(tmp_path / "model"), "cpu", False, 1))
    words = ("four", "fifth", "seventh")
    assert tag(Work((Item(words, line=1),), None, "in.conll", "conll", None)).num_clipped == num_clipped
