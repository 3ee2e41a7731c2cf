"""Where columns stand that a model reads: as its corpus has them, or as our own outputs do."""

import json

import pytest

from tagger.corpora.interpret import Reading
from tagger.corpora.streams.given import Given
from tagger.deployment.given_columns import given_columns
from tagger.errors import TaggerError
from tagger.recipe import Recipe
from tagger.text.schemes import IOB2, SCHEMES

COLUMNS = {"kind": "columns", "columns": ["word", "chunk", "upos", "ner"], "schemes": {"chunk": "iobes"}, "unknown": "?"}
CONLLU = {"kind": "conllu", "columns": {"word": "form", "chunk": "misc.NP", "upos": "xpos", "ner": "misc.ner"}}
JSONL = {"kind": "jsonl", "schemes": {"chunk": "iob1"}}
HUB = {"kind": "hub", "id": "x/y", "columns": {"word": "w", "chunk": "c", "upos": "u", "ner": "n"}}
SPANS, MARK = Reading(SCHEMES["iobes"], IOB2, "?"), Reading(unknown="?")
LAYOUT = ("word", "chunk", "upos", "ner")


def given(corpus, form):
    embeddings = [{"kind": "column", "column": "chunk"}, {"kind": "column", "column": "upos"}]
    recipe = Recipe.model_validate_json(json.dumps({"corpus": corpus, "tasks": {"ner": {}}, "embeddings": embeddings}))
    return given_columns(recipe, form, "in")


ROWS = {
    "columns as the corpus has them": (COLUMNS, "conll", Given(1, SPANS, LAYOUT), Given(2, MARK, LAYOUT)),
    "columns of local files": ({**HUB, "local": COLUMNS}, "conll", Given(1, SPANS, LAYOUT), Given(2, MARK, LAYOUT)),
    "the one part of columns": (
        {"kind": "mixed", "parts": [CONLLU, COLUMNS]},
        "conll",
        Given(1, SPANS, LAYOUT),
        Given(2, MARK, LAYOUT),
    ),
    "fields as the corpus has them": (CONLLU, "conllu", Given("misc.NP"), Given("xpos")),
    "fields as outputs have them": (COLUMNS, "conllu", Given("misc.chunk"), Given("upos")),
    "keys that are found": (JSONL, "jsonl", Given(None, Reading(SCHEMES["iob1"], IOB2)), Given(None)),
    "keys that are named": (
        {"kind": "jsonl", "columns": {"chunk": "a.b", "upos": "c", "ner": "d"}},
        "jsonl",
        Given("a.b"),
        Given("c"),
    ),
    "keys as outputs have them": (COLUMNS, "jsonl", Given(None), Given(None)),
    "parquet as outputs have it": (HUB, "parquet", Given(None), Given(None)),
}


@pytest.mark.parametrize(("corpus", "form", "chunk", "upos"), ROWS.values(), ids=ROWS)
def test_columns_stand_where_the_corpus_or_our_outputs_have_them(corpus, form, chunk, upos):
    assert given(corpus, form) == {"chunk": chunk, "upos": upos}


OTHER = {**COLUMNS, "columns": ["word", "upos", "chunk", "ner"]}


@pytest.mark.parametrize("corpus", [CONLLU, HUB, {"kind": "mixed", "parts": [COLUMNS, OTHER]}], ids=["conllu", "hub", "mixed"])
def test_columns_of_an_unknown_order_are_refused(corpus):
    with pytest.raises(TaggerError) as caught:
        given(corpus, "conll")
    assert str(caught.value) == (
        "in: the model reads chunk and upos beside the words, and its recipe does not say in which column that stands\n"
        "  Give CoNLL-U, JSON Lines or parquet: they name what they hold."
    )


def test_a_model_without_columns_takes_every_form():
    recipe = Recipe.model_validate_json(json.dumps({"corpus": CONLLU, "tasks": {"ner": {}}, "embeddings": [{"kind": "case"}]}))
    assert [given_columns(recipe, form, "in") for form in ("text", "conll", "parquet")] == [{}] * 3
