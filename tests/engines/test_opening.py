"""Whatever engine a tagger is loaded with, it gives the same answers, or says why it can't."""

import subprocess
import sys

import pytest
import torch

from tagger.build_corpus import build_corpus
from tagger.deployment.export import export
from tagger.engines import torch_engine
from tagger.engines.onnx_engine import OnnxEngine
from tagger.engines.torch_engine import TorchEngine
from tagger.errors import TaggerError
from tagger.tagger import Tagger

SENTENCES = [["Angela", "Merkel", "visited", "Oslo"], [], ["Bob"], ["New", "York", "x" * 100, "fell", "in", "Paris"]]


@pytest.fixture(scope="module")
def folders(tiny_recipe, tmp_path_factory):
    """A model folder, and the same exported in float32 and in int8."""
    made = Tagger.from_recipe(tiny_recipe(), build_corpus(tiny_recipe()))
    torch.manual_seed(3)
    with torch.no_grad():
        for weight in made.model._decoders.parameters():
            weight.normal_(std=2)
    place = tmp_path_factory.mktemp("models")
    made.save(place / "model")
    export(made, place / "onnx")
    export(made, place / "int8", int8=True)
    return place


def tags_of(tagger):
    return [sentence.tags for sentence in tagger.tag_all(SENTENCES)]


@pytest.mark.parametrize(
    ("folder", "options", "kind"),
    [
        ("model", {}, TorchEngine),
        ("model", {"engine": "torch", "dtype": "float32"}, TorchEngine),
        ("model", {"engine": "onnx"}, OnnxEngine),
        ("onnx", {}, OnnxEngine),
        ("onnx", {"engine": "onnx", "dtype": "float32", "threads": 2}, OnnxEngine),
    ],
)
def test_every_engine_answers_the_same(folders, folder, options, kind):
    expected = Tagger.load(folders / "model")
    tagger = Tagger.load(folders / folder, **options)
    assert isinstance(tagger.engine, kind)
    for one, other in zip(tagger.tag_all(SENTENCES), expected.tag_all(SENTENCES), strict=True):
        assert one.tags == other.tags
        assert [span[:6] for span in one.spans] == [span[:6] for span in other.spans]
        assert [span.probability for span in one.spans] == pytest.approx([span.probability for span in other.spans], abs=1e-4)
    assert (tagger.tags, tagger.known_words, tagger.facts) == (expected.tags, expected.known_words, expected.facts)


@pytest.mark.parametrize(("folder", "options"), [("model", {"dtype": "int8"}), ("int8", {}), ("int8", {"dtype": "int8"})])
def test_int8_runs_on_onnxruntime(folders, folder, options):
    tagger = Tagger.load(folders / folder, **options)
    assert isinstance(tagger.engine, OnnxEngine)
    assert tagger.engine.int8
    assert tags_of(tagger) == tags_of(Tagger.load(folders / "int8"))


@pytest.mark.parametrize(
    ("folder", "options", "message"),
    [
        ("onnx", {"engine": "torch"}, "engine=torch: an exported model runs on onnxruntime alone\n  Give the run folder."),
        (
            "onnx",
            {"dtype": "int8"},
            "dtype=int8: the model was exported as float32\n  Export the run folder with --int8, or give that folder.",
        ),
        (
            "int8",
            {"dtype": "float32"},
            "dtype=float32: the model was exported as int8\n  Export the run folder, or give that folder.",
        ),
        (
            "model",
            {"engine": "torch", "dtype": "int8"},
            "engine=torch, dtype=int8: torch has no lasting way to run an LSTM in int8\n"
            "  Leave engine away: int8 runs on onnxruntime, which is faster at it than torch.",
        ),
        (
            "model",
            {"engine": "onnx", "dtype": "bf16"},
            "engine=onnx, dtype=bf16: onnxruntime runs float32 and int8\n  Use one of these, or torch.",
        ),
    ],
)
def test_what_can_not_be_is_refused(folders, folder, options, message):
    with pytest.raises(TaggerError) as caught:
        Tagger.load(folders / folder, **options)
    assert str(caught.value) == message


def test_bf16_is_refused_where_it_would_only_be_slower(folders, monkeypatch):
    monkeypatch.setattr(torch_engine, "has_bf16", lambda device: False)
    with pytest.raises(TaggerError, match=r"^dtype=bf16: the cpu here has no arithmetic of bf16\n"):
        Tagger.load(folders / "model", dtype="bf16")


def test_bf16_answers_nearly_the_same(folders, monkeypatch):
    monkeypatch.setattr(torch_engine, "has_bf16", lambda device: True)
    tagger, expected = Tagger.load(folders / "model", dtype="bf16"), Tagger.load(folders / "model")
    differences = []
    for one, other in zip(tagger.tag_all(SENTENCES), expected.tag_all(SENTENCES), strict=True):
        assert one.probabilities["ner"] == pytest.approx(other.probabilities["ner"], abs=0.1)
        differences += [abs(left - right) for left, right in zip(one.probabilities["ner"], other.probabilities["ner"], strict=True)]
    assert max(differences) > 0


def test_threads_are_set(folders):
    before = torch.get_num_threads()
    try:
        Tagger.load(folders / "model", threads=2)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_an_exported_tagger_tags_without_torch(folders):
    program = """
import sys
from tagger import Tagger
sentence = Tagger.load(sys.argv[1]).tag("Angela Merkel visited Oslo.")
print(len(sentence.tags["ner"]), *sorted({"torch", "onnx", "pyarrow", "datasets", "accelerate", "pandas"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program, folders / "onnx"], capture_output=True, text=True, check=False)
    assert done.stdout == "5\n", done.stderr


def test_an_exported_tagger_has_no_weights_to_save(folders, tmp_path):
    with pytest.raises(TaggerError, match="runs without torch"):
        Tagger.load(folders / "onnx").save(tmp_path / "model")
