"""The sample corpus that ships with the package."""

from functools import cache
from pathlib import Path

import pytest

from tagger.corpora.columns import read_columns
from tagger.corpora.source import SourceSentence, text_lines
from tagger.text.schemes import IOB2

FOLDER = Path(__file__).parents[1] / "tagger" / "sample"
SIZES = {"train": 450, "dev": 100, "test": 100}
UPOS = {
    "ADJ",
    "ADP",
    "ADV",
    "AUX",
    "CCONJ",
    "DET",
    "INTJ",
    "NOUN",
    "NUM",
    "PART",
    "PRON",
    "PROPN",
    "PUNCT",
    "SCONJ",
    "SYM",
    "VERB",
    "X",
}
LABELS = {"PER", "LOC", "ORG", "MISC"}


@cache
def sentences(split: str) -> list[SourceSentence]:
    return list(read_columns(text_lines(FOLDER / f"{split}.txt"), f"{split}.txt", ("word", "upos", "ner"), wanted=("upos", "ner")))


@pytest.mark.parametrize("split", SIZES)
def test_a_split_is_large_enough(split: str):
    assert len(sentences(split)) >= SIZES[split]


@pytest.mark.parametrize("split", SIZES)
def test_every_tag_is_universal(split: str):
    for sentence in sentences(split):
        assert set(sentence.columns["upos"]) <= UPOS, f"{sentence.place}:{sentence.lines[0]}"


@pytest.mark.parametrize("split", SIZES)
def test_every_entity_is_legal_iob2_of_four_labels(split: str):
    for sentence in sentences(split):
        assert IOB2.illegal(sentence.columns["ner"]) is None, f"{sentence.place}:{sentence.lines[0]}"
        assert {span.label for span in IOB2.spans(sentence.columns["ner"])} <= LABELS, f"{sentence.place}:{sentence.lines[0]}"


@pytest.mark.parametrize("split", SIZES)
def test_every_label_and_every_common_tag_occurs_in_each_split(split: str):
    labels = {span.label for sentence in sentences(split) for span in IOB2.spans(sentence.columns["ner"])}
    tags = {tag for sentence in sentences(split) for tag in sentence.columns["upos"]}
    assert labels == LABELS
    assert tags >= UPOS - {"X", "SYM", "INTJ"}


def test_no_sentence_stands_there_twice_within_or_across_splits():
    seen: dict[tuple[str, ...], str] = {}
    for split in SIZES:
        for sentence in sentences(split):
            words = tuple(word.lower() for word in sentence.words)
            place = f"{sentence.place}:{sentence.lines[0]}"
            assert words not in seen, f"{place} repeats {seen[words]}"
            seen[words] = place


def test_nothing_but_the_corpus_and_its_description_ships():
    assert {path.name for path in FOLDER.iterdir()} == {"README.md", "train.txt", "dev.txt", "test.txt"}


def test_the_description_says_that_it_is_free():
    text = (FOLDER / "README.md").read_text("utf-8")
    assert "CC0 1.0" in text
    assert "https://creativecommons.org/publicdomain/zero/1.0/" in text
