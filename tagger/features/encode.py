"""A corpus split as flat arrays: straight from the Arrow columns, without a loop over words."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tagger.features.contexts import ContextFeaturizer, context_sources
from tagger.features.featurizers import features_of
from tagger.features.sentences import IGNORED, EncodedSentences, Featurizer
from tagger.text.partial import UNKNOWN, agreeing
from tagger.text.schemes import TagScheme

if TYPE_CHECKING:
    from datasets import Dataset


def encode_dataset(
    dataset: "Dataset",
    featurizers: Mapping[str, Featurizer | ContextFeaturizer],
    tasks: Mapping[str, tuple[TagScheme | None, Sequence[str]]],
    inside: Mapping[str, TagScheme | None],
    inputs: Sequence[str] = (),
) -> EncodedSentences:
    """The sentences of a split as ids.

    Args:
        dataset: A split with `tokens`, and for each task a column of lists of `ClassLabel`s, or of one for each sentence.
        featurizers: What the words' features, and what is read of whole sentences, are made by.
        tasks: For each task the scheme (None for plain tags) and the tags of the model. A tag that the model does not have becomes
            `IGNORED`.
        inside: For each task the scheme in which the split holds its spans.
        inputs: The columns that are read beside the words; those that `featurizers` read are among them.
    """
    tokens = column(dataset, "tokens")
    offsets = np.concatenate(([0], np.cumsum(pc.list_value_length(tokens).to_numpy()))).astype(np.int64)
    encoded = pc.list_flatten(tokens).dictionary_encode().combine_chunks()
    types = encoded.dictionary.to_pylist()
    words = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    columns: dict[str, Sequence[str | None]] = {}
    if inputs:
        types, words, columns = _with_columns(dataset, types, words, inputs)
    gold, choices, weights, labels = {}, {}, {}, {}
    for task, (scheme, tags) in tasks.items():
        if is_label(dataset, task):
            labels[task] = _label_ids(column(dataset, task).to_numpy(), dataset.features[task].names, tags)
            continue
        names: list[str] = dataset.features[task].feature.names
        written = pc.list_flatten(column(dataset, task)).to_numpy()
        gold[task] = _gold(written, names, offsets, inside[task], scheme, tags)
        if (written == UNKNOWN).any():
            choices[task] = _choices(names, inside[task], scheme, tags)
        if f"{task}_confidence" in dataset.features:
            weights[task] = pc.list_flatten(column(dataset, f"{task}_confidence")).to_numpy().astype(np.float32)
    features = features_of(featurizers, types, columns)
    contexts = context_sources(featurizers, types, words, offsets)
    return EncodedSentences(types, words, offsets, gold, features, choices, weights, labels, columns=columns, contexts=contexts)


def _with_columns(
    dataset: "Dataset", types: Sequence[str], words: NDArray[np.int64], inputs: Sequence[str]
) -> tuple[list[str], NDArray[np.int64], dict[str, Sequence[str | None]]]:
    """Words told apart by what stands beside them too: the distinct ones, which of them each token is, what stands beside each."""
    found = words
    names = {name: dataset.features[name].feature.names for name in inputs}
    ids = {name: pc.list_flatten(column(dataset, name)).to_numpy() for name in inputs}
    for name in inputs:
        # UNKNOWN is -1. Counted anew each time, so that the numbers stay small.
        found = np.unique(found * (len(names[name]) + 1) + ids[name] - UNKNOWN, return_inverse=True)[1]
    first = np.unique(found, return_index=True)[1]
    columns: dict[str, Sequence[str | None]] = {
        name: [None if value == UNKNOWN else names[name][value] for value in ids[name][first].tolist()] for name in inputs
    }
    return [types[index] for index in words[first].tolist()], found, columns


def is_label(dataset: "Dataset", task: str) -> bool:
    """Whether a split has one label for a sentence in a task, and not a tag for each token."""
    return hasattr(dataset.features[task], "names")


def _label_ids(written: NDArray[np.int64], names: Sequence[str], labels: Sequence[str]) -> NDArray[np.int64]:
    """The model's id of each sentence's label."""
    ids = {label: index for index, label in enumerate(labels)}
    # The last entry is the one that UNKNOWN, -1, points at.
    table = np.array([*(ids.get(name, IGNORED) for name in names), IGNORED], dtype=np.int64)
    found: NDArray[np.int64] = table[written]
    return found


def column(dataset: "Dataset", name: str) -> pa.ChunkedArray:
    """A column as Arrow holds it, in the order of the dataset's rows."""
    if dataset._indices is not None:
        dataset = dataset.flatten_indices()
    return dataset.data.column(name)


def _gold(
    written: NDArray[np.int64],
    names: Sequence[str],
    offsets: NDArray[np.int64],
    inside: TagScheme | None,
    scheme: TagScheme | None,
    tags: Sequence[str],
) -> NDArray[np.int64]:
    """The gold id of each token: a tag's, or behind these that of a row of `_choices`."""
    ids = {tag: index for index, tag in enumerate(tags)}
    if scheme is None or inside is None:
        # The last entry is the one that UNKNOWN, -1, points at.
        table = np.array([*(ids.get(name, IGNORED) for name in names), len(tags)], dtype=np.int64)
        plain: NDArray[np.int64] = table[written]
        return plain
    gold = np.empty(len(written), dtype=np.int64)
    known: dict[tuple[int, ...], list[int]] = {}
    for start, end in pairwise(offsets):
        key = tuple(written[start:end].tolist())
        if key not in known:
            if UNKNOWN in key:
                # There may be no spans to go through: each tag by itself stands for those that agree with it.
                known[key] = [len(tags) + 1 + index for index in key]
            else:
                spans = inside.spans([names[tag] for tag in key])
                known[key] = [ids.get(tag, IGNORED) for tag in scheme.write(spans, len(key))]
        gold[start:end] = known[key]
    return gold


def _choices(names: Sequence[str], inside: TagScheme | None, scheme: TagScheme | None, tags: Sequence[str]) -> NDArray[np.bool_]:
    """First all tags, for one that is not known; for spans then, for each tag of the split, the model's that agree with it."""
    rows = [[True] * len(tags)]
    if scheme is not None and inside is not None:
        rows += [agreeing(name, inside, tags, scheme) for name in names]
    return np.array(rows)
