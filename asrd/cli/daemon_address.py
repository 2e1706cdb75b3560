"""Which daemon a command talks to: its address, its token."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Mapping
from pathlib import Path

from asrd.client.endpoint import Endpoint, address_url, checked_url, host_of, is_loopback
from asrd.config.environment import TOKEN_VARIABLE
from asrd.config.loading import DEFAULT_ORIGIN, LoadedConfig, load_config
from asrd.config.places import token_file
from asrd.errors import ConfigError
from asrd.server.tokens import LISTENING, Scope, load


def find_daemon(url: str = "", ca_file: str | Path = "", *, control: bool = False) -> Endpoint:
    """The daemon of this machine as the settings describe it, or the one at `url`, and the token to show to it.

    `url` is ws://HOST:PORT or wss://HOST:PORT, `ca_file` holds certificates (PEM) to trust with wss://. With `control`
    the token can steer the microphone, too. The token comes from ASRD_TOKEN or from the token file; it is "" where
    there is none.

    Raises:
        ConfigError: the URL, the settings or the token file cannot be used.
    """
    scopes = LISTENING | {Scope.CONTROL} if control else LISTENING
    return endpoint_of(argparse.Namespace(url=url, ca=ca_file), load_config(), os.environ, scopes)


def endpoint_of(
    args: argparse.Namespace,
    loaded: LoadedConfig,
    environ: Mapping[str, str],
    scopes: frozenset[Scope] = LISTENING,
) -> Endpoint:
    """The daemon that is meant: --url, else the one that the settings describe; its token has all of `scopes`.

    Raises:
        ConfigError: the URL or the token file cannot be used.
    """
    server = loaded.config.server
    if args.url:
        url, unix_socket = checked_url(args.url), ""
    else:
        url = checked_url(address_url(server.host, server.port, is_tls=bool(server.tls_cert)))
        unix_socket = server.unix_socket
    ca_file = str(args.ca or (server.tls_cert if not args.url else ""))

    def find_token() -> str:
        return _token(args, loaded, environ, url, scopes)

    return Endpoint(url, unix_socket, find_token(), ca_file, find_token)


def _token(
    args: argparse.Namespace, loaded: LoadedConfig, environ: Mapping[str, str], url: str, scopes: frozenset[Scope]
) -> str:
    """The token: from a --token-file, else from ASRD_TOKEN, else from the file of this machine's daemon.

    That last one is not shown to any other machine.
    """
    origin = loaded.origins["server.token_file"]
    path = token_file(loaded.config.server, environ)
    if origin.startswith("--"):
        return _token_of(path, scopes, must_exist=True)
    if token := environ.get(TOKEN_VARIABLE, "").strip():
        return _checked(token)
    if args.url and not is_loopback(host_of(url)):
        return ""
    return _token_of(path, scopes, must_exist=origin != DEFAULT_ORIGIN)


def _checked(token: str) -> str:
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigError(f"{TOKEN_VARIABLE} holds what no token is made of: copy it from the token file again")
    return token


def _token_of(path: Path, scopes: frozenset[Scope], *, must_exist: bool) -> str:
    """The first token of the file that has the scopes, or "" if there is none: perhaps the daemon needs none."""
    try:
        return load(path).secret_for(scopes, time.time()) or ""
    except FileNotFoundError:
        if must_exist:
            raise ConfigError(f"there is no token file {path}: the daemon makes it at its first start") from None
        return ""
