"""Writes the Qwen3 text model of a checkpoint as GGUF, one tensor in memory at a time.

Reference for keys, names and types: llama.cpp, `conversion/qwen3vl.py` (Qwen3ASRTextModel) and
`src/models/qwen3vl.cpp`; the mixes of the k-quants: `src/llama-quant.cpp`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import gguf

from asrd.convert.checkpoint import Checkpoint
from asrd.convert.config import DecoderConfig
from asrd.convert.gguf_types import FILE_TYPES, DecoderType, encode, encoded_shape, type_of
from asrd.convert.tokenizer import END_OF_TEXT, END_OF_TURN, Vocabulary, read_vocabulary
from asrd.errors import ExportError

Arch = Literal["qwen3vl", "qwen3"]
_CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


@dataclass(frozen=True)
class _Tensor:
    """One tensor of the text model: its name in the checkpoint and in GGUF, and its shape."""

    source: str
    target: str
    shape: tuple[int, ...]


def write_decoder(
    checkpoint: Checkpoint,
    path: Path,
    decoder_type: DecoderType,
    *,
    arch: Arch = "qwen3vl",
    name: str = "Qwen3-ASR",
    progress: Callable[[float], None] = lambda fraction: None,
) -> None:
    """Write `path`; raises `ExportError` when a tensor is missing or mis-shaped, or the type needs another package."""
    config = checkpoint.config.decoder
    vocabulary = read_vocabulary(checkpoint.folder, config.vocab_size)
    tensors = list(_tensors(config))
    types = [type_of(t.target, t.shape, decoder_type, config.layers, tied=config.tied) for t in tensors]
    writer = gguf.GGUFWriter(path, arch)
    try:
        _write_parameters(writer, config, arch, name)
        writer.add_file_type(FILE_TYPES[decoder_type])
        _write_vocabulary(writer, vocabulary)
        for tensor, kind in zip(tensors, types, strict=True):
            shape, dtype, size = encoded_shape(tensor.shape, kind)
            writer.add_tensor_info(tensor.target, shape, dtype, size, raw_dtype=kind)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for index, (tensor, kind) in enumerate(zip(tensors, types, strict=True)):
            writer.write_tensor_data(encode(checkpoint.tensor(tensor.source, *tensor.shape), kind))
            progress((index + 1) / len(tensors))
    except OSError as error:
        raise ExportError(f"{path} cannot be written ({error}); free some space or choose another folder") from error
    finally:
        writer.close()


def _write_parameters(writer: gguf.GGUFWriter, config: DecoderConfig, arch: Arch, name: str) -> None:
    writer.add_type(gguf.GGUFType.MODEL)
    writer.add_name(name)
    writer.add_license("apache-2.0")
    writer.add_block_count(config.layers)
    writer.add_context_length(config.context_length)
    writer.add_embedding_length(config.hidden)
    writer.add_feed_forward_length(config.ffn_dim)
    writer.add_head_count(config.heads)
    writer.add_head_count_kv(config.kv_heads)
    writer.add_key_length(config.head_dim)
    writer.add_value_length(config.head_dim)
    writer.add_layer_norm_rms_eps(config.rms_eps)
    writer.add_rope_freq_base(config.rope_theta)
    if arch == "qwen3vl":
        writer.add_rope_dimension_sections(list(config.rope_sections))
        writer.add_num_deepstack_layers(0)


def _write_vocabulary(writer: gguf.GGUFWriter, vocabulary: Vocabulary) -> None:
    end_of_turn = vocabulary.id_of(END_OF_TURN)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(list(vocabulary.tokens))
    writer.add_token_types([int(kind) for kind in vocabulary.types])
    writer.add_token_merges(list(vocabulary.merges))
    writer.add_bos_token_id(end_of_turn)
    writer.add_eos_token_id(end_of_turn)
    writer.add_pad_token_id(vocabulary.id_of(END_OF_TEXT))
    writer.add_add_bos_token(False)
    writer.add_chat_template(_CHAT_TEMPLATE)


def _tensors(config: DecoderConfig) -> Iterator[_Tensor]:
    hidden, ffn = config.hidden, config.ffn_dim
    q_width, kv_width = config.heads * config.head_dim, config.kv_heads * config.head_dim
    yield _Tensor("text.embed_tokens.weight", "token_embd.weight", (config.vocab_size, hidden))
    layer: tuple[tuple[str, str, tuple[int, ...]], ...] = (
        ("input_layernorm", "attn_norm", (hidden,)),
        ("self_attn.q_proj", "attn_q", (q_width, hidden)),
        ("self_attn.k_proj", "attn_k", (kv_width, hidden)),
        ("self_attn.v_proj", "attn_v", (kv_width, hidden)),
        ("self_attn.o_proj", "attn_output", (hidden, q_width)),
        ("self_attn.q_norm", "attn_q_norm", (config.head_dim,)),
        ("self_attn.k_norm", "attn_k_norm", (config.head_dim,)),
        ("post_attention_layernorm", "ffn_norm", (hidden,)),
        ("mlp.gate_proj", "ffn_gate", (ffn, hidden)),
        ("mlp.up_proj", "ffn_up", (ffn, hidden)),
        ("mlp.down_proj", "ffn_down", (hidden, ffn)),
    )
    for index in range(config.layers):
        for source, target, shape in layer:
            yield _Tensor(f"text.layers.{index}.{source}.weight", f"blk.{index}.{target}.weight", shape)
    yield _Tensor("text.norm.weight", "output_norm.weight", (hidden,))
    if not config.tied:
        yield _Tensor("text.lm_head.weight", "output.weight", (config.vocab_size, hidden))
