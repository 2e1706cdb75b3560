"""`asrd doctor`: where the daemon listens, its tokens, and the folders that it writes to."""

from __future__ import annotations

import http.client
import json
import os
import socket
import ssl
import stat
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asrd.cli.doctor_finding import Finding
from asrd.client.endpoint import reachable_host
from asrd.config.loading import LoadedConfig
from asrd.config.places import history_folder, state_folder, token_file
from asrd.options import Config, ServerOptions
from asrd.server.listening import Listener
from asrd.server.tokens import load
from asrd.text.columns import harmless

_TIMEOUT_S: Final = 3.0
_MAX_ANSWER_BYTES: Final = 1 << 16


@dataclass(frozen=True)
class Health:
    """What a daemon says of itself: sentences, or words where it needs a token for more; none: it is well."""

    reasons: tuple[str, ...]


def port(config: Config) -> Sequence[Finding]:
    """Whether a daemon of ours is there, or the place is free."""
    options = config.server
    where = options.unix_socket or f"{options.host}:{options.port}"
    health = daemon_health(options)
    if health is not None and health.reasons:
        return [Finding("warn", "port", f"a daemon listens on {where} and says: {', '.join(health.reasons)}")]
    if health is not None:
        return [Finding("ok", "port", f"a daemon listens on {where} and is well")]
    Listener.open(options).close()
    return [Finding("ok", "port", f"{where} is free")]


def daemon_health(options: ServerOptions) -> Health | None:
    """What the daemon says that listens where the options tell; None if none does."""
    if not options.unix_socket and options.port == 0:
        return None
    connection = _connection(options)
    try:
        connection.request("GET", "/healthz")
        answer = json.loads(connection.getresponse().read(_MAX_ANSWER_BYTES))
        if answer["status"] not in ("ok", "failing"):
            return None
        return Health(tuple(harmless(str(reason)) for reason in answer.get("reasons", answer["states"])))
    except (OSError, http.client.HTTPException, ValueError, TypeError, KeyError):
        return None
    finally:
        connection.close()


def tokens(config: Config) -> Sequence[Finding]:
    """Whether the tokens are there, and for nobody else's eyes."""
    if not config.server.require_token:
        return [Finding("warn", "tokens", "none is needed: every program on this machine may listen")]
    path = token_file(config.server)
    try:
        status = path.stat()
    except FileNotFoundError:
        return [Finding("ok", "tokens", f"{path} will be made at the first start")]
    if stat.S_IMODE(status.st_mode) & 0o077:
        mode = f"{stat.S_IMODE(status.st_mode):04o}"
        return [Finding("FAIL", "tokens", f"{path} can be read by others (mode {mode}): chmod 600 '{path}'")]
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


def _connection(options: ServerOptions) -> http.client.HTTPConnection:
    if options.unix_socket:
        return _UnixConnection(options.unix_socket)
    host = reachable_host(options.host)
    if not options.tls_cert:
        return http.client.HTTPConnection(host, options.port, timeout=_TIMEOUT_S)
    # Only whether it is a daemon: nothing secret is sent, so it need not be known whose it is.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(host, options.port, timeout=_TIMEOUT_S, context=context)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        """See `http.client.HTTPConnection`."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_TIMEOUT_S)
        self.sock.connect(self._path)


def _writable(what: str, folder: Path) -> Finding:
    """Write something there, or see whether the folder can be made."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        if existing == folder:
            with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-"):
                pass
        elif not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
            return Finding("FAIL", what, f"{folder} cannot be made in {existing}: change that folder's owner or mode")
    except OSError as error:
        return Finding("FAIL", what, f"{folder} cannot be written ({error.strerror}): change its owner or mode")
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
