"""Finding and opening the llama.cpp library, once per process and path."""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import logging
import os
from collections import deque
from pathlib import Path

from asrd.errors import LibraryError
from asrd.installing import reinstall_command
from asrd.llama import api
from asrd.llama.api import Api
from asrd.system_packages import SystemLibrary, install_command

LIBRARY_VARIABLE = "ASRD_LLAMA_LIB"
_PACKAGE = "xllamacpp"
# Threads of GNU OpenMP wait for each other after every operation: by default for 300 000 turns of a loop before they
# sleep. With another program on one of two cores, a random 0.6B then took 3.1 times as long as alone; with 1000 turns
# 2.1 times, and alone no longer than before. The library reads the variable when it is loaded.
_SPIN_BRIEFLY = ("GOMP_SPINCOUNT", "1000")
_LOG = logging.getLogger("asrd.llama")
_LEVELS = {
    api.LOG_LEVEL_INFO: logging.DEBUG,  # llama.cpp tells about every tensor at this level
    api.LOG_LEVEL_WARN: logging.INFO,
    api.LOG_LEVEL_ERROR: logging.WARNING,  # an exception with its own sentence follows
}


class Library:
    """One opened llama.cpp library. It stays open until the process ends, as its log callback must.

    Attributes:
        api: the bound C functions.
        path: the file that was opened.
        version: what `llama_version()` says.
    """

    def __init__(self, path: str) -> None:
        """Open the library at `path`; `load_library` is the way to one that is opened once.

        Raises:
            LibraryError: it cannot be opened, lacks a function, or lays out its structs differently.
        """
        self.path = path
        self._recent_errors: deque[str] = deque(maxlen=4)
        self._unfinished_line = ""
        self.api = Api(_open(path), path)
        api.check_layout(self.api, path)
        self._log_callback = api.LogCallback(self._on_log)  # kept: the library holds its address
        self.api.llama_log_set(self._log_callback, None)
        self.api.llama_backend_init()
        self.version: str = self.api.llama_version().decode()

    def take_errors(self) -> str:
        """The error lines logged since the last call, joined; for the sentence of an exception."""
        text = "; ".join(self._recent_errors)
        self._recent_errors.clear()
        return text

    def _on_log(self, level: int, text: bytes, _user_data: int | None) -> None:
        line = self._unfinished_line + text.decode(errors="replace")
        if not line.endswith("\n") and level != api.LOG_LEVEL_CONTINUED:
            self._unfinished_line = line[-4096:]
            return
        self._unfinished_line = ""
        line = line.strip()
        if level == api.LOG_LEVEL_ERROR:
            self._recent_errors.append(" ".join(line.split()))  # a damaged file's keys may hold line ends
        if line:
            _LOG.log(_LEVELS.get(level, logging.DEBUG), "%s", line)


def load_library(path: str | None = None) -> Library:
    """The llama.cpp library at `path`, or at `$ASRD_LLAMA_LIB`, or inside the pinned package.

    Sets GOMP_SPINCOUNT for this process unless it is set.

    Raises:
        LibraryError: see `Library`; or no library is installed.
    """
    os.environ.setdefault(*_SPIN_BRIEFLY)
    return _load(path or os.environ.get(LIBRARY_VARIABLE) or str(_packaged_library()))


@functools.cache
def _load(path: str) -> Library:
    return Library(path)


def _packaged_library() -> Path:
    """The extension file of the pinned package: it exports the plain C functions."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise LibraryError(
            f"the package {_PACKAGE} is not installed: {reinstall_command(_PACKAGE)}, or set {LIBRARY_VARIABLE}"
        )
    folder = Path(spec.origin).parent
    for pattern in (f"{_PACKAGE}*.so", f"{_PACKAGE}*.pyd"):
        for found in sorted(folder.glob(pattern)):
            return found
    raise LibraryError(f"{folder} holds no extension file of {_PACKAGE}: install the package again")


def _open(path: str) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(path)
    except OSError as error:
        remedy = f"check the path, or unset {LIBRARY_VARIABLE}"
        if "libgomp" in str(error):
            remedy = f"install the OpenMP runtime: {install_command(SystemLibrary.OPENMP)}"
        raise LibraryError(f"cannot open the llama.cpp library {path}: {error}; {remedy}") from None
