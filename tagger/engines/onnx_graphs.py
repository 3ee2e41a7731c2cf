"""The layers of a model as ONNX graphs, built operator by operator from the weights.

Exporters trace packed sequences wrongly; here the operators of LSTMs and GRUs get the sentences' lengths. The numbers of words,
characters and sentences are free. https://onnx.ai/onnx/operators
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto
from torch import nn

from tagger.engines.onnx_encoders import encoded, recurrence
from tagger.engines.onnx_graph import Graph, array, inner
from tagger.engines.onnx_pooling import sentence_vectors
from tagger.features.vocab import Vocab
from tagger.modules.decoders import Decoder
from tagger.modules.embeddings.characters import CharacterCNN, CharacterLSTM
from tagger.modules.embeddings.document_context import DocumentContextEmbedding
from tagger.modules.embeddings.subwords import SubwordEmbedding
from tagger.modules.encoders import Encoder
from tagger.modules.sentence_decoder import SentenceDecoder


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
    states = recurrence(graph, "lstm", [looked_up, "", "", "", lengths, "", ""], embedding.lstm, which=1)
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
    match embedding.pool:
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


def document_context_graph(embedding: DocumentContextEmbedding) -> onnx.ModelProto:
    """`means` (words, means) -> `vectors` (words, width)."""
    graph, projection = Graph(), embedding.projection
    weights = [graph.weight(f"projection.{part}", array(getattr(projection, part))) for part in ("weight", "bias")]
    graph.node("Tanh", [graph.node("Gemm", ["means", *weights], "projected", transB=1)], "vectors")
    means = ["words", projection.in_features]
    return graph.model("document_context", {"means": (TensorProto.FLOAT, means)}, {"vectors": ["words", embedding.width]})


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
    encoder: Encoder,
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

    Raises:
        TaggerError: 8 bits are asked for where there is no LSTM.
    """
    graph = Graph()
    # LSTMs and GRUs want words first. Positions are turned before anything is looked up: they are smaller than vectors.
    turned = graph.node("Transpose", ["positions"], "words_first", perm=[1, 0])
    states = graph.node("Gather", ["vectors", turned], "words", axis=0)
    states = encoded(graph, encoder, states, int8=int8)
    outputs: dict[str, list[Any]] = {}
    for task, decoder in decoders.items():
        scored = _linear(graph, task, states, decoder.linear, inner(task, "scored"))
        graph.node("Transpose", [scored], f"emissions.{task}", perm=[1, 0, 2])
        outputs[f"emissions.{task}"] = ["batch", "words", decoder.num_tags]
    for task, classifier in sentence_decoders.items():
        pooled = sentence_vectors(graph, task, states, classifier)
        _linear(graph, task, pooled, classifier.linear, f"emissions.{task}")
        outputs[f"emissions.{task}"] = ["batch", classifier.num_labels]
    inputs: dict[str, tuple[int, list[Any]]] = {
        "vectors": (TensorProto.FLOAT, ["unique", encoder.input_width]),
        "positions": (TensorProto.INT64, ["batch", "words"]),
        "lengths": (TensorProto.INT64, ["batch"]),
    }
    return graph.model("sentences", inputs, outputs)


def _linear(graph: Graph, task: str, states: str, linear: nn.Linear, output: str) -> str:
    product = graph.node("MatMul", [states, graph.weight(inner(task, "weight"), array(linear.weight).T)], inner(task, "product"))
    return graph.node("Add", [product, graph.weight(inner(task, "bias"), array(linear.bias))], output)
