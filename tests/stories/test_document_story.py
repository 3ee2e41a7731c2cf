"""The story of the document's context: what a name is stands in another sentence, so that nothing is found without it."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from click.testing import Result
from interrupted import assert_goes_on_as_if_unbroken

from tagger import Tagger
from tagger.deployment.export import compared

Command = Callable[..., Result]

KNOWN = ("in", "mister", "it", "won", "was", "so", ".")
RECIPE = """\
corpus: {kind: columns, path: DATA, columns: [word, ner], schemes: {ner: iob2}}
tasks: {ner: {scheme: iobes}}
embeddings:
  - {kind: words, vectors: 'DATA/vectors.txt', trainable: false}
  - {kind: document_context, of: words, reach: 8, width: 16, dropout: 0, hidden: 0.1}
encoder: {hidden: 16}
dropout: {words: 0, input: 0, output: 0}
training: {epochs: 10, batch_words: 40, optimizer: {kind: adamw, learning_rate: 0.02}, device: cpu}
"""
FILLER = ["it was so so so so . . .", "so was it . so was it ."]


def documents(count: int, seed: int) -> list[tuple[list[str], list[str]]]:
    """Sentences and their tags: whether a name that `won` is a place or a person, another sentence tells."""
    random = Random(seed)
    sentences = []
    for _ in range(count):
        name = "".join(random.choices("bdfgklmnprst", k=6)).title()
        left, label = random.choice([("in", "B-LOC"), ("mister", "B-PER")])
        told, open_ = ([left, name, "was", "."], ["O", label, "O", "O"]), ([name, "won", "."], [label, "O", "O"])
        pair = [told, open_] if random.random() < 0.5 else [open_, told]
        sentences += [*pair, *((line.split(), ["O"] * len(line.split())) for line in FILLER)]
    return sentences


GIVEN = documents(8, seed=9)
GOLD = [tuple(tags) for _, tags in GIVEN]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a recipe, its corpus and vectors of words that are no names."""
    folder = tmp_path_factory.mktemp("documents")
    (folder / "data").mkdir()
    for seed, (split, count) in enumerate({"train": 120, "dev": 16, "test": 16}.items()):
        rows = ("".join(f"{word} {tag}\n" for word, tag in zip(*sentence, strict=True)) for sentence in documents(count, seed))
        (folder / "data" / f"{split}.txt").write_text("\n".join(rows), "utf-8")
    vectors = (
        " ".join([word, *("1" if place == index else "0" for place in range(len(KNOWN)))]) for index, word in enumerate(KNOWN)
    )
    (folder / "data" / "vectors.txt").write_text("\n".join(vectors) + "\n", "utf-8")
    (folder / "r.yaml").write_text(RECIPE.replace("DATA", str(folder / "data")), "utf-8")
    return folder


@pytest.fixture(scope="module")
def model(place: Path, command: Command) -> Path:
    """A finished run; tests only read it."""
    result = command("train", place / "r.yaml", "--output", place / "run")
    assert result.exit_code == 0, result.stderr
    return place / "run"


def scores_of(run: Path) -> dict[str, float]:
    report = json.loads((run / "report" / "report.json").read_text("utf-8"))
    return {split: tasks["ner"]["scores"]["score"] for split, tasks in report["splits"].items()}


def test_what_another_sentence_tells_is_learned_and_scored(model: Path):
    assert scores_of(model) == {"dev": 1.0, "test": 1.0}


def test_without_the_other_sentences_it_is_not_learned(place: Path, command: Command):
    words = "embeddings=[{kind: words, vectors: '" + str(place / "data" / "vectors.txt") + "', trainable: false}]"
    result = command("train", place / "r.yaml", "--output", place / "blind", "--set", words)
    assert result.exit_code == 0, result.stderr
    assert scores_of(place / "blind")["dev"] < 0.9


def test_sentences_that_are_tagged_together_are_a_document(model: Path, command: Command, tmp_path: Path):
    tagger = Tagger.load(model)
    assert [one.tags["ner"] for one in tagger.tag_all(words for words, _ in GIVEN)] == GOLD
    text = "\n".join(" ".join(words) for words, _ in GIVEN)
    assert [one.tags["ner"] for one in tagger.tag_document(text.replace("\n", "\n\n"))] == GOLD
    (tmp_path / "in.txt").write_text(text + "\n", "utf-8")
    result = command("tag", model, tmp_path / "in.txt", "--to", "conll")
    found = [tuple(line.split()[-1] for line in block.splitlines()) for block in result.stdout.strip().split("\n\n")]
    assert found == GOLD


def test_a_sentence_by_itself_is_tagged_by_what_it_holds(model: Path):
    tagger = Tagger.load(model)
    alone = [tagger.tag(words).tags["ner"] for words, _ in GIVEN]
    assert [found for found, (words, _) in zip(alone, GIVEN, strict=True) if words[0] in KNOWN] == [
        tuple(tags) for words, tags in GIVEN if words[0] in KNOWN
    ]


def test_what_is_out_of_reach_changes_nothing_and_what_is_within_does(model: Path):
    tagger = Tagger.load(model)
    # Two documents of four sentences; of the second the last is so near the next that it reads its words.
    cut = [one.probabilities["ner"] for one in tagger.tag_all(words for words, _ in GIVEN[:8])]
    whole = [one.probabilities["ner"] for one in tagger.tag_all(words for words, _ in GIVEN)]
    np.testing.assert_allclose(np.concatenate(cut[:7]), np.concatenate(whole[:7]), atol=1e-5)
    assert np.abs(np.array(cut[7]) - whole[7]).max() > 1e-7
    mixed = [GIVEN[index][0] for index in (0, 4, 8, 12, 1, 5, 9, 13)]
    found = {tuple(words): one.tags["ner"] for words, one in zip(mixed, tagger.tag_all(mixed), strict=True)}
    assert any(found[tuple(words)] != tuple(tags) for words, tags in GIVEN if tuple(words) in found)


@pytest.mark.parametrize("length", [3, 300])
def test_it_runs_in_16_bits(model: Path, length: int):
    tagger, reduced = Tagger.load(model), Tagger.load(model)
    # As on a processor that has them.
    reduced.engine.dtype = torch.bfloat16
    texts = [words for words, _ in GIVEN] + [["so"] * length]
    pairs = zip(tagger.tag_all(texts), reduced.tag_all(texts), strict=True)
    assert [left.tags for left, right in pairs if left.tags != right.tags] == []


def test_the_model_card_says_what_it_reads(model: Path):
    assert "It reads the 8 words before and behind each sentence too" in (model / "model" / "README.md").read_text("utf-8")


def test_an_interrupted_run_goes_on_as_if_unbroken(place: Path, command: Command, tmp_path: Path):
    def train(folder: Path, *changes: str) -> Path:
        options = [part for change in changes for part in ("--set", change)]
        assert command("train", place / "r.yaml", "--output", folder, *options).exit_code == 0
        return folder

    assert_goes_on_as_if_unbroken(train, command, str(place / "r.yaml"), tmp_path, ("training.epochs=2",))


@pytest.mark.parametrize("options", [(), ("--int8",)], ids=["float32", "int8"])
def test_an_exported_model_reads_the_document_too(model: Path, command: Command, tmp_path: Path, options: tuple[str, ...]):
    result = command("export", model, tmp_path / "exported", *options)
    assert result.exit_code == 0, result.stderr
    tagger, exported = Tagger.load(model), Tagger.load(tmp_path / "exported")
    assert [one.tags["ner"] for one in exported.tag_all(words for words, _ in GIVEN)] == GOLD
    # Alone and together, to what rounding leaves.
    assert [exported.tag(words).tags for words, _ in GIVEN] == [tagger.tag(words).tags for words, _ in GIVEN]
    assert options or compared(tagger, exported.engine).difference < 1e-4


def test_an_export_without_its_graph_is_called_damaged(model: Path, command: Command, tmp_path: Path):
    assert command("export", model, tmp_path / "exported").exit_code == 0
    (tmp_path / "exported" / "document_context.onnx").unlink()
    result = command("tag", tmp_path / "exported", "-", stdin="it was so")
    assert result.exit_code == 1
    assert "the exported model is damaged" in result.stderr
