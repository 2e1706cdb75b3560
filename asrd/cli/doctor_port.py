"""`asrd doctor`: who listens where the daemon is to listen."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asrd.cli.doctor_finding import Finding
from asrd.client.endpoint import reachable_host
from asrd.options import Config, ServerOptions
from asrd.server.access import user_name
from asrd.server.listening import Listener
from asrd.text.columns import harmless

WHAT: Final = "port"
_TIMEOUT_S: Final = 3.0
_MAX_ANSWER_BYTES: Final = 1 << 16
_LISTENS: Final = "0A"  # of the kernel's include/net/tcp_states.h: TCP_LISTEN


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
        return [Finding("warn", WHAT, f"a daemon listens on {where} and says: {', '.join(health.reasons)}")]
    if health is not None:
        return [Finding("ok", WHAT, f"a daemon listens on {where} and is well")]
    if _answers(options):
        taken = f"another program{_named(options.port)} listens on {where}"
        return [Finding("FAIL", WHAT, f"{taken}: stop it, or choose another port with --port or server.port")]
    Listener.open(options).close()
    return [Finding("ok", WHAT, f"{where} is free")]


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


def _answers(options: ServerOptions) -> bool:
    """Whether somebody takes connections on the port; of a Unix-domain socket, its own check tells."""
    if options.unix_socket or options.port == 0:
        return False
    try:
        socket.create_connection((reachable_host(options.host), options.port), _TIMEOUT_S).close()
    except OSError:
        return False
    return True


def _named(number: int) -> str:
    """Who listens on a port, as far as this user may know: in brackets; "" if nothing is known."""
    if not sys.platform.startswith("linux"):
        return f" (lsof -nP -iTCP:{number} -sTCP:LISTEN tells its name)"
    for inode, owner in _listeners(number):
        process = _process_with(inode)
        with suppress(OSError):  # it has just ended
            if process is not None:
                name = harmless((process / "comm").read_text(encoding="utf-8", errors="replace").strip())
                return f" ({name}, process {process.name})"
        return f" (of the user {user_name(owner)})"
    return ""


def _listeners(number: int) -> Iterator[tuple[str, int]]:
    """Inode of the socket and number of its user, for each that listens on the port: proc_net_tcp(5)."""
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        with suppress(OSError):
            for line in table.read_text(encoding="ascii").splitlines()[1:]:
                words = line.split()
                if words[3] == _LISTENS and int(words[1].rpartition(":")[2], 16) == number:
                    yield words[9], int(words[7])


def _process_with(inode: str) -> Path | None:
    """The process that has the socket open; None if it is another user's."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # another user's, or just gone
            if any(str(link.readlink()) == f"socket:[{inode}]" for link in (process / "fd").iterdir()):
                return process
    return None
