"""Files for the tests of corpora, and a cache for each test."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, List, Value

from tagger.build_corpus import build_corpus


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache of this test alone."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("TAGGER_CACHE", str(folder))
    return folder


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes text (line ends as given) or bytes to a file, called as said."""

    def write(content: str | bytes, name: str = "corpus.txt") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


# The columns of `eriktks/conll2003`, with fewer tags.
CONLL_FEATURES = Features(
    {
        "id": Value("string"),
        "tokens": List(Value("string")),
        "pos_tags": List(ClassLabel(names=["NNP", "VBZ", "."])),
        "chunk_tags": List(ClassLabel(names=["O", "B-NP", "I-NP", "B-VP"])),
        "ner_tags": List(ClassLabel(names=["O", "B-PER", "I-PER", "B-LOC"])),
    }
)


@pytest.fixture
def conll_dataset() -> Callable[..., Dataset]:
    """A data set with the columns of `eriktks/conll2003`: the one sentence of `conll_splits`, or the given tokens and tags."""

    def make(
        tokens: Sequence[Sequence[str | None] | None] = (("Angela", "Merkel", "rests", "."),),
        ner_tags: Sequence[Sequence[int | None] | None] = ((1, 2, 0, 0),),
    ) -> Dataset:
        ids = [str(row) for row in range(len(tokens))]
        other = [[0] * len(row or ()) for row in tokens]
        columns = {"id": ids, "tokens": list(tokens), "pos_tags": other, "chunk_tags": other, "ner_tags": list(ner_tags)}
        return Dataset.from_dict(columns, features=CONLL_FEATURES)

    return make


@pytest.fixture
def conll_splits(conll_dataset: Callable[..., Dataset]) -> DatasetDict:
    """Train, validation and test with the columns of `eriktks/conll2003`."""
    return DatasetDict(
        train=conll_dataset(),
        validation=conll_dataset([["Oslo"], ["rain"]], [[3], [0]]),
        test=conll_dataset([["Anna", "in", "Oslo"]], [[1, 0, 3]]),
    )


@pytest.fixture
def build(tiny_recipe):
    """Builds the corpus of a `corpus` section."""
    return lambda corpus, **options: build_corpus(tiny_recipe(corpus=corpus), **options)
