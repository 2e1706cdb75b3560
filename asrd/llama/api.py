"""The part of llama.cpp's C interface that asrd calls, as the pinned release declares it.

Source: `llama.h` and `ggml.h` of the llama.cpp release inside the pinned `xllamacpp` (see pyproject.toml). llama.cpp
promises no stable ABI, so a change of the pin means reading this file against the new header; `check_layout` refuses
a library whose defaults do not lie where these structs expect them.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from ctypes import (
    POINTER,
    c_bool,
    c_char_p,
    c_float,
    c_int,
    c_int8,
    c_int32,
    c_size_t,
    c_uint8,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any, Final, NamedTuple

from asrd.errors import LibraryError

# Both parameter structs travel by value. A newer library may have longer ones: it then writes its defaults past the
# fields below, which must still be our memory for the layout guard to be reached.
_RESERVED_BYTES: Final = 512

# typedef bool (*llama_progress_callback)(float progress, void * user_data);
ProgressCallback = ctypes.CFUNCTYPE(c_bool, c_float, c_void_p)
# typedef bool (*ggml_abort_callback)(void * data);
AbortCallback = ctypes.CFUNCTYPE(c_bool, c_void_p)
# typedef void (*ggml_log_callback)(enum ggml_log_level level, const char * text, void * user_data);
LogCallback = ctypes.CFUNCTYPE(None, c_int, c_char_p, c_void_p)

# enum ggml_log_level
LOG_LEVEL_INFO: Final = 2
LOG_LEVEL_WARN: Final = 3
LOG_LEVEL_ERROR: Final = 4
LOG_LEVEL_CONTINUED: Final = 5

# enum llama_rope_type (ggml.h: GGML_ROPE_TYPE_MROPE 8, GGML_ROPE_TYPE_IMROPE 40)
ROPE_TYPE_MROPE: Final = 8
ROPE_TYPE_IMROPE: Final = 40

# enum llama_load_mode
LOAD_MODE_NONE: Final = 0

# enum llama_ftype: f32, f16, q8_0, bf16
PLAIN_FILE_TYPES: Final = (0, 1, 7, 32)

# enum ggml_type (ggml.h)
TYPE_BF16: Final = 30

# enum llama_flash_attn_type
FLASH_ATTN_ENABLED: Final = 1


class llama_batch(ctypes.Structure):
    """Input of `llama_decode`: `token` or `embd`, never both."""

    _fields_ = (
        ("n_tokens", c_int32),
        ("token", POINTER(c_int32)),  # (n_tokens,)
        ("embd", POINTER(c_float)),  # (n_tokens, n_embd)
        ("pos", POINTER(c_int32)),  # (n_tokens,); with M-RoPE and embd (4, n_tokens), plane by plane
        ("n_seq_id", POINTER(c_int32)),  # (n_tokens,)
        ("seq_id", POINTER(POINTER(c_int32))),  # (n_tokens,) of (n_seq_id[i],)
        ("logits", POINTER(c_int8)),  # (n_tokens,): 1 where logits are wanted
    )


class llama_model_params(ctypes.Structure):
    """How a model is loaded."""

    _fields_ = (
        ("devices", c_void_p),
        ("tensor_buft_overrides", c_void_p),
        ("n_gpu_layers", c_int32),
        ("split_mode", c_int),
        ("load_mode", c_int),
        ("lazy_mode", c_int),
        ("main_gpu", c_int32),
        ("tensor_split", c_void_p),
        ("progress_callback", ProgressCallback),
        ("progress_callback_user_data", c_void_p),
        ("kv_overrides", c_void_p),
        ("vocab_only", c_bool),
        ("check_tensors", c_bool),
        ("use_extra_bufts", c_bool),
        ("no_host", c_bool),
        ("no_alloc", c_bool),
        ("load_mtp", c_bool),
        ("_reserved", c_uint8 * _RESERVED_BYTES),
    )


class llama_context_params(ctypes.Structure):
    """How a context is made."""

    _fields_ = (
        ("n_ctx", c_uint32),
        ("n_batch", c_uint32),
        ("n_ubatch", c_uint32),
        ("n_seq_max", c_uint32),
        ("n_rs_seq", c_uint32),
        ("n_outputs_max", c_uint32),
        ("n_outputs_max_per_seq", c_uint32),
        ("n_threads", c_int32),
        ("n_threads_batch", c_int32),
        ("ctx_type", c_int),
        ("rope_scaling_type", c_int),
        ("pooling_type", c_int),
        ("attention_type", c_int),
        ("flash_attn_type", c_int),
        ("rope_freq_base", c_float),
        ("rope_freq_scale", c_float),
        ("yarn_ext_factor", c_float),
        ("yarn_attn_factor", c_float),
        ("yarn_beta_fast", c_float),
        ("yarn_beta_slow", c_float),
        ("yarn_orig_ctx", c_uint32),
        ("defrag_thold", c_float),
        ("cb_eval", c_void_p),
        ("cb_eval_user_data", c_void_p),
        ("type_k", c_int),
        ("type_v", c_int),
        ("moe_cache_size", c_size_t),
        ("abort_callback", AbortCallback),
        ("abort_callback_data", c_void_p),
        ("embeddings", c_bool),
        ("offload_kqv", c_bool),
        ("no_perf", c_bool),
        ("op_offload", c_bool),
        ("swa_full", c_bool),
        ("kv_unified", c_bool),
        ("samplers", c_void_p),
        ("n_samplers", c_size_t),
        ("ctx_other", c_void_p),
        ("_reserved", c_uint8 * _RESERVED_BYTES),
    )


class _Prototype(NamedTuple):
    name: str
    result: Any
    arguments: tuple[Any, ...] = ()


_PROTOTYPES: Final = (
    # void llama_backend_init(void);
    _Prototype("llama_backend_init", None),
    # void llama_log_set(ggml_log_callback log_callback, void * user_data);
    _Prototype("llama_log_set", None, (LogCallback, c_void_p)),
    # const char * llama_version(void);
    _Prototype("llama_version", c_char_p),
    # bool llama_supports_gpu_offload(void);
    _Prototype("llama_supports_gpu_offload", c_bool),
    # struct llama_model_params llama_model_default_params(void);
    _Prototype("llama_model_default_params", llama_model_params),
    # struct llama_context_params llama_context_default_params(void);
    _Prototype("llama_context_default_params", llama_context_params),
    # struct llama_model * llama_model_load_from_file(const char * path_model, struct llama_model_params params);
    _Prototype("llama_model_load_from_file", c_void_p, (c_char_p, llama_model_params)),
    # void llama_model_free(struct llama_model * model);
    _Prototype("llama_model_free", None, (c_void_p,)),
    # struct llama_context * llama_init_from_model(struct llama_model * model, struct llama_context_params params);
    _Prototype("llama_init_from_model", c_void_p, (c_void_p, llama_context_params)),
    # void llama_free(struct llama_context * ctx);
    _Prototype("llama_free", None, (c_void_p,)),
    # const struct llama_vocab * llama_model_get_vocab(const struct llama_model * model);
    _Prototype("llama_model_get_vocab", c_void_p, (c_void_p,)),
    # enum llama_rope_type llama_model_rope_type(const struct llama_model * model);
    _Prototype("llama_model_rope_type", c_int, (c_void_p,)),
    # int32_t llama_model_n_embd_inp(const struct llama_model * model);
    _Prototype("llama_model_n_embd_inp", c_int32, (c_void_p,)),
    # int32_t llama_model_meta_val_str(const struct llama_model * model, const char * key, char * buf, size_t buf_size);
    _Prototype("llama_model_meta_val_str", c_int32, (c_void_p, c_char_p, c_char_p, c_size_t)),
    # int32_t llama_model_desc(const struct llama_model * model, char * buf, size_t buf_size);
    _Prototype("llama_model_desc", c_int32, (c_void_p, c_char_p, c_size_t)),
    # uint64_t llama_model_size(const struct llama_model * model);
    _Prototype("llama_model_size", c_uint64, (c_void_p,)),
    # uint64_t llama_model_n_params(const struct llama_model * model);
    _Prototype("llama_model_n_params", c_uint64, (c_void_p,)),
    # int32_t llama_vocab_n_tokens(const struct llama_vocab * vocab);
    _Prototype("llama_vocab_n_tokens", c_int32, (c_void_p,)),
    # int32_t llama_tokenize(const struct llama_vocab * vocab, const char * text, int32_t text_len,
    #                        llama_token * tokens, int32_t n_tokens_max, bool add_special, bool parse_special);
    _Prototype("llama_tokenize", c_int32, (c_void_p, c_char_p, c_int32, POINTER(c_int32), c_int32, c_bool, c_bool)),
    # int32_t llama_token_to_piece(const struct llama_vocab * vocab, llama_token token, char * buf, int32_t length,
    #                              int32_t lstrip, bool special);
    _Prototype("llama_token_to_piece", c_int32, (c_void_p, c_int32, c_char_p, c_int32, c_int32, c_bool)),
    # llama_memory_t llama_get_memory(const struct llama_context * ctx);
    _Prototype("llama_get_memory", c_void_p, (c_void_p,)),
    # void llama_memory_clear(llama_memory_t mem, bool data);
    _Prototype("llama_memory_clear", None, (c_void_p, c_bool)),
    # bool llama_memory_seq_rm(llama_memory_t mem, llama_seq_id seq_id, llama_pos p0, llama_pos p1);
    _Prototype("llama_memory_seq_rm", c_bool, (c_void_p, c_int32, c_int32, c_int32)),
    # int32_t llama_decode(struct llama_context * ctx, struct llama_batch batch);
    _Prototype("llama_decode", c_int32, (c_void_p, llama_batch)),
    # void llama_set_abort_callback(struct llama_context * ctx, ggml_abort_callback abort_callback, void * data);
    _Prototype("llama_set_abort_callback", None, (c_void_p, AbortCallback, c_void_p)),
    # float * llama_get_logits_ith(struct llama_context * ctx, int32_t i);
    _Prototype("llama_get_logits_ith", POINTER(c_float), (c_void_p, c_int32)),
)


class Api:
    """The functions above, bound to one loaded library: `api.llama_decode(ctx, batch)`.

    Raises:
        LibraryError: the library lacks one of them.
    """

    def __init__(self, library: ctypes.CDLL, path: str) -> None:
        self._functions: dict[str, Callable[..., Any]] = {}
        for name, result, arguments in _PROTOTYPES:
            try:
                function = getattr(library, name)
            except AttributeError:
                raise LibraryError(
                    f"{path} has no function {name}, so it is not a llama.cpp library of the supported release; "
                    "unset ASRD_LLAMA_LIB or point it at one"
                ) from None
            function.restype = result
            function.argtypes = arguments
            self._functions[name] = function

    def __getattr__(self, name: str) -> Callable[..., Any]:
        try:
            return self._functions[name]
        except KeyError:
            raise AttributeError(name) from None


# What the pinned release's `*_default_params()` give, field by field (llama-context.cpp, llama-model.cpp).
# An uneven mix of values on purpose: a field that moved, appeared or went away shifts several of them.
CONTEXT_DEFAULTS: Final[dict[str, float]] = {
    "n_ctx": 512,
    "n_batch": 2048,
    "n_ubatch": 512,
    "n_seq_max": 1,
    "n_rs_seq": 0,
    "n_outputs_max": 0,
    "n_outputs_max_per_seq": 1,
    "n_threads": 4,
    "n_threads_batch": 4,
    "ctx_type": 0,
    "rope_scaling_type": -1,
    "pooling_type": -1,
    "attention_type": -1,
    "flash_attn_type": -1,
    "yarn_ext_factor": -1.0,
    "yarn_attn_factor": -1.0,
    "yarn_beta_fast": -1.0,
    "yarn_beta_slow": -1.0,
    "defrag_thold": -1.0,
    "type_k": 1,
    "type_v": 1,
    "offload_kqv": True,
    "op_offload": True,
    "n_samplers": 0,
}
MODEL_DEFAULTS: Final[dict[str, float]] = {
    "n_gpu_layers": -1,
    "split_mode": 1,
    "load_mode": -1,
    "lazy_mode": 1,
    "main_gpu": 0,
    "use_extra_bufts": True,
    "no_alloc": False,
}


def check_layout(api: Api, path: str) -> None:
    """Compare the library's default parameters with those that the structs above expect.

    Raises:
        LibraryError: a value differs, so the fields of the library's structs lie elsewhere.
    """
    for function, expected in (
        ("llama_context_default_params", CONTEXT_DEFAULTS),
        ("llama_model_default_params", MODEL_DEFAULTS),
    ):
        params = getattr(api, function)()
        for field, value in expected.items():
            found = getattr(params, field)
            if found != value:
                raise LibraryError(
                    f"{path}: {function}() gives {field} = {found}; the supported llama.cpp release gives {value}, "
                    "so its structs have another layout; unset ASRD_LLAMA_LIB or install the pinned xllamacpp"
                )
