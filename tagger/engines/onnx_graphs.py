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

from tagger.engines.onnx_encoders import encoded
from tagger.engines.onnx_graph import Graph, array
from tagger.engines.onnx_pooling import sentence_vectors
from tagger.features.vocab import Vocab
from tagger.modules.decoders import Decoder
from tagger.modules.embeddings.characters import CharacterCNN
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
    return graph.model(
        "characters", {"characters": (TensorProto.INT64, ["unique", "characters"])}, {"vectors": ["unique", embedding.width]}
    )


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
        scored = _linear(graph, task, states, decoder.linear, f"{task}.scored")
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
    product = graph.node("MatMul", [states, graph.weight(f"{task}.weight", array(linear.weight).T)], f"{task}.product")
    return graph.node("Add", [product, graph.weight(f"{task}.bias", array(linear.bias))], output)
