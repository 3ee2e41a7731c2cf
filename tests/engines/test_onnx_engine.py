"""The engine without torch: what it needs, what it refuses, and that threads and memory change no answer."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tagger.build_corpus import build_corpus
from tagger.deployment.export import export
from tagger.engines import PlainBatch
from tagger.engines.onnx_engine import FILES, OnnxEngine
from tagger.errors import ModelError, TaggerError
from tagger.recipe import Recipe
from tagger.tagger import Tagger

FEATURES = {"words": np.array([2, 1, 3]), "characters": np.array([[2, 3, 4], [5, 0, 0], [1, 2, 0]])}
POSITIONS, LENGTHS = np.array([[0, 1, 2, 0], [2, 0, 0, 0]]), np.array([4, 1])


@pytest.fixture(scope="module")
def exported(tiny_recipe: Callable[..., Recipe], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that tests only read."""
    recipe = tiny_recipe()
    folder = tmp_path_factory.mktemp("exported") / "onnx"
    export(Tagger.from_recipe(recipe, build_corpus(recipe)), folder)
    return folder


@pytest.fixture
def folder(exported: Path, tmp_path: Path) -> Path:
    """The same folder, to be damaged."""
    return Path(shutil.copytree(exported, tmp_path / "onnx"))


def answers(engine: OnnxEngine) -> np.ndarray:
    return next(engine.emissions(engine.word_vectors(FEATURES), [PlainBatch(POSITIONS, LENGTHS)]))["ner"]


def test_answers_have_the_stated_shapes_and_types(exported: Path):
    engine = OnnxEngine.load(exported)
    vectors = engine.word_vectors(FEATURES)
    emissions = next(engine.emissions(vectors, [PlainBatch(POSITIONS, LENGTHS)]))
    assert (vectors.shape, vectors.dtype) == ((3, 18), np.float32)
    assert {task: (found.shape, found.dtype) for task, found in emissions.items()} == {"ner": ((2, 4, 9), np.dtype("float32"))}


@pytest.mark.parametrize("options", [{"threads": 1}, {"threads": 2}])
def test_threads_and_memory_change_no_answer(exported: Path, options: dict[str, int]):
    np.testing.assert_array_equal(answers(OnnxEngine.load(exported, **options)), answers(OnnxEngine.load(exported)))


def test_a_sentence_alone_gets_what_it_gets_in_a_batch(exported: Path):
    engine = OnnxEngine.load(exported)
    together, vectors = answers(engine), engine.word_vectors(FEATURES)
    for row, length in enumerate(LENGTHS):
        alone = next(engine.emissions(vectors, [PlainBatch(POSITIONS[row : row + 1, :length], LENGTHS[row : row + 1])]))["ner"]
        np.testing.assert_allclose(alone[0], together[row, :length], atol=1e-6)


def test_the_table_of_words_is_mapped_and_not_read(exported: Path):
    assert isinstance(OnnxEngine.load(exported)._embeddings["words"], np.memmap)


def test_no_torch_is_imported(exported: Path):
    program = f"""
import sys
from pathlib import Path
import numpy as np
from tagger.engines import PlainBatch
from tagger.engines.onnx_engine import OnnxEngine
engine = OnnxEngine.load(Path({str(exported)!r}))
vectors = engine.word_vectors({{"words": np.array([2]), "characters": np.array([[2, 3]])}})
found = next(engine.emissions(vectors, [PlainBatch(np.array([[0, 0]]), np.array([2]))]))
print(found["ner"].shape, *sorted({{"torch", "onnx", "accelerate", "datasets"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("(1, 2, 9)\n", "")


def test_without_onnxruntime_the_error_says_how_to_install_it(exported: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(TaggerError) as caught:
        OnnxEngine.load(exported)
    assert str(caught.value) == "onnxruntime is not installed\n  Install it: pip install 'tagger[onnx]'"


@pytest.mark.parametrize("device", ["cuda", "abacus"])
def test_a_device_that_is_not_there_is_refused(exported: Path, device: str):
    with pytest.raises(TaggerError) as caught:
        OnnxEngine.load(exported, device=device)
    assert str(caught.value) == f"the onnxruntime that is installed has no device '{device}'\n  Use cpu."


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder: Path, name: str):
    (folder / name).unlink()
    with pytest.raises(ModelError) as caught:
        OnnxEngine.load(folder)
    assert str(caught.value) == (
        f"{folder}: no exported model here: {name} missing\n  `tagger export MODEL DIR` makes one of a trained model."
    )


@pytest.mark.parametrize("name", ["words.npy", "characters.onnx"])
def test_a_missing_embedding_is_called_damaged(folder: Path, name: str):
    (folder / name).unlink()
    with pytest.raises(ModelError, match=r"the exported model is damaged \(.*\)\n  Export it again\."):
        OnnxEngine.load(folder)


@pytest.mark.parametrize("name", [*FILES, "words.npy", "characters.onnx"])
@pytest.mark.parametrize("share", [0, 0.5])
def test_every_file_cut_short_is_called_damaged(folder: Path, name: str, share: float):
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ModelError, match=r"the exported model is damaged \(.*\)\n  Export it again\."):
        OnnxEngine.load(folder)


def test_a_folder_of_the_time_before_embeddings_had_names_is_opened(exported: Path, folder: Path):
    layers = json.loads((folder / "layers.json").read_text("utf-8"))
    assert layers["embeddings"] == {"words": "words", "characters": "characters"}
    (folder / "layers.json").write_text(json.dumps({**layers, "embeddings": list(layers["embeddings"])}), "utf-8")
    np.testing.assert_array_equal(answers(OnnxEngine.load(folder)), answers(OnnxEngine.load(exported)))
