"""An exported folder answers as the tagger that it was made of, and takes the place of nothing else."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from safetensors.numpy import load_file

from tagger.build_corpus import build_corpus
from tagger.cli.main import cli
from tagger.deployment import export as module
from tagger.deployment.export import compared, export
from tagger.engines.onnx_engine import OnnxEngine
from tagger.errors import ModelError, TaggerError
from tagger.recipe import Recipe
from tagger.tagger import Tagger

SECTIONS = {
    "words and characters": {},
    "characters before words": {
        "embeddings": [{"kind": "characters", "width": 4, "filters": 5, "kernels": [3]}, {"kind": "words", "width": 8}],
        "encoder": {"hidden": 6, "layers": 2, "initial_state": "learned"},
    },
    "words alone": {"embeddings": [{"kind": "words", "width": 8}], "tasks": {"ner": {"scheme": "iob2", "decoder": "softmax"}}},
    "subwords and an LSTM over characters": {
        "embeddings": [
            {"kind": "subwords", "width": 7},
            {"kind": "subwords", "name": "ends", "model": "wordpiece", "pool": "last", "width": 3},
            {"kind": "subwords", "name": "type", "model": "unigram", "pool": "first", "width": 4},
            {"kind": "character_lstm", "width": 4, "hidden": 5},
        ],
    },
    "case and shape": {"embeddings": [{"kind": "shape", "width": 4}, {"kind": "words", "width": 8}, {"kind": "case"}]},
    "characters alone": {"embeddings": [{"kind": "characters"}], "encoder": {"hidden": 6, "bidirectional": False}},
    "grus": {"encoder": {"kind": "gru", "hidden": 6, "layers": 2, "connection": "residual"}},
    "lstms with highways": {"encoder": {"hidden": 6, "layers": 3, "connection": "highway", "initial_state": "learned"}},
    "no encoder": {"encoder": {"kind": "none"}},
}


@pytest.fixture(scope="module")
def untrained(tiny_recipe: Callable[..., Recipe]) -> Callable[..., Tagger]:
    def make(**sections: object) -> Tagger:
        recipe = tiny_recipe(**sections)
        tagger = Tagger.from_recipe(recipe, build_corpus(recipe))
        torch.manual_seed(3)
        with torch.no_grad():
            for weight in tagger.model.parameters():
                weight.normal_()
            # The vector of padding stays what it is.
            for layer in tagger.model.embedding.embeddings.values():
                getattr(layer, "characters", getattr(layer, "vectors", None)).weight[0] = 0
        return tagger

    return make


@pytest.fixture(scope="module")
def tagger(untrained: Callable[..., Tagger]) -> Tagger:
    return untrained()


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.mark.parametrize("sections", SECTIONS.values(), ids=SECTIONS)
def test_the_exported_model_answers_as_the_tagger(untrained: Callable[..., Tagger], tmp_path: Path, sections: dict[str, object]):
    tagger = untrained(**sections)
    check = export(tagger, tmp_path / "onnx")
    assert check == compared(tagger, OnnxEngine.load(tmp_path / "onnx"))
    assert (check.num_words, check.num_changed) == (231, 0)
    assert check.largest > 0.1
    assert check.difference < 1e-5 * max(1, check.largest)


@pytest.mark.parametrize("int8", [False, True], ids=["float32", "int8"])
def test_temperatures_go_with_the_exported_model(
    untrained: Callable[..., Tagger], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, int8: bool
):
    tagger = untrained()
    cold = tagger.tag(["Bob", "is", "Oslo"]).probabilities["ner"]
    monkeypatch.setitem(tagger.facts, "temperatures", {"ner": 4.0})
    export(tagger, tmp_path / "onnx", int8=int8)
    exported = Tagger.load(tmp_path / "onnx")
    assert exported.temperatures == {"ner": 4.0}
    found, expected = (one.tag(["Bob", "is", "Oslo"]).probabilities["ner"] for one in (exported, tagger))
    assert found == pytest.approx(expected, abs=0.05 if int8 else 1e-4)
    assert sum(cold) - sum(found) > 0.2


def test_a_tagger_with_other_weights_is_told_apart(tagger: Tagger, untrained: Callable[..., Tagger], tmp_path: Path):
    export(tagger, tmp_path / "onnx")
    other = untrained()
    with torch.no_grad():
        other.model.decoders["ner"].linear.bias += 1
    check = compared(other, OnnxEngine.load(tmp_path / "onnx"))
    assert check.difference == pytest.approx(1, abs=1e-3)


def test_the_folder_has_all_that_the_model_folder_has_but_for_torchs_weights(tagger: Tagger, tmp_path: Path):
    tagger.save(tmp_path / "model")
    export(tagger, tmp_path / "onnx")
    own = {"sentences.onnx", "characters.onnx", "words.npy", "chains.safetensors", "layers.json"}
    assert {path.name for path in (tmp_path / "onnx").iterdir()} == {
        *own,
        *(path.name for path in (tmp_path / "model").iterdir() if path.name != "model.safetensors"),
    }
    for name in ("tokenizer.json", "vocabulary.json"):
        assert (tmp_path / "onnx" / name).read_bytes() == (tmp_path / "model" / name).read_bytes()
    before, after = (json.loads((tmp_path / name / "config.json").read_text("utf-8")) for name in ("model", "onnx"))
    assert after["engine"] == "onnx"
    assert {key: after[key] for key in before if key != "versions"} == {key: before[key] for key in before if key != "versions"}
    assert "It runs without torch: `pip install 'tagger[onnx]'`" in (tmp_path / "onnx" / "README.md").read_text("utf-8")


@pytest.mark.parametrize(("decoder", "normalised"), [("crf", False), ("softmax", True)])
def test_what_the_scheme_forbids_is_in_the_chains(untrained: Callable[..., Tagger], tmp_path: Path, decoder: str, normalised: bool):
    tagger = untrained(tasks={"ner": {"scheme": "iobes", "decoder": decoder}})
    export(tagger, tmp_path / "onnx")
    scores = load_file(tmp_path / "onnx" / "chains.safetensors")
    names = tagger.tags["ner"][1]
    inside, outside = names.index("I-PER"), names.index("O")
    assert {name: part.dtype.name for name, part in scores.items()} == dict.fromkeys(
        ("ner.transitions", "ner.first", "ner.last"), "float32"
    )
    assert scores["ner.transitions"][outside, inside] < -9000 < scores["ner.transitions"][inside, inside]
    assert scores["ner.first"][inside] < -9000 < scores["ner.first"][outside]
    assert scores["ner.last"][inside] < -9000 < scores["ner.last"][outside]
    engine = OnnxEngine.load(tmp_path / "onnx")
    assert engine.chains["ner"].normalised == normalised
    np.testing.assert_array_equal(engine.chains["ner"].transitions, scores["ner.transitions"])


def test_an_older_export_is_replaced_and_nothing_else_is(tagger: Tagger, tmp_path: Path):
    export(tagger, tmp_path / "onnx")
    export(tagger, tmp_path / "onnx", int8=True)
    assert OnnxEngine.load(tmp_path / "onnx").int8
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "mine.txt").write_text("dear", "utf-8")
    tagger.save(tmp_path / "model")
    (tmp_path / "empty").mkdir()
    for name in ("letters", "letters/mine.txt", "model"):
        with pytest.raises(ModelError) as caught:
            export(tagger, tmp_path / name)
        assert str(caught.value) == (
            f"{tmp_path / name}: holds something else than an exported model\n  Name a folder that is not there yet."
        )
    assert (tmp_path / "letters" / "mine.txt").read_text("utf-8") == "dear"
    export(tagger, tmp_path / "empty")


def test_an_export_that_answers_otherwise_is_not_written(tagger: Tagger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    whole = OnnxEngine.emissions
    monkeypatch.setattr(
        OnnxEngine,
        "emissions",
        lambda *arguments: ({task: part + 0.1 for task, part in found.items()} for found in whole(*arguments)),
    )
    with pytest.raises(TaggerError, match=r"onnx: the exported model answers otherwise: its emissions differ by up to 0\.1 from"):
        export(tagger, tmp_path / "onnx")
    assert list(tmp_path.iterdir()) == []


def test_without_onnx_the_error_says_how_to_install_it(tagger: Tagger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(TaggerError) as caught:
        export(tagger, tmp_path / "onnx")
    assert str(caught.value) == "onnx is not installed\n  Install it: pip install 'tagger[onnx]'"
    assert list(tmp_path.iterdir()) == []


def test_the_command_tells_files_sizes_and_the_check(tagger: Tagger, tmp_path: Path):
    tagger.save(tmp_path / "model")
    done = run("export", tmp_path / "model", tmp_path / "onnx")
    assert done.exit_code == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"model  {tmp_path / 'onnx'}  ")
    assert {line.split()[0] for line in lines[1:-1]} == {path.name for path in (tmp_path / "onnx").iterdir()}
    assert lines[-1].startswith("check  on 231 words beside torch: emissions differ by at most ")
    assert lines[-1].endswith(" 0 words change their highest tag")
    small = run("export", tmp_path / "model", tmp_path / "int8", "--int8")
    assert small.exit_code == 0
    assert (tmp_path / "int8" / "sentences.onnx").stat().st_size != (tmp_path / "onnx" / "sentences.onnx").stat().st_size
    assert "8 bits" in (tmp_path / "int8" / "README.md").read_text("utf-8")


def test_the_command_never_replaces_the_model_that_it_reads(tagger: Tagger, tmp_path: Path):
    tagger.save(tmp_path / "model")
    done = run("export", tmp_path / "model", tmp_path / "model")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "holds something else than an exported model" in done.stderr
    assert (tmp_path / "model" / "model.safetensors").is_file()


def test_the_check_is_run_on_known_and_unknown_words(tagger: Tagger):
    words, positions, lengths = module._sentences(tagger)
    known = [word for word in words if word in tagger.known_words]
    assert len(words) == len(set(words))
    assert 0 < len(known) < len(words)
    assert positions.max() < len(words)
    assert lengths.min() == 1
