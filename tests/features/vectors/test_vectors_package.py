"""Vectors of an installed package, of which no code is run."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from tagger.errors import CorpusError
from tagger.features.vectors.reading import fetch_vectors, read_vectors

WORDS = ["the", ",", "cat"]
MATRIX = np.array([[1, 2], [3, 4], [5, 6]], dtype=np.float32)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Puts a package `tiny-vectors` where Python finds packages, and gives its folder."""
    monkeypatch.syspath_prepend(tmp_path)

    def put(words: object = WORDS, matrix: np.ndarray = MATRIX, *, more: tuple[str, ...] = ()) -> Path:
        data, info = tmp_path / "tiny_vectors" / "data", tmp_path / "tiny_vectors-1.0.dist-info"
        for folder in (data, info):
            folder.mkdir(parents=True, exist_ok=True)
        (data.parent / "__init__.py").write_text("raise AssertionError('its code was run')", "utf-8")
        np.save(data / "emb.npy", matrix)
        parquet.write_table(pa.table({"index": words}), data / "index.parquet")
        files = ["tiny_vectors/__init__.py", "tiny_vectors/data/emb.npy", "tiny_vectors/data/index.parquet", *more]
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny-vectors\nVersion: 1.0\n", "utf-8")
        (info / "RECORD").write_text("".join(f"{file},,\n" for file in files), "utf-8")
        return data

    return put


def read(**options: object):
    return read_vectors("package:tiny-vectors", cache=Path("nowhere"), **options)


def message() -> str:
    with pytest.raises(CorpusError) as caught:
        read()
    return str(caught.value)


def test_its_words_and_vectors_are_read_and_its_code_is_not_run(install):
    install()
    fetch_vectors("package:tiny-vectors", cache=Path("nowhere"))
    found = read()
    assert found.words == tuple(WORDS)
    np.testing.assert_array_equal(found.matrix, MATRIX)
    assert "tiny_vectors" not in sys.modules


def test_only_wanted_words_are_kept_and_of_a_word_that_comes_twice_the_first(install):
    install(["the", "cat", "the"])
    np.testing.assert_array_equal(read().matrix, MATRIX[:2])
    np.testing.assert_array_equal(read(only={"the", "dog"}).matrix, MATRIX[:1])
    assert read(only=set()).matrix.shape == (0, 2)


def test_half_precision_becomes_float32(install):
    install(matrix=MATRIX.astype(np.float16))
    assert read().matrix.dtype == np.float32


def test_a_package_that_is_not_installed_is_told_with_the_command():
    assert message() == "package:tiny-vectors: the package is not installed\n  Install it: pip install tiny-vectors"


def test_a_package_without_vectors_or_with_several_is_told(install):
    install(more=("tiny_vectors/data/other.npy",))
    assert message().startswith(
        "package:tiny-vectors: the package should hold its vectors as one .npy and its words as one .parquet file, but holds "
        "emb.npy, index.parquet, other.npy\n"
    )
    with pytest.raises(CorpusError, match="but holds neither"):
        read_vectors("package:pytest", cache=Path("nowhere"))


@pytest.mark.parametrize(
    ("words", "matrix"),
    [
        (["the", "cat"], MATRIX),
        ([1, 2, 3], MATRIX),
        (["the", None, "cat"], MATRIX),
        (WORDS, MATRIX[0].repeat(2)[:3]),
        (WORDS, MATRIX.astype(np.int64)),
    ],
)
def test_what_is_no_words_and_vectors_is_refused(install, words, matrix):
    install(words, matrix)
    assert message().startswith("package:tiny-vectors: its files are no words and a vector for each\n")


def test_numbers_that_are_not_finite_are_refused(install):
    install(matrix=np.where(MATRIX == 4, np.inf, MATRIX).astype(np.float32))
    assert message() == ("package:tiny-vectors: some of its numbers are not finite\n  Install it again: pip install tiny-vectors")


@pytest.mark.parametrize("name", ["emb.npy", "index.parquet"])
def test_damaged_and_missing_files_are_refused(install, name: str):
    path = install() / name
    path.write_bytes(b"\x80\x04nonsense")
    assert message().startswith("package:tiny-vectors: its files are damaged (")
    path.unlink()
    assert message().startswith("package:tiny-vectors: its files are damaged (")
