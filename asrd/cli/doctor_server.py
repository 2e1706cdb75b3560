"""`asrd doctor`: the settings, the daemon's tokens, and the folders that it writes to."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from asrd.cli.doctor_finding import Finding
from asrd.config.loading import LoadedConfig
from asrd.config.places import history_folder, state_folder, token_file
from asrd.options import Config
from asrd.server.access import access_remedy
from asrd.server.tokens import load

_SAMPLE: Final = bytes(4096)  # a file without content finds room on a full disk, too


def tokens(config: Config) -> Sequence[Finding]:
    """Whether the tokens are there, and for nobody else's eyes."""
    if not config.server.require_token:
        return [Finding("warn", "tokens", "none is needed: every program on this machine may listen")]
    path = token_file(config.server)
    try:
        status = path.stat()
    except FileNotFoundError:
        if path.is_symlink():
            return [Finding("FAIL", "tokens", f"the token file {path} is a link that leads nowhere: remove it")]
        return [Finding("ok", "tokens", f"{path} will be made at the first start")]
    except OSError:
        load(path)  # says why, and what to do
        raise
    mode = stat.S_IMODE(status.st_mode)
    if stat.S_ISREG(status.st_mode) and status.st_uid == os.getuid() and mode & 0o077:
        return [Finding("FAIL", "tokens", f"{path} can be read by others (mode {mode:04o}): chmod 600 '{path}'")]
    count = len(load(path))
    return [Finding("ok", "tokens", f"{path}, {count} token{'' if count == 1 else 's'}, mode 0600")]


def folders(config: Config) -> Sequence[Finding]:
    """Whether the daemon can write what it has to."""
    wanted = {"state folder": state_folder()}
    if config.history.enabled:
        wanted["history"] = history_folder(config.history)
    return [_writable(what, path) for what, path in wanted.items()]


def settings(loaded: LoadedConfig) -> Sequence[Finding]:
    """Where the settings are, and what is odd about them."""
    found = [Finding("warn", "settings", warning) for warning in loaded.warnings]
    if not loaded.has_file:
        return [*found, Finding("ok", "settings", f"all as they come; {loaded.file} could change them")]
    mode = loaded.file.stat().st_mode
    if mode & 0o022:
        sentence = (
            f"{loaded.file} can be changed by others, who could name a library to load: chmod go-w '{loaded.file}'"
        )
        return [*found, Finding("warn", "settings", sentence)]
    return [*found, Finding("ok", "settings", str(loaded.file))]


def _writable(what: str, folder: Path) -> Finding:
    """Write something there, or where the folder will be made."""
    try:
        existing = next(path for path in (folder, *folder.parents) if path.exists())
        if not existing.is_dir():
            return Finding("FAIL", what, f"{folder} cannot be made: {existing} is no folder; choose another place")
        with tempfile.NamedTemporaryFile(dir=existing, prefix=".doctor-") as file:
            file.write(_SAMPLE)
            file.flush()
    except OSError as error:
        remedy = access_remedy(folder, error) or "change its owner or mode"
        return Finding("FAIL", what, f"{folder} cannot be written ({error.strerror}): {remedy}")
    return Finding("ok", what, f"{folder}{'' if existing == folder else ' will be made'}")


def mac_hints(environ: Mapping[str, str], platform: str) -> Sequence[Finding]:
    """What no program can find out by itself on macOS."""
    if platform != "darwin":
        return []
    program = environ.get("TERM_PROGRAM", "the program that starts asrd")
    return [
        Finding(
            "ok",
            "permissions",
            f"macOS gives the microphone to {program}: System Settings > Privacy & Security > Microphone; without it "
            "the microphone gives only zeros",
        )
    ]
