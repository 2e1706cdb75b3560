from __future__ import annotations

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from asrd.convert.graph_builder import GraphBuilder
from asrd.convert.quantize import INT4_BLOCK, quantize_int4, quantize_int8
from asrd.onnx_runtime import ort


def weights(k: int, n: int) -> NDArray[np.float32]:
    return np.random.default_rng(k).normal(0, 1, (k, n)).astype(np.float32)


def test_int8_is_within_half_a_step() -> None:
    matrix = weights(50, 7)
    quantized = quantize_int8(matrix)
    error = np.abs(quantized.values * quantized.scales - matrix)
    assert (error <= quantized.scales / 2 * 1.0001).all()
    assert np.abs(quantized.values).max(axis=0).tolist() == [127] * 7


def test_columns_of_zeros_stay_zeros() -> None:
    matrix = np.zeros((64, 3), np.float32)
    assert not quantize_int8(matrix).values.any()
    quantized = quantize_int4(matrix)
    assert np.isfinite(quantized.scales).all()
    assert np.unique(quantized.values).tolist() == [0]


def unpacked(packed: NDArray[np.uint8]) -> NDArray[np.float64]:
    return np.stack([packed & 15, packed >> 4], axis=-1).reshape(*packed.shape[:-1], -1).astype(np.float64)


@pytest.mark.parametrize("k", [64, 192, 100])
def test_int4_is_within_a_step(k: int) -> None:
    matrix = weights(k, 5)
    quantized = quantize_int4(matrix)
    blocks = -(-k // INT4_BLOCK)
    assert quantized.values.shape == (5, blocks, INT4_BLOCK // 2)
    zero = unpacked(quantized.zero_points.reshape(5, -1))[:, :blocks, None]
    scales = quantized.scales.reshape(5, blocks, 1)
    restored = ((unpacked(quantized.values) - zero) * scales).reshape(5, -1)[:, :k].T
    # Rounding of the value and of the zero point: at most one step together.
    assert (np.abs(restored - matrix) <= np.repeat(scales[:, :, 0], INT4_BLOCK, axis=1)[:, :k].T * 1.0001).all()


@pytest.mark.parametrize("k", [64, 192, 100])
def test_onnx_runtime_reads_the_int4_layout(k: int) -> None:
    matrix = weights(k, 6)
    graph = GraphBuilder("product", "int4")
    x = graph.input("x", [1, "rows", k])
    graph.output("y", graph.linear(x, "linear", matrix, np.ones(6, np.float32)), [1, "rows", 6])
    rows = weights(k, 3).T.copy()[None]
    session = ort.InferenceSession(graph.model().SerializeToString(), providers=["CPUExecutionProvider"])
    found = session.run(None, {"x": rows})[0]
    exact = rows @ matrix + 1
    assert np.sqrt(np.mean((found - exact) ** 2)) < 0.15 * np.sqrt(np.mean(exact**2))


def test_models_carry_no_trace_of_the_machine() -> None:
    graph = GraphBuilder("product", "fp32")
    graph.output("y", graph.input("x", [1]), [1])
    model: onnx.ModelProto = graph.model()
    assert (model.producer_name, model.doc_string, len(model.metadata_props)) == ("asrd", "", 0)
