"""Encoders of layers that stand alone: LSTM or GRU, with connections round each layer and any dropout between them."""

from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from tagger.modules.dropout import DropoutKind, make_dropout
from tagger.modules.encoders import Encoder, InitialState
from tagger.modules.lstm import in_float32, initialise_layers, run_lstm

Connection = Literal["none", "residual", "highway"]


class Highway(nn.Module):
    """Lets a part of a layer's input go round it (Srivastava et al. 2015): gate * output + (1 - gate) * input.

    The gate's bias starts at -1, as there, so that at first most of the input goes round.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gate = nn.Linear(width, width)
        nn.init.xavier_uniform_(self.gate.weight)
        nn.init.constant_(self.gate.bias, -1.0)

    def forward(self, below: Float[Tensor, "words width"], above: Float[Tensor, "words width"]) -> Float[Tensor, "words width"]:
        """Both, mixed by the gate that looks at what is below."""
        mixed: Tensor = below + torch.sigmoid(self.gate(below)) * (above - below)
        return mixed


class LayeredEncoder(Encoder):
    """(Bi)LSTMs or (bi)GRUs one above the other over packed sentences: padding is never computed, so it can change nothing.

    The GRU is that of Cho et al. 2014 in PyTorch's form. Weights start as those of `LSTMEncoder`, a GRU's biases at zero.

    Args:
        input_width: The width of the vectors that come in.
        kind: What the layers are.
        hidden: The size of the state in each direction.
        layers: Their number.
        bidirectional: Whether each layer reads each sentence backwards, too.
        connection: How the input of each layer but the first, which may have another width, goes round it: not, added (He et al.
            2016), or through a `Highway`.
        layer_dropout: The share dropped between layers, of what a layer reads and not of what goes round it.
        locked: Whether that drops the same dimensions for a whole sentence.
        dropout: The share of the output dropped.
        dropout_kind: Whether that drops the same dimensions for a whole sentence.
        initial_state: As in `LSTMEncoder`.
    """

    def __init__(
        self,
        input_width: int,
        *,
        kind: Literal["lstm", "gru"],
        hidden: int,
        layers: int = 1,
        bidirectional: bool = True,
        connection: Connection = "none",
        layer_dropout: float = 0.0,
        locked: bool = False,
        dropout: float = 0.0,
        dropout_kind: DropoutKind = "locked",
        initial_state: InitialState = "zeros",
    ) -> None:
        directions = 2 if bidirectional else 1
        # Connections go round dimension by dimension, so that each direction keeps its place.
        super().__init__(input_width, hidden * directions, backwards=hidden if bidirectional else 0)
        self.connection: Connection = connection
        self.initial_state: InitialState = initial_state
        made: type[nn.LSTM | nn.GRU] = nn.LSTM if kind == "lstm" else nn.GRU
        widths = [input_width, *[self.width] * (layers - 1)]
        self.layers = nn.ModuleList(made(width, hidden, batch_first=True, bidirectional=bidirectional) for width in widths)
        self.highways = nn.ModuleList(Highway(self.width) for _ in widths[1:] if connection == "highway")
        self.layer_dropout = layer_dropout
        self.locked = locked
        self.dropout = make_dropout(dropout_kind, dropout)
        # The hidden state, and for an LSTM the cell.
        self._shape = (2 if kind == "lstm" else 1, layers * directions, hidden)
        state = torch.zeros(*self._shape[:2], 1, hidden)
        self.state = nn.Parameter(state, requires_grad=True) if initial_state == "learned" else None
        for layer in self.layers:
            assert isinstance(layer, nn.LSTM | nn.GRU)
            initialise_layers(layer)

    def forward(
        self, vectors: Float[Tensor, "batch words input"], lengths: Int[Tensor, " batch"], learned: slice = slice(None)
    ) -> Float[Tensor, "batch words width"]:
        """The state at each word, both directions side by side; zeros at padding."""
        with in_float32(vectors.device):
            inputs = vectors.float() if vectors.device.type == "cpu" else vectors
            packed = pack_padded_sequence(inputs, lengths, batch_first=True, enforce_sorted=False)
            states = self._first_states(inputs)
            for number, layer in enumerate(self.layers):
                below = packed.data
                if number:
                    packed = packed._replace(data=self._dropped(packed))
                    learned = slice(None)
                packed = _run(layer, packed, None if states is None else states[number], learned)
                if number and self.connection == "residual":
                    packed = packed._replace(data=packed.data + below)
                elif number and self.connection == "highway":
                    packed = packed._replace(data=self.highways[number - 1](below, packed.data))
        padded, _ = pad_packed_sequence(packed, batch_first=True, total_length=vectors.shape[1])
        dropped: Tensor = self.dropout(padded)
        return dropped

    def _dropped(self, packed: PackedSequence) -> Float[Tensor, "words width"]:
        """What the layer above reads."""
        if not self.training or not self.layer_dropout:
            return packed.data
        if not self.locked:
            return nn.functional.dropout(packed.data, self.layer_dropout)
        sizes = packed.batch_sizes
        # For each packed word the number of its sentence, the longest first.
        sentences = (torch.arange(int(sizes[0])) < sizes[:, None]).nonzero()[:, 1].to(packed.data.device)
        keep = 1 - self.layer_dropout
        mask = packed.data.new_empty(int(sizes[0]), packed.data.shape[1]).bernoulli_(keep) / keep
        return packed.data * mask[sentences]

    def _first_states(self, vectors: Tensor) -> list[Tensor] | None:
        """For each layer what its sentences start from, `(parts, directions, batch, hidden)`; zeros if None."""
        size, (parts, rows, hidden) = len(vectors), self._shape
        if self.state is not None:
            states = self.state.expand(-1, -1, size, -1)
        elif self.initial_state == "random" and self.training:
            states = torch.randn(parts, rows, size, hidden).to(vectors)
        else:
            return None
        return list(states.chunk(len(self.layers), 1))


def _run(layer: nn.Module, packed: PackedSequence, state: Tensor | None, learned: slice) -> PackedSequence:
    parts = None if state is None else [part.contiguous() for part in state]
    if isinstance(layer, nn.LSTM):
        return run_lstm(layer, packed, None if parts is None else (parts[0], parts[1]), learned=learned)
    output: PackedSequence = layer(packed, None if parts is None else parts[0])[0]
    return output
