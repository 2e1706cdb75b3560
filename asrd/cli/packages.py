"""What asrd runs on: the one list of packages and libraries that `asrd --version` and `asrd doctor` look at."""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from typing import Final

from asrd import __version__
from asrd.installing import reinstall_command

# The packages of pyproject.toml that this system and this Python need -> the module that shows whether they work; ""
# where that is one of the `LIBRARIES`, which the package does nothing but bring.
PACKAGES: Final[Mapping[str, str]] = {
    "numpy": "numpy",
    "onnxruntime": "asrd.onnx_runtime",  # never without what turns its telemetry off
    "soundfile": "soundfile",
    "soxr": "soxr",
    "webrtcvad-wheels": "webrtcvad",
    "websockets": "websockets",
    "shtab": "shtab",
    "sounddevice": "",
    "xllamacpp": "",
    **({"python-xlib": "Xlib"} if sys.platform == "linux" else {}),
    **({"pyobjc-framework-ApplicationServices": "ApplicationServices"} if sys.platform == "darwin" else {}),
    **({"pyobjc-framework-Quartz": "Quartz"} if sys.platform == "darwin" else {}),
    **({"tomli": "tomli"} if sys.version_info < (3, 11) else {}),
}


def package_version(package: str) -> str:
    """The version of a package that can be imported.

    Raises:
        Exception: whatever importing it raises, or `metadata.PackageNotFoundError`.
    """
    if PACKAGES[package]:
        importlib.import_module(PACKAGES[package])
    return metadata.version(package)


def _libsndfile() -> str:
    return str(importlib.import_module("soundfile").__libsndfile_version__)


def _portaudio() -> str:
    from asrd.source import portaudio

    # "PortAudio V19.6.0-devel, revision 396fe4b6699ae929d3a685b3ef8a7e97396139a4"
    told = str(portaudio.library().get_portaudio_version()[1])
    return told.removeprefix("PortAudio V").partition(",")[0]


def _llama() -> str:
    from asrd.llama.library import load_library

    return load_library().version


# Name -> what tells its version, and raises what keeps it from being used.
LIBRARIES: Final[Mapping[str, Callable[[], str]]] = {
    "libsndfile": _libsndfile,
    "PortAudio": _portaudio,
    "llama.cpp": _llama,
}
OURS: Final[Mapping[str, Callable[[], str]]] = {
    "asrd": lambda: __version__,
    "python": platform.python_version,
    "platform": platform.platform,
}
NAMES: Final = (*OURS, *PACKAGES, *LIBRARIES)


def tell(names: Sequence[str]) -> None:
    """Write a line for each, at once: its version and what is wrong with it, one of them empty, as a JSON array.

    The lines alone reach standard output, whatever a library writes there.
    """
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as lines:
        os.dup2(2, 1)
        for name in names:
            lines.write(json.dumps(_version_or_trouble(name)) + "\n")
            lines.flush()


def _version_or_trouble(name: str) -> tuple[str, str]:
    try:
        if name in PACKAGES:
            return package_version(name), ""
        return {**OURS, **LIBRARIES}[name](), ""
    except metadata.PackageNotFoundError:
        return "", f"it is not installed: {reinstall_command(name)}"
    except Exception as error:  # noqa: BLE001 - a broken native library may raise anything
        return "", " ".join(str(error).split()) or type(error).__name__
