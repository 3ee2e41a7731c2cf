"""Columns that embeddings read, of every kind of source: they stand in the corpus beside the tasks, as they are meant."""

import json

import pytest
from corpus_tags import conllu
from datasets import DatasetDict

from tagger.build_corpus import build_corpus
from tagger.errors import CorpusError
from tagger.text.partial import UNKNOWN

POS = {"embeddings": [{"kind": "words"}, {"kind": "column", "column": "pos", "width": 4}]}
COLUMNS = {"kind": "columns", "columns": ["word", "pos", "ner"], "schemes": {"ner": "iob2"}}
TWO_WORDS = [["NNP", "VBZ"]]


@pytest.fixture
def build(tiny_recipe):
    """Builds the corpus of a `corpus` section whose column `pos` is read."""
    return lambda corpus: build_corpus(tiny_recipe(corpus=corpus, **POS))


def values_of(corpus):
    names = [*corpus.tag_names("pos"), None]
    return [[names[value] for value in row] for row in corpus["train"]["pos"]]


def test_column_files_have_it(build, write):
    path = write("Ann NNP B-PER\nrests VBZ O\n")
    assert values_of(build({**COLUMNS, "train": str(path)})) == TWO_WORDS


def test_conllu_has_it(build, write):
    path = write(conllu(("Ann", "pos=NNP|ner=B-PER"), ("rests", "pos=VBZ|ner=O")), "x-train.conllu")
    columns = {"word": "form", "pos": "misc.pos", "ner": "misc.ner"}
    assert values_of(build({"kind": "conllu", "columns": columns, "train": str(path)})) == TWO_WORDS


@pytest.mark.parametrize("columns", [{}, {"pos": "tags.pos", "ner": "tags.ner"}], ids=["found", "named"])
def test_json_lines_have_it(build, write, columns):
    record = {"tokens": ["Ann", "rests"], "tags": {"pos": ["NNP", "VBZ"], "ner": ["B-PER", "O"]}}
    path = write(json.dumps(record) + "\n", "train.jsonl")
    assert values_of(build({"kind": "jsonl", "columns": columns, "train": str(path)})) == TWO_WORDS


def test_a_data_set_has_it(build, conll_splits, tmp_path):
    DatasetDict(train=conll_splits["train"]).save_to_disk(tmp_path / "saved")
    columns = {"word": "tokens", "pos": "pos_tags", "ner": "ner_tags"}
    corpus = build({"kind": "hub", "id": str(tmp_path / "saved"), "columns": columns, "schemes": {"ner": "iob2"}})
    assert values_of(corpus) == [["NNP"] * 4]


def test_spans_are_iob2_where_their_scheme_is_named_and_as_written_where_not(build, write):
    path = str(write("New I-NP B-LOC\nYork I-NP I-LOC\nnow B-NP O\n"))
    assert values_of(build({**COLUMNS, "train": path})) == [["I-NP", "I-NP", "B-NP"]]
    named = build({**COLUMNS, "train": path, "schemes": {"pos": "iob1", "ner": "iob2"}})
    assert values_of(named) == [["B-NP", "I-NP", "B-NP"]]


def test_a_scheme_that_is_broken_is_told_with_its_place(build, write):
    path = write("New I-NP B-LOC\n")
    with pytest.raises(CorpusError) as caught:
        build({**COLUMNS, "train": str(path), "schemes": {"pos": "iob2", "ner": "iob2"}})
    assert str(caught.value).startswith(f"{path}:1:5: pos: ")


def test_what_is_marked_as_unknown_and_what_a_part_lacks_is_missing(build, write):
    first, second = write("Ann NNP B-PER\nrests ? O\n", "a.txt"), write("Bo B-PER\n", "b.txt")
    parts = [
        {**COLUMNS, "train": str(first), "unknown": "?"},
        {"kind": "columns", "columns": ["word", "ner"], "schemes": {"ner": "iob2"}, "train": str(second)},
    ]
    corpus = build({"kind": "mixed", "parts": parts})
    assert values_of(corpus) == [["NNP", None], [None]]
    assert corpus["train"]["pos"] == [[0, UNKNOWN], [UNKNOWN]]
    assert dict(corpus.tag_counts("pos")) == {"NNP": 1}


def test_it_is_no_task_and_another_corpus_than_without(tiny_recipe, build, write):
    settings = {**COLUMNS, "train": str(write("Ann NNP B-PER\n"))}
    corpus = build(settings)
    assert list(corpus.schemes) == ["ner"]
    without = build_corpus(tiny_recipe(corpus=settings))
    assert "pos" not in without["train"].features
    assert without.fingerprint != corpus.fingerprint


def test_records_without_it_are_refused(build, write):
    path = write('{"tokens": ["Ann"], "tags": {"ner": ["B-PER"]}}\n', "train.jsonl")
    with pytest.raises(CorpusError) as caught:
        build({"kind": "jsonl", "train": str(path)})
    assert str(caught.value).splitlines()[0] == (
        f"{path}:1: not certain where the task 'pos' stands; keys of tags and spans here: 'tags.ner'"
    )
