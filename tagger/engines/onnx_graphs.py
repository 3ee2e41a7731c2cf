"""The layers of a model as ONNX graphs, built operator by operator from the weights.

Exporters trace packed sequences wrongly, so the LSTM operator gets the sentences' lengths itself. The numbers of words, characters
and sentences are free. https://onnx.ai/onnx/operators and, for the quantized LSTM, onnxruntime's docs/ContribOperators.md.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import onnx
from jaxtyping import Float, Int8
from numpy import ndarray
from onnx import TensorProto
from torch import nn

from tagger.engines.onnx_graph import Graph, Weights, array
from tagger.engines.onnx_pooling import sentence_vectors
from tagger.features.vocab import Vocab
from tagger.modules.decoders import Decoder
from tagger.modules.embeddings.characters import CharacterCNN, CharacterLSTM
from tagger.modules.embeddings.subwords import SubwordEmbedding
from tagger.modules.encoders import LSTMEncoder
from tagger.modules.sentence_decoder import SentenceDecoder

# Of 8 bits the weights use 7. Processors without VNNI add two products of an activation and a weight in 16 bits, which then can't
# overflow; on others nothing changes, so that every processor gives the same tags.
_LARGEST = 64


def characters_graph(embedding: CharacterCNN) -> onnx.ModelProto:
    """`characters` (unique, characters), padded with 0 -> `vectors` (unique, width)."""
    graph = Graph()
    characters = graph.node(
        "Gather", [graph.weight("characters.vectors", array(embedding.characters.weight)), "characters"], "looked_up"
    )
    across = graph.node("Transpose", [characters], "across", perm=[0, 2, 1])
    padding = graph.node("Equal", ["characters", graph.weight("padding_id", np.array(Vocab.padding_id))], "is_padding")
    padding = graph.node("Unsqueeze", [padding, graph.weight("axis", np.array([1]))], "padding")
    lowest = graph.weight("lowest", np.array(-np.inf, dtype=np.float32))
    maxima = []
    for number, convolution in enumerate(embedding.convolutions):
        assert isinstance(convolution, nn.Conv1d) and convolution.bias is not None
        name = f"convolution_{number}"
        weights = [graph.weight(f"{name}.{part}", array(getattr(convolution, part))) for part in ("weight", "bias")]
        size = convolution.kernel_size[0]
        found = graph.node("Conv", [across, *weights], name, kernel_shape=[size], pads=[size // 2, size // 2])
        real = graph.node("Where", [padding, lowest, found], f"{name}.real")
        maxima.append(graph.node("ReduceMax", [real], f"{name}.maximum", axes=[2], keepdims=0))
    graph.node("Concat", maxima, "vectors", axis=1)
    return _of_words(graph, "characters", embedding.width)


def character_lstm_graph(embedding: CharacterLSTM) -> onnx.ModelProto:
    """`characters` (unique, characters), padded with 0 -> `vectors` (unique, width)."""
    graph = Graph()
    lengths = _num_real(graph, "characters", TensorProto.INT32)
    turned = graph.node("Transpose", ["characters"], "characters_first", perm=[1, 0])
    looked_up = graph.node("Gather", [graph.weight("characters.vectors", array(embedding.characters.weight)), turned], "looked_up")
    # Its second output is the last states: (directions, unique, hidden).
    states = _lstm(graph, "lstm", [looked_up, "", "", "", lengths, "", ""], embedding.lstm, 0, which=1)
    states = graph.node("Transpose", [states], "lstm.turned", perm=[1, 0, 2])
    graph.node("Reshape", [states, graph.weight("side_by_side", np.array([0, -1]))], "vectors")
    return _of_words(graph, "characters", embedding.width)


def subwords_graph(embedding: SubwordEmbedding) -> onnx.ModelProto:
    """`subwords` (unique, subwords), padded with 0 -> `vectors` (unique, width)."""
    graph = Graph()
    values = array(embedding.vectors.weight).copy()
    # So that padding adds nothing to a sum.
    values[Vocab.padding_id] = 0
    table = graph.weight("subwords.vectors", values)
    axis = graph.weight("axis", np.array([1]))
    match embedding.pooling:
        case "first":
            chosen = graph.node("Gather", ["subwords", graph.weight("place", np.array(0))], "chosen", axis=1)
            graph.node("Gather", [table, chosen], "vectors")
        case "last":
            lengths = graph.node("Unsqueeze", [_num_real(graph, "subwords", TensorProto.INT64), axis], "column")
            place = graph.node("Sub", [lengths, graph.weight("one", np.array(1))], "place")
            chosen = graph.node("Squeeze", [graph.node("GatherElements", ["subwords", place], "last", axis=1), axis], "chosen")
            graph.node("Gather", [table, chosen], "vectors")
        case "mean":
            looked_up = graph.node("Gather", [table, "subwords"], "looked_up")
            sums = graph.node("ReduceSum", [looked_up, axis], "sums", keepdims=0)
            lengths = graph.node("Unsqueeze", [_num_real(graph, "subwords", TensorProto.FLOAT), axis], "column")
            graph.node("Div", [sums, lengths], "vectors")
    return _of_words(graph, "subwords", embedding.width)


def _num_real(graph: Graph, ids: str, kind: int) -> str:
    """How many of a word's ids are not padding, as numbers of a kind."""
    padding = graph.node("Equal", [ids, graph.weight("padding_id", np.array(Vocab.padding_id))], "is_padding")
    real = graph.node("Cast", [graph.node("Not", [padding], "is_real")], "is_one", to=TensorProto.INT64)
    counted = graph.node("ReduceSum", [real, graph.weight("along", np.array([1]))], "counted", keepdims=0)
    return graph.node("Cast", [counted], "lengths", to=kind)


def _of_words(graph: Graph, ids: str, width: int) -> onnx.ModelProto:
    """The whole graph of an embedding that reads several ids for each word."""
    return graph.model(ids, {ids: (TensorProto.INT64, ["unique", ids])}, {"vectors": ["unique", width]})


def sentences_graph(
    encoder: LSTMEncoder,
    decoders: Mapping[str, Decoder],
    sentence_decoders: Mapping[str, SentenceDecoder] = MappingProxyType({}),
    *,
    int8: bool = False,
) -> onnx.ModelProto:
    """`vectors` (unique, width), `positions` (batch, words), `lengths` (batch,) -> for each task `emissions.TASK`.

    Args:
        encoder: What reads the words in their order.
        decoders: One for each task of tags.
        sentence_decoders: One for each task with one label for a sentence.
        int8: Whether the LSTM works with weights and activations of 8 bits.
    """
    graph, lstm = Graph(), encoder.lstm
    # The LSTM wants words first. Positions are turned before anything is looked up: they are smaller than vectors.
    turned = graph.node("Transpose", ["positions"], "words_first", perm=[1, 0])
    states = graph.node("Gather", ["vectors", turned], "words", axis=0)
    lengths = graph.node("Cast", ["lengths"], "lengths_int32", to=TensorProto.INT32)
    side_by_side = graph.weight("side_by_side", np.array([0, 0, -1]))
    for layer in range(lstm.num_layers):
        rest = [lengths, *_initial_state(graph, encoder, layer)]
        states = _lstm(graph, f"lstm_{layer}", [states, "", "", "", *rest], lstm, layer, int8=int8)
        # (words, directions, batch, hidden) -> (words, batch, directions x hidden)
        states = graph.node("Transpose", [states], f"lstm_{layer}.turned", perm=[0, 2, 1, 3])
        states = graph.node("Reshape", [states, side_by_side], f"lstm_{layer}.output")
    outputs: dict[str, list[Any]] = {}
    for task, decoder in decoders.items():
        scored = _linear(graph, task, states, decoder.linear, f"{task}.scored")
        graph.node("Transpose", [scored], f"emissions.{task}", perm=[1, 0, 2])
        outputs[f"emissions.{task}"] = ["batch", "words", decoder.num_tags]
    for task, classifier in sentence_decoders.items():
        pooled = sentence_vectors(graph, task, states, classifier)
        _linear(graph, task, pooled, classifier.linear, f"emissions.{task}")
        outputs[f"emissions.{task}"] = ["batch", classifier.num_labels]
    inputs: dict[str, tuple[int, list[Any]]] = {
        "vectors": (TensorProto.FLOAT, ["unique", lstm.input_size]),
        "positions": (TensorProto.INT64, ["batch", "words"]),
        "lengths": (TensorProto.INT64, ["batch"]),
    }
    return graph.model("sentences", inputs, outputs)


def _linear(graph: Graph, task: str, states: str, linear: nn.Linear, output: str) -> str:
    product = graph.node("MatMul", [states, graph.weight(f"{task}.weight", array(linear.weight).T)], f"{task}.product")
    return graph.node("Add", [product, graph.weight(f"{task}.bias", array(linear.bias))], output)


def _initial_state(graph: Graph, encoder: LSTMEncoder, layer: int) -> list[str]:
    """The first hidden and cell state of a layer where they are learned; without names they are zeros."""
    if encoder.state is None:
        return ["", ""]
    directions = 2 if encoder.lstm.bidirectional else 1
    size = graph.node("Shape", ["lengths"], f"lstm_{layer}.batch")
    one = graph.weight(f"lstm_{layer}.one", np.array([1]))
    shape = graph.node("Concat", [one, size, one], f"lstm_{layer}.first_shape", axis=0)
    rows = slice(layer * directions, (layer + 1) * directions)
    states = []
    for part, values in zip(("hidden", "cell"), array(encoder.state)[:, rows], strict=True):
        learned = graph.weight(f"lstm_{layer}.learned_{part}", values)
        states.append(graph.node("Expand", [learned, shape], f"lstm_{layer}.first_{part}"))
    return states


def _lstm(graph: Graph, name: str, inputs: list[str], lstm: nn.LSTM, layer: int, *, int8: bool = False, which: int = 0) -> str:
    """One layer, and which of its outputs; the empty places 1 to 3 of its inputs are filled with its weights."""
    suffixes = [f"l{layer}", f"l{layer}_reverse"] if lstm.bidirectional else [f"l{layer}"]
    options = {"direction": "bidirectional" if lstm.bidirectional else "forward", "hidden_size": lstm.hidden_size}

    def stacked(part: str) -> Weights:
        return np.stack([_gates(array(getattr(lstm, f"{part}_{suffix}"))) for suffix in suffixes])

    weights = {"input": stacked("weight_ih"), "state": stacked("weight_hh")}
    inputs[3] = graph.weight(f"{name}.bias", np.concatenate((stacked("bias_ih"), stacked("bias_hh")), axis=1))
    if not int8:
        inputs[1:3] = [graph.weight(f"{name}.{part}", values) for part, values in weights.items()]
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


def _gates(values: Weights) -> Weights:
    """The gates in the order of ONNX: input, output, forget, cell; torch has input, forget, cell, output."""
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
