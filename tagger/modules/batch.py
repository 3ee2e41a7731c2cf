"""Sentences side by side, as tensors: the padded batches that training learns from.

A word is looked up once for each batch, however often it occurs there: a batch holds the features of its *unique* words and,
for each position, which of them stands there. The work per word type (characters above all) is thereby done once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from numpy.typing import NDArray
from torch import Tensor

from tagger.features.contexts import Context
from tagger.features.document_context import Surroundings
from tagger.features.sentences import IGNORED, EncodedSentences
from tagger.features.windows import Windows


@dataclass(frozen=True)
class WindowBatch:
    """`features.windows.Windows` as tensors."""

    ids: Int[Tensor, "windows subwords"]
    lengths: Int[Tensor, " windows"]
    taken: Int[Tensor, " pieces"]
    starts: Int[Tensor, " words"]

    def to(self, device: torch.device, *, non_blocking: bool = False) -> "WindowBatch":
        """The same on another device."""
        tensors = (self.ids, self.lengths, self.taken, self.starts)
        return WindowBatch(*(tensor.to(device, non_blocking=non_blocking) for tensor in tensors))


def window_tensors(windows: Windows) -> WindowBatch:
    """Windows as tensors."""
    return WindowBatch(*map(torch.from_numpy, (windows.ids, windows.lengths, windows.taken, windows.starts)))


@dataclass(frozen=True)
class SurroundingsBatch:
    """`features.document_context.Surroundings` as tensors."""

    around: Int[Tensor, " around"]
    around_starts: Int[Tensor, " batch"]
    before: Int[Tensor, " places"]
    behind: Int[Tensor, " places"]
    starts: Int[Tensor, " words"]
    counts: Float[Tensor, "words 3"]
    sentences: Int[Tensor, " words"]
    alone: Bool[Tensor, " batch"]

    def to(self, device: torch.device, *, non_blocking: bool = False) -> "SurroundingsBatch":
        """The same on another device."""
        return SurroundingsBatch(**{name: part.to(device, non_blocking=non_blocking) for name, part in vars(self).items()})


ContextBatch = WindowBatch | SurroundingsBatch | Tensor
"""`features.contexts.Context` as tensors."""


def context_tensors(contexts: Mapping[str, Context]) -> dict[str, ContextBatch]:
    """What embeddings of whole sentences read, as tensors."""
    return {name: _context_tensors(context) for name, context in contexts.items()}


def _context_tensors(context: Context) -> ContextBatch:
    match context:
        case Windows():
            return window_tensors(context)
        case Surroundings():
            return SurroundingsBatch(**{name: torch.from_numpy(part) for name, part in vars(context).items()})
        case _:
            return torch.from_numpy(context)


@dataclass(frozen=True)
class Batch:
    """Sentences side by side, padded on the right.

    Attributes:
        features: For each featurizer the features of the batch's unique words.
        positions: Which row of the features stands at each place; at padding any.
        lengths: The number of words of each sentence, at least 1; always on the CPU, where packing wants it.
        mask: True for a real word.
        gold: For each task the gold tag's id at each place, `IGNORED` at padding; empty where there is none.
        choices: As in `EncodedSentences`.
        weights: For each task that has them, how much each gold tag counts, from 0 to 1.
        labels: For each task of sentences' labels the gold label's id of each sentence, `IGNORED` where it is not known.
        contexts: For each embedding of whole sentences what it reads of these.
    """

    features: Mapping[str, Tensor]
    positions: Int[Tensor, "batch words"]
    lengths: Int[Tensor, " batch"]
    mask: Bool[Tensor, "batch words"]
    gold: Mapping[str, Int[Tensor, "batch words"]]
    choices: Mapping[str, Bool[Tensor, "choices tags"]] = field(default_factory=dict)
    weights: Mapping[str, Float[Tensor, "batch words"]] = field(default_factory=dict)
    labels: Mapping[str, Int[Tensor, " batch"]] = field(default_factory=dict)
    contexts: Mapping[str, ContextBatch] = field(default_factory=dict)

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
            moved(self.labels),
            {name: context.to(device, non_blocking=True) for name, context in self.contexts.items()},
        )


def make_batch(sentences: EncodedSentences, rows: Sequence[int] | NDArray[np.int64]) -> Batch:
    """The batch of these sentences, in this order; none of them may be empty."""
    places, mask = sentences.places(rows)
    unique, positions = np.unique(sentences.words[places], return_inverse=True)
    # Padding points at row 0, a real word: whatever is computed there, the mask and packing keep it from being read.
    grid = np.zeros(mask.shape, dtype=np.int64)
    grid[mask] = positions

    def padded(values: NDArray[Any], padding: int) -> Tensor:
        filled = np.full(mask.shape, padding, dtype=values.dtype)
        filled[mask] = values[places]
        return torch.from_numpy(filled)

    return Batch(
        {name: torch.from_numpy(narrow(feature[unique])) for name, feature in sentences.features.items()},
        torch.from_numpy(grid),
        torch.from_numpy(mask.sum(1)),
        torch.from_numpy(mask),
        {task: padded(gold, IGNORED) for task, gold in sentences.gold.items()},
        {task: torch.from_numpy(choices) for task, choices in sentences.choices.items()},
        {task: padded(weights, 0) for task, weights in sentences.weights.items()},
        {task: torch.from_numpy(labels[rows]) for task, labels in sentences.labels.items()},
        context_tensors(sentences.contexts_of(places, mask.sum(1))),
    )


def narrow(feature: NDArray[np.int64]) -> NDArray[np.int64]:
    """Cuts the columns that are padding in every row."""
    if feature.ndim == 1:
        return feature
    used = np.flatnonzero(feature.any(0))
    return feature[:, : used[-1] + 1 if len(used) else 1]
