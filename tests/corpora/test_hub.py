"""Data sets: saved folders, parquet and JSON Lines, and the Hub that can't be reached."""

import json
import os
import subprocess
import sys

import datasets
import pytest

from tagger.corpora.hub import is_saved_dataset, load_from_hub, load_saved, read_dataset
from tagger.errors import CorpusError

SPLITS = {"train", "validation", "test"}
COLUMNS = {"word": "tokens", "ner": "ner_tags", "pos": "pos_tags"}


def rows(dataset, columns=COLUMNS):
    return list(read_dataset(dataset, columns, "news, train"))


def as_plain(dataset):
    """The rows with tag names instead of ClassLabels, as a JSON Lines file would hold them."""
    names = {name: feature.feature.names for name, feature in dataset.features.items() if name.endswith("_tags")}
    return [{key: [names[key][tag] for tag in row[key]] if key in names else row[key] for key in row} for row in dataset]


def save_parquet(splits, folder):
    for name, data in splits.items():
        data.to_parquet(folder / f"{name}-00000-of-00001.parquet")


def save_json_lines(splits, folder):
    for name, data in splits.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in as_plain(data)))


WAYS = {"saved": lambda splits, folder: splits.save_to_disk(folder), "parquet": save_parquet, "jsonl": save_json_lines}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_keep_a_data_set_gives_the_same_sentences(conll_splits, tmp_path, cache, way):
    folder = tmp_path / way
    folder.mkdir()
    WAYS[way](conll_splits, folder)
    assert is_saved_dataset(folder)
    loaded = load_saved(folder, cache)
    assert set(loaded) == SPLITS
    (sentence,) = rows(loaded["train"])
    assert sentence.words == ["Angela", "Merkel", "rests", "."]
    assert sentence.columns == {"ner": ["B-PER", "I-PER", "O", "O"], "pos": ["NNP"] * 4}
    assert [found.words for found in rows(loaded["validation"])] == [["Oslo"], ["rain"]]


def test_a_single_saved_data_set_is_train(conll_dataset, tmp_path, cache):
    conll_dataset().save_to_disk(tmp_path / "one")
    assert is_saved_dataset(tmp_path / "one")
    assert set(load_saved(tmp_path / "one", cache)) == {"train"}


def test_several_parquet_files_of_a_split_are_read_in_order(conll_dataset, tmp_path, cache):
    (tmp_path / "data").mkdir()
    for part in (1, 0):
        conll_dataset([[f"word{part}"]], [[0]]).to_parquet(tmp_path / "data" / f"train-0000{part}-of-00002.parquet")
    assert [row.words for row in rows(load_saved(tmp_path / "data", cache)["train"])] == [["word0"], ["word1"]]


def test_a_changed_file_is_read_again_whatever_its_time(conll_dataset, tmp_path, cache):
    folder = tmp_path / "data"
    folder.mkdir()
    found = []
    for word in ("one", "two"):
        conll_dataset([[word]], [[0]]).to_parquet(folder / "train.parquet")
        os.utime(folder / "train.parquet", (0, 0))
        found += [row.words for row in rows(load_saved(folder, cache)["train"])]
    assert found == [["one"], ["two"]]


def test_an_unchanged_file_keeps_its_fingerprint(conll_dataset, tmp_path, cache):
    folder = tmp_path / "data"
    folder.mkdir()
    conll_dataset().to_parquet(folder / "train.parquet")
    first, second = (load_saved(folder, cache)["train"]._fingerprint for _ in range(2))
    assert first == second


@pytest.mark.parametrize("name", ["train.txt", "notes.md", "train.parquet.bak"])
def test_a_folder_of_other_files_is_no_saved_data_set(write, name):
    assert not is_saved_dataset(write("a O\n", f"folder/{name}").parent)


def test_a_file_or_nothing_is_no_saved_data_set(write, tmp_path):
    assert not is_saved_dataset(write("{}", "train.jsonl"))
    assert not is_saved_dataset(tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("train.parquet", "no parquet"),
        ("train.jsonl", '{"tokens": ["a"\n'),
        ("train.jsonl", ""),
        ("dataset_info.json", "{}"),
    ],
)
def test_a_folder_that_can_not_be_read_is_told_with_its_path(write, cache, name, content):
    folder = write(content, f"folder/{name}").parent
    assert is_saved_dataset(folder)
    with pytest.raises(CorpusError, match="no data set can be read here") as caught:
        load_saved(folder, cache)
    assert caught.value.where == str(folder)
    assert "save_to_disk" in caught.value.fix


def test_rows_have_numbers_places_and_no_spacing(conll_dataset):
    first, second = rows(conll_dataset([["a", "b"], ["c"]], [[0, 0], [0]]))
    assert (first.place, first.lines, first.spaces_after) == ("news, train", [1, 1], None)
    assert second.lines == [2]


def test_rows_of_several_chunks_are_numbered_on(conll_dataset):
    found = rows(conll_dataset([["a"]] * 1001, [[0]] * 1001))
    assert [row.lines for row in found[-2:]] == [[1000], [1001]]


def test_one_column_may_serve_two_tasks(conll_dataset):
    (row,) = rows(conll_dataset(), {"word": "tokens", "a": "ner_tags", "b": "ner_tags"})
    assert row.columns["a"] == row.columns["b"] == ["B-PER", "I-PER", "O", "O"]


def test_a_data_set_without_rows_has_no_sentences(conll_dataset):
    assert rows(conll_dataset([], [])) == []


def test_a_missing_column_is_told_with_those_that_there_are(conll_dataset):
    with pytest.raises(CorpusError) as caught:
        rows(conll_dataset(), {"word": "tokens", "ner": "tags"})
    assert (caught.value.where, caught.value.problem) == ("news, train", "no column 'tags'")
    assert "id, tokens, pos_tags, chunk_tags, ner_tags" in caught.value.fix
    assert "corpus.columns" in caught.value.fix


@pytest.mark.parametrize(
    ("values", "shown"), [([[1, 2]], "int64"), (["B-PER O"], "string"), ([[["O"], ["O"]]], "List"), ([0], "int64")]
)
def test_a_column_of_other_things_is_refused(values, shown):
    dataset = datasets.Dataset.from_dict({"tokens": [["a", "b"]], "ner": values})
    with pytest.raises(CorpusError, match=rf"news, train: column 'ner' holds .*{shown}.*, not lists of strings or ClassLabels"):
        rows(dataset, {"word": "tokens", "ner": "ner"})


def test_a_row_with_more_tokens_than_tags_is_told_with_its_number(conll_dataset):
    with pytest.raises(CorpusError, match=r"news, train, row 2: 2 tokens, but 1 values in 'ner_tags'"):
        rows(conll_dataset([["a"], ["a", "b"]], [[0], [0]]))


@pytest.mark.parametrize("tags", [[0, -1], [0, None], None], ids=["-1 for none", "null tag", "null row"])
def test_a_token_whose_tag_is_missing_is_told_with_its_row(conll_dataset, tags):
    with pytest.raises(CorpusError, match=r"news, train, row 2: .*'ner_tags'"):
        rows(conll_dataset([["a"], ["a", "b"]], [[0], tags]))


@pytest.mark.parametrize("tokens", [["a", None], ["a", ""], None], ids=["null token", "empty token", "null row"])
def test_a_missing_token_is_told_with_its_row(conll_dataset, tokens):
    with pytest.raises(CorpusError, match=r"news, train, row 2: .*'tokens'"):
        rows(conll_dataset([["a"], tokens], [[0], [0, 0]]), {"word": "tokens", "ner": "ner_tags"})


def test_a_hub_that_can_not_be_reached_is_told_at_once_and_with_a_way_out(tmp_path):
    code = "from tagger.corpora.hub import load_from_hub; load_from_hub('eriktks/conll2003', None, 'refs/convert/parquet')"
    environment = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=60, check=False)
    assert run.returncode == 1
    message = run.stderr[run.stderr.rindex("CorpusError") :]
    assert "data set eriktks/conll2003, revision refs/convert/parquet: the Hugging Face Hub can't be reached" in message
    assert "--corpus PATH" in message


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (ConnectionError("no route"), "can't be reached (no route)"),
        (TimeoutError(), "can't be reached (TimeoutError)"),
        (FileNotFoundError("no such\ndata set"), "gives no such data set (no such)"),
        (ValueError("BuilderConfig 'xx' not found"), "gives no such data set (BuilderConfig 'xx' not found)"),
        (RuntimeError("Dataset scripts are no longer supported"), "gives no such data set (Dataset scripts"),
        (datasets.exceptions.DatasetNotFoundError("doesn't exist"), "gives no such data set (doesn't exist)"),
        (datasets.exceptions.DatasetGenerationError("An error occurred"), "An error occurred"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_what_the_hub_answers_is_told_with_a_way_out(monkeypatch, error, problem):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(datasets, "load_dataset", fail)
    with pytest.raises(CorpusError) as caught:
        load_from_hub("commul/universal_dependencies", "en_ewt", "2.17")
    assert caught.value.where == "data set commul/universal_dependencies, config en_ewt, revision 2.17"
    assert problem in caught.value.problem
    assert "--corpus PATH" in caught.value.fix


def test_a_fault_of_ours_is_not_taken_for_one_of_the_hub(monkeypatch):
    monkeypatch.setattr(datasets, "load_dataset", lambda *_, **__: {}["split"])
    with pytest.raises(KeyError):
        load_from_hub("news", None, None)


def test_the_splits_of_the_hub_are_given_by_name(monkeypatch, conll_splits):
    asked = []
    monkeypatch.setattr(datasets, "load_dataset", lambda *names, **options: asked.append((names, options)) or conll_splits)
    assert set(load_from_hub("news", "en", "main")) == SPLITS
    assert asked == [(("news", "en"), {"revision": "main"})]
