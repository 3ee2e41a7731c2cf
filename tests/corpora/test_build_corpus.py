"""From a recipe's corpus section to a corpus, for each kind of source."""

import os

import pytest

from tagger.build_corpus import build_corpus
from tagger.errors import CorpusError

COLUMNS = {"kind": "columns", "columns": ["word", "ner"], "schemes": {"ner": "iob1"}}
CONLLU = {"kind": "conllu", "columns": {"word": "form", "ner": "upos"}, "schemes": {"ner": "iob2"}}
HUB = {"kind": "hub", "columns": {"word": "tokens", "ner": "ner_tags"}, "schemes": {"ner": "iob2"}}
PLACES = ("Anna I-PER\nrests O\n\n", "Oslo I-LOC\nBergen B-LOC\n\n")


@pytest.fixture
def build(tiny_recipe):
    """Builds the corpus of a `corpus` section."""
    return lambda corpus, **options: build_corpus(tiny_recipe(corpus=corpus), **options)


@pytest.fixture
def folder(write):
    """A folder of column files in IOB1: train (ten sentences) and test."""
    write("".join(PLACES) * 5, "folder/eng.train")
    return write(PLACES[0], "folder/eng.testb").parent


def tags_of(corpus, split="train"):
    names = corpus.tag_names("ner")
    return [[names[tag] for tag in tags] for tags in corpus[split]["ner"]]


def test_iob1_files_are_read_as_such_and_given_as_iob2(build, folder):
    corpus = build({**COLUMNS, "path": str(folder)})
    assert list(corpus.splits) == ["train", "test"]
    assert tags_of(corpus)[:2] == [["B-PER", "O"], ["B-LOC", "B-LOC"]]


def test_files_may_be_named_one_by_one(build, folder):
    corpus = build({**COLUMNS, "train": str(folder / "eng.testb"), "dev": str(folder / "eng.train")})
    assert {split: len(data) for split, data in corpus.splits.items()} == {"train": 1, "dev": 10}


def test_dev_share_counts_where_there_is_no_dev_file(build, folder, write):
    settings = {**COLUMNS, "path": str(folder), "dev_share": 0.2}
    assert {split: len(data) for split, data in build(settings).splits.items()} == {"train": 8, "dev": 2, "test": 1}
    write(PLACES[0], "folder/eng.testa")
    assert {split: len(data) for split, data in build(settings).splits.items()} == {"train": 10, "dev": 1, "test": 1}


def test_another_dev_share_is_another_corpus(build, folder):
    prints = [build({**COLUMNS, "path": str(folder), "dev_share": share}).fingerprint for share in (None, 0.1, 0.2, 0.2)]
    assert len(set(prints)) == 3
    assert prints[2] == prints[3]


def test_too_few_sentences_for_a_dev_share_are_told(build, write):
    with pytest.raises(CorpusError, match="dev holds no sentence"):
        build({**COLUMNS, "train": str(write("a O\n")), "dev_share": 0.5})


def test_an_unchanged_file_comes_from_the_cache_and_a_changed_one_is_read_again(build, folder, write, cache):
    settings = {**COLUMNS, "path": str(folder)}
    first = build(settings)
    (stored,) = (cache / "corpora").iterdir()
    written = (stored / "train.arrow").stat().st_mtime_ns
    os.utime(folder / "eng.train", (0, 0))
    assert build(settings).fingerprint == first.fingerprint
    assert [path.stat().st_mtime_ns for path in cache.rglob("train.arrow")] == [written]
    write(PLACES[1], "folder/eng.train")
    changed = build(settings)
    assert tags_of(changed) == [["B-LOC", "B-LOC"]]
    assert changed.fingerprint != first.fingerprint


@pytest.mark.parametrize("change", [{"comments": "#"}, {"document_marker": None}, {"schemes": {"ner": "ioe1"}}], ids=str)
def test_a_changed_setting_is_read_again(build, write, change):
    path = write("-DOCSTART- O\n# O\nAnna I-PER\n")
    first = build({**COLUMNS, "train": str(path)})
    assert build({**COLUMNS, "train": str(path), **change}).fingerprint != first.fingerprint


def test_conllu_files_are_read_by_their_fields(build, write):
    rows = "".join(
        "\t".join([str(index), word, "_", tag, *["_"] * 6]) + "\n" for index, (word, tag) in enumerate([("a", "B-X")], 1)
    )
    corpus = build({**CONLLU, "path": str(write(rows, "ud/en-ud-train.conllu").parent)})
    assert (corpus["train"][0]["tokens"], tags_of(corpus)) == (["a"], [["B-X"]])
    assert "spaces_after" in corpus["train"].column_names


@pytest.mark.parametrize("way", ["save_to_disk", "parquet"])
def test_a_folder_of_a_data_set_is_read_with_validation_as_dev(build, conll_splits, tmp_path, way):
    if way == "save_to_disk":
        conll_splits.save_to_disk(tmp_path / "news")
    else:
        (tmp_path / "news").mkdir()
        for name, data in conll_splits.items():
            data.to_parquet(tmp_path / "news" / f"{name}.parquet")
    corpus = build({**HUB, "id": str(tmp_path / "news")})
    assert list(corpus.splits) == ["train", "dev", "test"]
    assert tags_of(corpus) == [["B-PER", "I-PER", "O", "O"]]
    assert build({**HUB, "id": str(tmp_path / "news")}).fingerprint == corpus.fingerprint


def test_a_changed_parquet_file_is_read_again(build, conll_dataset, tmp_path):
    folder, prints = tmp_path / "news", set()
    folder.mkdir()
    for tag in (0, 1, 3):
        conll_dataset([["Oslo"]], [[tag]]).to_parquet(folder / "train.parquet")
        prints.add(build({**HUB, "id": str(folder)}).fingerprint)
    assert len(prints) == 3


def test_a_data_set_without_usual_split_names_is_told_with_those_that_it_has(build, conll_dataset, tmp_path):
    conll_dataset().to_parquet(tmp_path / "everything.parquet")
    with pytest.raises(CorpusError, match="everything"):
        build({**HUB, "id": str(tmp_path)})


def test_the_hub_that_can_not_be_reached_is_answered_with_local_files(build):
    with pytest.raises(CorpusError, match="the Hugging Face Hub can't be reached") as caught:
        build({**HUB, "id": "eriktks/conll2003", "revision": "refs/convert/parquet"})
    assert "--corpus PATH" in caught.value.fix


def test_a_corpus_without_the_needed_split_is_refused(build, folder):
    with pytest.raises(CorpusError, match=r"the corpus has no dev split \(it has train, test\)") as caught:
        build({**COLUMNS, "path": str(folder)}, needs="dev")
    assert caught.value.where == str(folder)
    assert build({**COLUMNS, "path": str(folder)}, needs="test")


def test_a_recipe_that_names_no_files_is_told_how_to_name_them(build):
    with pytest.raises(CorpusError, match="the recipe names no files") as caught:
        build(COLUMNS)
    assert "--corpus PATH" in caught.value.fix


def test_the_sample_that_ships_with_the_package_is_found(build):
    corpus = build({"kind": "columns", "columns": ["word", "upos", "ner"], "schemes": {"ner": "iob2"}, "path": "package:sample"})
    assert list(corpus.splits) == ["train", "dev", "test"]
    assert corpus.warnings() == []
