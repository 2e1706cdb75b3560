"""Nodes that Whisper's encoder, its decoder and nano's rows share.

Sizes: s rows of one step, d width of Whisper, h heads, K and N of a matrix, E width of nano's decoder.
Reference: transformers, `models/whisper/modeling_whisper.py` (Apache-2.0).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from asrd.convert.graph_builder import GraphBuilder
from asrd.convert.quantize import Int8Weight
from model.train.whisper import HEAD_WIDTH, Whisper

Array = NDArray[np.float32]

_CONTRIB: Final = "com.microsoft"
_WEIGHT_STEPS: Final = 63


def quantize_narrow(weight: Array) -> Int8Weight:
    """`weight` (K,N) float32 -> int8 in -63..63, each column scaled by its largest magnitude.

    On processors without VNNI, ONNX Runtime adds pairs of products with uint8 activations in 16 bits and saturates.
    255 * 63 * 2 fits; the seven bits cost nothing measurable (see the model card).
    """
    scales = np.abs(weight).max(axis=0) / np.float32(_WEIGHT_STEPS)
    scales = np.where(scales == 0, np.float32(1), scales).astype(np.float32)
    return Int8Weight(np.rint(weight / scales).astype(np.int8), scales)


class Builder(GraphBuilder):
    """The project's builder, and what only nano's graphs need."""

    def nodes(self, op: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: Any) -> None:
        """Append one node of several outputs."""
        self._nodes.append(helper.make_node(op, list(inputs), list(outputs), name=outputs[0], **attributes))

    def ints(self, name: str, *values: int) -> str:
        """A one-dimensional int64 constant."""
        return self.constant(name, np.array(values, np.int64))

    def number(self, name: str, value: float) -> str:
        """A float32 scalar."""
        return self.constant(name, np.array(value, np.float32))

    def half(self, name: str, value: Array) -> str:
        """float32 values that an int8 file stores halved: what is no matrix product."""
        if self.precision == "fp32":
            return self.constant(name, value)
        stored = self.constant(f"{name}.f16", value.astype(np.float16))
        return self.node("Cast", [stored], name, to=TensorProto.FLOAT)

    def table(self, name: str, values: Array, ids: str, output: str) -> str:
        """Rows `ids` of `values` (n, E) float32, one scale a row in an int8 file."""
        if self.precision == "fp32":
            return self.node("Gather", [self.constant(name, values), ids], output, axis=0)
        scales = np.maximum(np.abs(values).max(axis=1, keepdims=True), 1e-12) / np.float32(127)
        stored = self.constant(f"{name}.values", np.rint(values / scales).astype(np.int8))
        scale = self.constant(f"{name}.scales", scales.astype(np.float32))
        picked = self.node("Gather", [stored, ids], f"{output}.int8", axis=0)
        picked = self.node("Cast", [picked], f"{output}.float", to=TensorProto.FLOAT)
        factor = self.node("Gather", [scale, ids], f"{output}.scale", axis=0)
        return self.node("Mul", [picked, factor], output)

    def _narrowed(self, matrix: Array) -> Int8Weight:
        return quantize_narrow(matrix)

    def columns(self, name: str, matrix: Array, ids: str, output: str) -> str:
        """Columns `ids` (s,) of `matrix` (K,N) as rows (s,K); `product` may use the same stored matrix."""
        if self.precision == "fp32":
            picked = self.node("Gather", [self.constant(f"{name}.weight", matrix), ids], f"{output}.columns", axis=1)
            return self.node("Transpose", [picked], output, perm=[1, 0])
        quantized = quantize_narrow(matrix)
        stored = self.constant(f"{name}.weight", quantized.values)
        scales = self.constant(f"{name}.scale", quantized.scales)
        picked = self.node("Gather", [stored, ids], f"{output}.int8", axis=1)
        picked = self.node("Cast", [picked], f"{output}.float", to=TensorProto.FLOAT)
        picked = self.node("Mul", [picked, self.node("Gather", [scales, ids], f"{output}.scale")], f"{output}.columns")
        return self.node("Transpose", [picked], output, perm=[1, 0])

    def product(self, x: str, name: str) -> str:
        """`x` (..,K) by a matrix that `columns` has stored."""
        if self.precision == "fp32":
            return self.node("MatMul", [x, f"{name}.weight"], name)
        inputs = [x, f"{name}.weight", f"{name}.scale"]
        return self.node("DynamicQuantizeMatMul", inputs, name, domain=_CONTRIB)


class Body(Builder):
    """Builds the body of a `Loop`; its weights lie in the outer graph, where ONNX Runtime can prepare them once."""

    def __init__(self, outer: Builder) -> None:
        super().__init__("step", outer.precision)
        self._outer = outer

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """A value of the outer graph, stored as it is."""
        return self._outer.constant(name, value)

    def weight(self, name: str, value: Array) -> str:
        """A weight of the outer graph."""
        return self._outer.weight(name, value)

    def half(self, name: str, value: Array) -> str:
        """A weight of the outer graph, stored halved in an int8 file."""
        return self._outer.half(name, value)

    def graph(self, inputs: Sequence[onnx.ValueInfoProto], outputs: Sequence[onnx.ValueInfoProto]) -> onnx.GraphProto:
        """The finished body; the builder must not be used afterwards."""
        return helper.make_graph(self._nodes, "step", list(inputs), list(outputs))


class Layers:
    """Builds Whisper's layers in a graph or in the body of its loop.

    The graph has the constants `heads_shape` and `width_shape`.
    """

    def __init__(self, whisper: Whisper) -> None:
        self.whisper = whisper

    def tensor(self, name: str) -> Array:
        """One of Whisper's tensors."""
        return self.whisper.tensor(name)

    def linear(self, graph: Builder, x: str, name: str) -> str:
        """The linear layer `name` of `x` (1,s,K)."""
        bias = self.whisper.tensors.get(f"{name}.bias")
        return graph.linear(x, name, np.ascontiguousarray(self.tensor(f"{name}.weight").T), bias)

    def norm(self, graph: Builder, x: str, name: str) -> str:
        """The layer norm `name` of `x`."""
        return graph.layer_norm(x, name, self.tensor(f"{name}.weight"), self.tensor(f"{name}.bias"))

    def scaled_query(self, name: str) -> tuple[Array, Array]:
        """Matrix (d,d) and bias (d,) of the queries, with the 1 / sqrt(64) of the scores."""
        scale = np.float32(HEAD_WIDTH**-0.5)
        return self.tensor(f"{name}.q_proj.weight").T * scale, self.tensor(f"{name}.q_proj.bias") * scale

    def packed(self, graph: Builder, x: str, name: str) -> list[str]:
        """Query, key and value rows (1,s,d) by one product."""
        query, query_bias = self.scaled_query(name)
        key, value = (self.tensor(f"{name}.{part}_proj.weight").T for part in "kv")
        matrix = np.ascontiguousarray(np.concatenate([query, key, value], axis=1))
        bias = np.concatenate([query_bias, np.zeros_like(query_bias), self.tensor(f"{name}.v_proj.bias")])
        packed = graph.linear(x, f"{name}.qkv", matrix, bias)
        return graph.split(packed, [f"{name}.{part}.rows" for part in "qkv"])

    def heads(self, graph: Builder, rows: str, perm: list[int]) -> str:
        """(1,s,d) -> (1,s,h,64), transposed by `perm`."""
        shaped = graph.node("Reshape", [rows, "heads_shape"], f"{rows}.shaped")
        return graph.node("Transpose", [shaped], f"{rows}.heads", perm=perm)

    def attend(self, graph: Builder, query: str, key: str, value: str, name: str, mask: str | None = None) -> str:
        """(1,h,s,64), (1,h,64,m), (1,h,m,64) -> (1,s,d)."""
        scores = graph.node("MatMul", [query, key], f"{name}.scores")
        if mask is not None:
            scores = graph.node("Add", [scores, mask], f"{name}.masked")
        weights = graph.node("Softmax", [scores], f"{name}.weights", axis=-1)
        context = graph.node("MatMul", [weights, value], f"{name}.context")
        context = graph.node("Transpose", [context], f"{name}.by_row", perm=[0, 2, 1, 3])
        return graph.node("Reshape", [context, "width_shape"], f"{name}.joined")

    def feed_forward(self, graph: Builder, x: str, name: str) -> str:
        """The second half of the layer `name`."""
        hidden = self.linear(graph, self.norm(graph, x, f"{name}.final_layer_norm"), f"{name}.fc1")
        hidden = self.linear(graph, graph.node("Gelu", [hidden], f"{name}.gelu"), f"{name}.fc2")
        return graph.node("Add", [x, hidden], f"{name}.out")
