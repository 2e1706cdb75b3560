"""Where a daemon is, and how a client shows that it may listen."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlencode, urlsplit

from asrd.errors import ConfigError
from asrd.plain_file import open_plain

STREAM_PATH: Final = "/v1/stream"
_ANY_ADDRESS: Final = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}


@dataclass(frozen=True)
class Endpoint:
    """A daemon.

    Attributes:
        url: ws:// or wss://, with the path of the stream and nothing after it.
        unix_socket: path of the Unix-domain socket to connect to instead of the URL's host, or "".
        token: the secret to show, or ""; in no `repr`.
        ca_file: certificates (PEM) to trust beside the system's, or "".
        find_token: asked at each connection while `token` is "": the daemon makes its first one when it starts.
    """

    url: str
    unix_socket: str = ""
    token: str = field(default="", repr=False)
    ca_file: str = ""
    find_token: Callable[[], str] | None = field(default=None, repr=False, compare=False)

    def shown_token(self) -> str:
        """The secret to show now, or ""; raises what `find_token` raises."""
        return self.token or (self.find_token() if self.find_token is not None else "")

    @property
    def name(self) -> str:
        """For messages."""
        return self.unix_socket or self.url

    def stream_url(self, session: str) -> str:
        """The URL to ask for; with "" the daemon's own session is meant."""
        return f"{self.url}?{urlencode({'session': session})}" if session else self.url

    def tls(self) -> ssl.SSLContext | None:
        """What checks the daemon's certificate; None without TLS.

        Raises:
            ConfigError: `ca_file` cannot be used.
        """
        if not self.url.startswith("wss:"):
            return None
        context = ssl.create_default_context()
        if self.ca_file:
            try:
                open_plain(Path(self.ca_file)).close()  # the library would wait for who writes into a pipe
                context.load_verify_locations(self.ca_file)
            except (OSError, ssl.SSLError) as error:
                reason = getattr(error, "reason", None) or error.strerror or error
                raise ConfigError(f"the certificates in {self.ca_file} cannot be used ({reason}): check --ca") from None
        return context


def address_url(host: str, port: int, *, is_tls: bool) -> str:
    """The URL of a daemon that listens on `host` and `port`, as it is reached from this machine."""
    host = reachable_host(host)
    bracketed = f"[{host}]" if ":" in host else host
    return f"{'wss' if is_tls else 'ws'}://{bracketed}:{port}{STREAM_PATH}"


def reachable_host(host: str) -> str:
    """Where a daemon is reached from this machine that listens on `host`, which may mean every address."""
    return _ANY_ADDRESS.get(host, host)


def checked_url(url: str) -> str:
    """A URL as a user wrote it, with the path of the stream.

    Raises:
        ConfigError: it is none, holds a secret, or leads over the network in the clear.
    """
    parts = _split(url)
    if parts.scheme not in ("ws", "wss") or not parts.hostname:
        raise ConfigError(
            f"{_without_secrets(parts)} is no address of a daemon: write ws://HOST:PORT or wss://HOST:PORT"
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigError(
            f"{_without_secrets(parts)}: an address ends with its path; a token goes into ASRD_TOKEN or --token-file"
        )
    if parts.scheme == "ws" and not is_loopback(parts.hostname):
        raise ConfigError(
            f"{_without_secrets(parts)} would send the token and the text over the network in the clear: use wss://"
        )
    path = STREAM_PATH if parts.path in ("", "/") else parts.path
    return f"{parts.scheme}://{parts.netloc}{path}"


def is_loopback(host: str) -> bool:
    """Whether this is this machine; of names only localhost is believed."""
    try:
        return host.lower() == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(url: str) -> str:
    """The host of a checked URL."""
    return _split(url).hostname or ""


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises if it is no number
    except ValueError:
        # It is not repeated here: nobody knows which part of it is a secret.
        raise ConfigError("that is no address of a daemon: write ws://HOST:PORT or wss://HOST:PORT") from None
    return parts


def _without_secrets(parts: SplitResult) -> str:
    return f"{parts.scheme or '...'}://{parts.netloc.rpartition('@')[2]}{parts.path}"
