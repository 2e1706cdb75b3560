"""Builds the two ONNX files of the audio encoder from a checkpoint's weights.

Sizes: C convolution channels, D model width, F feed-forward width, E decoder width, T' rows.
Reference: transformers, `models/qwen3_asr/modeling_qwen3_asr.py` (Qwen3ASREncoder, Qwen3ASRMultiModalProjector).

The front end sees one chunk of 100 mel frames, so its positions restart in each chunk; the back end is run on one
attention window (up to 104 rows) at a time and then needs no mask.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx
from numpy.typing import NDArray

from asrd.convert.checkpoint import Checkpoint
from asrd.convert.config import CONV_BINS
from asrd.convert.graph_builder import GraphBuilder, Precision
from asrd.geometry import CHUNK_FRAMES, CHUNK_ROWS, MEL_BINS

Array = NDArray[np.float32]
_MAX_TIMESCALE = 10000.0


def sinusoids(length: int, channels: int) -> Array:
    """Positions 0..length-1 as (length, channels) float32: sines in the first half, cosines in the second.

    Computed step by step in the reference's precisions (float32 exponents and angles).
    """
    increment = np.float32(np.log(_MAX_TIMESCALE) / (channels // 2 - 1))
    inverse = np.exp(-increment * np.arange(channels // 2, dtype=np.float32))
    angles = np.arange(length, dtype=np.float32)[:, None] * inverse[None, :]
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)


def build_frontend(checkpoint: Checkpoint, precision: Precision) -> onnx.ModelProto:
    """chunk_mel (1,128,100) -> hidden_states (1,13,D), float32, or float16 when `precision` is fp16."""
    config = checkpoint.config.encoder
    channels, width = config.conv_channels, config.d_model
    graph = GraphBuilder("qwen3_asr_encoder_frontend", precision)
    x = graph.input("chunk_mel", [1, MEL_BINS, CHUNK_FRAMES])
    x = graph.node("Unsqueeze", [x, graph.constant("channel_axis", np.array([1], np.int64))], "image")
    for index, in_channels in ((1, 1), (2, channels), (3, channels)):
        name = f"conv2d{index}"
        kernel = checkpoint.tensor(f"audio.{name}.weight", channels, in_channels, 3, 3)
        bias = checkpoint.tensor(f"audio.{name}.bias", channels)
        inputs = [x, graph.weight(f"{name}.weight", kernel), graph.weight(f"{name}.bias", bias)]
        x = graph.node("Conv", inputs, name, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
        x = graph.node("Gelu", [x], f"{name}.gelu")
    # (1, C, 16, 13) -> (1, 13, C * 16): channel-major, as the linear layer was trained.
    x = graph.node("Transpose", [x], "by_row", perm=[0, 3, 1, 2])
    flat = graph.constant("flat_shape", np.array([1, CHUNK_ROWS, channels * CONV_BINS], np.int64))
    x = graph.node("Reshape", [x, flat], "flat")
    matrix = checkpoint.tensor("audio.conv_out.weight", width, channels * CONV_BINS).T
    x = graph.linear(x, "conv_out", matrix, None)
    positions = graph.constant("positions", sinusoids(CHUNK_ROWS, width))
    x = graph.node("Add", [x, positions], "positioned")
    graph.output("hidden_states", x, [1, CHUNK_ROWS, width])
    return graph.model()


def build_backend(
    checkpoint: Checkpoint,
    precision: Precision,
    *,
    with_mask: bool = False,
    progress: Callable[[float], None] = lambda fraction: None,
) -> onnx.ModelProto:
    """hidden_states (1,T',D) [, attention_mask (1,1,T',T') additive] -> audio_embeds (1,T',E).

    Inputs and output are float32, or float16 when `precision` is fp16.
    """
    return _Backend(checkpoint, precision, with_mask=with_mask).build(progress)


class _Backend:
    def __init__(self, checkpoint: Checkpoint, precision: Precision, *, with_mask: bool) -> None:
        self._checkpoint = checkpoint
        self._config = checkpoint.config.encoder
        self._graph = GraphBuilder("qwen3_asr_encoder_backend", precision)
        self._with_mask = with_mask
        self._mask = ""

    def build(self, progress: Callable[[float], None]) -> onnx.ModelProto:
        graph, config = self._graph, self._config
        x = graph.input("hidden_states", [1, "rows", config.d_model])
        if self._with_mask:
            self._mask = graph.input("attention_mask", [1, 1, "rows", "rows"])
        head_dim = config.d_model // config.heads
        graph.constant("heads_shape", np.array([1, -1, config.heads, head_dim], np.int64))
        graph.constant("rows_shape", np.array([1, -1, config.d_model], np.int64))
        for index in range(config.layers):
            x = self._layer(x, f"layers.{index}")
            progress((index + 1) / config.layers)
        x = self._norm(x, "ln_post")
        x = self._linear(x, "proj1", config.d_model, config.d_model)
        x = graph.node("Gelu", [x], "proj1.gelu")
        x = self._linear(x, "proj2", config.d_model, config.output_dim)
        graph.output("audio_embeds", x, [1, "rows", config.output_dim])
        return graph.model()

    def _layer(self, x: str, name: str) -> str:
        graph, config = self._graph, self._config
        attended = self._attention(self._norm(x, f"{name}.self_attn_layer_norm"), f"{name}.self_attn")
        x = graph.node("Add", [x, attended], f"{name}.attended")
        hidden = self._linear(self._norm(x, f"{name}.final_layer_norm"), f"{name}.fc1", config.d_model, config.ffn_dim)
        hidden = graph.node("Gelu", [hidden], f"{name}.gelu")
        hidden = self._linear(hidden, f"{name}.fc2", config.ffn_dim, config.d_model)
        return graph.node("Add", [x, hidden], f"{name}.out")

    def _attention(self, x: str, name: str) -> str:
        graph = self._graph
        matrix, bias = self._packed_projection(name)
        packed = graph.linear(x, f"{name}.qkv", matrix, bias)
        parts = graph.split(packed, [f"{name}.{part}.rows" for part in "qkv"])
        query, key, value = (
            self._heads(part, f"{name}.{letter}", perm)
            for part, letter, perm in zip(parts, "qkv", ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]), strict=True)
        )
        scores = graph.node("MatMul", [query, key], f"{name}.scores")
        if self._mask:
            scores = graph.node("Add", [scores, self._mask], f"{name}.masked")
        weights = graph.node("Softmax", [scores], f"{name}.weights", axis=-1)
        context = graph.node("MatMul", [weights, value], f"{name}.context")
        context = graph.node("Transpose", [context], f"{name}.by_row", perm=[0, 2, 1, 3])
        context = graph.node("Reshape", [context, "rows_shape"], f"{name}.joined")
        return self._linear(context, f"{name}.out_proj", self._config.d_model, self._config.d_model)

    def _heads(self, rows: str, name: str, perm: list[int]) -> str:
        shaped = self._graph.node("Reshape", [rows, "heads_shape"], f"{name}.shaped")
        return self._graph.node("Transpose", [shaped], name, perm=perm)

    def _packed_projection(self, name: str) -> tuple[Array, Array]:
        """Query, key and value in one (D, 3D) product; the query carries the 1 / sqrt(head width) of the scores."""
        width = self._config.d_model
        scale = np.float32((width // self._config.heads) ** -0.5)
        matrices, biases = [], []
        for part, factor in (("q_proj", scale), ("k_proj", np.float32(1)), ("v_proj", np.float32(1))):
            matrices.append(self._checkpoint.tensor(f"audio.{name}.{part}.weight", width, width).T * factor)
            biases.append(self._checkpoint.tensor(f"audio.{name}.{part}.bias", width) * factor)
        return np.ascontiguousarray(np.concatenate(matrices, axis=1)), np.concatenate(biases)

    def _linear(self, x: str, name: str, size_in: int, size_out: int) -> str:
        matrix = self._checkpoint.tensor(f"audio.{name}.weight", size_out, size_in).T
        return self._graph.linear(x, name, matrix, self._checkpoint.tensor(f"audio.{name}.bias", size_out))

    def _norm(self, x: str, name: str) -> str:
        gain, bias = (
            self._checkpoint.tensor(f"audio.{name}.{part}", self._config.d_model) for part in ("weight", "bias")
        )
        return self._graph.layer_norm(x, name, gain, bias)
