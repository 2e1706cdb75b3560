"""Every error that asrd raises on purpose, in one tree.

    AsrdError                     exit code 1
    |-- Cancelled                 1   the caller asked a pass to stop; nothing is wrong
    |-- OverloadError             1   no room for another session (asrd.daemon.protocols)
    |-- ConnectError              1   no daemon, or it refused (asrd.client.errors)
    |-- ServiceError              1   the service manager refuses, or a file is in the way (asrd.service.errors)
    |-- InjectError               1   text does not reach the window (asrd_clients.injectors)
    |-- AudioError                1   also a ValueError: the samples or the file cannot be used
    |-- ConfigError               2   also a ValueError: a flag, an option or a variable
    |   `-- AddressTakenError     5   another program listens there, and may end (asrd.server.listening)
    |-- ModelError                3   the model folder, or one of its files
    |   |-- ExportError           3   a checkpoint cannot be converted
    |   |-- StoreError            3   a model cannot be pulled or removed (asrd.store.errors)
    |   `-- NotPulledError        3   a model is known by name and not on this machine (asrd.store.errors)
    `-- NativeError               4   also a RuntimeError: ONNX Runtime or llama.cpp
        |-- LibraryError          4   the llama.cpp library is missing or not the one whose structs we declare
        `-- NativeMemoryError     4   also a MemoryError

A message says what is wrong, where (path or value, both sides of a mismatch), and what to do next, in one sentence;
`asrd.cli` prints it after `asrd: ` and exits with the code of the class.
"""

from __future__ import annotations

from typing import ClassVar


class AsrdError(Exception):
    """Base of all errors below."""

    exit_code: ClassVar[int] = 1


class Cancelled(AsrdError):
    """A recognition pass was stopped by its caller's `StopSignal`."""


class AudioError(AsrdError, ValueError):
    """Audio cannot be read, or holds nothing that could be recognised."""


class ConfigError(AsrdError, ValueError):
    """A flag, an option or an environment variable has a value that cannot be used."""

    exit_code = 2


class ModelError(AsrdError):
    """A model folder is incomplete, damaged, or its files do not fit each other."""

    exit_code = 3


class ExportError(ModelError):
    """A checkpoint cannot be converted, or its conversion does not equal it."""


class NativeError(AsrdError, RuntimeError):
    """ONNX Runtime or llama.cpp reported a failure."""

    exit_code = 4


class LibraryError(NativeError):
    """The llama.cpp library cannot be loaded, or is not the release whose structs are declared here."""


class NativeMemoryError(NativeError, MemoryError):
    """A native library could not get the memory that it needs."""
