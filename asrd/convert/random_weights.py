"""Random weights whose greedy text behaves: it depends on the audio, does not repeat at once, and ends.

Every value is a bfloat16 number, so float32, float16 and bfloat16 copies of the model agree.

Three attention heads of the first decoder layer are built by hand, the rest is random.
- One makes the text end. Dimension MARK of the residual stream tells audio rows (+) from text tokens (-, larger by
  ROWS_PER_TOKEN). The head weighs all positions alike (its queries are zero) and writes the mean of MARK to dimension
  CLOCK, which raises the logit of <|im_end|> with every token: it wins at about one token for ROWS_PER_TOKEN rows.
- One sees the two tokens before the last: queries and keys are constant (they read dimension ONE), and RoPE alone
  makes the score, highest at the distance 1.5. Without it the next token would depend on the last one only, and the
  text would loop.
- One sees the last two tokens in the same way and subtracts them from the residual stream, which would otherwise
  repeat them, since the embedding is also the output matrix.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from asrd.convert.config import CONV_BINS, DecoderConfig, EncoderConfig, ModelConfig

ONE = 0
MARK = 1
CLOCK = 2
_BUILT = [ONE, MARK, CLOCK]
ROWS_PER_TOKEN = 13 / 3
"""Audio rows for one token of text: about three tokens a second."""

_EMBEDDING_STD = 0.05
_LOGIT_STD = 3.0
_LOCAL_PAIRS = 6
_LOCAL_SHARPNESS = 4.0
"""Score that each of the pairs gives at its best: enough to outweigh hundreds of audio rows farther away."""
_LOCAL_DISTANCE = 1.5
_REPEAT_DISTANCE = 0.5
_REPEAT_PENALTY = 4.0
"""How much of a recent embedding is taken away, relative to what its own position carries."""
_CLOCK_SLOPE = 100.0
"""Logits of <|im_end|> for a mean of MARK that is one embedding deviation below zero."""
_SLICE = 1 << 22

Bf16 = NDArray[ml_dtypes.bfloat16]


@dataclass(frozen=True)
class TokenRoles:
    """Ids that the weights treat specially.

    `end` is <|im_end|>; `prompt` are the tokens of the prompt, which the counter ignores; `loudness` (rows,) float32
    is the relative size of each embedding, 0 for a token that must never be chosen.
    """

    end: int
    prompt: tuple[int, ...]
    loudness: NDArray[np.float32]


class RandomWeights:
    """Makes each tensor from the seed and its name alone, so that neither order nor sharding changes the bytes."""

    def __init__(self, config: ModelConfig, roles: TokenRoles, seed: int) -> None:
        self._config = config
        self._roles = roles
        self._seed = seed

    def tensors(self) -> Iterator[tuple[str, Bf16]]:
        """Every tensor of the model under its name in the transformers port, one at a time."""
        yield from self._audio(self._config.encoder)
        yield from self._text(self._config.decoder)

    def _uniform(self, name: str, shape: tuple[int, ...], std: float, mean: float = 0.0) -> Bf16:
        """Uniform values of that mean and deviation.

        The raw output of a PCG64 generator is fixed for all versions of numpy; its distributions are not.
        """
        key = hashlib.sha256(f"{self._seed}/{name}".encode()).digest()
        bits = np.random.PCG64(int.from_bytes(key[:16], "little"))
        out: Bf16 = np.empty(int(np.prod(shape)), ml_dtypes.bfloat16)
        for start in range(0, out.size, _SLICE):
            part = out[start : start + _SLICE]
            raw = bits.random_raw(-(-part.size // 4)).astype("<u8").view("<u2")[: part.size]
            unit = (raw.astype(np.float32) - np.float32(32767.5)) / np.float32(32768)
            part[:] = unit * np.float32(std * 3**0.5) + np.float32(mean)
        return out.reshape(shape)

    def _linear(self, name: str, rows: int, columns: int, gain: float) -> Bf16:
        return self._uniform(name, (rows, columns), gain / columns**0.5)

    def _audio(self, config: EncoderConfig) -> Iterator[tuple[str, Bf16]]:
        channels, width = config.conv_channels, config.d_model
        tower = "model.audio_tower."
        for index, fan_in in ((1, 1), (2, channels), (3, channels)):
            name = f"{tower}conv2d{index}"
            yield f"{name}.weight", self._uniform(name, (channels, fan_in, 3, 3), 1.6 / (9 * fan_in) ** 0.5)
            yield f"{name}.bias", self._uniform(f"{name}.bias", (channels,), 0.1)
        flat = channels * CONV_BINS
        yield f"{tower}conv_out.weight", self._linear(f"{tower}conv_out", width, flat, 2.0)
        for index in range(config.layers):
            yield from self._audio_layer(config, f"{tower}layers.{index}.")
        yield from self._norm(f"{tower}ln_post", width)
        projector = "model.multi_modal_projector."
        yield from self._biased(f"{projector}linear_1", width, width, 1.5)
        # Rows as large as token embeddings.
        last = self._linear(f"{projector}linear_2", config.output_dim, width, 0.8 * _EMBEDDING_STD)
        bias = self._uniform(f"{projector}linear_2.bias", (config.output_dim,), 0.1 * _EMBEDDING_STD)
        last[_BUILT] = 0
        bias[_BUILT] = np.array([1, 2 / ROWS_PER_TOKEN, 0]) * _EMBEDDING_STD
        yield f"{projector}linear_2.weight", last
        yield f"{projector}linear_2.bias", bias

    def _audio_layer(self, config: EncoderConfig, prefix: str) -> Iterator[tuple[str, Bf16]]:
        width, ffn = config.d_model, config.ffn_dim
        for part, gain in (("q_proj", 1.3), ("k_proj", 1.3), ("v_proj", 1.0), ("out_proj", 1.0)):
            yield from self._biased(f"{prefix}self_attn.{part}", width, width, gain)
        yield from self._biased(f"{prefix}fc1", ffn, width, 1.2)
        yield from self._biased(f"{prefix}fc2", width, ffn, 1.0)
        yield from self._norm(f"{prefix}self_attn_layer_norm", width)
        yield from self._norm(f"{prefix}final_layer_norm", width)

    def _biased(self, name: str, rows: int, columns: int, gain: float) -> Iterator[tuple[str, Bf16]]:
        yield f"{name}.weight", self._linear(name, rows, columns, gain)
        yield f"{name}.bias", self._uniform(f"{name}.bias", (rows,), 0.05)

    def _norm(self, name: str, width: int) -> Iterator[tuple[str, Bf16]]:
        yield f"{name}.weight", self._uniform(name, (width,), 0.1, 1.0)
        yield f"{name}.bias", self._uniform(f"{name}.bias", (width,), 0.05)

    def _text(self, config: DecoderConfig) -> Iterator[tuple[str, Bf16]]:
        model = "model.language_model."
        yield f"{model}embed_tokens.weight", self._embedding(config)
        # The greedy choice would repeat the last token if its own embedding were a large part of the final hidden
        # state; each sublayer therefore adds more than the embedding brings, the more the wider the model.
        step = _EMBEDDING_STD * (config.hidden / (4 * config.layers)) ** 0.5
        for index in range(config.layers):
            yield from self._text_layer(config, index, step)
        gain = _LOGIT_STD / (_EMBEDDING_STD * config.hidden**0.5)
        norm = self._uniform(f"{model}norm", (config.hidden,), 0.1 * gain, gain)
        norm[[ONE, MARK]] = 0
        yield f"{model}norm.weight", norm

    def _embedding(self, config: DecoderConfig) -> Bf16:
        table = self._uniform("embed_tokens", (config.vocab_size, config.hidden), _EMBEDDING_STD)
        for start in range(0, config.vocab_size, 1 << 14):
            part = slice(start, start + (1 << 14))
            table[part] = table[part].astype(np.float32) * self._roles.loudness[part, None]
        table[:, ONE] = _EMBEDDING_STD
        table[:, MARK] = -2 * _EMBEDDING_STD
        table[list(self._roles.prompt), MARK] = 0
        table[:, CLOCK] = 0
        # x[CLOCK] is about the size of the residual stream times the mean of MARK (see `_text_layer`).
        table[self._roles.end, CLOCK] = _CLOCK_SLOPE * _EMBEDDING_STD * config.hidden**0.5 / _LOGIT_STD
        return table

    def _text_layer(self, config: DecoderConfig, index: int, step: float) -> Iterator[tuple[str, Bf16]]:
        prefix = f"model.language_model.layers.{index}."
        hidden, ffn = config.hidden, config.ffn_dim
        q_width, kv_width = config.heads * config.head_dim, config.kv_heads * config.head_dim
        query, key, value, gate, up = (
            self._reading(f"{prefix}{part}", rows, hidden)
            for part, rows in (
                ("q_proj", q_width),
                ("k_proj", kv_width),
                ("v_proj", kv_width),
                ("gate_proj", ffn),
                ("up_proj", ffn),
            )
        )
        out = self._linear(f"{prefix}o_proj", hidden, q_width, 2 * step)
        down = self._linear(f"{prefix}down_proj", hidden, ffn, 2.5 * step)
        down[_BUILT] = 0
        if index == 0:
            _build_clock(config, query, value)
            _build_local(config, query, key)
            _build_penalty(config, value, out)
        out[_BUILT] = 0
        if index == 0:
            out[CLOCK, 0] = -step * (2 * config.layers) ** 0.5
        yield f"{prefix}self_attn.q_proj.weight", query
        yield f"{prefix}self_attn.k_proj.weight", key
        yield f"{prefix}self_attn.v_proj.weight", value
        yield f"{prefix}self_attn.o_proj.weight", out
        for part in ("q_norm", "k_norm"):
            yield f"{prefix}self_attn.{part}.weight", self._head_norm(f"{prefix}{part}", config, index)
        yield f"{prefix}mlp.gate_proj.weight", gate
        yield f"{prefix}mlp.up_proj.weight", up
        yield f"{prefix}mlp.down_proj.weight", down
        for part in ("input_layernorm", "post_attention_layernorm"):
            yield f"{prefix}{part}.weight", self._uniform(f"{prefix}{part}", (hidden,), 0.1, 1.0)

    def _reading(self, name: str, rows: int, columns: int) -> Bf16:
        """A matrix that does not see the clock, which would drown the rest at the start of a text."""
        matrix = self._linear(name, rows, columns, 1.2)
        matrix[:, CLOCK] = 0
        return matrix

    def _head_norm(self, name: str, config: DecoderConfig, index: int) -> Bf16:
        """Gains of a query or key, smaller for the pairs that RoPE turns fast.

        So attention is by content more than by distance, and a few more audio rows leave the first words as they are.
        """
        fast = 0.7 if index else (_LOCAL_PAIRS * _LOCAL_SHARPNESS / config.head_dim**0.5) ** 0.5
        gains = np.where(_turns(config) > 0.01, fast, 3.0)
        noise = self._uniform(name, (config.head_dim,), 0.1, 1.0).astype(np.float32)
        return (np.concatenate([gains, gains]) * noise).astype(ml_dtypes.bfloat16)


def _turns(config: DecoderConfig) -> NDArray[np.float64]:
    """Radians by which RoPE turns each pair of a head from one position to the next, (head_dim / 2,)."""
    half = config.head_dim // 2
    turns: NDArray[np.float64] = config.rope_theta ** (-np.arange(half, dtype=np.float64) / half)
    return turns


def _build_clock(config: DecoderConfig, query: Bf16, value: Bf16) -> None:
    """Head 0 scores all positions alike and takes MARK as its first value."""
    query[: config.head_dim] = 0
    value[0] = 0
    value[0, MARK] = 1


def _build_local(config: DecoderConfig, query: Bf16, key: Bf16) -> None:
    """The heads of key-value head 1: score = sum of cos(turn * (distance - centre)) over a few pairs."""
    half, head_dim = config.head_dim // 2, config.head_dim
    pairs = half // 16 * np.arange(_LOCAL_PAIRS)  # the fast ones, evenly spread
    turns = _turns(config)[pairs]
    group = config.heads // config.kv_heads
    key[head_dim : 2 * head_dim] = 0
    key[head_dim + pairs, ONE] = np.cos(_LOCAL_DISTANCE * turns)
    key[head_dim + half + pairs, ONE] = np.sin(_LOCAL_DISTANCE * turns)
    for head, centre in ((group, _LOCAL_DISTANCE), (group + 1, _REPEAT_DISTANCE)):
        first = head * head_dim
        query[first : first + head_dim] = 0
        query[first + pairs, ONE] = np.cos((_LOCAL_DISTANCE - centre) * turns)
        query[first + half + pairs, ONE] = np.sin((_LOCAL_DISTANCE - centre) * turns)


def _build_penalty(config: DecoderConfig, value: Bf16, out: Bf16) -> None:
    """The second head of key-value head 1 writes minus the transpose of what its values read."""
    head_dim = config.head_dim
    first = (config.heads // config.kv_heads + 1) * head_dim
    factor = 2 * _REPEAT_PENALTY * _EMBEDDING_STD * config.hidden / head_dim
    out[:, first : first + head_dim] = -np.float32(factor) * value[head_dim : 2 * head_dim].T.astype(np.float32)
