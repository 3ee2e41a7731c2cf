"""Encoders as parts of an ONNX graph: each LSTM or GRU with what goes round it, and its weights in 8 bits.

https://onnx.ai/onnx/operators and, for the quantized LSTM, onnxruntime's docs/ContribOperators.md.
"""

from collections.abc import Iterator
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int8
from numpy import ndarray
from onnx import TensorProto
from torch import Tensor, nn

from tagger.engines.onnx_graph import Graph, Weights, array
from tagger.errors import TaggerError
from tagger.modules.encoders import Encoder, IdentityEncoder, LSTMEncoder
from tagger.modules.layered_encoder import Highway, LayeredEncoder

# Of 8 bits the weights use 7. Processors without VNNI add two products of an activation and a weight in 16 bits, which then can't
# overflow; on others nothing changes, so that every processor gives the same tags.
_LARGEST = 64


def encoded(graph: Graph, encoder: Encoder, states: str, *, int8: bool) -> str:
    """From `states` (words, batch, input) and the input `lengths` (batch,) what the encoder gives (words, batch, width); its name.

    Raises:
        TaggerError: 8 bits are asked for where there is no LSTM.
    """
    layers = list(_layers(encoder))
    if int8 and not (layers and all(isinstance(layer.module, nn.LSTM) for layer in layers)):
        what = "its encoder is of GRUs" if layers else "it has no encoder"
        fix = "Leave int8 away: float32 serves every model."
        raise TaggerError(f"8 bits are for LSTMs, and {what}", where="the model", fix=fix)
    if layers:
        graph.node("Cast", ["lengths"], "lengths_int32", to=TensorProto.INT32)
        graph.weight("side_by_side", np.array([0, 0, -1]))
    for number, layer in enumerate(layers):
        states = _connected(graph, encoder, number, states, _layer(graph, f"layer_{number}", states, layer, int8=int8))
    return states


class _Layer(NamedTuple):
    """One layer: what holds its weights, its number there, and its learned first states `(parts, directions, 1, hidden)`."""

    module: nn.LSTM | nn.GRU
    number: int
    state: Tensor | None


def _layers(encoder: Encoder) -> Iterator[_Layer]:
    match encoder:
        case LSTMEncoder():
            states = encoder.state.chunk(encoder.lstm.num_layers, 1) if encoder.state is not None else repeat(None)
            for number, state in zip(range(encoder.lstm.num_layers), states, strict=False):
                yield _Layer(encoder.lstm, number, state)
        case LayeredEncoder():
            states = encoder.state.chunk(len(encoder.layers), 1) if encoder.state is not None else repeat(None)
            for module, state in zip(encoder.layers, states, strict=False):
                assert isinstance(module, nn.LSTM | nn.GRU)
                yield _Layer(module, 0, state)
        case IdentityEncoder():
            return
        case _:
            raise AssertionError(f"no graph is known for {type(encoder).__name__}")


def _layer(graph: Graph, name: str, states: str, layer: _Layer, *, int8: bool) -> str:
    """What a layer makes of `(words, batch, width)`: the directions side by side."""
    inputs = [states, "", "", "", "lengths_int32", *_initial_state(graph, name, layer)]
    found = recurrence(graph, name, inputs, layer.module, layer.number, int8=int8)
    # (words, directions, batch, hidden) -> (words, batch, directions x hidden)
    found = graph.node("Transpose", [found], f"{name}.turned", perm=[0, 2, 1, 3])
    return graph.node("Reshape", [found, "side_by_side"], f"{name}.output")


def _connected(graph: Graph, encoder: Encoder, number: int, below: str, above: str) -> str:
    """What a layer gives with what goes round it."""
    if not isinstance(encoder, LayeredEncoder) or not number or encoder.connection == "none":
        return above
    name = f"layer_{number}"
    if encoder.connection == "residual":
        return graph.node("Add", [above, below], f"{name}.connected")
    highway = encoder.highways[number - 1]
    assert isinstance(highway, Highway)
    product = graph.node("MatMul", [below, graph.weight(f"{name}.gate", array(highway.gate.weight).T)], f"{name}.gate_product")
    added = graph.node("Add", [product, graph.weight(f"{name}.gate_bias", array(highway.gate.bias))], f"{name}.gate_sum")
    gate = graph.node("Sigmoid", [added], f"{name}.share")
    change = graph.node("Sub", [above, below], f"{name}.change")
    passed = graph.node("Mul", [gate, change], f"{name}.passed")
    return graph.node("Add", [below, passed], f"{name}.connected")


def _initial_state(graph: Graph, name: str, layer: _Layer) -> list[str]:
    """The first hidden and, for an LSTM, cell state of a layer where they are learned; without names they are zeros."""
    parts = ("hidden", "cell") if isinstance(layer.module, nn.LSTM) else ("hidden",)
    if layer.state is None:
        return [""] * len(parts)
    size = graph.node("Shape", ["lengths"], f"{name}.batch")
    one = graph.weight(f"{name}.one", np.array([1]))
    shape = graph.node("Concat", [one, size, one], f"{name}.first_shape", axis=0)
    states = []
    for part, values in zip(parts, array(layer.state), strict=True):
        learned = graph.weight(f"{name}.learned_{part}", values)
        states.append(graph.node("Expand", [learned, shape], f"{name}.first_{part}"))
    return states


def recurrence(
    graph: Graph, name: str, inputs: list[str], module: nn.LSTM | nn.GRU, number: int = 0, *, int8: bool = False, which: int = 0
) -> str:
    """One layer of an LSTM or a GRU, and which of its outputs; its weights fill the empty places 1 to 3 of its inputs."""
    suffixes = [f"l{number}", f"l{number}_reverse"] if module.bidirectional else [f"l{number}"]
    options: dict[str, Any] = {
        "direction": "bidirectional" if module.bidirectional else "forward",
        "hidden_size": module.hidden_size,
    }

    def stacked(part: str) -> Weights:
        return np.stack([_gates(array(getattr(module, f"{part}_{suffix}")), module) for suffix in suffixes])

    weights = {"input": stacked("weight_ih"), "state": stacked("weight_hh")}
    inputs[3] = graph.weight(f"{name}.bias", np.concatenate((stacked("bias_ih"), stacked("bias_hh")), axis=1))
    if not int8:
        inputs[1:3] = [graph.weight(f"{name}.{part}", values) for part, values in weights.items()]
        if isinstance(module, nn.GRU):
            # As in torch, the reset gate acts on the product of the state and not on the state.
            return graph.node("GRU", inputs, f"{name}.raw", which=which, linear_before_reset=1, **options)
        return graph.node("LSTM", inputs, f"{name}.raw", which=which, **options)
    # There are no peepholes; then come scale and zero of the quantized weights.
    inputs.append("")
    for place, (part, values) in enumerate(weights.items(), start=1):
        small, scale = quantized(values)
        # (directions, gates x hidden, columns) -> columns before the gates
        inputs[place] = graph.weight(f"{name}.{part}", small.transpose(0, 2, 1))
        inputs.append(graph.weight(f"{name}.{part}.scale", scale))
        inputs.append(graph.weight(f"{name}.{part}.zero", np.zeros(scale.shape, dtype=np.int8)))
    return graph.node("DynamicQuantizeLSTM", inputs, f"{name}.raw", which=which, **options)


def _gates(values: Weights, module: nn.LSTM | nn.GRU) -> Weights:
    """The gates in the order of ONNX.

    For an LSTM: input, output, forget, cell; torch has input, forget, cell, output. For a GRU: update, reset, new; torch has reset,
    update, new.
    """
    if isinstance(module, nn.GRU):
        reset, update, new = np.split(values, 3)
        return np.concatenate((update, reset, new))
    into, forget, cell, out = np.split(values, 4)
    return np.concatenate((into, out, forget, cell))


def quantized(
    values: Float[ndarray, "directions rows columns"],
) -> tuple[Int8[ndarray, "directions rows columns"], Float[ndarray, "directions rows"]]:
    """Weights as small integers, and for each row the number that one of them stands for."""
    scale = np.abs(values).max(axis=2) / _LARGEST
    # A row of zeros has any scale.
    scale = np.where(scale == 0, 1, scale).astype(np.float32)
    return np.rint(values / scale[:, :, None]).astype(np.int8), scale
