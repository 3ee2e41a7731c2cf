"""Sentences as numbers: a whole corpus, or a window of a stream, as flat arrays that batches are cut from without loops."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from tagger.features.contexts import Context, ContextSource

IGNORED = -1
"""The gold id of a tag that the model does not have; no loss is taken there."""


@runtime_checkable
class Featurizer(Protocol):
    """Words to ids: an int64 array with one row for each word."""

    def encode(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The features of each word, as an array of as many rows."""
        ...


@dataclass(frozen=True)
class EncodedSentences:
    """Sentences as flat arrays.

    Attributes:
        types: The distinct words; where columns beside them are read, each as often as it has other values there.
        words: For each token of all sentences, one after the other, its index in `types`.
        offsets: Sentence i is `words[offsets[i]:offsets[i + 1]]`.
        gold: For each task the gold id of each token. An id from the number of tags on stands for several tags of which one is
            right: row by row, `choices` tells which.
        features: For each featurizer the features of `types`; without any where they are only looked up when they are needed.
        choices: For each task whose tags are known only in part, the tags that each further gold id stands for, as booleans of
            shape `(choices, tags)`; those of the first are all of them, for a tag that is not known.
        weights: For each task that has them, how much each gold tag counts, from 0 to 1.
        labels: For each task of sentences' labels the gold label's id of each sentence; `IGNORED` where it is not known, or the
            model does not have it.
        columns: For each column that is read beside the words what stands there beside each of `types`; None where it is not known.
        contexts: For each embedding of whole sentences what it reads of them.
    """

    types: Sequence[str]
    words: NDArray[np.int64]
    offsets: NDArray[np.int64]
    gold: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    features: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    choices: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    weights: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    labels: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    columns: Mapping[str, Sequence[str | None]] = field(default_factory=dict)
    contexts: Mapping[str, ContextSource] = field(default_factory=dict)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """The number of words of each sentence."""
        return np.diff(self.offsets)

    def places(self, sentences: Sequence[int] | NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Where the words of some sentences stand.

        Returns:
            For each word, sentence by sentence, its place in `words`; and the mask of a batch of these sentences, True for a real
            word.
        """
        starts, lengths = self.offsets[sentences], self.lengths[sentences]
        columns = np.arange(lengths.max())
        mask = columns < lengths[:, None]
        return (starts[:, None] + columns)[mask], mask

    def contexts_of(self, places: NDArray[np.int64], lengths: NDArray[np.int64]) -> dict[str, Context]:
        """For each embedding of whole sentences what it reads of some, whose words stand at these places."""
        return {name: source.of(places, self.words[places], lengths) for name, source in self.contexts.items()}


def word_featurizers(featurizers: Mapping[str, object]) -> dict[str, Featurizer]:
    """Those featurizers for which a word is the same in any sentence."""
    return {name: part for name, part in featurizers.items() if isinstance(part, Featurizer)}


def encode_sentences(
    sentences: Iterable[Sequence[str]], columns: Mapping[str, Sequence[Sequence[str | None]]] = MappingProxyType({})
) -> EncodedSentences:
    """Sentences of words as flat arrays, without gold and features.

    Args:
        sentences: The words of each.
        columns: For each column that is read beside the words its values, sentence by sentence, one for each word.
    """
    sentences = list(sentences)
    flat: list[Any] = list(chain.from_iterable(sentences))
    if columns:
        flat = list(zip(flat, *map(chain.from_iterable, columns.values()), strict=True))
    index = {word: number for number, word in enumerate(dict.fromkeys(flat))}
    words = np.fromiter(map(index.__getitem__, flat), dtype=np.int64, count=len(flat))
    offsets = np.zeros(len(sentences) + 1, dtype=np.int64)
    np.cumsum([len(sentence) for sentence in sentences], out=offsets[1:])
    if not columns:
        return EncodedSentences(list(index), words, offsets)
    types, *values = zip(*index, strict=True) if index else [()] * (1 + len(columns))
    return EncodedSentences(types, words, offsets, columns=dict(zip(columns, values, strict=True)))
