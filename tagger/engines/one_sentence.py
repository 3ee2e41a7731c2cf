"""The LSTM over one short sentence: oneDNN's, with weights that are laid out once.

A sentence alone gives the processor little to do, and most of the time goes into laying out the weights and into calls. torch
does both for each sentence; its compiler keeps the weights in oneDNN's layout, and so does this. The answers are those of
`torch.nn.LSTM` to the last bit.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from tagger.modules.lstm import weights_in_use

# Of nn.LSTM, among torch's kinds of recurrence.
_LSTM_MODE = 2
# The number of words for which the weights are laid out; others may come.
_USUAL_WORDS = 16


class SentenceLayers:
    """The layers of an LSTM, their weights as they were when this was made.

    Args:
        lstm: The layers, in float32 on the CPU.
        first: The first states and cells, `(2, layers * directions, 1, hidden)`; zeros if None.
        dtype: float32.
    """

    @staticmethod
    def can_run(dtype: torch.dtype) -> bool:
        """Whether this torch has oneDNN, and lets its layout be kept."""
        usable = dtype is torch.float32 and torch._C._has_mkldnn
        return usable and hasattr(torch.ops.mkldnn, "_reorder_mkldnn_rnn_layer_weight")

    def __init__(self, lstm: nn.LSTM, first: Float[Tensor, "2 layers 1 hidden"] | None, dtype: torch.dtype = torch.float32) -> None:
        self._hidden = lstm.hidden_size
        layers = weights_in_use(lstm)
        starts = torch.zeros(2, len(layers) * len(layers[0]), 1, self._hidden) if first is None else first.detach()
        # The first state and cell of one layer and direction: (1, 1, hidden) each.
        states = iter(starts[:, :, None].unbind(1))
        self._layers: list[list[tuple[Tensor, ...]]] = []
        for layer in layers:
            directions: list[tuple[Tensor, ...]] = []
            for backwards, (on_input, on_state, *biases) in enumerate(layer):
                # It has biases, and words come first; then a usual shape.
                settings = (bool(backwards), True, False, [_USUAL_WORDS, 1, on_input.shape[1]])
                laid_out = torch.ops.mkldnn._reorder_mkldnn_rnn_layer_weight(on_input, on_state, self._hidden, *settings)
                directions.append((*laid_out, *biases, *next(states).unbind(0)))
            self._layers.append(directions)

    def __call__(self, vectors: Float[Tensor, "words input"]) -> Float[Tensor, "words width"]:
        """The states of all directions side by side, for each word."""
        states = vectors[:, None]
        for layer in self._layers:
            states = torch.cat([self._run(states, weights, backwards=index == 1) for index, weights in enumerate(layer)], 2)
        return states[:, 0]

    def _run(
        self, vectors: Float[Tensor, "words 1 input"], weights: tuple[Tensor, ...], *, backwards: bool
    ) -> Float[Tensor, "words 1 hidden"]:
        # Sizes of packed steps: none, as there is one sentence. Then what the weights are: one layer with biases, words first,
        # for use alone.
        settings = ((), _LSTM_MODE, self._hidden, 1, True, False, False, False)
        states: Tensor = torch.ops.aten.mkldnn_rnn_layer(vectors, *weights, backwards, *settings)[0]
        return states
