"""The bare `torch.nn.LSTM`, packed: what no tagger of this architecture can do without. Inputs are made before the clock starts."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence

from benchmarks.contestant import Data, Stopwatch, Tagged, Words

INPUT, HIDDEN = 150, 256
_BATCH_WORDS = 2_000


class BareLstm:
    """One bidirectional layer of the recipe's sizes."""

    def __init__(self, data: Data) -> None:
        torch.manual_seed(1)
        self._data = data
        self._lstm = torch.nn.LSTM(INPUT, HIDDEN, bidirectional=True, batch_first=True)
        self._lengths: dict[int, Iterator[list[int]]] = {}
        self._batches: list[tuple[Tensor, list[int]]] = []

    def ready(self, batch_words: int, num_words: int) -> None:
        """Makes inputs as long as the sentences of the next batches that `tagger` would learn from."""
        from benchmarks.ours import training_lengths

        if batch_words not in self._lengths:
            self._lengths[batch_words] = training_lengths(self._data, batch_words)
        self._batches = []
        while num_words > 0:
            lengths = next(self._lengths[batch_words])
            self._batches.append((torch.randn(len(lengths), max(lengths), INPUT), lengths))
            num_words -= sum(lengths)

    def train(self, batch_words: int, num_words: int) -> int:
        """Forward and backward, to the gradients of the weights."""
        for inputs, lengths in self._batches:
            self._lstm.zero_grad()
            hidden, _ = self._lstm(_packed(inputs, lengths))
            hidden.data.sum().backward()
        return sum(sum(lengths) for _, lengths in self._batches)

    def tag(self, sentences: Sequence[Words]) -> Tagged:
        """Forward alone, over batches sorted by length; it finds no tags."""
        batches = [(torch.randn(len(lengths), lengths[-1], INPUT), lengths) for lengths in _sorted_batches(sentences)]
        watch = Stopwatch()
        with torch.inference_mode():
            for inputs, lengths in batches:
                self._lstm(_packed(inputs, lengths))
        return Tagged(watch.read(), [])


def _packed(inputs: Tensor, lengths: list[int]) -> torch.nn.utils.rnn.PackedSequence:
    return pack_padded_sequence(inputs, torch.tensor(lengths), batch_first=True, enforce_sorted=False)


def _sorted_batches(sentences: Sequence[Words]) -> Iterator[list[int]]:
    lengths: list[int] = []
    for length in sorted(map(len, sentences)):
        if lengths and (len(lengths) + 1) * length > _BATCH_WORDS:
            yield lengths
            lengths = []
        lengths.append(length)
    yield lengths
