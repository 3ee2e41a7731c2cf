"""The vectors of sentences as an ONNX graph: what `SentenceDecoder.pooled` makes of the words', words first."""

from math import sqrt
from typing import Any

import numpy as np
from onnx import TensorProto

from tagger.engines.onnx_graph import Graph, array, inner
from tagger.modules.sentence_decoder import SentenceDecoder


def sentence_vectors(graph: Graph, task: str, states: str, decoder: SentenceDecoder) -> str:
    """From `states` (words, batch, width) and the input `lengths` (batch,) the vectors (batch, width); their name."""

    def node(operator: str, inputs: list[str], name: str, **options: Any) -> str:
        return graph.node(operator, inputs, inner(task, name), **options)

    def number(name: str, value: object) -> str:
        return graph.weight(inner(task, name), np.array(value))

    first = number("first_axis", [0])
    count = node("Gather", [node("Shape", [states], "shape"), number("zero", 0)], "num_words")
    place = node("Range", [inner(task, "zero"), count, number("one", 1)], "place")
    place = node("Unsqueeze", [place, number("last_axis", [1])], "place_of_words")
    zeros, lowest = number("nothing", np.float32(0)), number("lowest", np.float32(-np.inf))
    if decoder.pool == "last":
        at_end = node("Equal", [place, node("Sub", ["lengths", inner(task, "one")], "last_place")], "is_last")
        chosen = node("Where", [node("Unsqueeze", [at_end, number("width_axis", [2])], "ends"), states, zeros], "at_ends")
        ends = node("ReduceSum", [chosen, first], "forwards", keepdims=0)
        if not decoder.backwards:
            return ends
        width = decoder.linear.in_features
        starts = node("Gather", [states, inner(task, "zero")], "backwards", axis=0)
        turn, axis = number("turn", [width - decoder.backwards]), inner(task, "last_axis")
        left = node("Slice", [ends, first, turn, axis], "forwards_part")
        right = node("Slice", [starts, turn, number("width", [width]), axis], "backwards_part")
        return node("Concat", [left, right], "pooled", axis=1)
    real = node("Unsqueeze", [node("Less", [place, "lengths"], "is_real"), number("width_axis", [2])], "real")
    if decoder.pool == "max":
        return node("ReduceMax", [node("Where", [real, states, lowest], "at_words")], "pooled", axes=[0], keepdims=0)
    words = node("Where", [real, states, zeros], "at_words")
    if decoder.query is None:
        total = node("ReduceSum", [words, first], "total", keepdims=0)
        lengths = node("Cast", ["lengths"], "lengths", to=TensorProto.FLOAT)
        return node("Div", [total, node("Unsqueeze", [lengths, inner(task, "last_axis")], "lengths_as_column")], "pooled")
    query = graph.weight(inner(task, "query"), array(decoder.query)[:, None] / np.float32(sqrt(len(decoder.query))))
    fits = node("Where", [real, node("MatMul", [words, query], "fits"), lowest], "fits_of_words")
    shares = node("Softmax", [fits], "shares", axis=0)
    return node("ReduceSum", [node("Mul", [words, shares], "weighed"), first], "pooled", keepdims=0)
