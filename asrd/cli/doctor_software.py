"""`asrd doctor`: libraries and the model."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Sequence

from asrd.cli.doctor_finding import Finding
from asrd.cli.packages import OURS, PACKAGES
from asrd.cli.versions import Version, versions
from asrd.config.model import engine_options, forced_language, model_folder
from asrd.installing import reinstall_command
from asrd.llama.library import LIBRARY_VARIABLE, load_library
from asrd.model_folder import ModelFolder, read_model_folder
from asrd.options import Config
from asrd.source import portaudio
from asrd.system_packages import SystemLibrary, install_command


def packages() -> Sequence[Finding]:
    """Whether everything that was installed from packages can be used; the libraries in them have their own checks."""
    found = versions((*OURS, *PACKAGES))
    broken = [one for one in found if one.trouble]
    if broken:
        return [Finding("FAIL", "packages", f"{one.name} cannot be used: {_remedied(one)}") for one in broken]
    return [Finding("ok", "packages", ", ".join(f"{one.name} {one.version}" for one in found))]


def _remedied(one: Version) -> str:
    if "pip install" in one.trouble:
        return one.trouble
    return f"{one.trouble}; install it again: {reinstall_command(one.name)}"


def openmp() -> Sequence[Finding]:
    """llama.cpp's library on Linux needs the system's OpenMP; elsewhere it brings its own."""
    if not sys.platform.startswith("linux"):
        return []
    try:
        ctypes.CDLL("libgomp.so.1")
    except OSError as error:
        remedy = f"install it: {install_command(SystemLibrary.OPENMP)}"
        return [Finding("FAIL", "OpenMP", f"libgomp.so.1, which llama.cpp needs, cannot be loaded ({error}): {remedy}")]
    return [Finding("ok", "OpenMP", "libgomp.so.1")]


def llama(config: Config) -> Sequence[Finding]:
    """Whether llama.cpp's library is the one whose structs are declared here.

    It is built for processors with AVX2: on others it ends the process that loads it, so that another one tries.
    """
    named = engine_options(config.model, config.segment).library
    if named is None:
        (tried,) = versions(("llama.cpp",))
        if tried.trouble:
            remedy = f"install it again ({reinstall_command('xllamacpp')}), or set {LIBRARY_VARIABLE}"
            return [Finding("FAIL", "llama.cpp", f"its library cannot be used: {tried.trouble}; {remedy}")]
    library = load_library(named)
    return [Finding("ok", "llama.cpp", f"{library.version}, {library.path}")]


def sound() -> Sequence[Finding]:
    """Whether PortAudio is there and starts."""
    module = portaudio.library()
    return [Finding("ok", "PortAudio", f"{module.get_portaudio_version()[1]}, sounddevice {module.__version__}")]


def model(config: Config) -> Sequence[Finding]:
    """Whether the model's files are there and whole, and whether it knows the language that is set."""
    folder = read_model_folder(model_folder(config.model))
    for file in folder.files:
        file.check_sum()
    unknown = [file.path.name for file in folder.files if file.sha256 is None]
    name = " ".join(filter(None, (folder.name, folder.version)))
    sums = f"; it holds no checksum of {', '.join(unknown)}" if unknown else ", checksums are right"
    return [*_foreign(config, folder), Finding("ok", "model", f"{folder.path} ({name}){sums}")]


def _foreign(config: Config, folder: ModelFolder) -> Sequence[Finding]:
    language = forced_language(config.model.language)
    if language is None or language in folder.languages:
        return []
    known = ", ".join(folder.languages)
    sentence = (
        f"{folder.name} knows no {language}, which model.language says, but {known}: it would write something else; "
        "`asrd model list` shows others"
    )
    return [Finding("warn", "model", sentence)]
