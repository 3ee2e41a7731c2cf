"""A tagger that works as NCRF++ does (Yang and Zhang 2018). NCRF++ is no package: this is written anew, after how it works.

As there: sentences are made into ids once; each batch of 32 is padded by Python loops and sorted by length; every place's
characters are convolved, padding too; the CRF goes step by step in autograd; each training batch is decoded too, for the accuracy
on the training set. Unlike there, and in its favour: word vectors are frozen, as ours are.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from benchmarks.contestant import PEER_BATCH, Data, Stopwatch, Tagged, Words, read_vectors, training_rows
from benchmarks.peers.ncrf_model import NcrfModel

_UNKNOWN = 1


class _Ids(NamedTuple):
    words: list[int]
    characters: list[list[int]]
    tags: list[int]


class _Batch(NamedTuple):
    words: Tensor
    lengths: Tensor
    characters: Tensor
    tags: Tensor
    mask: Tensor
    order: Tensor


class NcrfLike:
    """Trains and tags with batches of 32 sentences."""

    def __init__(self, data: Data) -> None:
        torch.manual_seed(1)
        self._split = data.splits["train"]
        words = {_normal(word) for split in data.splits.values() for words in split.words for word in words}
        places, vectors = read_vectors(data.vectors, {word.lower() for word in words})
        self._words = {word: index for index, word in enumerate(sorted(words), 2)}
        table = torch.zeros(len(words) + 2, vectors.shape[1])
        for word, index in self._words.items():
            if (place := places.get(word.lower())) is not None:
                table[index] = torch.from_numpy(vectors[place])
        characters = sorted({character for words in self._split.words for word in words for character in word})
        self._characters = {character: index for index, character in enumerate(characters, 2)}
        self._tags = ["O", *sorted({tag for tags in self._split.iobes for tag in tags} - {"O"})]
        self._model = NcrfModel(table, len(characters) + 2, len(self._tags))
        weights = [weight for weight in self._model.parameters() if weight.requires_grad]
        self._optimizer = torch.optim.SGD(weights, lr=0.015)
        self._batches: Iterator[list[_Ids]] | None = None

    def ready(self, batch_words: int, num_words: int) -> None:
        """Looks up the ids at the first use."""
        if self._batches is None:
            ids = {tag: index for index, tag in enumerate(self._tags)}
            instances = [
                self._ids(words, [ids[tag] for tag in tags])
                for words, tags in zip(self._split.words, self._split.iobes, strict=True)
            ]
            self._batches = ([instances[row] for row in rows] for rows in training_rows(self._split, num_words))

    def _ids(self, words: Words, tags: Sequence[int]) -> _Ids:
        characters = [[self._characters.get(character, _UNKNOWN) for character in word] for word in words]
        return _Ids([self._words.get(_normal(word), _UNKNOWN) for word in words], characters, list(tags))

    def train(self, batch_words: int, num_words: int) -> int:
        """Steps of the optimizer."""
        assert self._batches is not None
        words = 0
        self._model.train()
        while words < num_words:
            batch = _batch(next(self._batches))
            emissions = self._model(batch.words, batch.lengths, batch.characters)
            loss = self._model.crf.loss(emissions, batch.mask, batch.tags)
            best = self._model.crf.best(emissions, batch.mask)
            ((best == batch.tags) & batch.mask).sum().item()
            loss.item()
            torch.autograd.backward(loss)
            self._optimizer.step()
            self._model.zero_grad()
            words += int(batch.lengths.sum())
        return words

    @torch.no_grad()
    def tag(self, sentences: Sequence[Words]) -> Tagged:
        """Batches in the order of the sentences, sorted within."""
        self._model.eval()
        watch = Stopwatch()
        tags: list[list[str]] = []
        for first in range(0, len(sentences), PEER_BATCH):
            part = sentences[first : first + PEER_BATCH]
            batch = _batch([self._ids(words, [0] * len(words)) for words in part])
            best = self._model.crf.best(self._model(batch.words, batch.lengths, batch.characters), batch.mask)
            rows = best[batch.order].tolist()
            tags += [[self._tags[index] for index in row[: len(words)]] for row, words in zip(rows, part, strict=True)]
        return Tagged(watch.read(), tags)


def _normal(word: str) -> str:
    return re.sub(r"\d", "0", word)


def _batch(instances: Sequence[_Ids]) -> _Batch:
    """Padded with zeros, longest sentence first; `order` puts the rows back."""
    lengths = torch.tensor([len(instance.words) for instance in instances])
    longest = int(lengths.max())
    word_lengths = [[len(word) for word in instance.characters] for instance in instances]
    widest = max(max(row) for row in word_lengths)
    words, tags = torch.zeros(len(instances), longest, dtype=torch.long), torch.zeros(len(instances), longest, dtype=torch.long)
    mask = torch.zeros(len(instances), longest, dtype=torch.bool)
    characters = torch.zeros(len(instances), longest, widest, dtype=torch.long)
    for row, instance in enumerate(instances):
        length = len(instance.words)
        words[row, :length] = torch.tensor(instance.words)
        tags[row, :length] = torch.tensor(instance.tags)
        mask[row, :length] = True
        for place, word in enumerate(instance.characters):
            characters[row, place, : len(word)] = torch.tensor(word)
    lengths, by_length = lengths.sort(0, descending=True)
    return _Batch(words[by_length], lengths, characters[by_length], tags[by_length], mask[by_length], by_length.sort(0)[1])
