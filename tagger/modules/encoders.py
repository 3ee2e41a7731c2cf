"""Vectors -> vectors that know their neighbours."""

from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from tagger.modules.dropout import DropoutKind, make_dropout
from tagger.modules.lstm import in_float32, initialise_layers, run_lstm

InitialState = Literal["zeros", "random", "learned"]


class Encoder(nn.Module):
    """Vectors of words -> vectors that know their neighbours.

    Args:
        input_width: The width of the vectors that come in.
        width: The width of the vectors that come out.
        backwards: How many of their last dimensions come from reading backwards; without any, a word's vector knows only words
            up to it.
    """

    def __init__(self, input_width: int, width: int, *, backwards: int = 0) -> None:
        super().__init__()
        self.input_width = input_width
        self.width = width
        self.backwards = backwards

    def forward(
        self, vectors: Float[Tensor, "batch words input"], lengths: Int[Tensor, " batch"], learned: slice = slice(None)
    ) -> Float[Tensor, "batch words width"]:
        """A vector for each word; zeros at padding.

        Args:
            vectors: Of the words.
            lengths: The number of words of each sentence, at least 1, on the CPU, in any order.
            learned: The dimensions of the vectors whose gradient is wanted; the others may get zeros.
        """
        raise NotImplementedError


class IdentityEncoder(Encoder):
    """The words' own vectors, for embeddings that know the neighbours already.

    Args:
        width: That of the vectors.
        dropout: The share dropped.
        dropout_kind: Whether that drops the same dimensions for a whole sentence.
    """

    def __init__(self, width: int, *, dropout: float = 0.0, dropout_kind: DropoutKind = "locked") -> None:
        super().__init__(width, width)
        self.dropout = make_dropout(dropout_kind, dropout)

    def forward(
        self, vectors: Float[Tensor, "batch words input"], lengths: Int[Tensor, " batch"], learned: slice = slice(None)
    ) -> Float[Tensor, "batch words width"]:
        """The vectors; zeros at padding."""
        mask = torch.arange(vectors.shape[1]) < lengths[:, None]
        dropped: Tensor = self.dropout(vectors.masked_fill(~mask.unsqueeze(2).to(vectors.device), 0))
        return dropped


class LSTMEncoder(Encoder):
    """A (bi)LSTM over packed sentences: padding is never computed, so it can change nothing.

    Args:
        input_width: The width of the vectors that come in.
        hidden: The size of the state in each direction.
        layers: The number of layers.
        bidirectional: Whether a second LSTM reads each sentence backwards.
        layer_dropout: The share dropped between layers; there is none after the last.
        dropout: The share of the output dropped.
        dropout_kind: Whether that drops the same dimensions for a whole sentence.
        initial_state: `zeros`; `learned`, one vector for each layer and direction; `random`, standard normal noise in training
            and its mean, zeros, in use, so that the same sentence always gets the same tags.
    """

    def __init__(
        self,
        input_width: int,
        *,
        hidden: int,
        layers: int = 1,
        bidirectional: bool = True,
        layer_dropout: float = 0.0,
        dropout: float = 0.0,
        dropout_kind: DropoutKind = "locked",
        initial_state: InitialState = "zeros",
    ) -> None:
        directions = 2 if bidirectional else 1
        super().__init__(input_width, hidden * directions, backwards=hidden if bidirectional else 0)
        self.initial_state: InitialState = initial_state
        self.lstm = nn.LSTM(
            input_width,
            hidden,
            num_layers=layers,
            batch_first=True,
            bidirectional=bidirectional,
            dropout=layer_dropout if layers > 1 else 0.0,
        )
        self.dropout = make_dropout(dropout_kind, dropout)
        state = torch.zeros(2, layers * directions, 1, hidden)
        self.state = nn.Parameter(state, requires_grad=True) if initial_state == "learned" else None
        initialise_layers(self.lstm)

    def forward(
        self, vectors: Float[Tensor, "batch words input"], lengths: Int[Tensor, " batch"], learned: slice = slice(None)
    ) -> Float[Tensor, "batch words width"]:
        """The state at each word, both directions side by side; zeros at padding.

        Args:
            vectors: Of the words.
            lengths: The number of words of each sentence, at least 1, on the CPU, in any order.
            learned: The dimensions of the vectors whose gradient is wanted; the others may get zeros.
        """
        with in_float32(vectors.device):
            inputs = vectors.float() if vectors.device.type == "cpu" else vectors
            packed = pack_padded_sequence(inputs, lengths, batch_first=True, enforce_sorted=False)
            output = run_lstm(self.lstm, packed, self._first_state(inputs), learned=learned)
        states, _ = pad_packed_sequence(output, batch_first=True, total_length=vectors.shape[1])
        dropped: Tensor = self.dropout(states)
        return dropped

    def _first_state(self, vectors: Tensor) -> tuple[Tensor, Tensor] | None:
        size = len(vectors)
        if self.state is not None:
            hidden, cell = self.state.expand(-1, -1, size, -1).contiguous()
            return hidden, cell
        if self.initial_state == "random" and self.training:
            shape = (self.lstm.num_layers * (2 if self.lstm.bidirectional else 1), size, self.lstm.hidden_size)
            return torch.randn(shape).to(vectors), torch.randn(shape).to(vectors)
        return None
