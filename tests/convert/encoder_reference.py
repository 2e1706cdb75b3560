"""The audio encoder in plain numpy, float64, written from the formulas: what the ONNX files are held against."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from asrd.convert.checkpoint import Checkpoint
from asrd.convert.encoder_graph import sinusoids
from asrd.geometry import CHUNK_ROWS

Array = NDArray[np.float64]
_erf = np.vectorize(math.erf, otypes=[np.float64])


class EncoderReference:
    """Weights of a checkpoint and the two halves of its encoder."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint
        self.config = checkpoint.config.encoder

    def _weight(self, name: str, *shape: int) -> Array:
        return self._checkpoint.tensor(f"audio.{name}", *shape).astype(np.float64)

    def front(self, mel: Array) -> Array:
        """(128,100) -> (13,D)."""
        channels, width = self.config.conv_channels, self.config.d_model
        image = mel[None]
        for index, inputs in ((1, 1), (2, channels), (3, channels)):
            kernel = self._weight(f"conv2d{index}.weight", channels, inputs, 3, 3)
            image = _gelu(_convolve(image, kernel) + self._weight(f"conv2d{index}.bias", channels)[:, None, None])
        flat = image.reshape(-1, CHUNK_ROWS).T
        rows: Array = flat @ self._weight("conv_out.weight", width, flat.shape[1]).T
        return rows + sinusoids(CHUNK_ROWS, width)

    def back(self, x: Array, mask: Array | None = None) -> Array:
        """(T',D) -> (T',E), with an additive mask (T',T') if there is one."""
        width, ffn = self.config.d_model, self.config.ffn_dim
        for index in range(self.config.layers):
            name = f"layers.{index}"
            x = x + self._attention(self._norm(x, f"{name}.self_attn_layer_norm"), f"{name}.self_attn", mask)
            hidden = self._linear(self._norm(x, f"{name}.final_layer_norm"), f"{name}.fc1", ffn, width)
            x = x + self._linear(_gelu(hidden), f"{name}.fc2", width, ffn)
        x = self._linear(self._norm(x, "ln_post"), "proj1", width, width)
        return self._linear(_gelu(x), "proj2", self.config.output_dim, width)

    def _attention(self, x: Array, name: str, mask: Array | None) -> Array:
        width, heads = self.config.d_model, self.config.heads
        query, key, value = (
            self._linear(x, f"{name}.{part}_proj", width, width).reshape(len(x), heads, -1).transpose(1, 0, 2)
            for part in "qkv"
        )
        scores = query @ key.transpose(0, 2, 1) / math.sqrt(width // heads)
        if mask is not None:
            scores = scores + mask
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        joined = (weights @ value).transpose(1, 0, 2).reshape(len(x), width)
        return self._linear(joined, f"{name}.out_proj", width, width)

    def _linear(self, x: Array, name: str, outputs: int, inputs: int) -> Array:
        product: Array = x @ self._weight(f"{name}.weight", outputs, inputs).T
        return product + self._weight(f"{name}.bias", outputs)

    def _norm(self, x: Array, name: str) -> Array:
        width = self.config.d_model
        centred = x - x.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-5)
        normed: Array = scaled * self._weight(f"{name}.weight", width)
        return normed + self._weight(f"{name}.bias", width)


def _gelu(x: Array) -> Array:
    result: Array = 0.5 * x * (1 + _erf(x / math.sqrt(2)))
    return result


def _convolve(image: Array, kernel: Array) -> Array:
    """3x3, stride 2, padding 1: (C,H,W) -> (C',ceil(H/2),ceil(W/2))."""
    padded = np.pad(image, ((0, 0), (1, 1), (1, 1)))
    patches = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))[:, ::2, ::2]
    return np.asarray(np.einsum("chwij,ocij->ohw", patches, kernel, optimize=True))
