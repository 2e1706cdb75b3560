"""A small writer of ONNX graphs: nodes in order, weights in the precision of the file."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from asrd import __version__
from asrd.convert.quantize import INT4_BLOCK, Int8Weight, quantize_int4, quantize_int8

Precision = Literal["fp32", "fp16", "int8", "int4"]
OPSET = 20
"""First opset whose Gelu is an operator; every ONNX Runtime that asrd accepts has it."""
IR_VERSION = 10
"""What ONNX Runtime 1.20, the oldest that asrd accepts, reads."""
_CONTRIB = "com.microsoft"


class GraphBuilder:
    """Collects nodes and initializers and makes a model of them.

    Values flow as float32 in every precision: fp16 files hold halved weights, which ONNX Runtime widens once while
    loading (its CPU kernels compute in float32 anyhow), and have float16 inputs and outputs. So the residual stream
    cannot overflow, and layer norms stay exact.
    """

    def __init__(self, name: str, precision: Precision) -> None:
        self.precision = precision
        self._name = name
        self._nodes: list[onnx.NodeProto] = []
        self._weights: list[onnx.TensorProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._io_type = TensorProto.FLOAT16 if precision == "fp16" else TensorProto.FLOAT

    def node(self, op: str, inputs: list[str], output: str, *, domain: str = "", **attributes: Any) -> str:
        """Append one node of one output; returns the output's name."""
        self._nodes.append(helper.make_node(op, inputs, [output], name=output, domain=domain, **attributes))
        return output

    def split(self, value: str, outputs: list[str]) -> list[str]:
        """Split the last axis of `value` into equal parts."""
        node = helper.make_node("Split", [value], outputs, name=outputs[0], axis=-1, num_outputs=len(outputs))
        self._nodes.append(node)
        return outputs

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """A value stored as it is."""
        self._weights.append(numpy_helper.from_array(value, name))
        return name

    def weight(self, name: str, value: NDArray[np.float32]) -> str:
        """A float32 value, stored halved in an fp16 file."""
        if self.precision != "fp16":
            return self.constant(name, value)
        stored = self.constant(f"{name}.f16", _half(value))
        return self.node("Cast", [stored], name, to=TensorProto.FLOAT)

    def linear(self, x: str, name: str, matrix: NDArray[np.float32], bias: NDArray[np.float32] | None) -> str:
        """`x` (..,K) @ `matrix` (K,N) + `bias` (N,), in the precision of the file; returns the output's name."""
        if self.precision == "int8":
            return self._linear_int8(x, name, matrix, bias)
        if self.precision == "int4":
            product = self._product_int4(x, name, matrix)
        else:
            product = self.node("MatMul", [x, self.weight(f"{name}.weight", matrix)], f"{name}.product")
        if bias is None:
            return product
        return self.node("Add", [product, self.weight(f"{name}.bias", bias)], name)

    def _linear_int8(self, x: str, name: str, matrix: NDArray[np.float32], bias: NDArray[np.float32] | None) -> str:
        quantized = self._narrowed(matrix)
        inputs = [
            x,
            self.constant(f"{name}.weight", quantized.values),
            self.constant(f"{name}.scale", quantized.scales),
            "",
            "" if bias is None else self.constant(f"{name}.bias", bias),
        ]
        return self.node("DynamicQuantizeMatMul", inputs, name, domain=_CONTRIB)

    def _narrowed(self, matrix: NDArray[np.float32]) -> Int8Weight:
        """What int8 files store of `matrix` (K,N)."""
        return quantize_int8(matrix)

    def _product_int4(self, x: str, name: str, matrix: NDArray[np.float32]) -> str:
        quantized = quantize_int4(matrix)
        inputs = [
            x,
            self.constant(f"{name}.weight", quantized.values),
            self.constant(f"{name}.scale", quantized.scales),
            self.constant(f"{name}.zero", quantized.zero_points),
        ]
        k, n = matrix.shape
        # accuracy_level 4: the activations are rounded to int8 per block, as fast as int8 weights.
        sizes = {"K": k, "N": n, "bits": 4, "block_size": INT4_BLOCK, "accuracy_level": 4}
        return self.node("MatMulNBits", inputs, f"{name}.product", domain=_CONTRIB, **sizes)

    def layer_norm(self, x: str, name: str, gain: NDArray[np.float32], bias: NDArray[np.float32]) -> str:
        """Layer norm over the last axis; epsilon 1e-5, PyTorch's default."""
        inputs = [x, self.weight(f"{name}.weight", gain), self.weight(f"{name}.bias", bias)]
        return self.node("LayerNormalization", inputs, name, axis=-1, epsilon=1e-5)

    def input(self, name: str, shape: list[int | str]) -> str:
        """Declare an input of the file; returns the name of its float32 value."""
        self._inputs.append(helper.make_tensor_value_info(name, self._io_type, shape))
        if self._io_type == TensorProto.FLOAT:
            return name
        return self.node("Cast", [name], f"{name}.f32", to=TensorProto.FLOAT)

    def output(self, name: str, value: str, shape: list[int | str]) -> None:
        """Declare an output of the file, taken from the float32 `value`."""
        self._outputs.append(helper.make_tensor_value_info(name, self._io_type, shape))
        self.node("Cast", [value], name, to=self._io_type)

    def model(self) -> onnx.ModelProto:
        """The finished model; the builder must not be used afterwards."""
        graph = helper.make_graph(self._nodes, self._name, self._inputs, self._outputs, self._weights)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(_CONTRIB, 1)]
        return helper.make_model(
            graph, ir_version=IR_VERSION, opset_imports=opsets, producer_name="asrd", producer_version=__version__
        )


def _half(value: NDArray[np.float32]) -> NDArray[np.float16]:
    limit = float(np.finfo(np.float16).max)
    return np.clip(value, -limit, limit).astype(np.float16)
