"""Sentences as numbers: a whole corpus as flat arrays, and the padded batches that are cut from it.

A word is looked up once for each batch, however often it occurs there: a batch holds the features of its *unique* words and,
for each position, which of them stands there. The work per word type (characters above all) is thereby done once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from numpy.typing import NDArray
from torch import Tensor

IGNORED = -1
"""The gold id of a tag that the model does not have; no loss is taken there."""


@runtime_checkable
class Featurizer(Protocol):
    """Words to ids: a tensor with one row for each word."""

    def encode(self, words: Sequence[str]) -> Tensor:
        """The features of each word, as a tensor of as many rows."""
        ...


@dataclass(frozen=True)
class Batch:
    """Sentences side by side, padded on the right.

    Attributes:
        features: For each featurizer the features of the batch's unique words.
        positions: Which row of the features stands at each place; at padding any.
        lengths: The number of words of each sentence, at least 1; always on the CPU, where packing wants it.
        mask: True for a real word.
        gold: For each task the gold tag's id at each place, `IGNORED` at padding; empty where there is none. An id from the number
            of tags on stands for several tags of which one is right: row by row, `choices` tells which.
        choices: For each task whose tags are known only in part, the tags that each further gold id stands for; those of the first
            are all of them, for a tag that is not known.
        weights: For each task that has them, how much each gold tag counts, from 0 to 1.
    """

    features: Mapping[str, Tensor]
    positions: Int[Tensor, "batch words"]
    lengths: Int[Tensor, " batch"]
    mask: Bool[Tensor, "batch words"]
    gold: Mapping[str, Int[Tensor, "batch words"]]
    choices: Mapping[str, Bool[Tensor, "choices tags"]] = field(default_factory=dict)
    weights: Mapping[str, Float[Tensor, "batch words"]] = field(default_factory=dict)

    @property
    def num_words(self) -> int:
        """The number of real words."""
        return int(self.lengths.sum())

    def to(self, device: torch.device) -> "Batch":
        """The same batch on another device; the lengths stay on the CPU."""
        if self.positions.device == device:
            return self

        def moved(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
            return {name: tensor.to(device, non_blocking=True) for name, tensor in tensors.items()}

        return Batch(
            moved(self.features),
            self.positions.to(device, non_blocking=True),
            self.lengths,
            self.mask.to(device, non_blocking=True),
            moved(self.gold),
            moved(self.choices),
            moved(self.weights),
        )


@dataclass(frozen=True)
class EncodedSentences:
    """Sentences as flat arrays, for cutting batches from without a loop over words.

    Attributes:
        types: The distinct words.
        words: For each token of all sentences, one after the other, its index in `types`.
        offsets: Sentence i is `words[offsets[i]:offsets[i + 1]]`.
        gold: For each task the gold id of each token.
        features: For each featurizer the features of `types`.
        choices: As in `Batch`.
        weights: For each task that has them, how much each gold tag counts.
    """

    types: Sequence[str]
    words: NDArray[np.int64]
    offsets: NDArray[np.int64]
    gold: Mapping[str, NDArray[np.int64]]
    features: Mapping[str, Tensor]
    choices: Mapping[str, Tensor] = field(default_factory=dict)
    weights: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """The number of words of each sentence."""
        return np.diff(self.offsets)

    def batch(self, sentences: Sequence[int] | NDArray[np.int64]) -> Batch:
        """The batch of these sentences, in this order; none of them may be empty."""
        starts, lengths = self.offsets[sentences], self.lengths[sentences]
        columns = np.arange(lengths.max())
        mask = columns < lengths[:, None]
        places = (starts[:, None] + columns)[mask]
        unique, positions = np.unique(self.words[places], return_inverse=True)
        # Padding points at row 0, a real word: whatever is computed there, the mask and packing keep it from being read.
        grid = np.zeros(mask.shape, dtype=np.int64)
        grid[mask] = positions

        def padded(values: NDArray[Any], padding: int) -> Tensor:
            filled = np.full(mask.shape, padding, dtype=values.dtype)
            filled[mask] = values[places]
            return torch.from_numpy(filled)

        rows = torch.from_numpy(unique)
        return Batch(
            {name: _narrow(feature[rows]) for name, feature in self.features.items()},
            torch.from_numpy(grid),
            torch.from_numpy(lengths),
            torch.from_numpy(mask),
            {task: padded(gold, IGNORED) for task, gold in self.gold.items()},
            self.choices,
            {task: padded(weights, 0) for task, weights in self.weights.items()},
        )


def encode_sentences(sentences: Sequence[Sequence[str]], featurizers: Mapping[str, Featurizer]) -> EncodedSentences:
    """Sentences of words as flat arrays, without gold."""
    index: dict[str, int] = {}
    words = [index.setdefault(word, len(index)) for sentence in sentences for word in sentence]
    offsets = np.cumsum([0, *map(len, sentences)])
    types = list(index)
    features = {name: featurizer.encode(types) for name, featurizer in featurizers.items()}
    return EncodedSentences(types, np.array(words, dtype=np.int64), offsets.astype(np.int64), {}, features)


def _narrow(feature: Tensor) -> Tensor:
    """Cuts the columns that are padding in every row."""
    if feature.dim() == 1:
        return feature
    used = (feature != 0).any(0).nonzero()
    return feature[:, : int(used[-1]) + 1 if len(used) else 1]
