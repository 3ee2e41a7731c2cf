"""What all tests share: shapes are checked, one thread, no network, a cache of their own, and a tiny corpus."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jaxtyping
import pytest

os.environ["HF_HUB_OFFLINE"] = "1"

# Before anything imports the package: every shape that stands in an annotation is checked at each call.
jaxtyping.install_import_hook(["tagger.decoding", "tagger.engines", "tagger.modules"], "beartype.beartype")

import torch  # noqa: E402
from hypothesis import settings  # noqa: E402

from tagger.recipe import Recipe  # noqa: E402

torch.set_num_threads(1)
# The same examples in each run, however slow the computer is.
settings.register_profile("tagger", deadline=None, derandomize=True, database=None, max_examples=50)
settings.load_profile("tagger")

TINY_CORPUS = """\
Angela B-PER
Merkel I-PER
visited O
Paris B-LOC
. O

Rain O
fell O
in O
New B-LOC
York I-LOC
City I-LOC

Bob B-PER

Anna B-PER
Bob B-PER
met O
in O
Oslo B-LOC

nothing O
happened O
today O
. O

Oslo B-LOC
is O
cold O
"""


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test sees the user's cache."""
    os.environ["TAGGER_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """A command sets the threads of its process, which here is that of all tests."""
    yield
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A column file with words and entities in IOB2."""
    path = tmp_path_factory.mktemp("tiny") / "train.txt"
    path.write_text(TINY_CORPUS, "utf-8")
    return path


@pytest.fixture(scope="session")
def tiny_recipe(tiny_corpus: Path) -> Callable[..., Recipe]:
    """Makes a small recipe on the tiny corpus; keywords replace whole sections."""

    def make(**sections: Any) -> Recipe:
        data = {
            "name": "tiny",
            "corpus": {
                "kind": "columns",
                "columns": ["word", "ner"],
                "schemes": {"ner": "iob2"},
                "train": str(tiny_corpus),
                "dev": str(tiny_corpus),
            },
            "tasks": {"ner": {"scheme": "iobes"}},
            "embeddings": [{"kind": "words", "width": 8}, {"kind": "characters", "width": 4, "filters": 5, "kernels": [1, 3]}],
            "encoder": {"hidden": 6},
            "training": {"epochs": 3, "batch_words": 8, "device": "cpu", "average": 0.9},
        }
        return Recipe.model_validate_json(json.dumps({**data, **sections}))

    return make


@pytest.fixture
def by_document(tmp_path: Path) -> list[dict[str, Any]]:
    """The settings of words that are read with what is near them."""
    (tmp_path / "vectors.txt").write_text("paris 1 -2\nbob -3 1\nthe 2 2\ncat -1 -1\n", "utf-8")
    words = {"kind": "words", "vectors": str(tmp_path / "vectors.txt"), "trainable": False}
    return [words, {"kind": "document_context", "of": "words", "reach": 3, "width": 5}]


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The test runs in an empty folder, which is given."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
