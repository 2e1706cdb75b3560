"""`asrd doctor`: libraries and the model."""

from __future__ import annotations

import ctypes
import importlib
import platform
import sys
from collections.abc import Sequence
from importlib import metadata
from typing import Final

from asrd import __version__
from asrd.cli.doctor_finding import Finding
from asrd.config.model import engine_options, model_folder
from asrd.llama.library import load_library
from asrd.model_folder import read_model_folder
from asrd.options import Config
from asrd.source import portaudio

# Package -> what it is imported as.
_PACKAGES: Final = {
    "numpy": "numpy",
    "onnxruntime": "onnxruntime",
    "soundfile": "soundfile",
    "soxr": "soxr",
    "webrtcvad-wheels": "webrtcvad",
    "websockets": "websockets",
}


def packages() -> Sequence[Finding]:
    """Whether everything written in Python can be imported."""
    versions, broken = [f"asrd {__version__}", f"Python {platform.python_version()}"], []
    for package, module in _PACKAGES.items():
        reason = _why_not(module)
        if reason:
            broken.append(Finding("FAIL", "packages", f"{package} cannot be loaded ({reason}): pip install {package}"))
        else:
            versions.append(f"{package} {_version(package)}")
    return broken or [Finding("ok", "packages", ", ".join(versions))]


def openmp() -> Sequence[Finding]:
    """llama.cpp's library on Linux needs the system's OpenMP; elsewhere it brings its own."""
    if not sys.platform.startswith("linux"):
        return []
    try:
        ctypes.CDLL("libgomp.so.1")
    except OSError as error:
        return [
            Finding(
                "FAIL",
                "OpenMP",
                f"libgomp.so.1 cannot be loaded ({error}): install it (Debian and Ubuntu: apt install libgomp1; "
                "Fedora: dnf install libgomp)",
            )
        ]
    return [Finding("ok", "OpenMP", "libgomp.so.1")]


def llama(config: Config) -> Sequence[Finding]:
    """Whether llama.cpp's library is the one whose structs are declared here."""
    library = load_library(engine_options(config.model, config.segment).library)
    return [Finding("ok", "llama.cpp", f"{library.version}, {library.path}")]


def sound() -> Sequence[Finding]:
    """Whether PortAudio is there and starts."""
    module = portaudio.library()
    return [Finding("ok", "PortAudio", f"{module.get_portaudio_version()[1]}, sounddevice {module.__version__}")]


def model(config: Config) -> Sequence[Finding]:
    """Whether the model's files are there and whole."""
    folder = read_model_folder(model_folder(config.model))
    for file in folder.files:
        file.check_sum()
    unknown = [file.path.name for file in folder.files if file.sha256 is None]
    name = " ".join(filter(None, (folder.name, folder.version)))
    if unknown:
        return [Finding("ok", "model", f"{folder.path} ({name}); it holds no checksum of {', '.join(unknown)}")]
    return [Finding("ok", "model", f"{folder.path} ({name}), checksums are right")]


def _why_not(module: str) -> str:
    """Why it cannot be imported; "" if it can."""
    try:
        importlib.import_module(module)
    except Exception as error:  # noqa: BLE001 - a broken native library may raise anything
        return str(error) or type(error).__name__
    return ""


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "of unknown version"
