"""The LSTM of `nn.LSTM` over packed sentences, made for processors: the same answers from fewer and larger products.

`nn.LSTM` goes through unequal sentences one direction after the other, and adds to the gradient of each weight at each step. Here
one step serves both directions, and the gradients of the weights are one product over all steps at the end.

The equations are those of Hochreiter and Schmidhuber 1997 with the forget gate of Gers et al. 2000; gates stand in the order of
`nn.LSTM`: input, forget, cell, output. A *block* is what one step computes, `(directions * width, ...)` rows: first the forward
direction of the sentences that are still running, then the backward direction of the same. Blocks follow each other in one tensor.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

State = tuple[Tensor, Tensor]
"""The first hidden and cell states, each `(layers * directions, batch, hidden)`."""


def run_lstm(lstm: nn.LSTM, packed: PackedSequence, state: State | None = None, *, learned: slice = slice(None)) -> PackedSequence:
    """What `lstm(packed, state)[0]` is, by the quicker way where there is one.

    Args:
        lstm: The layers.
        packed: The vectors.
        state: The first states; zeros if None.
        learned: The columns of the vectors whose gradient is wanted; the others may have zeros in its place.
    """
    if not _is_quicker(lstm, packed.data):
        output: PackedSequence = lstm(packed, state)[0]
        return output
    directions = 2 if lstm.bidirectional else 1
    order = StepOrder.of(packed.batch_sizes, directions)
    data = packed.data
    if state is not None and packed.sorted_indices is not None:
        state = state[0].index_select(1, packed.sorted_indices), state[1].index_select(1, packed.sorted_indices)
    for layer in range(lstm.num_layers):
        if layer and lstm.dropout:
            data = nn.functional.dropout(data, lstm.dropout, lstm.training)
        names = [f"l{layer}{suffix}" for suffix in ("", "_reverse")[:directions]]
        weights = [getattr(lstm, f"{kind}_{name}") for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh") for name in names]
        rows = slice(layer * directions, (layer + 1) * directions)
        first = (None, None) if state is None else (state[0][rows], state[1][rows])
        columns = slice(None) if layer else learned
        data = _Layer.apply(order, columns, data, *first, *weights)  # type: ignore[no-untyped-call]
    return packed._replace(data=data)


def initialise_layers(layers: nn.LSTM | nn.GRU) -> None:
    """Draws the first weights: on the input Xavier-uniform, on the state orthogonal, each gate for itself; biases are zero.

    But for an LSTM's forget gate, whose bias is 1 (Jozefowicz et al. 2015).
    """
    hidden = layers.hidden_size
    num_gates = 4 if isinstance(layers, nn.LSTM) else 3
    with torch.no_grad():
        for name, parameter in layers.named_parameters():
            if name.startswith("weight_ih"):
                for gate in parameter.chunk(num_gates):
                    nn.init.xavier_uniform_(gate)
            elif name.startswith("weight_hh"):
                for gate in parameter.chunk(num_gates):
                    nn.init.orthogonal_(gate)
            else:
                parameter.zero_()
                # The gates are input, forget, cell, output; of the two biases that PyTorch adds, one is enough.
                if isinstance(layers, nn.LSTM) and name.startswith("bias_ih"):
                    parameter[hidden : 2 * hidden] = 1


def in_float32(device: torch.device) -> AbstractContextManager[object]:
    """Within it an LSTM on a CPU stays in float32, whatever the precision of the layers around it: few CPUs have one in bf16."""
    return torch.autocast("cpu", enabled=False) if device.type == "cpu" else nullcontext()


def weights_in_use(lstm: nn.LSTM) -> list[list[tuple[Tensor, Tensor, Tensor, Tensor]]]:
    """For each layer and direction the weights on the input and on the state, and the two biases, without gradients."""
    suffixes = ("", "_reverse") if lstm.bidirectional else ("",)
    return [
        [
            (
                getattr(lstm, f"weight_ih_l{layer}{suffix}").detach(),
                getattr(lstm, f"weight_hh_l{layer}{suffix}").detach(),
                getattr(lstm, f"bias_ih_l{layer}{suffix}").detach(),
                getattr(lstm, f"bias_hh_l{layer}{suffix}").detach(),
            )
            for suffix in suffixes
        ]
        for layer in range(lstm.num_layers)
    ]


def _is_quicker(lstm: nn.LSTM, data: Tensor) -> bool:
    """Whether this module does what `lstm` does, and gradients are wanted: forward alone `nn.LSTM` is the quicker one.

    Compilers and exporters know `nn.LSTM` better, too.
    """
    if not torch.is_grad_enabled() or torch.compiler.is_compiling():
        return False
    alike = data.dtype == lstm.weight_ih_l0.dtype and data.dtype in (torch.float32, torch.float64)
    return data.device.type == "cpu" and alike and lstm.bias and not lstm.proj_size


class StepOrder(NamedTuple):
    """Where each word of a packed batch stands in the blocks.

    Attributes:
        widths: The number of sentences that are still running at each step.
        directions: 1 or 2.
        places: For each packed word and direction the row of the blocks.
        words: For each row of the blocks the packed word and direction, as `word * directions + direction`.
        before: For each row of the blocks that of the step before, where a block of first states stands in front of all.
    """

    widths: list[int]
    directions: int
    places: Int[Tensor, " rows"]
    words: Int[Tensor, " rows"]
    before: Int[Tensor, " rows"]

    @classmethod
    def of(cls, batch_sizes: Int[Tensor, " steps"], directions: int) -> "StepOrder":
        """The order that belongs to `PackedSequence.batch_sizes`."""
        widths = batch_sizes.numpy()
        ends = np.cumsum(widths)
        starts = ends - widths
        step = np.repeat(np.arange(len(widths)), widths)
        sentence = np.arange(ends[-1]) - starts[step]
        rows = [starts[step] * directions + sentence]
        rows_before = np.concatenate(([0], widths[0] + starts[:-1]))[step] * directions + sentence
        before = [rows_before]
        if directions == 2:
            # A word's step in the backward direction is its distance from the sentence's end.
            back = np.bincount(sentence)[sentence] - 1 - step
            rows.append(starts[back] * 2 + widths[back] + sentence)
            before.append(rows_before + np.concatenate((widths[:1], widths[:-1]))[step])
        places = torch.from_numpy(np.stack(rows, 1).reshape(-1))
        words = torch.empty_like(places)
        words[places] = torch.arange(len(places))
        rows_of_blocks = np.concatenate([part[start:end] for start, end in zip(starts, ends, strict=True) for part in before])
        return cls(widths.tolist(), directions, places, words, torch.from_numpy(rows_of_blocks))

    def blocks(self, rows: Float[Tensor, "rows width"], *, first: bool = False) -> list[Float[Tensor, "directions _ width"]]:
        """The rows cut into blocks.

        Args:
            rows: What stands in blocks.
            first: Whether a block of first states stands in front.
        """
        widths = self.widths[:1] + self.widths if first else self.widths
        parts = rows.split_with_sizes([self.directions * width for width in widths])
        return [part.view(self.directions, width, -1) for part, width in zip(parts, widths, strict=True)]


def run_steps(
    gates: list[Float[Tensor, "directions _ gates"]],
    from_hidden: Float[Tensor, "directions hidden gates"],
    hidden: list[Float[Tensor, "directions _ hidden"]],
    cells: list[Float[Tensor, "directions _ hidden"]],
    squashed: list[Float[Tensor, "directions _ hidden"]],
) -> None:
    """Goes through the blocks of a layer and fills them in place.

    Args:
        gates: For each step what the gates get from the input and the biases; becomes the gates.
        from_hidden: The weights that act on the hidden state, transposed.
        hidden: The first hidden state, then for each step where the hidden state is to be written.
        cells: The same for the cells.
        squashed: For each step where the hyperbolic tangent of the cells is to be written.
    """
    for step, gate in enumerate(gates):
        # Sentences are sorted by length: those that have ended are the last.
        width = gate.shape[1]
        gate.baddbmm_(hidden[step].narrow(1, 0, width), from_hidden)
        input_gate, forget_gate, cell_gate, output_gate = gate.chunk(4, 2)
        # tanh(x) = 2 sigmoid(2x) - 1: one function for all gates, and the one that takes a third of the time.
        cell_gate.mul_(2)
        gate.sigmoid_()
        cell_gate.mul_(2).sub_(1)
        cell = cells[step + 1]
        torch.mul(forget_gate, cells[step].narrow(1, 0, width), out=cell).addcmul_(input_gate, cell_gate)
        torch.mul(output_gate, torch.tanh(cell, out=squashed[step]), out=hidden[step + 1])


class _Layer(torch.autograd.Function):
    """One layer: the packed states from packed vectors, first states or None, and the weights by kind and then direction."""

    @staticmethod
    def forward(ctx: Any, order: StepOrder, learned: slice, data: Tensor, *states_and_weights: Tensor | None) -> Tensor:
        first, weights = states_and_weights[:2], states_and_weights[2:]
        from_input, from_hidden, biases = _joined(weights, order.directions)
        gates = _projected(order, data, from_input, biases)
        hidden, cells = (_with_first(order, len(gates), state, from_hidden) for state in first)
        squashed = data.new_empty(len(gates), from_hidden.shape[2])
        run_steps(
            order.blocks(gates),
            from_hidden.transpose(1, 2),
            order.blocks(hidden, first=True),
            order.blocks(cells, first=True),
            order.blocks(squashed),
        )
        ctx.order, ctx.learned = order, learned
        ctx.save_for_backward(data, from_input, from_hidden, gates, hidden, cells, squashed)
        return _packed(order, hidden)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        order, directions = ctx.order, ctx.order.directions
        data, from_input, from_hidden, gates, hidden, cells, squashed = ctx.saved_tensors
        size, num_words = from_hidden.shape[2], len(data)
        to_hidden = gradient.reshape(-1, size).index_select(0, order.words)
        before = cells.index_select(0, order.before)
        to_gates, first = _back(order, to_hidden, gates, before, squashed, from_hidden)
        # Where each word has its rows of both directions side by side, every weight's gradient is one product.
        to_gates = to_gates.index_select(0, order.places)
        wide = to_gates.view(num_words, -1)
        inputs = wide.t().mm(data).chunk(directions)
        biases = wide.sum(0).chunk(directions)
        hidden = hidden.index_select(0, order.before.index_select(0, order.places)).view(num_words, directions, size)
        recurrent = [side.t().mm(hidden[:, index]) for index, side in enumerate(wide.chunk(directions, 1))]
        to_data = None
        if ctx.needs_input_grad[2]:
            to_data = torch.zeros_like(data)
            to_data[:, ctx.learned] = wide.mm(from_input[:, ctx.learned])
        states = [state if needed else None for state, needed in zip(first, ctx.needs_input_grad[3:5], strict=True)]
        return None, None, to_data, *states, *inputs, *recurrent, *biases, *(bias.clone() for bias in biases)


def _back(
    order: StepOrder, to_hidden: Tensor, gates: Tensor, before: Tensor, squashed: Tensor, from_hidden: Tensor
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """The gradients of what goes into the gates, in blocks, and of the first states.

    Args:
        order: Where the rows stand.
        to_hidden: The gradients of the hidden states, in blocks; written over.
        gates: The gates, in blocks.
        before: The cells of the step before, in blocks.
        squashed: The hyperbolic tangents of the cells, in blocks.
        from_hidden: The weights that act on the hidden state.
    """
    size = from_hidden.shape[2]
    input_gate, forget_gate, cell_gate, output_gate = gates.chunk(4, 1)
    # All that does not depend on later steps, at once: the derivative of each gate times what it is multiplied with.
    slopes = torch.empty_like(gates)
    to_input, to_forget, to_cell, to_output = slopes.chunk(4, 1)
    torch.addcmul(input_gate, input_gate, input_gate, value=-1, out=to_input).mul_(cell_gate)
    torch.addcmul(forget_gate, forget_gate, forget_gate, value=-1, out=to_forget).mul_(before)
    torch.addcmul(input_gate, input_gate * cell_gate, cell_gate, value=-1, out=to_cell)
    torch.addcmul(output_gate, output_gate, output_gate, value=-1, out=to_output).mul_(squashed)
    through = torch.addcmul(output_gate, output_gate * squashed, squashed, value=-1)
    hidden, cells, kept = order.blocks(to_hidden), order.blocks(through), order.blocks(gates)
    carried: Tensor | None = None
    slope_blocks = order.blocks(slopes)
    for step in reversed(range(len(order.widths))):
        slope, cell = slope_blocks[step].view(order.directions, -1, 4, size), cells[step].mul_(hidden[step])
        if carried is not None:
            cell.narrow(1, 0, carried.shape[1]).add_(carried)
        slope[:, :, :3].mul_(cell.unsqueeze(2))
        slope[:, :, 3].mul_(hidden[step])
        carried = cell.mul_(kept[step][:, :, size : 2 * size])
        if step:
            hidden[step - 1].narrow(1, 0, order.widths[step]).add_(slope_blocks[step].bmm(from_hidden))
    assert carried is not None
    return slopes, (slope_blocks[0].bmm(from_hidden), carried)


def _joined(weights: Sequence[Tensor | None], directions: int) -> tuple[Tensor, Tensor, Tensor]:
    """The weights of both directions as one: on the input, on the hidden state, and the sum of the two biases."""
    known = [weight for weight in weights if weight is not None]
    on_input, on_hidden, *biases = (known[start : start + directions] for start in range(0, 4 * directions, directions))
    return torch.cat(on_input), torch.stack(on_hidden), torch.cat(biases[0]) + torch.cat(biases[1])


def _projected(order: StepOrder, data: Tensor, from_input: Tensor, biases: Tensor) -> Float[Tensor, "rows gates"]:
    """What the gates get from the input and the biases, in blocks."""
    return torch.addmm(biases, data, from_input.t()).view(len(order.words), -1).index_select(0, order.words)


def _with_first(order: StepOrder, num_rows: int, state: Tensor | None, from_hidden: Tensor) -> Float[Tensor, "rows hidden"]:
    """Rows to be filled, behind a block of first states."""
    size, num_first = from_hidden.shape[2], order.directions * order.widths[0]
    rows = from_hidden.new_empty(num_first + num_rows, size)
    rows[:num_first] = 0 if state is None else state.reshape(num_first, size)
    return rows


def _packed(order: StepOrder, hidden: Float[Tensor, "rows hidden"]) -> Float[Tensor, "words width"]:
    """The hidden states of each word, its directions side by side."""
    states = hidden[order.directions * order.widths[0] :].index_select(0, order.places)
    return states.view(-1, order.directions * hidden.shape[1])
