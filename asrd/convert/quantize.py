"""Weight quantisation for the encoder's matrix products, in plain numpy so that equal weights give equal bytes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

INT4_BLOCK = 64
"""Weights along the input axis that share a scale."""


@dataclass(frozen=True)
class Int8Weight:
    """Symmetric per-column int8: `values` (K,N) int8 and `scales` (N,) float32, weight = values * scales."""

    values: NDArray[np.int8]
    scales: NDArray[np.float32]


@dataclass(frozen=True)
class Int4Weight:
    """The layout of ONNX Runtime's `MatMulNBits` (contrib operator documentation), with B blocks along K.

    `values` (N, B, INT4_BLOCK / 2) uint8, low nibble first; `scales` (N * B,) float32; `zero_points`
    (N * ceil(B / 2),) uint8, low nibble first. weight = (value - zero_point) * scale.
    """

    values: NDArray[np.uint8]
    scales: NDArray[np.float32]
    zero_points: NDArray[np.uint8]


def quantize_int8(weight: NDArray[np.float32]) -> Int8Weight:
    """`weight` (K,N) float32 -> int8 in -127..127, each column scaled by its largest magnitude."""
    scales = np.abs(weight).max(axis=0) / np.float32(127)
    scales = np.where(scales == 0, np.float32(1), scales).astype(np.float32)
    return Int8Weight(np.rint(weight / scales).astype(np.int8), scales)


def quantize_int4(weight: NDArray[np.float32]) -> Int4Weight:
    """`weight` (K,N) float32 -> blocks of `INT4_BLOCK` along K, each with its own range and zero point.

    A K that is no multiple of the block is padded with zeros, as the operator expects.
    """
    k, n = weight.shape
    blocks = -(-k // INT4_BLOCK)
    padded = np.zeros((n, blocks * INT4_BLOCK), np.float32)
    padded[:, :k] = weight.T
    grouped = padded.reshape(n, blocks, INT4_BLOCK)
    low = np.minimum(grouped.min(axis=2, keepdims=True), np.float32(0))
    high = np.maximum(grouped.max(axis=2, keepdims=True), np.float32(0))
    scales = (high - low) / np.float32(15)
    scales = np.where(scales == 0, np.float32(1), scales).astype(np.float32)
    zero = np.clip(np.rint(-low / scales), 0, 15)
    values = np.clip(np.rint(grouped / scales) + zero, 0, 15).astype(np.uint8)
    zero_points = np.full((n, blocks + blocks % 2), 8, np.uint8)
    zero_points[:, :blocks] = zero[:, :, 0]
    return Int4Weight(_pack(values), scales.reshape(-1), _pack(zero_points).reshape(-1))


def _pack(nibbles: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(nibbles[..., 0::2] | (nibbles[..., 1::2] << 4))
