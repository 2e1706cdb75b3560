"""Which GGUF type each tensor of the decoder gets, and its bytes in that type.

gguf-py writes f32, f16, q8_0 and q4_0; k-quants come from the `libgguf` package (extra `kquants`).
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any, Literal, cast, get_args

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Ggml
from gguf import LlamaFileType
from numpy.typing import NDArray

from asrd.errors import ConfigError, ExportError
from asrd.installing import with_extra

DecoderType = Literal["f32", "f16", "q8_0", "q4_0", "q4_k", "q5_k", "q6_k"]
DECODER_TYPES: tuple[str, ...] = get_args(DecoderType)
FILE_TYPES: dict[str, int] = {
    "f32": LlamaFileType.ALL_F32,
    "f16": LlamaFileType.MOSTLY_F16,
    "q8_0": LlamaFileType.MOSTLY_Q8_0,
    "q4_0": LlamaFileType.MOSTLY_Q4_0,
    "q4_k": LlamaFileType.MOSTLY_Q4_K_M,
    "q5_k": LlamaFileType.MOSTLY_Q5_K_M,
    "q6_k": LlamaFileType.MOSTLY_Q6_K,
}
_K_BLOCK = 256
_BLOCK = 32
_BASE = {
    "f32": Ggml.F32,
    "f16": Ggml.F16,
    "q8_0": Ggml.Q8_0,
    "q4_0": Ggml.Q4_0,
    "q4_k": Ggml.Q4_K,
    "q5_k": Ggml.Q5_K,
    "q6_k": Ggml.Q6_K,
}
_K_TYPES = (Ggml.Q4_K, Ggml.Q5_K, Ggml.Q6_K)


def decoder_type(text: str) -> DecoderType:
    """`text` as a decoder type; raises `ConfigError` with the known ones."""
    if text not in DECODER_TYPES:
        raise ConfigError(f"{text!r} is not a decoder type; choose one of {', '.join(DECODER_TYPES)}")
    return cast(DecoderType, text)


def type_of(name: str, shape: tuple[int, ...], base: DecoderType, layers: int, *, tied: bool) -> Ggml:
    """The type of the tensor `name` (GGUF naming) in a file of type `base`.

    Vectors stay f32. In the 4- and 5-bit files the matrix that makes the logits, and in the k-quants half of the
    value and down projections, are q6_k, as llama.cpp mixes them. Rows that no block divides fall to q8_0, then f16.
    """
    if len(shape) == 1 or base == "f32":
        return Ggml.F32
    kind = _BASE[base]
    if base in ("q4_0", "q4_k", "q5_k") and _is_sensitive(name, base, layers, tied=tied):
        kind = Ggml.Q6_K
    if kind in _K_TYPES and shape[-1] % _K_BLOCK:
        kind = Ggml.Q8_0
    if kind != Ggml.F16 and shape[-1] % _BLOCK:
        kind = Ggml.F16
    return kind


def _is_sensitive(name: str, base: DecoderType, layers: int, *, tied: bool) -> bool:
    if name == "output.weight" or (name == "token_embd.weight" and tied):
        return True
    match = re.fullmatch(r"blk\.(\d+)\.(attn_v|ffn_down)\.weight", name)
    if match is None or base == "q4_0":
        return False
    index, eighth = int(match[1]), layers // 8
    return index < eighth or index >= 7 * layers // 8 or (index - eighth) % 3 == 2


def encoded_shape(shape: tuple[int, ...], kind: Ggml) -> tuple[tuple[int, ...], np.dtype[Any], int]:
    """Shape as stored (in bytes when quantised), element type and size in bytes of a tensor in that type."""
    if kind in (Ggml.F32, Ggml.F16):
        dtype: np.dtype[Any] = np.dtype(np.float32 if kind == Ggml.F32 else np.float16)
        return shape, dtype, int(np.prod(shape)) * dtype.itemsize
    stored = tuple(gguf.quant_shape_to_byte_shape(shape, kind))
    return stored, np.dtype(np.uint8), int(np.prod(stored))


def encode(values: NDArray[np.float32], kind: Ggml) -> NDArray[Any]:
    """`values` in that type: an array of the shape, dtype and size that `encoded_shape` gives."""
    if kind == Ggml.F32:
        return values
    if kind == Ggml.F16:
        return values.astype(np.float16)
    if kind in _K_TYPES:
        return _encode_k(values, kind)
    encoded: NDArray[Any] = gguf.quants.quantize(values, kind)
    return encoded


def _encode_k(values: NDArray[np.float32], kind: Ggml) -> NDArray[Any]:
    try:
        libgguf = import_module("libgguf")
    except ImportError as error:
        raise ExportError(
            f"{kind.name.lower()} needs the package libgguf, which is not installed; "
            f"{with_extra('kquants')}, or choose q8_0"
        ) from error
    encoded: NDArray[Any] = libgguf.quantize_rows(values, int(kind))
    return encoded
