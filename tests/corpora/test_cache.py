"""What names a corpus in the cache: the same in each process, another for whatever changes what is read."""

import json
import os
import subprocess
import sys

import pytest

from tagger.corpora.cache import remembered

FINGERPRINT = """
import json, sys
from tagger.build_corpus import build_corpus
from tagger.recipe import Recipe
print(build_corpus(Recipe.model_validate_json(sys.argv[1])).fingerprint)
"""


def recipe(**corpus):
    return json.dumps({"corpus": corpus, "tasks": {"ner": {"scheme": "iobes"}}, "embeddings": [{"kind": "words"}]})


@pytest.mark.parametrize("kind", ["columns", "jsonl"])
def test_a_corpus_has_one_name_in_all_processes(write, kind):
    if kind == "columns":
        text = recipe(kind="columns", train=str(write("a I-PER\n")), columns=["word", "ner"], schemes={"ner": "iob1"})
    else:
        path = write('{"tokens": ["a"], "tags": ["S-PER"]}\n', "a.jsonl")
        text = recipe(kind="jsonl", train=str(path), schemes={"ner": "iobes"})
    found = {
        subprocess.run(
            [sys.executable, "-c", FINGERPRINT, text],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1


def test_what_is_remembered_is_made_once(tmp_path):
    made = []

    def make():
        made.append(1)
        return {"a": 1}

    path = tmp_path / "folder" / "a.json"
    assert [remembered(path, make), remembered(path, make)] == [{"a": 1}, {"a": 1}]
    assert len(made) == 1


@pytest.mark.parametrize("content", ["", "{", "\x00"])
def test_what_is_damaged_in_the_cache_is_made_anew(tmp_path, content):
    path = tmp_path / "a.json"
    path.write_text(content)
    assert remembered(path, lambda: [1]) == [1]
    assert json.loads(path.read_text()) == [1]
    assert [file.name for file in tmp_path.iterdir()] == ["a.json"]


def test_a_cache_that_can_not_be_written_does_not_keep_anybody_from_reading(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert remembered(blocked / "a.json", lambda: [1]) == [1]
