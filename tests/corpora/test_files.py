"""Which file of a folder is which split, and when a file counts as changed."""

import os

import pytest

from tagger.corpora.files import digest_files, find_splits, left_out, named_split
from tagger.errors import CorpusError


def fill(folder, *names):
    for name in names:
        (folder / name).write_text("a O\n")


@pytest.mark.parametrize(
    ("names", "splits"),
    [
        (("train.txt", "dev.txt", "test.txt"), "train dev test"),
        (("eng.train", "eng.testa", "eng.testb"), "train dev test"),
        (("train.tsv", "validation.tsv", "test.tsv"), "train dev test"),
        (("my-train.iob", "my-valid.iob"), "train dev"),
        (("TRAIN.TXT", "Devel.txt"), "train dev"),
        (("train.txt", "development.txt"), "train dev"),
        (("train", "test"), "train test"),
        (("test.txt",), "test"),
    ],
)
def test_the_usual_names_are_found(tmp_path, names, splits):
    fill(tmp_path, *names)
    assert find_splits(tmp_path, kind="columns") == {
        split: tmp_path / name for split, name in zip(splits.split(), names, strict=True)
    }


def test_conllu_files_are_found_only_where_they_are_looked_for(tmp_path):
    fill(tmp_path, "train.txt", "en_ewt-ud-train.conllu", "en_ewt-ud-dev.conllu")
    assert find_splits(tmp_path, kind="conllu") == {
        "train": tmp_path / "en_ewt-ud-train.conllu",
        "dev": tmp_path / "en_ewt-ud-dev.conllu",
    }
    assert find_splits(tmp_path, kind="columns") == {"train": tmp_path / "train.txt"}


def test_other_files_are_left_alone(tmp_path):
    fill(tmp_path, "train.txt", "train.json", "train.md", "test.zip", ".train.txt.swp", "training.txt", "contest.txt", "README")
    (tmp_path / "test").mkdir()
    assert find_splits(tmp_path, kind="columns") == {"train": tmp_path / "train.txt"}


def test_two_files_for_one_split_are_told_with_both_names(tmp_path):
    fill(tmp_path, "train.txt", "train.old.txt")
    with pytest.raises(CorpusError) as caught:
        find_splits(tmp_path, kind="columns")
    assert caught.value.problem == "two files may be train: train.old.txt and train.txt"
    assert caught.value.where == str(tmp_path)
    assert "corpus.train" in caught.value.fix


@pytest.mark.parametrize(("conllu", "usual"), [(False, "train.txt, dev.txt, test.txt or eng.train"), (True, "train.conllu")])
def test_a_folder_without_usual_names_is_told_with_what_it_holds(tmp_path, conllu, usual):
    fill(tmp_path, "a.txt", "b.md")
    with pytest.raises(CorpusError) as caught:
        find_splits(tmp_path, kind="conllu" if conllu else "columns")
    assert caught.value.problem == "no corpus files: it holds a.txt, b.md"
    assert usual in caught.value.fix


def test_an_empty_folder_holds_nothing(tmp_path):
    with pytest.raises(CorpusError, match="no corpus files: it holds nothing"):
        find_splits(tmp_path, kind="columns")


@pytest.mark.parametrize("name", ["none", "file.txt"])
def test_what_is_no_folder_is_refused(tmp_path, name):
    fill(tmp_path, "file.txt")
    with pytest.raises(CorpusError, match="no such folder") as caught:
        find_splits(tmp_path / name, kind="columns")
    assert caught.value.where == str(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "split"), [("a.dev.txt", "dev"), ("train_test_split.txt", None), ("dev-validation.txt", "dev"), ("eval.txt", None)]
)
def test_a_name_that_tells_of_two_splits_tells_of_none(tmp_path, name, split):
    assert named_split(tmp_path / name) == split


def test_files_that_no_split_is_read_from_are_named(tmp_path):
    fill(tmp_path, "train.txt", "eval.txt", "train_test_split.tsv", "a.conllu", "b.md", "README", "LICENSE.txt", ".c.txt")
    (tmp_path / "more").mkdir()
    assert left_out(tmp_path, kind="columns") == ("left out: eval.txt, train_test_split.tsv, whose names tell of no split",)
    assert left_out(tmp_path, kind="conllu") == ("left out: a.conllu, whose name tells of no split",)
    assert left_out(tmp_path, kind="jsonl") == ()


def test_a_digest_goes_by_content_and_not_by_time(write):
    path = write("a O\n")
    before = digest_files({"train": path})
    os.utime(path, (0, 0))
    assert digest_files({"train": path}) == before
    write("b O\n")
    assert digest_files({"train": path}) != before


def test_a_digest_tells_splits_and_places_apart(write):
    first, second = write("a O\n", "1.txt"), write("a O\n", "2.txt")
    digests = [*digest_files({"train": first, "dev": second}), *digest_files({"dev": first})]
    assert len(set(digests)) == 3


def test_a_missing_file_is_told_with_its_path(tmp_path):
    with pytest.raises(CorpusError) as caught:
        digest_files({"train": tmp_path / "none.txt"})
    assert (caught.value.problem, caught.value.where) == ("no such file", str(tmp_path / "none.txt"))


def test_a_folder_in_place_of_a_file_is_told(tmp_path):
    with pytest.raises(CorpusError) as caught:
        digest_files({"train": tmp_path})
    assert str(caught.value) == f"{tmp_path}: is a folder\n  Name a file, or give the folder as corpus.path."
