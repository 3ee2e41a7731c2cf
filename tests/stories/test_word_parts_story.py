"""Words read by their subwords and by an LSTM over their characters: trained, used, taken up, exported."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from interrupted import assert_goes_on_as_if_unbroken

from tagger import Tagger

Command = Callable[..., Result]

PARTS = (
    "embeddings=[{kind: subwords, vocabulary: 120, width: 12}, "
    "{kind: subwords, name: pieces, model: wordpiece, pool: last, width: 6}, "
    "{kind: subwords, name: probable, model: unigram, pool: first, width: 6}, "
    "{kind: character_lstm, width: 6, hidden: 8, dropout: 0.1}]"
)


@pytest.fixture(scope="module")
def learnt(train: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run; tests only read it."""
    return train(tmp_path_factory.mktemp("parts") / "run", PARTS)


def test_what_is_read_of_words_by_parts_is_learnt_and_saved(learnt: Path):
    report = json.loads((learnt / "report" / "report.json").read_text("utf-8"))
    assert [task["scores"]["score"] for split in report["splits"].values() for task in split.values()] == [1.0] * 4
    tagger = Tagger.load(learnt)
    assert {name: part.width for name, part in tagger.model.embedding.parts.items()} == {
        "subwords": 12,
        "pieces": 6,
        "probable": 6,
        "character_lstm": 16,
    }
    assert tagger.tag(["Bo", "sees", "New", "York"]).tags["ner"] == ("B-PER", "O", "B-LOC", "I-LOC")


def test_a_word_of_unknown_characters_gets_a_tag(learnt: Path, command: Command):
    tagged = command("tag", learnt, "-", "--to", "jsonl", stdin="日本 Ж sees")
    assert tagged.exit_code == 0, tagged.stderr
    assert json.loads(tagged.stdout)["tokens"] == ["日本", "Ж", "sees"]
    assert len(json.loads(tagged.stdout)["tags"]["ner"]) == 3


def test_an_interrupted_run_learns_its_vocabularies_again_and_goes_on_as_if_unbroken(
    train: Callable[..., Path], command: Command, recipe: str, tmp_path: Path
):
    assert_goes_on_as_if_unbroken(train, command, recipe, tmp_path, (PARTS, "training.epochs=2"))


@pytest.mark.parametrize("options", [(), ("--int8",)], ids=["float32", "int8"])
def test_an_exported_model_has_a_graph_for_each_and_the_same_tags(
    learnt: Path, command: Command, tmp_path: Path, options: tuple[str, ...]
):
    done = command("export", learnt, tmp_path / "exported", *options)
    assert done.exit_code == 0, done.stderr
    assert {path.name for path in (tmp_path / "exported").iterdir() if path.suffix in (".npy", ".onnx")} == {
        *("subwords.onnx", "subwords-pieces.onnx", "subwords-probable.onnx", "character_lstm.onnx", "sentences.onnx"),
    }
    one, other = Tagger.load(learnt), Tagger.load(tmp_path / "exported")
    words = ["Ann", "unheard-of", "Oslo", "☃"]
    # 8 bits have the sentences' LSTM alone.
    features = {name: part.encode(words) for name, part in one.featurizers.items()}
    np.testing.assert_allclose(other.engine.word_vectors(features), one.engine.word_vectors(features), atol=1e-6)
    assert one.tag(words).tags == other.tag(words).tags


@pytest.mark.parametrize("name", ["character_lstm.onnx", "subwords.onnx"])
def test_a_missing_graph_is_called_damaged(learnt: Path, command: Command, tmp_path: Path, name: str):
    assert command("export", learnt, tmp_path / "exported").exit_code == 0
    (tmp_path / "exported" / name).unlink()
    done = command("tag", tmp_path / "exported", "-", stdin="Ann")
    assert done.exit_code == 1
    assert "the exported model is damaged" in done.stderr
