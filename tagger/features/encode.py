"""A corpus split as flat arrays: straight from the Arrow columns, without a loop over words."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from datasets import Dataset
from numpy.typing import NDArray

from tagger.features.batch import IGNORED, EncodedSentences, Featurizer
from tagger.text.schemes import IOB2, TagScheme


def encode_dataset(
    dataset: Dataset, featurizers: Mapping[str, Featurizer], tasks: Mapping[str, tuple[TagScheme | None, Sequence[str]]]
) -> EncodedSentences:
    """The sentences of a split as ids.

    Args:
        dataset: A split with `tokens` and a column of `ClassLabel`s for each task, spans written in IOB2.
        featurizers: What the words' features are made by.
        tasks: For each task the scheme (None for plain tags) and the tags of the model. A tag that the model does not have becomes
            `IGNORED`.
    """
    tokens = column(dataset, "tokens")
    offsets = np.concatenate(([0], np.cumsum(pc.list_value_length(tokens).to_numpy()))).astype(np.int64)
    encoded = pc.list_flatten(tokens).dictionary_encode().combine_chunks()
    types = encoded.dictionary.to_pylist()
    words = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    gold = {name: _gold(dataset, name, offsets, scheme, tags) for name, (scheme, tags) in tasks.items()}
    features = {name: featurizer.encode(types) for name, featurizer in featurizers.items()}
    return EncodedSentences(types, words, offsets, gold, features)


def column(dataset: Dataset, name: str) -> pa.ChunkedArray:
    """A column as Arrow holds it, in the order of the dataset's rows."""
    if dataset._indices is not None:
        dataset = dataset.flatten_indices()
    return dataset.data.column(name)


def _gold(
    dataset: Dataset, task: str, offsets: NDArray[np.int64], scheme: TagScheme | None, tags: Sequence[str]
) -> NDArray[np.int64]:
    names: list[str] = dataset.features[task].feature.names
    written = pc.list_flatten(column(dataset, task)).to_numpy()
    ids = {tag: index for index, tag in enumerate(tags)}
    if scheme is None:
        table = np.array([ids.get(name, IGNORED) for name in names], dtype=np.int64)
        plain: NDArray[np.int64] = table[written]
        return plain
    gold = np.empty(len(written), dtype=np.int64)
    known: dict[tuple[int, ...], list[int]] = {}
    for start, end in pairwise(offsets):
        key = tuple(written[start:end].tolist())
        if key not in known:
            spans = IOB2.spans([names[tag] for tag in key])
            known[key] = [ids.get(tag, IGNORED) for tag in scheme.write(spans, len(key))]
        gold[start:end] = known[key]
    return gold
