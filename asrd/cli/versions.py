"""`asrd --version`: what is installed."""

from __future__ import annotations

import argparse
import platform
from importlib import metadata

import soundfile

from asrd import __version__
from asrd.cli.output import write_line
from asrd.errors import LibraryError
from asrd.llama.library import load_library

_PACKAGES = ("numpy", "onnxruntime", "soundfile", "soxr", "xllamacpp")


def versions() -> dict[str, str]:
    """Name -> version of asrd and of everything that it computes with."""
    found = {"asrd": __version__, "python": platform.python_version()}
    found |= {package: _installed_version(package) for package in _PACKAGES}
    found["libsndfile"] = soundfile.__libsndfile_version__
    try:
        found["llama.cpp"] = load_library().version
    except LibraryError as error:
        found["llama.cpp"] = f"unusable: {error}"
    return found


def _installed_version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def run(_args: argparse.Namespace) -> int:
    """Print one line for each."""
    for name, version in versions().items():
        write_line(f"{name} {version}")
    return 0
