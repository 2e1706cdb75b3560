"""Reads a Qwen3-ASR checkpoint folder: `config.json` and safetensors, one file or several.

Tensors are known by canonical names, whichever of the two namings the folder has:

    canonical           published (thinker)             transformers port
    audio.*             thinker.audio_tower.*           model.audio_tower.*
    audio.proj1/2.*     thinker.audio_tower.proj1/2.*   model.multi_modal_projector.linear_1/2.*
    text.*              thinker.model.*                 model.language_model.*
    text.lm_head.*      thinker.lm_head.*               lm_head.*

A tensor is read when it is asked for, so that no more than one is in memory.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import ml_dtypes  # noqa: F401  registers bfloat16 with numpy, which safetensors then uses
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from asrd.convert.config import ModelConfig, parse_config
from asrd.errors import ExportError
from asrd.plain_file import read_plain

_PREFIXES = (
    ("thinker.audio_tower.", "audio."),
    ("thinker.model.", "text."),
    ("thinker.lm_head.", "text.lm_head."),
    ("model.audio_tower.", "audio."),
    ("model.multi_modal_projector.linear_1.", "audio.proj1."),
    ("model.multi_modal_projector.linear_2.", "audio.proj2."),
    ("model.language_model.", "text."),
    ("lm_head.", "text.lm_head."),
)
_LONGEST_TEXT_BYTES: Final = 1 << 28  # a vocabulary has tens of megabytes
_SINGLE = "model.safetensors"
_INDEX = "model.safetensors.index.json"


def canonical_name(name: str) -> str | None:
    """The canonical name of a stored tensor, or None when it is not part of the speech model."""
    for stored, canonical in _PREFIXES:
        if name.startswith(stored):
            return canonical + name[len(stored) :]
    return None


class Checkpoint:
    """An open checkpoint folder; owns its safetensors files. Use it as a context manager, or `close()` it.

    Raises `ExportError` when the folder, its config, or one of its files cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files: dict[str, Any] = {}
        self._stored: dict[str, tuple[str, str]] = {}
        self._shapes: dict[str, tuple[int, ...]] = {}
        raw = read_json(folder / "config.json")
        try:
            for file_name in _file_names(folder):
                self._open(file_name)
            self.config: ModelConfig = parse_config(raw, self._shapes)
        except BaseException:
            self.close()
            raise

    def _open(self, file_name: str) -> None:
        path = self.folder / file_name
        try:
            file: Any = safe_open(str(path), framework="numpy")
            file.__enter__()
        except FileNotFoundError as error:
            raise ExportError(f"{path} is missing; download the whole checkpoint") from error
        except (SafetensorError, OSError) as error:
            raise ExportError(f"{path} is not a whole safetensors file ({error}); download it again") from error
        self._files[file_name] = file
        for stored in file.keys():  # noqa: SIM118  not a dict
            name = canonical_name(stored)
            if name is not None:
                self._stored[name] = (file_name, stored)
                self._shapes[name] = tuple(file.get_slice(stored).get_shape())

    def tensor(self, name: str, *shape: int) -> NDArray[np.float32]:
        """The tensor of that canonical name as float32; raises `ExportError` unless it has exactly this shape."""
        if name not in self._stored:
            raise ExportError(
                f"{self.folder}: the checkpoint has no tensor {name} (shape {list(shape)}); download all of its files"
            )
        if self._shapes[name] != shape:
            raise ExportError(
                f"{self.folder}: tensor {name} has shape {list(self._shapes[name])} where config.json asks for "
                f"{list(shape)}; use the config.json that belongs to these weights"
            )
        file_name, stored = self._stored[name]
        tensor: NDArray[Any] = self._files[file_name].get_tensor(stored)
        return np.ascontiguousarray(tensor.astype(np.float32))

    def __contains__(self, name: str) -> bool:
        return name in self._stored

    def close(self) -> None:
        """Close the files; may be called twice."""
        while self._files:
            self._files.popitem()[1].__exit__(None, None, None)

    def __enter__(self) -> Checkpoint:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_text(path: Path) -> str:
    """A text file of a checkpoint, with the line ends of Unix.

    Raises:
        OSError: there is none, or it cannot be read.
        UnicodeDecodeError: it is no UTF-8.
    """
    return read_plain(path, _LONGEST_TEXT_BYTES).decode("utf-8").replace("\r\n", "\n")


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file of a checkpoint; raises `ExportError` when there is none."""
    try:
        value = json.loads(read_text(path))
    except FileNotFoundError as error:
        raise ExportError(f"{path} is missing; give the folder of a Qwen3-ASR checkpoint") from error
    except (OSError, ValueError) as error:
        raise ExportError(f"{path} cannot be read as JSON ({error}); download it again") from error
    if not isinstance(value, dict):
        raise ExportError(f"{path} holds a {type(value).__name__} where an object belongs; download it again")
    return value


def _file_names(folder: Path) -> list[str]:
    if (folder / _SINGLE).is_file():
        return [_SINGLE]
    if not (folder / _INDEX).is_file():
        raise ExportError(f"{folder} holds neither {_SINGLE} nor {_INDEX}; give the folder of a Qwen3-ASR checkpoint")
    weight_map = read_json(folder / _INDEX).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise ExportError(f"{folder / _INDEX} has no `weight_map`; download it again")
    names = sorted({str(name) for name in weight_map.values()})
    for name in names:
        if Path(name).name != name:
            raise ExportError(f"{folder / _INDEX} names {name!r}, which is not a file beside it; download it again")
    return names
