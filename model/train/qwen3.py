"""Qwen3's architecture as a bag of weights, with the names that asrd's GGUF writer asks for.

As `src/models/qwen3.cpp` of llama.cpp computes it: RMSNorm before attention and feed-forward, RMSNorm of every query
and key head, rotary positions over the two halves of a head, SwiGLU, the embedding also as output.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from asrd.convert.config import DecoderConfig

Array = NDArray[np.float32]

RMS_EPS: Final = 1e-6
_CONTEXT_LENGTH: Final = 4096


@dataclass(frozen=True)
class Shape:
    """Dimensions: `hidden` E, `heads` of `head_dim` each, `ffn` units."""

    vocabulary: int
    hidden: int
    layers: int
    heads: int
    head_dim: int
    ffn: int
    rope_theta: float

    def config(self) -> DecoderConfig:
        """The same for the GGUF writer."""
        return DecoderConfig(
            vocab_size=self.vocabulary,
            hidden=self.hidden,
            layers=self.layers,
            heads=self.heads,
            kv_heads=self.heads,
            head_dim=self.head_dim,
            ffn_dim=self.ffn,
            rms_eps=RMS_EPS,
            rope_theta=self.rope_theta,
            context_length=_CONTEXT_LENGTH,
            rope_sections=(0, 0, 0, 0),
            tied=True,
        )


class Layer:
    """One layer: its matrices (to, from), all zero, to be written into; norms of 1."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        hidden, width, ffn = shape.hidden, shape.heads * shape.head_dim, shape.ffn
        self.query, self.key, self.value = (np.zeros((width, hidden), np.float32) for _ in range(3))
        self.out = np.zeros((hidden, width), np.float32)
        self.gate, self.up = (np.zeros((ffn, hidden), np.float32) for _ in range(2))
        self.down = np.zeros((hidden, ffn), np.float32)

    def tensors(self, sharpness: float) -> dict[str, Array]:
        """By the names of `asrd.convert.checkpoint`; queries and keys of length `sharpness` x sqrt(head_dim)."""
        ones, sharp = np.ones(self.shape.hidden, np.float32), np.full(self.shape.head_dim, sharpness, np.float32)
        return {
            "input_layernorm.weight": ones,
            "self_attn.q_proj.weight": self.query,
            "self_attn.k_proj.weight": self.key,
            "self_attn.v_proj.weight": self.value,
            "self_attn.o_proj.weight": self.out,
            "self_attn.q_norm.weight": sharp,
            "self_attn.k_norm.weight": sharp,
            "post_attention_layernorm.weight": ones,
            "mlp.gate_proj.weight": self.gate,
            "mlp.up_proj.weight": self.up,
            "mlp.down_proj.weight": self.down,
        }


@dataclass(frozen=True, eq=False)
class Head:
    """One head of a layer: views of its part of the matrices, by dimension of the head."""

    query: Array
    key: Array
    value: Array
    out: Array

    @classmethod
    def of(cls, layer: Layer, index: int) -> Head:
        """Head `index` of `layer`; `out` is transposed (head_dim, E)."""
        part = slice(index * layer.shape.head_dim, (index + 1) * layer.shape.head_dim)
        return cls(layer.query[part], layer.key[part], layer.value[part], layer.out[:, part].T)
