"""One ONNX Runtime session: a graph with one data input and one output, fp32 or fp16."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from asrd.encoder.graph import check_graph
from asrd.errors import ModelError, NativeError, NativeMemoryError
from asrd.onnx_runtime import ort

Dimension = int | str | None
_DTYPES: Final = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
_FATAL_ONLY: Final = 4
_MASK_RANK: Final = 4  # (b, 1, T', T'), beside the data's (b, T', D)


class OnnxSession:
    """Runs one graph.

    Attributes:
        input_shape: shape of the data input; a name or None where it varies.
        output_shape: likewise of the output.
        has_mask: whether the graph takes an additive attention mask (b, 1, T', T') as a second input.
    """

    def __init__(self, path: Path, *, threads: int) -> None:
        """Load the graph.

        Raises:
            ModelError: the file cannot be loaded, or has other inputs than the contract's.
            NativeMemoryError: there is not enough memory.
        """
        self.path = path
        check_graph(path)
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _FATAL_ONLY
        options.enable_mem_pattern = False  # a pattern is kept for every shape; the open window has 104 of them
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # an idle daemon must not cost a core
        try:
            self._session: ort.InferenceSession | None = ort.InferenceSession(
                str(path),
                options,
                providers=["CPUExecutionProvider"],
                enable_fallback=False,  # it prints, and fails again
            )
        except Exception as error:  # noqa: BLE001 - ONNX Runtime's exceptions share no narrower base
            reason = _first_line(error)
            if "alloc" in reason.lower():
                raise NativeMemoryError(f"not enough memory to load {path} ({reason}); use a smaller model") from None
            raise ModelError(f"{path} cannot be loaded ({reason}); fetch or export it again") from None
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        masks = [node for node in inputs if len(node.shape) == _MASK_RANK]
        data = [node for node in inputs if node not in masks]
        kinds = {node.type for node in (*inputs, *outputs)}
        if len(data) != 1 or len(masks) > 1 or not outputs or len(kinds) != 1 or not kinds <= _DTYPES.keys():
            raise ModelError(
                f"{path} has the inputs {[(n.name, n.shape, n.type) for n in inputs]}; "
                "expected one of float32 or float16, and at most an attention mask of the same type"
            )
        self._data, self._mask = data[0].name, masks[0].name if masks else None
        self._output = outputs[0].name
        self.dtype = _DTYPES[data[0].type]
        self.has_mask = bool(masks)
        self.input_shape: tuple[Dimension, ...] = tuple(data[0].shape)
        self.output_shape: tuple[Dimension, ...] = tuple(outputs[0].shape)

    def run(self, data: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The output (1, ...) float32 for `data` (1, ...) float32; every position may attend to every other.

        Raises:
            NativeError: ONNX Runtime reported an error, the output has another dtype, or is not finite.
        """
        if self._session is None:
            raise NativeError(f"{self.path} was closed")
        feeds: dict[str, Any] = {self._data: data.astype(self.dtype, copy=False)}
        if self._mask is not None:
            feeds[self._mask] = np.zeros((1, 1, data.shape[1], data.shape[1]), self.dtype)
        try:
            output: npt.NDArray[Any] = self._session.run([self._output], feeds)[0]
        except Exception as error:  # noqa: BLE001 - ONNX Runtime's exceptions share no narrower base
            raise NativeError(f"{self.path} failed on an input of shape {data.shape} ({_first_line(error)})") from None
        if output.dtype != self.dtype:
            raise NativeError(f"{self.path} returned {output.dtype} where {np.dtype(self.dtype)} was expected")
        if not np.isfinite(output).all():
            raise NativeError(f"{self.path} returned numbers that are not finite; use a file of higher precision")
        return output.astype(np.float32, copy=False)

    def close(self) -> None:
        """Free the session. May be called again."""
        self._session = None


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n", 1)[0][:300] or type(error).__name__
