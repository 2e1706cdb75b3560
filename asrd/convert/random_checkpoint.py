"""Random checkpoints of the true architecture, for tests and for measuring speed without the published weights."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from asrd.convert.config import DecoderConfig, EncoderConfig, ModelConfig, rope_sections
from asrd.convert.folder import new_folder
from asrd.convert.random_tokenizer import FULL_ROWS, RandomTokenizer, byte_alphabet, full_tokenizer, small_tokenizer
from asrd.convert.random_weights import Bf16, RandomWeights, TokenRoles
from asrd.convert.tokenizer import END_OF_TEXT, END_OF_TURN
from asrd.errors import ConfigError
from asrd.geometry import CHUNK_FRAMES, MEL_BINS, WINDOW_FRAMES

_SHARD_BYTES = 1 << 30
_PROMPT_WORDS = ("system", "user", "assistant", "language", "Ċ")


@dataclass(frozen=True)
class _Size:
    encoder: EncoderConfig
    decoder: DecoderConfig


def _decoder(hidden: int, layers: int, heads: int, kv_heads: int, head_dim: int, ffn: int, vocab: int) -> DecoderConfig:
    return DecoderConfig(
        vocab_size=vocab,
        hidden=hidden,
        layers=layers,
        heads=heads,
        kv_heads=kv_heads,
        head_dim=head_dim,
        ffn_dim=ffn,
        rms_eps=1e-6,
        rope_theta=1e6,
        context_length=65536,
        rope_sections=rope_sections(head_dim),
        tied=True,
    )


_SIZES = {
    "tiny": _Size(EncoderConfig(16, 64, 2, 4, 128, 64), _decoder(64, 3, 4, 2, 32, 128, 0)),
    # Wide enough for k-quants, whose blocks are 256 weights.
    "small": _Size(EncoderConfig(16, 64, 2, 4, 128, 256), _decoder(256, 3, 4, 2, 64, 512, 0)),
    "0.6b": _Size(EncoderConfig(480, 896, 18, 14, 3584, 1024), _decoder(1024, 28, 16, 8, 128, 3072, FULL_ROWS)),
    "1.7b": _Size(EncoderConfig(480, 1024, 24, 16, 4096, 2048), _decoder(2048, 28, 16, 8, 128, 6144, FULL_ROWS)),
}
SIZES = tuple(_SIZES)
"""Sizes that `make_random` knows: two small ones, and the two published ones."""
_ROW_MULTIPLE = 32
"""The rows of a small embedding are rounded up to this, so that some are not in the tokenizer, as in the real ones."""


def make_random(
    out_dir: Path,
    size: str = "tiny",
    seed: int = 0,
    *,
    vocabulary: Path | None = None,
    force: bool = False,
    progress: Callable[[str, float], None] = lambda stage, fraction: None,
) -> None:
    """Write a random checkpoint folder in the naming of the transformers port; equal arguments give equal bytes.

    `size` is one of `SIZES`. `vocabulary` names a GGUF file with the real Qwen2 tokenizer for the published sizes;
    without it most of their tokens are invented words. Raises `ConfigError` for an unknown size and `ExportError` when
    the folder exists and `force` is not given.
    """
    if size not in _SIZES:
        raise ConfigError(f"{size!r} is not a size; choose one of {', '.join(SIZES)}")
    full = _SIZES[size].decoder.vocab_size == FULL_ROWS
    tokenizer = full_tokenizer(vocabulary) if full else small_tokenizer()
    config = _with_rows(_SIZES[size], tokenizer)
    roles = _roles(tokenizer, config.decoder.vocab_size)
    with new_folder(out_dir, force=force) as work:
        _write_tokenizer(work, tokenizer)
        _write_json(work / "config.json", _config_json(config, tokenizer))
        _write_weights(work, RandomWeights(config, roles, seed), config, progress)


def _with_rows(size: _Size, tokenizer: RandomTokenizer) -> ModelConfig:
    decoder = size.decoder
    if decoder.vocab_size == 0:
        used = len(tokenizer.base) + len(tokenizer.added)
        rows = (used // _ROW_MULTIPLE + 1) * _ROW_MULTIPLE
        decoder = DecoderConfig(**{**vars(decoder), "vocab_size": rows})
    return ModelConfig(size.encoder, decoder)


def _roles(tokenizer: RandomTokenizer, rows: int) -> TokenRoles:
    """Words are loud, single bytes quieter (they may not be whole characters), added tokens and padding silent."""
    ids = {token: index for index, token in enumerate(tokenizer.base)} | {t: i for i, t, _ in tokenizer.added}
    single_bytes = set(byte_alphabet().values())
    loudness = np.zeros(rows, np.float32)
    loudness[: len(tokenizer.base)] = [0.4 if token in single_bytes else 1.0 for token in tokenizer.base]
    added = [token_id for token_id, _, _ in tokenizer.added]
    loudness[added] = 0.2
    prompt = [*added, *(ids[word] for word in _PROMPT_WORDS if word in ids)]
    return TokenRoles(ids[END_OF_TURN], tuple(prompt), loudness)


def _write_tokenizer(folder: Path, tokenizer: RandomTokenizer) -> None:
    _write_json(folder / "vocab.json", {token: index for index, token in enumerate(tokenizer.base)}, indent=None)
    merges = "\n".join(("#version: 0.2", *tokenizer.merges, ""))
    (folder / "merges.txt").write_text(merges, encoding="utf-8")
    decoder = {
        str(token_id): {
            "content": text,
            "lstrip": False,
            "normalized": False,
            "rstrip": False,
            "single_word": False,
            "special": special,
        }
        for token_id, text, special in tokenizer.added
    }
    settings = {
        "add_bos_token": False,
        "add_prefix_space": False,
        "added_tokens_decoder": decoder,
        "bos_token": None,
        "eos_token": END_OF_TURN,
        "model_max_length": 131072,
        "pad_token": END_OF_TEXT,
        "tokenizer_class": "Qwen2Tokenizer",
        "unk_token": None,
    }
    _write_json(folder / "tokenizer_config.json", settings)


def _config_json(config: ModelConfig, tokenizer: RandomTokenizer) -> dict[str, Any]:
    ids = {text: token_id for token_id, text, _ in tokenizer.added}
    encoder, decoder = config.encoder, config.decoder
    audio = {
        "model_type": "qwen3_asr_encoder",
        "activation_function": "gelu",
        "d_model": encoder.d_model,
        "downsample_hidden_size": encoder.conv_channels,
        "encoder_attention_heads": encoder.heads,
        "encoder_ffn_dim": encoder.ffn_dim,
        "encoder_layers": encoder.layers,
        "n_window": CHUNK_FRAMES // 2,
        "n_window_infer": WINDOW_FRAMES,
        "num_mel_bins": MEL_BINS,
        "output_dim": encoder.output_dim,
    }
    text = {
        "model_type": "qwen3",
        "head_dim": decoder.head_dim,
        "hidden_act": "silu",
        "hidden_size": decoder.hidden,
        "intermediate_size": decoder.ffn_dim,
        "max_position_embeddings": decoder.context_length,
        "num_attention_heads": decoder.heads,
        "num_hidden_layers": decoder.layers,
        "num_key_value_heads": decoder.kv_heads,
        "rms_norm_eps": decoder.rms_eps,
        "rope_parameters": {"rope_theta": decoder.rope_theta, "rope_type": "default"},
        "tie_word_embeddings": True,
        "vocab_size": decoder.vocab_size,
    }
    return {
        "architectures": ["Qwen3ASRForConditionalGeneration"],
        "model_type": "qwen3_asr",
        "dtype": "bfloat16",
        "audio_config": audio,
        "text_config": text,
        "audio_token_id": ids["<|audio_pad|>"],
        "timestamp_token_id": ids["<timestamp>"],
        "pad_token_id": ids[END_OF_TURN],
        "eos_token_id": [ids[END_OF_TEXT], ids[END_OF_TURN]],
        "tie_word_embeddings": True,
    }


def _write_json(path: Path, value: Any, indent: int | None = 2) -> None:
    path.write_text(json.dumps(value, indent=indent, ensure_ascii=False) + "\n", encoding="utf-8")


def _write_weights(
    folder: Path, weights: RandomWeights, config: ModelConfig, progress: Callable[[str, float], None]
) -> None:
    """One safetensors file, or numbered ones of about 1 GiB with an index."""
    shards: list[list[str]] = []
    pending: dict[str, Bf16] = {}
    total = 0
    for name, tensor in weights.tensors():
        pending[name] = tensor
        total += tensor.nbytes
        progress("weights", min(1.0, total / _estimated_bytes(config)))
        if sum(held.nbytes for held in pending.values()) >= _SHARD_BYTES:
            shards.append(_write_shard(folder, len(shards), pending))
    if pending:
        shards.append(_write_shard(folder, len(shards), pending))
    if len(shards) == 1:
        _shard_path(folder, 0).rename(folder / "model.safetensors")
        return
    final = [f"model-{index + 1:05d}-of-{len(shards):05d}.safetensors" for index in range(len(shards))]
    for index, name in enumerate(final):
        _shard_path(folder, index).rename(folder / name)
    weight_map = {tensor: final[index] for index, names in enumerate(shards) for tensor in names}
    index_json = {"metadata": {"total_size": total}, "weight_map": weight_map}
    _write_json(folder / "model.safetensors.index.json", index_json)


def _shard_path(folder: Path, index: int) -> Path:
    return folder / f"shard-{index}.tmp"


def _write_shard(folder: Path, index: int, pending: dict[str, Bf16]) -> list[str]:
    path = _shard_path(folder, index)
    save_file(pending, path, metadata={"format": "pt"})
    path.chmod(0o644)  # safetensors makes it private
    names = list(pending)
    pending.clear()
    return names


def _estimated_bytes(config: ModelConfig) -> int:
    """Bytes of the large matrices in bfloat16."""
    encoder, decoder = config.encoder, config.decoder
    audio = encoder.layers * (4 * encoder.d_model**2 + 2 * encoder.d_model * encoder.ffn_dim)
    heads = 2 * (decoder.heads + decoder.kv_heads) * decoder.head_dim
    text = decoder.layers * decoder.hidden * (heads + 3 * decoder.ffn_dim) + decoder.vocab_size * decoder.hidden
    return 2 * (audio + text)
