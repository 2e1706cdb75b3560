"""The dimensions of a Qwen3-ASR checkpoint, read from its `config.json`.

Two layouts exist: the published one nests everything under `thinker_config`, the transformers port has `audio_config`
and `text_config` at the top. Either may leave out keys whose value is the default of some class, so the dimensions that
a weight shows (widths, layer counts) may be absent here and are then read from the weight.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from asrd.errors import ExportError
from asrd.geometry import CHUNK_FRAMES, CONVOLUTION_STRIDE, MEL_BINS, WINDOW_FRAMES

CONV_BINS = MEL_BINS // CONVOLUTION_STRIDE
"""Mel bins left after the three convolutions."""
ENCODER_HEAD_DIM = 64
"""Width of an encoder head where the config does not say."""

Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class EncoderConfig:
    """Dimensions of the audio encoder, its projector included.

    `conv_channels` C, `d_model` D, `ffn_dim` F, `output_dim` E: see `encoder_graph`.
    """

    conv_channels: int
    d_model: int
    layers: int
    heads: int
    ffn_dim: int
    output_dim: int


@dataclass(frozen=True)
class DecoderConfig:
    """Dimensions of the Qwen3 text model."""

    vocab_size: int
    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    ffn_dim: int
    rms_eps: float
    rope_theta: float
    context_length: int
    rope_sections: tuple[int, int, int, int]
    tied: bool


@dataclass(frozen=True)
class ModelConfig:
    """Both halves of a checkpoint."""

    encoder: EncoderConfig
    decoder: DecoderConfig


def rope_sections(head_dim: int) -> tuple[int, int, int, int]:
    """Pairs of a head rotated by the time, height, width and extra position: (24, 20, 20, 0) for a head of 128.

    The published ratio for other widths. All four positions are equal for speech and text, so only the sum
    (head_dim / 2) matters for the result; llama.cpp rotates by the fourth whatever the first three do not cover.
    """
    half = head_dim // 2
    side = half * 20 // 64
    return (half - 2 * side, side, side, 0)


def parse_config(raw: Mapping[str, Any], shapes: Shapes) -> ModelConfig:
    """Dimensions from a parsed `config.json` and the shapes of the weights (canonical names, see `checkpoint`).

    Raises `ExportError` when a section is missing or the architecture is another one.
    """
    thinker = raw.get("thinker_config", raw)
    audio, text = (_section(thinker, key) for key in ("audio_config", "text_config"))
    _check_constants(audio)
    return ModelConfig(_encoder(audio, shapes), _decoder(text, thinker, shapes))


def _section(thinker: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    section = thinker.get(key)
    if not isinstance(section, Mapping):
        raise ExportError(f"config.json has no `{key}`; this is not a Qwen3-ASR checkpoint, give one that is")
    return section


def _check_constants(audio: Mapping[str, Any]) -> None:
    fixed = {"num_mel_bins": MEL_BINS, "n_window": CHUNK_FRAMES // 2, "n_window_infer": WINDOW_FRAMES}
    for key, value in {**fixed, "activation_function": "gelu", "scale_embedding": False}.items():
        if audio.get(key, value) != value:
            raise ExportError(
                f"config.json: audio_config.{key} is {audio[key]!r}, but asrd only knows encoders with {value!r}; "
                "use a Qwen3-ASR checkpoint"
            )


def _dim(shapes: Shapes, name: str, axis: int) -> int:
    shape = shapes.get(name)
    if shape is None or len(shape) <= axis:
        found = "no such tensor" if shape is None else f"shape {list(shape)}"
        raise ExportError(f"The checkpoint has {found} for {name}; it is incomplete, download it again")
    return shape[axis]


def _count_layers(shapes: Shapes, prefix: str) -> int:
    pattern = re.compile(re.escape(prefix) + r"(\d+)\.")
    found = {int(match[1]) for name in shapes if (match := pattern.match(name))}
    return max(found, default=-1) + 1


def _encoder(audio: Mapping[str, Any], shapes: Shapes) -> EncoderConfig:
    d_model = int(audio.get("d_model") or _dim(shapes, "audio.ln_post.weight", 0))
    return EncoderConfig(
        conv_channels=int(audio.get("downsample_hidden_size") or _dim(shapes, "audio.conv2d1.weight", 0)),
        d_model=d_model,
        layers=int(audio.get("encoder_layers") or _count_layers(shapes, "audio.layers.")),
        heads=int(audio.get("encoder_attention_heads") or d_model // ENCODER_HEAD_DIM),
        ffn_dim=int(audio.get("encoder_ffn_dim") or _dim(shapes, "audio.layers.0.fc1.weight", 0)),
        output_dim=int(audio.get("output_dim") or _dim(shapes, "audio.proj2.weight", 0)),
    )


def _decoder(text: Mapping[str, Any], thinker: Mapping[str, Any], shapes: Shapes) -> DecoderConfig:
    head_dim = int(text.get("head_dim") or _dim(shapes, "text.layers.0.self_attn.q_norm.weight", 0))
    rope = text.get("rope_parameters") or text.get("rope_scaling") or {}
    return DecoderConfig(
        vocab_size=int(text.get("vocab_size") or _dim(shapes, "text.embed_tokens.weight", 0)),
        hidden=int(text.get("hidden_size") or _dim(shapes, "text.embed_tokens.weight", 1)),
        layers=int(text.get("num_hidden_layers") or _count_layers(shapes, "text.layers.")),
        heads=int(
            text.get("num_attention_heads") or _dim(shapes, "text.layers.0.self_attn.q_proj.weight", 0) // head_dim
        ),
        kv_heads=int(
            text.get("num_key_value_heads") or _dim(shapes, "text.layers.0.self_attn.k_proj.weight", 0) // head_dim
        ),
        head_dim=head_dim,
        ffn_dim=int(text.get("intermediate_size") or _dim(shapes, "text.layers.0.mlp.gate_proj.weight", 0)),
        rms_eps=float(text.get("rms_norm_eps", 1e-6)),
        rope_theta=float(text.get("rope_theta") or rope.get("rope_theta") or 1e6),
        context_length=int(text.get("max_position_embeddings", 65536)),
        rope_sections=_sections(rope.get("mrope_section"), head_dim),
        tied=_is_tied(text, thinker, shapes),
    )


def _sections(published: Any, head_dim: int) -> tuple[int, int, int, int]:
    if published is None:
        return rope_sections(head_dim)
    time, height, width, *extra = (int(size) for size in published)
    return (time, height, width, extra[0] if extra else 0)


def _is_tied(text: Mapping[str, Any], thinker: Mapping[str, Any], shapes: Shapes) -> bool:
    if "text.lm_head.weight" not in shapes:
        return True
    return bool(text.get("tie_word_embeddings", thinker.get("tie_word_embeddings", True)))
