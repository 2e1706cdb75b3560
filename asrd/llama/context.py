"""`struct llama_context *`: one sequence of positions with its KV memory."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Sequence
from ctypes import POINTER, c_float, c_int8, c_int32
from types import TracebackType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from asrd.errors import Cancelled, NativeError, NativeMemoryError
from asrd.llama import api
from asrd.llama.model import Model, looks_like_no_memory
from asrd.stop import StopSignal

# llama.h, above llama_decode: what its return codes mean.
_DECODE_CODES: Final = {
    1: "no room in the KV memory for the batch",
    -1: "invalid batch",
    -2: "could not allocate memory",
    -3: "the computation failed",
}
_ABORTED: Final = 2
# The abort callback is C's strlen over a StopSignal's flag.
_C_LIBRARY: Final = ctypes.CDLL("msvcrt" if sys.platform == "win32" else None)
_STRLEN: Final = ctypes.cast(_C_LIBRARY.strlen, api.AbortCallback)


class Context:
    """Evaluates tokens and embedding rows at consecutive positions of one sequence.

    The arrays that a batch points to are numpy arrays owned here, so that nothing is allocated per call and nothing
    that native code still reads can be collected.
    """

    def __init__(self, model: Model, *, positions: int, batch: int, outputs: int, threads: int) -> None:
        """Make room for `positions` positions; `batch` and `outputs` bound one call's positions and logits.

        Raises:
            NativeMemoryError: there is not enough memory.
            NativeError: llama.cpp refused for another reason.
        """
        self.model = model
        self.positions = positions
        self.batch = batch
        self.outputs = outputs
        self._api = model.library.api
        params = self._api.llama_context_default_params()
        params.n_ctx = positions
        params.n_batch = params.n_ubatch = batch
        params.n_outputs_max = outputs
        params.n_outputs_max_per_seq = 0  # its default of 1 would allow one position's logits per batch
        params.n_threads = params.n_threads_batch = threads
        # A position must have the same logits alone and in a batch, or drafts cannot be verified. Flash attention gives
        # them; without it they differed by up to 0.9 with a random 0.6B in q8_0.
        params.flash_attn_type = api.FLASH_ATTN_ENABLED
        if not self._api.llama_supports_gpu_offload():
            # From 512 KV cells on, which come in steps of 256, the CPU's kernel shares the cells of a lone query out
            # to the threads and sums V in fp16, if K and V have the same type (ggml-cpu/ops.cpp,
            # use_split_kv_path): logits moved by 1.4. With V in bf16 it does not, and sums in fp32; that costs 4 % of
            # a step and 6 % of a prefill. A GPU's kernels want equal types and have no such border.
            params.type_v = api.TYPE_BF16
        model.library.take_errors()
        self.handle: int | None = self._api.llama_init_from_model(model.handle, params)
        if self.handle is None:
            reason = model.library.take_errors() or "llama.cpp gave no reason"
            if looks_like_no_memory(reason):
                raise NativeMemoryError(
                    f"not enough memory for {positions} positions of {model.path} ({reason}); "
                    "lower the utterance limit or use a smaller model"
                )
            raise NativeError(f"llama.cpp made no context of {positions} positions for {model.path} ({reason})")
        self._tokens = np.zeros(batch, np.int32)
        self._rows = np.zeros((batch, model.width), np.float32)
        self._places = np.zeros((model.position_planes, batch), np.int32)
        self._wanted = np.zeros(batch, np.int8)
        self._sequence_counts = np.ones(batch, np.int32)
        self._sequence = (c_int32 * 1)(0)
        self._sequences = (POINTER(c_int32) * batch)(*[ctypes.cast(self._sequence, POINTER(c_int32))] * batch)

    def decode_tokens(self, tokens: Sequence[int], position: int, *, outputs: int = 0, stop: StopSignal) -> None:
        """Evaluate `tokens` (n,) at `position`...; the logits of the last `outputs` of them can be read after.

        Raises:
            Cancelled: `stop` was set; positions from `position` on are undefined and must be removed.
            NativeError: llama.cpp reported an error; likewise.
        """
        count = self._checked(len(tokens), position, outputs)
        self._tokens[:count] = tokens
        self._decode(count, position, outputs, stop, token=_pointer(self._tokens, c_int32))

    def decode_rows(self, rows: npt.NDArray[np.float32], position: int, *, stop: StopSignal) -> None:
        """Evaluate embedding `rows` (n, width) float32 at `position`...; raises as `decode_tokens`."""
        count = self._checked(len(rows), position, 0)
        self._rows[:count] = rows
        self._decode(count, position, 0, stop, embd=_pointer(self._rows, c_float))

    def logits(self, index: int) -> npt.NDArray[np.float32]:
        """Logits (vocabulary,) float32 of position `index` of the last batch: a view, valid until the next call."""
        pointer = self._api.llama_get_logits_ith(self._open, index)
        if not pointer:
            raise NativeError(f"llama.cpp has no logits for position {index} of the last batch")
        return np.ctypeslib.as_array(pointer, (self.model.vocabulary_size,))

    def remove_from(self, position: int) -> None:
        """Forget `position` and all after it.

        Raises:
            NativeError: this model's memory cannot forget a part.
        """
        if not self._api.llama_memory_seq_rm(self._memory(), 0, position, -1):
            raise NativeError(f"the KV memory of {self.model.path} cannot be cut at position {position}")

    def clear(self) -> None:
        """Forget everything."""
        self._api.llama_memory_clear(self._memory(), False)

    def close(self) -> None:
        """Free the context. May be called again."""
        if self.handle is not None:
            self._api.llama_free(self.handle)
            self.handle = None

    @property
    def _open(self) -> int:
        if self.handle is None:
            raise NativeError(f"the context of {self.model.path} was closed")
        return self.handle

    def __enter__(self) -> Context:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _memory(self) -> int:
        return int(self._api.llama_get_memory(self._open))

    def _checked(self, count: int, position: int, outputs: int) -> int:
        if not 0 < count <= self.batch or position + count > self.positions or outputs > min(count, self.outputs):
            raise NativeError(
                f"{count} positions at {position} with {outputs} outputs do not fit a context of {self.positions} "
                f"positions, {self.batch} a batch, {self.outputs} outputs"
            )
        return count

    def _decode(
        self,
        count: int,
        position: int,
        outputs: int,
        stop: StopSignal,
        *,
        token: Any = None,  # int32 *
        embd: Any = None,  # float *
    ) -> None:
        # Token batches take one plane of positions. Embedding batches take all of them, plane after plane, equal for
        # audio; a full-size array would put the planes at the wrong stride, so they are packed to `count`.
        planes = 1 if embd is None else self.model.position_planes
        places = self._places.reshape(-1)[: planes * count].reshape(planes, count)
        places[:] = np.arange(position, position + count, dtype=np.int32)
        self._wanted[:count] = 0
        self._wanted[count - outputs : count] = 1
        batch = api.llama_batch(
            n_tokens=count,
            token=token,
            embd=embd,
            pos=_pointer(self._places, c_int32),
            n_seq_id=_pointer(self._sequence_counts, c_int32),
            seq_id=self._sequences,
            logits=_pointer(self._wanted, c_int8),
        )
        self._api.llama_set_abort_callback(self._open, _STRLEN, stop.address)
        code: int = self._api.llama_decode(self._open, batch)
        if code == _ABORTED or (code != 0 and stop.is_set()):
            raise Cancelled("the pass was stopped during prefill")
        if code != 0:
            log = self.model.library.take_errors()
            meaning = _DECODE_CODES.get(code, "unknown error")
            raise NativeError(
                f"llama_decode failed with {code} ({meaning}) for {count} positions at {position}"
                + (f": {log}" if log else "")
            )


def _pointer(array: npt.NDArray[Any], kind: type[Any]) -> Any:
    """Address of `array` as a ctypes pointer to `kind`; the array must outlive its use."""
    return array.ctypes.data_as(POINTER(kind))
