"""`struct llama_model *`: the weights and the vocabulary of a decoder."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from types import TracebackType

from asrd.errors import ModelError, NativeError, NativeMemoryError
from asrd.llama import api
from asrd.llama.header import Header, check_header, read_header
from asrd.llama.library import Library

_ALLOCATION_FAILED = ("failed to allocate", "unable to allocate", "out of memory", "bad_alloc")


def looks_like_no_memory(log: str) -> bool:
    """Whether llama.cpp's error lines speak of a failed allocation: its functions return NULL for every reason."""
    return any(phrase in log.lower() for phrase in _ALLOCATION_FAILED)


class Model:
    """A loaded GGUF file.

    Attributes:
        width: embedding width E: `Context.decode_rows` takes rows of this many float32.
        vocabulary_size: number of token ids, and of logits per position.
        position_planes: int32 positions per embedding row: 4 with M-RoPE, otherwise 1.
    """

    def __init__(self, library: Library, path: Path, *, gpu_layers: int = -1, vocabulary_only: bool = False) -> None:
        """Load the file; `gpu_layers` -1 puts every layer on a GPU where the library supports one, 0 none.

        Raises:
            ModelError: the file cannot be loaded.
            NativeMemoryError: there is not enough memory for it.
        """
        self.library = library
        self.path = path
        self._api = library.api
        params = self._api.llama_model_default_params()
        params.n_gpu_layers = gpu_layers
        params.vocab_only = vocabulary_only
        header = read_header(path)
        if header is not None:
            check_header(header, path)
        if self._is_repacked(header):
            params.load_mode = api.LOAD_MODE_NONE
        library.take_errors()
        self.handle: int | None = self._api.llama_model_load_from_file(os.fsencode(path), params)
        if self.handle is None:
            reason = library.take_errors() or "llama.cpp gave no reason"
            if looks_like_no_memory(reason):
                raise NativeMemoryError(f"not enough memory to load {path} ({reason}); use a smaller model")
            raise ModelError(f"{path} cannot be loaded as a decoder ({reason}); fetch or export it again")
        self.width: int = self._api.llama_model_n_embd_inp(self.handle)
        self.vocabulary_size: int = self._api.llama_vocab_n_tokens(self._vocabulary())
        rope_type: int = self._api.llama_model_rope_type(self.handle)
        self.position_planes = 4 if rope_type in (api.ROPE_TYPE_MROPE, api.ROPE_TYPE_IMROPE) else 1

    def _is_repacked(self, header: Header | None) -> bool:
        """Whether llama.cpp keeps the weights in another layout than the file's, as it does on the CPU with 4 bits.

        A mapped file would then stay in memory beside them: 235 MiB of 1126 for a 0.6B with q4_0.
        """
        mapped_types = (*api.PLAIN_FILE_TYPES, None)
        file_type = None if header is None else header.file_type
        return not self._api.llama_supports_gpu_offload() and file_type not in mapped_types

    def tokenize(self, text: str, *, special: bool = False) -> list[int]:
        """Token ids of `text`; with `special`, names of special tokens in it become these tokens."""
        data = text.encode()
        room = len(data) + 1
        buffer = (ctypes.c_int32 * room)()
        count: int = self._api.llama_tokenize(self._vocabulary(), data, len(data), buffer, room, False, special)
        if count < 0:
            raise ModelError(f"the tokenizer of {self.path} failed on {len(data)} bytes of text (code {count})")
        return buffer[:count]

    def piece(self, token: int, *, special: bool = True) -> bytes:
        """The bytes that `token` stands for (a character may be spread over tokens).

        Control tokens give their name, or with `special` = False nothing.
        """
        buffer = ctypes.create_string_buffer(256)
        count: int = self._api.llama_token_to_piece(self._vocabulary(), token, buffer, len(buffer), 0, special)
        if count < 0:
            buffer = ctypes.create_string_buffer(-count)
            count = self._api.llama_token_to_piece(self._vocabulary(), token, buffer, len(buffer), 0, special)
        return buffer.raw[: max(count, 0)]

    def special_token(self, name: str) -> int:
        """The id of the token whose text is exactly `name`.

        Raises:
            ModelError: the vocabulary has no such token.
        """
        tokens = self.tokenize(name, special=True)
        if len(tokens) != 1:
            raise ModelError(f"the vocabulary of {self.path} has no token {name}: it is not a Qwen3-ASR decoder")
        return tokens[0]

    def metadata(self, key: str) -> str | None:
        """A value of the GGUF header as text, or None."""
        buffer = ctypes.create_string_buffer(1024)
        count: int = self._api.llama_model_meta_val_str(self._open, key.encode(), buffer, len(buffer))
        return None if count < 0 else buffer.value.decode(errors="replace")

    @property
    def description(self) -> str:
        """llama.cpp's one-line description: architecture, size class, quantisation."""
        buffer = ctypes.create_string_buffer(256)
        self._api.llama_model_desc(self._open, buffer, len(buffer))
        return buffer.value.decode(errors="replace")

    @property
    def bytes(self) -> int:
        """Size of all tensors in bytes."""
        return int(self._api.llama_model_size(self._open))

    @property
    def parameters(self) -> int:
        """Number of parameters."""
        return int(self._api.llama_model_n_params(self._open))

    def _vocabulary(self) -> int:
        return int(self._api.llama_model_get_vocab(self._open))

    def close(self) -> None:
        """Free the weights. Contexts of this model must be closed before."""
        if self.handle is not None:
            self._api.llama_model_free(self.handle)
            self.handle = None

    @property
    def _open(self) -> int:
        if self.handle is None:
            raise NativeError(f"the decoder {self.path} was closed")
        return self.handle

    def __enter__(self) -> Model:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
