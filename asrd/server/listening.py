"""Where the server listens: a TCP port with or without TLS, or a Unix-domain socket."""

from __future__ import annotations

import errno
import os
import socket
import ssl
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from asrd.errors import ConfigError
from asrd.options import ServerOptions
from asrd.plain_file import open_plain
from asrd.server.guard import STREAM_PATH, check_bind

_SOCKET_MODE = 0o600
_PROBE_S = 1.0


class AddressTakenError(ConfigError):
    """Another program listens there. It may end: unlike after a wrong setting, starting again can help."""

    exit_code = 5


@dataclass(frozen=True)
class Address:
    """Where a server is found.

    Attributes:
        host: address, or "" with a Unix-domain socket.
        port: the real one, or 0 with a Unix-domain socket.
        unix_socket: its path, or "".
        is_tls: whether it is TLS.
    """

    host: str
    port: int
    unix_socket: str = ""
    is_tls: bool = False

    @property
    def url(self) -> str:
        """Of the stream; over a Unix-domain socket, what to ask for on it."""
        return f"{'wss' if self.is_tls else 'ws'}://{self._authority}{STREAM_PATH}"

    @property
    def page(self) -> str:
        """Of the page for a browser."""
        return f"{'https' if self.is_tls else 'http'}://{self._authority}/"

    @property
    def _authority(self) -> str:
        if self.unix_socket:
            return "localhost"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return self.unix_socket or self.url


@dataclass
class Listener:
    """A socket that is bound but does not listen yet, and how it is to be used."""

    socket: socket.socket
    address: Address
    tls: ssl.SSLContext | None
    _inode: int | None = None

    @classmethod
    def open(cls, options: ServerOptions) -> Listener:
        """Bind what the options say.

        Raises:
            AddressTakenError: another program listens there.
            ConfigError: it is not allowed, or would let the network in unprotected.
        """
        check_bind(options)
        if options.unix_socket:
            path = Path(options.unix_socket)
            return cls(_bind_unix(path), Address("", 0, str(path)), None, path.stat().st_ino)
        tls = _tls_context(options) if options.tls_cert else None
        bound = _bind_tcp(options)
        host, port = bound.getsockname()[:2]
        return cls(bound, Address(host, port, is_tls=tls is not None), tls)

    def close(self) -> None:
        """Close the socket, and remove the file of a Unix-domain socket if it is still ours."""
        self.socket.close()
        if self._inode is not None:
            path = Path(self.address.unix_socket)
            with suppress(OSError):
                if path.stat().st_ino == self._inode:
                    path.unlink()


def _bind_tcp(options: ServerOptions) -> socket.socket:
    where = f"{options.host or 'every address'}, port {options.port}"
    try:
        family, _, _, _, address = _resolve(options)
        return socket.create_server(address[:2], family=family)
    except OSError as error:
        kind = AddressTakenError if error.errno == errno.EADDRINUSE else ConfigError
        raise kind(f"cannot listen on {where}: {_what_next(error)}") from None


def _resolve(options: ServerOptions) -> tuple[int, int, int, str, tuple[str, int]]:
    """The first address of the host, IPv4 before IPv6: one port, so one socket."""
    found = socket.getaddrinfo(options.host or None, options.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return min(found, key=lambda one: one[0] != socket.AF_INET)  # type: ignore[return-value] # no Bluetooth here


def _what_next(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            "another program listens there, perhaps another asrd: `asrd doctor` tells which; stop it, "
            "or choose another port with --port (0: any free one)"
        )
    if error.errno == errno.EACCES:
        return "that port is for the system; choose one from 1024 on"
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return "this machine has no such address; use 127.0.0.1, or one of this machine's"
    return f"{error.strerror}; choose another server.host or server.port"


def _tls_context(options: ServerOptions) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _check_readable("tls_cert", Path(options.tls_cert))
    _check_readable("tls_key", Path(options.tls_key))
    try:
        # An encrypted key would make the library ask on the terminal.
        context.load_cert_chain(options.tls_cert, options.tls_key, password=lambda: b"")
    except (ssl.SSLError, OSError, ValueError) as error:
        raise ConfigError(
            f"{options.tls_cert} and {options.tls_key} are not a certificate and its unencrypted key in PEM form "
            f"({getattr(error, 'reason', None) or error}): make them anew"
        ) from None
    return context


def _check_readable(name: str, path: Path) -> None:
    try:
        open_plain(path).close()
    except OSError as error:
        raise ConfigError(f"{name} {path} cannot be read ({error.strerror}): see server.{name}") from None


def _bind_unix(path: Path) -> socket.socket:
    _remove_stale(path)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        bound.bind(str(path))
        path.chmod(_SOCKET_MODE)  # nobody can connect before it listens
    except OSError as error:
        bound.close()
        raise ConfigError(
            f"cannot listen on {path} ({error.strerror or error}): choose another path for server.unix_socket"
        ) from None
    return bound


def _remove_stale(path: Path) -> None:
    """Remove the file that a daemon left that was killed; refuse if one answers, or if it is no socket."""
    try:
        status = os.lstat(path)
    except OSError:
        return
    if not stat.S_ISSOCK(status.st_mode):
        raise ConfigError(f"{path} is there and no socket: remove it, or choose another path for server.unix_socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_PROBE_S)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            with suppress(FileNotFoundError):
                path.unlink()
            return
        except OSError as error:
            raise ConfigError(f"{path} cannot be tried ({error.strerror or error}): remove it first") from None
    raise AddressTakenError(f"another daemon listens on {path}: stop it, or choose another path for server.unix_socket")
