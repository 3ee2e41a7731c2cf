"""Several corpora as one: what a part lacks is unknown there, and all else is as each part has it."""

import pytest
from corpus_tags import conllu

from tagger.build_corpus import build_corpus
from tagger.text.partial import UNKNOWN
from tagger.text.schemes import IOB2

BOTH = {"ner": {"scheme": "iobes"}, "upos": {}}
WITH_NER = {"kind": "columns", "columns": ["word", "ner"], "schemes": {"ner": "iob2"}}
WITH_UPOS = {"kind": "columns", "columns": ["word", "upos"]}


@pytest.fixture
def build_mixed(tiny_recipe):
    """Builds the corpus of several parts for two tasks, `ner` and `upos`."""
    return lambda *parts: build_corpus(tiny_recipe(corpus={"kind": "mixed", "parts": parts}, tasks=BOTH))


def test_a_task_that_a_part_of_a_mixture_lacks_is_unknown_there(build_mixed, write):
    first, second = write("Ann B-PER\nLee I-PER\n", "a/train.txt"), write("rain NOUN\nfalls VERB\n", "b/train.txt")
    corpus = build_mixed({**WITH_NER, "train": str(first)}, {**WITH_UPOS, "train": str(second)})
    assert corpus["train"]["tokens"] == [["Ann", "Lee"], ["rain", "falls"]]
    assert corpus["train"]["ner"] == [[0, 1], [UNKNOWN] * 2]
    assert corpus["train"]["upos"] == [[UNKNOWN] * 2, [0, 1]]
    assert (corpus.tag_names("ner"), corpus.tag_names("upos")) == (["B-PER", "I-PER"], ["NOUN", "VERB"])
    assert (corpus.labels("ner"), corpus.labels("upos")) == (["PER"], ["NOUN", "VERB"])
    assert corpus["train"]["place"] == [str(first), str(second)]
    assert corpus.schemes == {"ner": IOB2, "upos": None}
    assert list(corpus.notes) == []


def test_a_mixture_has_the_splits_of_all_its_parts_and_of_every_kind(build_mixed, write):
    write("Ann B-PER\n", "a/train.txt")
    first = write("Bo B-PER\n", "a/dev.txt").parent
    write(conllu(("rain", "x=y")).replace("_", "NOUN", 2), "b/x-train.conllu")
    second = write(conllu(("falls", "_")), "b/x-test.conllu").parent
    corpus = build_mixed({**WITH_NER, "path": str(first)}, {"kind": "conllu", "path": str(second)})
    assert {split: data["tokens"][:] for split, data in corpus.splits.items()} == {
        "train": [["Ann"], ["rain"]],
        "dev": [["Bo"]],
        "test": [["falls"]],
    }


def test_the_parts_of_a_mixture_may_be_in_different_schemes(build_mixed, write):
    first, second = write("a B-PER\nb E-PER\n", "a.txt"), write("a I-PER\nb B-PER\n", "b.txt")
    upos = write("c X\n", "c.txt")
    corpus = build_mixed(
        {"kind": "columns", "columns": ["word", "ner"], "train": str(first)},
        {**WITH_NER, "schemes": {"ner": "iob1"}, "train": str(second)},
        {**WITH_UPOS, "train": str(upos)},
    )
    assert [[corpus.tag_names("ner")[tag] for tag in tags] for tags in corpus["train"]["ner"][:2]] == [
        ["B-PER", "I-PER"],
        ["B-PER", "B-PER"],
    ]
    assert list(corpus.notes) == [
        f"{first}: the scheme of ner is detected as IOBES: 1 spans of several tokens run from B- to E-, 0 of one token are S-"
    ]


def test_each_part_of_a_mixture_gives_its_own_share_to_dev(build_mixed, write):
    first, second = write("a O\n\n" * 4, "a.txt"), write("b X\n\n" * 10, "b.txt")
    corpus = build_mixed({**WITH_NER, "train": str(first), "dev_share": 0.5}, {**WITH_UPOS, "train": str(second)})
    assert [row[0] for row in corpus["train"]["tokens"]] == ["a"] * 2 + ["b"] * 10
    assert [row[0] for row in corpus["dev"]["tokens"]] == ["a"] * 2


def test_weights_of_one_part_of_a_mixture_are_one_in_the_others(build_mixed, write):
    first, second = write("a O 0.5\n", "a.txt"), write("b X\n", "b.txt")
    sure = {"kind": "columns", "columns": ["word", "ner", "sure"], "schemes": {"ner": "iob2"}, "confidence": {"ner": "sure"}}
    corpus = build_mixed({**sure, "train": str(first)}, {**WITH_UPOS, "train": str(second)})
    assert corpus["train"]["ner_confidence"] == [[0.5], [1.0]]
    assert "upos_confidence" not in corpus["train"].column_names


def test_documents_of_a_mixed_corpus_are_counted_on(build, write):
    first = write("a O\n\n-DOCSTART- O\n\nb B-PER\n", "one.txt")
    part = {"kind": "columns", "columns": ["word", "ner"], "schemes": {"ner": "iob2"}}
    corpus = build({"kind": "mixed", "parts": [{**part, "train": str(first)}, {**part, "train": str(write("c O\n", "two.txt"))}]})
    assert list(corpus["train"]["document"]) == [0, 1, 2]
