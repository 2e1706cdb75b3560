"""A model folder on disk: which file plays which role, and whether it is whole.

    <model>/asrd.json                  optional: name, languages, files with sizes and sha256 sums
    <model>/*encoder_frontend*.onnx    one second of mel -> hidden rows
    <model>/*encoder_backend*.onnx     hidden rows of one window -> embedding rows
    <model>/*.gguf                     Qwen3 decoder with its vocabulary

A folder without `asrd.json` is recognised by its file names, so that the published files work as they are.
"""

from __future__ import annotations

import hashlib
import json
import reprlib
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from asrd.errors import ModelError
from asrd.geometry import CHUNK_FRAMES, CHUNK_ROWS, WINDOW_CHUNKS
from asrd.plain_file import read_plain
from asrd.text.languages import LANGUAGES

DESCRIPTION_FILE: Final = "asrd.json"
FORMAT: Final = 1
ROLES: Final = ("frontend", "backend", "decoder")
_PATTERNS: Final = {
    "frontend": "*encoder_frontend*.onnx",
    "backend": "*encoder_backend*.onnx",
    "decoder": "*.gguf",
}
_GEOMETRY: Final = {"chunk_frames": CHUNK_FRAMES, "window_chunks": WINDOW_CHUNKS, "rows_per_chunk": CHUNK_ROWS}
_READ_BYTES: Final = 1 << 20
_LONGEST_DESCRIPTION_BYTES: Final = 1 << 22


@dataclass(frozen=True)
class ModelFile:
    """One file of a model; `size_bytes` and `sha256` are None where the folder does not say."""

    role: str
    path: Path
    size_bytes: int | None = None
    sha256: str | None = None

    def check_size(self) -> None:
        """Refuse a file that is missing or not as long as the folder says.

        Raises:
            ModelError: with both sizes.
        """
        size = _size_of(self.path)
        if size is None:
            raise ModelError(f"{self.path} is missing: fetch or export the model again")
        if size == 0 or (self.size_bytes is not None and size != self.size_bytes):
            expected = "some" if self.size_bytes is None else str(self.size_bytes)
            raise ModelError(f"{self.path} has {size} bytes instead of {expected}: fetch or export the model again")

    def check_sum(self, progress: Callable[[int], None] = lambda _bytes: None) -> None:
        """Refuse a file whose content is not what the folder says; calls `progress` with each number of bytes read.

        Raises:
            ModelError: with both sums; or it cannot be read.
        """
        self.check_size()
        if self.sha256 is None:
            return
        try:
            found = self._digest(progress)
        except OSError as error:
            raise ModelError(f"{self.path} cannot be read ({error.strerror}): check its permissions") from None
        if found != self.sha256:
            raise ModelError(
                f"{self.path} has the checksum {found[:16]}... instead of {self.sha256[:16]}...: "
                "it is damaged; fetch or export the model again"
            )

    def _digest(self, progress: Callable[[int], None]) -> str:
        digest = hashlib.sha256()
        with self.path.open("rb") as file:
            while block := file.read(_READ_BYTES):
                digest.update(block)
                progress(len(block))
        return digest.hexdigest()


@dataclass(frozen=True)
class ModelFolder:
    """What a model folder holds."""

    path: Path
    name: str
    version: str
    license: str
    languages: tuple[str, ...]
    frontend: ModelFile
    backend: ModelFile
    decoder: ModelFile

    @property
    def files(self) -> tuple[ModelFile, ...]:
        """All files, in the order of the stages."""
        return (self.frontend, self.backend, self.decoder)


def read_model_folder(path: Path) -> ModelFolder:
    """Find the files of the model in `path` and check that they are there and of the right size.

    Raises:
        ModelError: the folder is missing, incomplete or contradicts itself.
    """
    if not _is_folder(path):
        raise ModelError(
            f"there is no model folder {path}: check the path or the name (`asrd model list`), --model and ASRD_MODEL"
        )
    description = path / DESCRIPTION_FILE
    folder = _described(path, _load_json(description)) if description.exists() else _recognised(path)
    for file in folder.files:
        file.check_size()
    return folder


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # no permission, a name that is too long, a NUL in it
        return False


def _size_of(path: Path) -> int | None:
    """Bytes of a plain file; None if there is none of that name, or none can have it."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _is_inside(path: Path, folder: Path) -> bool:
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):  # a name that no file can have; a link that leads to itself
        return False


def _recognised(path: Path) -> ModelFolder:
    files = {role: _only_file(path, role) for role in ROLES}
    return ModelFolder(path, name=path.resolve().name, version="", license="", languages=LANGUAGES, **files)


def _only_file(path: Path, role: str) -> ModelFile:
    found = sorted(path.glob(_PATTERNS[role]))
    if not found:
        raise ModelError(f"{path} has no {role} file ({_PATTERNS[role]}): fetch or export the model again")
    if len(found) > 1:
        names = ", ".join(file.name for file in found)
        raise ModelError(f"{path} has more than one {role} file ({names}): leave one, or name it in {DESCRIPTION_FILE}")
    return ModelFile(role, found[0])


def _load_json(path: Path) -> Mapping[str, Any]:
    try:
        value = json.loads(read_plain(path, _LONGEST_DESCRIPTION_BYTES).decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path} cannot be read as JSON ({error}): fetch or export the model again") from None
    if not isinstance(value, dict):
        raise ModelError(f"{path} holds a {type(value).__name__} where an object is expected")
    return value


def _described(path: Path, description: Mapping[str, Any]) -> ModelFolder:
    where = path / DESCRIPTION_FILE
    if description.get("format") != FORMAT:
        found = reprlib.repr(description.get("format"))
        raise ModelError(f"{where} has format {found}; this asrd reads format {FORMAT}")
    for key, value in _GEOMETRY.items():
        if description.get(key, value) != value:
            found = reprlib.repr(description[key])
            raise ModelError(f"{where} says {key} = {found}; this asrd runs models with {key} = {value}")
    files = description.get("files")
    if not isinstance(files, dict):
        raise ModelError(f"{where} has no object `files`")
    roles = {role: _described_file(path, role, files.get(role)) for role in ROLES}
    languages = description.get("languages", LANGUAGES)
    if not isinstance(languages, (list, tuple)) or not all(isinstance(name, str) for name in languages):
        raise ModelError(f"{where}: `languages` must be a list of names")
    return ModelFolder(
        path,
        name=str(description.get("name") or path.resolve().name),
        version=str(description.get("version", "")),
        license=str(description.get("license", "")),
        languages=tuple(languages),
        **roles,
    )


def _described_file(path: Path, role: str, entry: object) -> ModelFile:
    where = path / DESCRIPTION_FILE
    if not isinstance(entry, dict) or not isinstance(entry.get("path"), str):
        raise ModelError(f"{where} does not say which file is the {role}: `files.{role}.path` is missing")
    size, digest = entry.get("bytes"), entry.get("sha256")
    if not isinstance(size, (int, type(None))) or not isinstance(digest, (str, type(None))):
        raise ModelError(f"{where}: `files.{role}` needs a whole number `bytes` and a text `sha256`")
    if "\0" in entry["path"]:
        raise ModelError(f"{where}: `files.{role}.path` holds a NUL character")
    file = path / entry["path"]
    if not _is_inside(file, path):
        name = reprlib.repr(entry["path"])
        raise ModelError(f"{where}: `files.{role}.path` = {name} leads out of the folder, or nowhere")
    return ModelFile(role, file, size, digest.lower() if digest else None)
