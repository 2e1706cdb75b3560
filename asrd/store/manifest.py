"""The models that asrd knows by name: `model/manifest.toml`, which comes with it.

Every file in it has the checksum and the length under which it was published. What has no checksum is refused: it could
not be told from something else.
"""

from __future__ import annotations

import functools
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import urlsplit

from asrd.errors import ModelError
from asrd.model_folder import ROLES
from asrd.shipped import shipped
from asrd.text import toml
from asrd.text.languages import LANGUAGES

FORMAT: Final = 1
_FILE_NAME: Final = "manifest.toml"
_SHA256: Final = re.compile("[0-9a-f]{64}")
_NAME: Final = re.compile("[a-z0-9][a-z0-9._-]*")


@dataclass(frozen=True)
class Download:
    """Something to fetch.

    Attributes:
        name: what it is called among the downloads.
        urls: where it is, the best place first.
        sha256: checksum, in hexadecimal.
        size_bytes: its length; None where it was not published, and the source's own statement counts.
        max_bytes: more than that is refused.
        is_archive: a zip file with files of the model, instead of one of them.
    """

    name: str
    urls: tuple[str, ...]
    sha256: str
    size_bytes: int | None
    max_bytes: int
    is_archive: bool

    @property
    def file_name(self) -> str:
        """The name under which it is published."""
        return posixpath.basename(urlsplit(self.urls[0]).path)


@dataclass(frozen=True)
class StoredFile:
    """A file of a model folder, and which download it comes with."""

    role: str
    path: str
    size_bytes: int
    sha256: str
    download: str


@dataclass(frozen=True)
class Entry:
    """A model that is known by name.

    Attributes:
        about: one line for people.
        notice: what has to be said beside the weights.
        files: empty if it comes with asrd.
        downloads: what brings them.
    """

    name: str
    about: str
    version: str
    license: str
    languages: tuple[str, ...]
    notice: str
    files: tuple[StoredFile, ...]
    downloads: tuple[Download, ...]

    @property
    def is_shipped(self) -> bool:
        """Whether it comes with asrd, so that there is nothing to pull."""
        return not self.files

    @property
    def size_bytes(self) -> int:
        """Length of its files together."""
        return sum(file.size_bytes for file in self.files)

    @property
    def download_bytes(self) -> int:
        """How much there is to fetch; where the length of an archive is not known, that of its files."""
        return sum(each.size_bytes or sum(file.size_bytes for file in self.files_of(each)) for each in self.downloads)

    def files_of(self, download: Download) -> tuple[StoredFile, ...]:
        """Those that come with this download."""
        return tuple(file for file in self.files if file.download == download.name)


def manifest_path() -> Path:
    """The file.

    Raises:
        ModelError: it did not come with this asrd.
    """
    path = shipped(_FILE_NAME)
    if path is None:
        raise ModelError(f"the list of models ({_FILE_NAME}) did not come with this asrd: install it again")
    return path


def entries() -> Mapping[str, Entry]:
    """Name -> model, in the order of the file; raises as `read_manifest`."""
    return read_manifest(manifest_path())


@functools.lru_cache(maxsize=1)
def read_manifest(path: Path) -> Mapping[str, Entry]:
    """Read a list of models.

    Raises:
        ModelError: it cannot be read, or an entry cannot be trusted.
    """
    try:
        value = toml.loads(path.read_text(encoding="utf-8"))
        if value["format"] != FORMAT:
            raise ModelError(f"{path} has format {value['format']!r}; this asrd reads format {FORMAT}")
        downloads = {name: _download(name, item) for name, item in value["downloads"].items()}
        return {name: _entry(name, item, downloads) for name, item in value["models"].items()}
    except (OSError, KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ModelError(f"{path} is no list of models ({error}): install asrd again") from None


def _download(name: str, item: Mapping[str, Any]) -> Download:
    size = item.get("bytes")
    found = Download(
        name=name,
        urls=_texts(item["urls"]),
        sha256=_sum(name, item),
        size_bytes=None if size is None else _length(size),
        max_bytes=_length(item["max_bytes"] if size is None else size),
        is_archive=bool(item.get("archive", False)),
    )
    if not found.urls or not found.file_name:
        raise ValueError(f"downloads.{name} has no address")
    return found


def _entry(name: str, item: Mapping[str, Any], downloads: Mapping[str, Download]) -> Entry:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name")
    files = tuple(_file(name, file, downloads) for file in item.get("files", ()))
    if files and sorted(file.role for file in files) != sorted(ROLES):
        raise ValueError(f"models.{name} must have one file of each role: {', '.join(ROLES)}")
    used = {file.download for file in files}
    return Entry(
        name=name,
        about=str(item["about"]),
        version=str(item["version"]),
        license=str(item["license"]),
        languages=_texts(item.get("languages", LANGUAGES)),
        notice=str(item.get("notice", "")),
        files=files,
        downloads=tuple(download for download in downloads.values() if download.name in used),
    )


def _file(model: str, item: Mapping[str, Any], downloads: Mapping[str, Download]) -> StoredFile:
    path, download = str(item["path"]), downloads[item["download"]]
    if path in ("", "..") or PurePosixPath(path).name != path or "\\" in path:
        raise ValueError(f"models.{model}: {path!r} is no file name")
    file = StoredFile(str(item["role"]), path, _length(item["bytes"]), _sum(path, item), download.name)
    if not download.is_archive and (file.sha256, file.size_bytes) != (download.sha256, download.size_bytes):
        raise ValueError(f"models.{model}: {path} and its download differ")
    return file


def _length(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise ValueError(f"{value!r} is no length in bytes")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(text, str) for text in value):
        raise ValueError(f"{value!r} is no list of texts")
    return tuple(value)


def _sum(name: str, item: Mapping[str, Any]) -> str:
    found = str(item.get("sha256", ""))
    if not _SHA256.fullmatch(found):
        raise ValueError(f"{name} has no SHA-256 checksum")
    return found
