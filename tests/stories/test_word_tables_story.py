"""Several tables of words side by side: trained, used, taken up, exported; and what --vectors does to them."""

import json
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from click.testing import Result
from interrupted import assert_goes_on_as_if_unbroken
from safetensors.numpy import load_file
from story_sentences import SENTENCES

from tagger import Tagger

Command = Callable[..., Result]

WORDS = sorted({token.split("/")[0].lower() for sentence in SENTENCES for token in sentence.split()})
TABLES = (
    "embeddings=[{{kind: words, name: wide, vectors: {0}/wide.txt, trainable: false}}, "
    "{{kind: words, name: narrow, vectors: {0}/narrow.txt, trainable: false, keep: corpus}}, "
    "{{kind: words, name: own, width: 8}}, {{kind: words, name: type, vectors: {0}/narrow.txt}}, "
    "{{kind: characters, width: 4, filters: 6}}]"
)


def write_vectors(path: Path, words: list[str], width: int) -> None:
    rows = np.random.default_rng(width).normal(size=(len(words), width)).tolist()
    lines = (f"{word} {' '.join(f'{number:.4f}' for number in row)}" for word, row in zip(words, rows, strict=True))
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two files of vectors; each lacks a word of the corpus and has words that it lacks."""
    folder = tmp_path_factory.mktemp("vectors")
    write_vectors(folder / "wide.txt", ["zebra", *WORDS[1:], "ape"], 7)
    write_vectors(folder / "narrow.txt", ["gnu", *WORDS[:-1]], 5)
    return folder


@pytest.fixture(scope="module")
def tables(files: Path) -> str:
    """The embeddings: two frozen tables, a random one, a tuned one, and characters."""
    return TABLES.format(files)


@pytest.fixture(scope="module")
def learnt(tables: str, train: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run; tests only read it."""
    return train(tmp_path_factory.mktemp("tables") / "run", tables)


def words_of(run: Path, name: str) -> list[str]:
    vocabulary = json.loads((run / "model" / "vocabulary.json").read_text("utf-8"))
    return list(vocabulary["featurizers"][name]["words"])


def test_frozen_tuned_and_random_tables_are_learnt_and_saved_side_by_side(files: Path, learnt: Path):
    report = json.loads((learnt / "report" / "report.json").read_text("utf-8"))
    assert [task["scores"]["score"] for split in report["splits"].values() for task in split.values()] == [1.0] * 4
    assert words_of(learnt, "wide") == ["zebra", *WORDS[1:], "ape"]
    assert words_of(learnt, "narrow") == WORDS[:-1]
    assert words_of(learnt, "own") == WORDS
    assert words_of(learnt, "type") == ["gnu", *WORDS]
    weights = load_file(learnt / "model" / "model.safetensors")
    found = {name: weights[f"embedding.embeddings.{name}.vectors.weight"] for name in ("wide", "narrow", "own", "type-")}
    assert {name: table.shape for name, table in found.items()} == {
        "wide": (len(WORDS) + 3, 7),
        "narrow": (len(WORDS) + 1, 5),
        "own": (len(WORDS) + 2, 8),
        "type-": (len(WORDS) + 3, 5),
    }
    # The frozen ones are those of their files; the tuned one began there.
    first = [float(number) for number in (files / "narrow.txt").read_text("utf-8").splitlines()[1].split()[1:]]
    np.testing.assert_allclose(found["narrow"][2], first, rtol=1e-5)
    assert not np.allclose(found["type-"][3], first, atol=1e-3)
    settings = json.loads((learnt / "model" / "config.json").read_text("utf-8"))["recipe"]["embeddings"]
    assert [each["width"] for each in settings] == [7, 5, 8, 5, 4]


def test_the_model_tags_and_is_evaluated(learnt: Path, command: Command):
    tagged = command("tag", learnt, "-", "--to", "jsonl", stdin="Ann sees Oslo")
    assert json.loads(tagged.stdout)["tags"]["ner"] == ["B-PER", "O", "B-LOC"]
    assert command("evaluate", learnt, "--split", "test").exit_code == 0


def test_an_interrupted_run_with_several_tables_goes_on_as_if_unbroken(
    tables: str, train: Callable[..., Path], command: Command, recipe: str, tmp_path: Path
):
    assert_goes_on_as_if_unbroken(train, command, recipe, tmp_path, (tables, "training.epochs=2"))


def test_an_exported_model_has_a_file_for_each_table_and_the_same_tags(learnt: Path, command: Command, tmp_path: Path):
    done = command("export", learnt, tmp_path / "exported")
    assert done.exit_code == 0, done.stderr
    assert {path.name for path in (tmp_path / "exported").iterdir() if path.suffix in (".npy", ".onnx")} == {
        *("words-wide.npy", "words-narrow.npy", "words-own.npy", "words-type.npy"),
        *("characters.onnx", "sentences.onnx"),
    }
    one, other = Tagger.load(learnt), Tagger.load(tmp_path / "exported")
    for words in (["Ann", "sees", "Oslo"], ["zebra", "unheard-of", "gnu"]):
        left, right = one.tag(words), other.tag(words)
        assert left.tags == right.tags
        np.testing.assert_allclose(left.probabilities["ner"], right.probabilities["ner"], atol=1e-5)


def test_each_table_gets_its_vectors_by_its_name(files: Path, tables: str, command: Command, recipe: str, tmp_path: Path):
    write_vectors(tmp_path / "other.txt", WORDS, 3)
    vectors = ("--vectors", f"narrow={tmp_path}/other.txt", "--vectors", f"wide={files}/narrow.txt")
    run = tmp_path / "run"
    done = command("train", recipe, "--output", run, "--set", tables, *vectors, "--set", "training.epochs=1")
    assert done.exit_code == 0, done.stderr
    assert words_of(run, "wide") == ["gnu", *WORDS[:-1]]
    assert [part.width for part in Tagger.load(run).model.embedding.parts.values()] == [5, 3, 8, 5, 6]


def test_vectors_of_an_address_are_fetched_once_and_need_no_server_later(
    files: Path, command: Command, recipe: str, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
):
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

    monkeypatch.setenv("TAGGER_CACHE", str(elsewhere / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(files))) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}/wide.txt"
        arguments = ("train", recipe, "--vectors", address, "--set", "training.epochs=1", "--output")
        told = command(*arguments, "run")
        server.shutdown()
        thread.join()
    assert told.exit_code == 0, told.stderr
    assert "fetching wide.txt" in told.stderr
    again = command(*arguments, "again")
    assert again.exit_code == 0, again.stderr
    assert "fetching" not in again.stderr
    assert words_of(Path("again"), "words")[0] == "zebra"
    stats = command("data", "stats", recipe, "--vectors", address, "--json")
    assert json.loads(stats.stdout)["splits"]["train"]["covered"]["lower-cased"][0] < 1
