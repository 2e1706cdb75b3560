"""Who may come in: decisions about addresses, requests and tokens. Values in, values out.

Any web page can reach a port on localhost. What keeps it out: the name in `Host` must be one of ours (a name that an
attacker made to point to 127.0.0.1 is not), `Origin` must be our own pages or configured, and a token must be shown,
which no page knows.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from asrd.errors import ConfigError
from asrd.options import ServerOptions

STREAM_PATH: Final = "/v1/stream"
SUBPROTOCOL: Final = "asrd"
_TOKEN_PREFIX: Final = "token."
_DEFAULT_PORTS: Final[Mapping[str, int]] = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_NO_ORIGIN: Final = "null"  # of sandboxed frames, files and redirects: anyone can have it
_LOCAL_NAMES: Final = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True)
class Refusal:
    """An answer to a request that goes no further.

    Attributes:
        status: HTTP status code.
        reason: one sentence for whoever asked.
    """

    status: int
    reason: str


@dataclass(frozen=True)
class Door:
    """The address listened on, as requests name it.

    Attributes:
        hosts: names and addresses, lower case, IPv6 in brackets; with a port where another than ours is meant.
        port: ours; None on a Unix-domain socket, which no web page can reach, so that `Host` says nothing there.
        is_tls: whether it is TLS.
        origins: web origins allowed beside our own pages.
    """

    hosts: frozenset[str]
    port: int | None
    is_tls: bool
    origins: frozenset[str]

    @classmethod
    def of(cls, options: ServerOptions, port: int | None) -> Door:
        """The door of a server that listens on `port`."""
        names = (options.host, *_LOCAL_NAMES, *options.hosts)
        origins = frozenset(origin.lower().rstrip("/") for origin in options.origins) - {_NO_ORIGIN}
        hosts = frozenset(_bracketed(name.lower()) for name in names if name)
        return cls(hosts, port, bool(options.tls_cert), origins)

    @property
    def scheme(self) -> str:
        """Of our own pages."""
        return "https" if self.is_tls else "http"


def check_bind(options: ServerOptions) -> None:
    """Allow only loopback without both a token and TLS.

    Raises:
        ConfigError: anyone on the network could listen in, or the TLS options are half of a pair.
    """
    if bool(options.tls_cert) != bool(options.tls_key):
        given, missing = ("tls_cert", "tls_key") if options.tls_cert else ("tls_key", "tls_cert")
        raise ConfigError(f"{given} is set but {missing} is not: TLS needs the certificate and its key")
    if options.unix_socket or is_loopback(options.host):
        return
    missing_parts = [
        *(["TLS (tls_cert and tls_key)"] if not options.tls_cert else []),
        *(["tokens (require_token)"] if not options.require_token else []),
    ]
    if missing_parts:
        raise ConfigError(
            f"listening on {options.host or 'every address'} lets the network in and needs "
            f"{' and '.join(missing_parts)}: set that, or listen on 127.0.0.1"
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address; of names only localhost is believed."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_target(target: str) -> Refusal | None:
    """Refuse request targets that are not a plain path of ours."""
    if not target.startswith("/"):
        return Refusal(403, "the request must name a path, not an absolute address")
    if target.startswith("//") or "\\" in target or "#" in target:
        return Refusal(404, "there is no such page")
    return None


def check_host(hosts: Sequence[str], door: Door) -> Refusal | None:
    """Refuse a `Host` that is not ours; `hosts` are all headers of that name."""
    if len(hosts) != 1:
        return Refusal(400, "a request needs exactly one Host")
    if door.port is None:
        return None
    host = hosts[0].strip().lower()
    if host in door.hosts and ":" in host.rpartition("]")[2]:  # configured with its port
        return None
    name, port = _split_port(host)
    if name not in door.hosts or (port or str(_DEFAULT_PORTS[door.scheme])) != str(door.port):
        return Refusal(403, "this Host is not allowed: see server.hosts in the configuration")
    return None


def check_origin(origins: Sequence[str], host: str, door: Door) -> Refusal | None:
    """Refuse web pages that are neither our own nor configured.

    Args:
        origins: all headers of that name; programs that are no browser send none.
        host: the request's `Host`, which was checked.
        door: the address listened on.
    """
    if not origins:
        return None
    origin = origins[0].strip().lower()
    if len(origins) == 1 and (origin in door.origins or _is_own(origin, host, door)):
        return None
    return Refusal(403, "this Origin is not allowed: see server.origins in the configuration")


def check_fetch_site(site: str | None, mode: str | None) -> Refusal | None:
    """Refuse what another site's page embeds; such requests carry no Origin, but browsers say where they come from.

    A link that is followed (`mode` is navigate) is allowed: the other page learns nothing.
    """
    if site in ("cross-site", "same-site") and mode != "navigate":
        return Refusal(403, "pages of another site cannot use this one")
    return None


def shown_token(authorizations: Sequence[str], subprotocols: Sequence[str]) -> str | None:
    """The token that a request carries: `Authorization: Bearer TOKEN`, or the subprotocol `token.TOKEN`."""
    for value in authorizations[:1]:
        scheme, _, token = value.strip().partition(" ")
        if scheme.lower() == "bearer":
            return token.strip()
    for offered in offered_subprotocols(subprotocols):
        if offered.startswith(_TOKEN_PREFIX):
            return offered[len(_TOKEN_PREFIX) :]
    return None


def offered_subprotocols(headers: Sequence[str]) -> list[str]:
    """What the `Sec-WebSocket-Protocol` headers list."""
    return [offered.strip() for value in headers for offered in value.split(",") if offered.strip()]


def _is_own(origin: str, host: str, door: Door) -> bool:
    """Whether a page came from where its request goes to."""
    own = _normal_origin(f"{door.scheme}://{host.strip().lower()}")
    return door.port is not None and own is not None and own == _normal_origin(origin)


def _bracketed(host: str) -> str:
    return f"[{host}]" if host.count(":") > 1 and not host.startswith("[") else host


def _split_port(host: str) -> tuple[str, str]:
    """`[::1]:80` as `[::1]` and `80`; an empty port if there is none."""
    name, bracket, rest = host.rpartition("]")
    before, _, port = rest.partition(":")
    return name + bracket + before, port


def _normal_origin(origin: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port; None for what is no web origin."""
    try:
        parts = urlsplit(origin)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname, port
