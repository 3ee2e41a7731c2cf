"""An ONNX graph in the making."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

Weights = NDArray[np.float32]

_OPSETS = {"": 17, "com.microsoft": 1}
# The format of that opset's time: an onnxruntime that is not the newest reads it too.
_IR_VERSION = 8


def inner(task: str, name: str) -> str:
    """The name of something within a graph that is a task's, which no task's name can make another's."""
    return f"{task}/{name}"


class Graph:
    """A graph in the making: nodes in their order, and the weights that they read."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._weights: list[onnx.TensorProto] = []

    def weight(self, name: str, values: NDArray[Any]) -> str:
        """A constant; its name is given back."""
        self._weights.append(numpy_helper.from_array(np.asarray(values, order="C"), name))
        return name

    def node(self, operator: str, inputs: Sequence[str], output: str, *, which: int = 0, **options: Any) -> str:
        """An operator of which one output is wanted, whose name is given back; `which` of them, counted from 0."""
        domain = "com.microsoft" if operator == "DynamicQuantizeLSTM" else ""
        self._nodes.append(helper.make_node(operator, inputs, [*[""] * which, output], name=output, domain=domain, **options))
        return output

    def model(self, name: str, inputs: Mapping[str, tuple[int, list[Any]]], outputs: Mapping[str, list[Any]]) -> onnx.ModelProto:
        """The whole: the type and shape of each input, the shape of each output."""
        graph = helper.make_graph(
            self._nodes,
            name,
            [helper.make_tensor_value_info(key, kind, shape) for key, (kind, shape) in inputs.items()],
            [helper.make_tensor_value_info(key, TensorProto.FLOAT, shape) for key, shape in outputs.items()],
            self._weights,
        )
        opsets = [helper.make_opsetid(domain, version) for domain, version in _OPSETS.items()]
        return helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="tagger")


def array(tensor: Tensor) -> Weights:
    """A weight as the graph holds it."""
    found: Weights = tensor.detach().float().cpu().numpy()
    return found
