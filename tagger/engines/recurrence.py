"""The recurrence of an LSTM in use on a CPU: what `torch.nn.LSTM` gives for packed sentences, in fewer and larger steps.

Three things make it faster than the layer that learns. A word's share in the gates does not depend on its neighbours, so that it is
worked out once for all its places; what is known of its sentence is added there. The four gates are one product and one sigmoid, by
tanh(x) = 2 sigmoid(2x) - 1. And nothing is kept for gradients, so that every step is done in place.

Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000; gates in torch's order: input, forget, cell, output.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy import ndarray
from torch import Tensor, nn

from tagger.modules.lstm import weights_in_use

# So many rows of gates, 4 KB each at 256 hidden units, are worked out at a time: they stay in the cache, and a sentence without end
# needs no endless memory.
_ROWS_AT_ONCE = 512
# With more distinct words the table of their shares would hold too much memory; each place is then worked out for itself.
_MOST_WORDS = 16_384

GateRows = Callable[[int, int], Float[Tensor, "rows gates"]]


class Packed(NamedTuple):
    """A batch as one list of places: all first words, longest sentence first, then all second ones, ...

    Attributes:
        words: The row of the word at each place.
        sizes: The number of sentences that have a first word, a second one, ...
        sentences: The sentence of each place.
        steps: The number of the word in its sentence.
        shape: The numbers of sentences and of words of the longest.
    """

    words: Int[ndarray, " places"]
    sizes: list[int]
    sentences: Int[ndarray, " places"]
    steps: Int[ndarray, " places"]
    shape: tuple[int, int]

    def unpack(self, values: Float[ndarray, "places tags"]) -> Float[ndarray, "batch words tags"]:
        """What stands at each place, sentence by sentence; zeros at padding."""
        padded = np.zeros((*self.shape, values.shape[1]), dtype=values.dtype)
        padded[self.sentences, self.steps] = values
        return padded


def pack(positions: Int[ndarray, "batch words"], lengths: Int[ndarray, " batch"]) -> Packed:
    """A padded batch without its padding, as `torch.nn.utils.rnn.pack_padded_sequence` packs it."""
    order = np.argsort(-lengths, kind="stable")
    steps, ranks = np.nonzero(np.arange(positions.shape[1])[:, None] < lengths[order])
    sentences = order[ranks]
    return Packed(positions[sentences, steps], np.bincount(steps).tolist(), sentences, steps, positions.shape)


class _Direction(NamedTuple):
    """The weights of one direction of one layer, the cell gate's doubled; and its first state and cell."""

    inputs: Float[Tensor, "input gates"]
    state: Float[Tensor, "hidden gates"]
    bias: Float[Tensor, " gates"]
    first: Float[Tensor, "2 hidden"]


class RecurrentLayers:
    """The layers of an LSTM, their weights as they were when this was made.

    Args:
        lstm: The layers.
        first: The first states and cells, `(2, layers * directions, 1, hidden)`; zeros if None.
        dtype: What states are multiplied in; sums and cells are in float32.
    """

    def __init__(self, lstm: nn.LSTM, first: Float[Tensor, "2 layers 1 hidden"] | None, dtype: torch.dtype = torch.float32) -> None:
        self._hidden = lstm.hidden_size
        doubled = torch.ones(4 * self._hidden)
        doubled[2 * self._hidden : 3 * self._hidden] = 2
        self._layers: list[list[_Direction]] = []
        for layer in weights_in_use(lstm):
            directions: list[_Direction] = []
            for inputs, state, input_bias, state_bias in layer:
                index = len(self._layers) * len(layer) + len(directions)
                start = torch.zeros(2, self._hidden) if first is None else first.detach()[:, index, 0]
                directions.append(
                    _Direction(
                        (inputs.t() * doubled).contiguous(),
                        (state.t() * doubled).to(dtype, memory_format=torch.contiguous_format),
                        (input_bias + state_bias) * doubled,
                        start,
                    )
                )
            self._layers.append(directions)

    def table(self, vectors: Float[Tensor, "unique own"]) -> list[Float[Tensor, "unique gates"]] | None:
        """What each word adds to the gates of the first layer, for each direction; None if that would be too much to hold."""
        if len(vectors) > _MOST_WORDS:
            return None
        return [torch.addmm(direction.bias, vectors, direction.inputs[: vectors.shape[1]]) for direction in self._layers[0]]

    def __call__(
        self,
        vectors: Float[Tensor, "unique own"],
        table: Sequence[Float[Tensor, "unique gates"]] | None,
        packed: Int[Tensor, " places"],
        sizes: Sequence[int],
        beside: Float[Tensor, "places context"] | None = None,
    ) -> Float[Tensor, "places width"]:
        """The states of all directions side by side, at each place.

        Args:
            vectors: Of the words.
            table: What `table` made of them.
            packed: The row of the word at each place, in the order of `Packed`.
            sizes: The number of sentences that have a first word, a second one, ...
            beside: What is known at each place of the word's sentence, the last dimensions of the input; None if nothing.
        """

        def looked_up(shares: Tensor, direction: _Direction) -> GateRows:
            added = direction.inputs[vectors.shape[1] :]

            def rows(start: int, end: int) -> Tensor:
                found = shares.index_select(0, packed[start:end])
                # Not in place: where states are multiplied in 16 bits, autocast must see it.
                return found if beside is None else torch.addmm(found, beside[start:end], added)

            return rows

        def words(start: int, end: int) -> Tensor:
            own = vectors.index_select(0, packed[start:end])
            return own if beside is None else torch.cat([own, beside[start:end]], 1)

        def projected(rows: Callable[[int, int], Tensor], direction: _Direction) -> GateRows:
            return lambda start, end: torch.addmm(direction.bias, rows(start, end), direction.inputs)

        states = torch.empty(0)
        for number, layer in enumerate(self._layers):
            below = states
            states = torch.empty(len(packed), self._hidden * len(layer))
            for index, direction in enumerate(layer):
                if number:
                    gates = projected(_stretch(below), direction)
                elif table is not None:
                    gates = looked_up(table[index], direction)
                else:
                    gates = projected(words, direction)
                into = states[:, index * self._hidden : (index + 1) * self._hidden]
                self._run(direction, gates, sizes, into, backwards=index == 1)
        return states

    def _run(
        self,
        direction: _Direction,
        gates: GateRows,
        sizes: Sequence[int],
        into: Float[Tensor, "places hidden"],
        *,
        backwards: bool,
    ) -> None:
        """Goes through the words in one direction; sentences that have not begun yet keep their first state."""
        state, cell = (part.repeat(sizes[0], 1) for part in direction.first)
        for block in _blocks(sizes, backwards=backwards):
            low, high = block[0][0], block[-1][0] + block[-1][1]
            if backwards:
                low, high = block[-1][0], block[0][0] + block[0][1]
            rows = gates(low, high)
            for start, size in block:
                there = rows[start - low : start - low + size]
                now, within = state[:size], cell[:size]
                if direction.state.dtype is torch.float32:
                    there.addmm_(now, direction.state)
                else:
                    there.add_(now.to(direction.state.dtype) @ direction.state)
                there.sigmoid_()
                inward, forget, new, outward = there.chunk(4, 1)
                # new is still a sigmoid: inward * tanh = inward * (2 new - 1).
                within.mul_(forget).addcmul_(inward, new, value=2).sub_(inward)
                torch.mul(outward, torch.tanh(within), out=now)
                into[start : start + size] = now


def _stretch(states: Float[Tensor, "places width"]) -> GateRows:
    return lambda start, end: states[start:end]


def _blocks(sizes: Sequence[int], *, backwards: bool) -> list[list[tuple[int, int]]]:
    """The steps as places where they start and their sizes, in the order in which they are taken, in blocks of about equal rows."""
    steps, start = [], 0
    for size in sizes:
        steps.append((start, size))
        start += size
    blocks: list[list[tuple[int, int]]] = [[]]
    rows = 0
    for step in reversed(steps) if backwards else steps:
        if blocks[-1] and rows + step[1] > _ROWS_AT_ONCE:
            blocks.append([])
            rows = 0
        blocks[-1].append(step)
        rows += step[1]
    return blocks
