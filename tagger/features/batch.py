"""Sentences as numbers: a whole corpus as flat arrays, and the padded batches that are cut from it.

A word is looked up once for each batch, however often it occurs there: a batch holds the features of its *unique* words and,
for each position, which of them stands there. The work per word type (characters above all) is thereby done once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Bool, Int
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
        gold: For each task the gold tag's id at each place, `IGNORED` at padding; empty where there is none.
    """

    features: Mapping[str, Tensor]
    positions: Int[Tensor, "batch words"]
    lengths: Int[Tensor, " batch"]
    mask: Bool[Tensor, "batch words"]
    gold: Mapping[str, Int[Tensor, "batch words"]]

    @property
    def num_words(self) -> int:
        """The number of real words."""
        return int(self.lengths.sum())

    def to(self, device: torch.device) -> "Batch":
        """The same batch on another device; the lengths stay on the CPU."""
        if self.positions.device == device:
            return self
        return Batch(
            {name: feature.to(device, non_blocking=True) for name, feature in self.features.items()},
            self.positions.to(device, non_blocking=True),
            self.lengths,
            self.mask.to(device, non_blocking=True),
            {task: gold.to(device, non_blocking=True) for task, gold in self.gold.items()},
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
    """

    types: Sequence[str]
    words: NDArray[np.int64]
    offsets: NDArray[np.int64]
    gold: Mapping[str, NDArray[np.int64]]
    features: Mapping[str, Tensor]

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
        golds = {}
        for task, gold in self.gold.items():
            golds[task] = np.full(mask.shape, IGNORED, dtype=np.int64)
            golds[task][mask] = gold[places]
        rows = torch.from_numpy(unique)
        return Batch(
            {name: _narrow(feature[rows]) for name, feature in self.features.items()},
            torch.from_numpy(grid),
            torch.from_numpy(lengths),
            torch.from_numpy(mask),
            {task: torch.from_numpy(gold) for task, gold in golds.items()},
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
