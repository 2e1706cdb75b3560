"""Runs `asrd overlay`."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from asrd.cli.output import report, write_json, write_line
from asrd.cli.overlay_address import Page, listening_token, page_address, revoke
from asrd.cli.overlay_browser import forget_pages, open_page
from asrd.client.connection import LostError, TokenRefusedError, UntrustedError, opened
from asrd.client.endpoint import Endpoint, address_url
from asrd.client.errors import ConnectError
from asrd.config.loading import load_config
from asrd.config.places import token_file
from asrd.errors import ConfigError
from asrd.options import ServerOptions
from asrd.server.listening import Address


def run(args: argparse.Namespace) -> int:
    """Print the address, or take its token back.

    Raises:
        ConfigError: there can be no such address, or the token file cannot be used.
        ConnectError: the daemon refuses the token, or is none.
    """
    loaded = load_config(args)
    for warning in loaded.warnings:
        report(warning)
    options = loaded.config.server
    path = token_file(options)
    forget_pages()
    if args.revoke:
        return _revoke(path, as_json=args.json)
    _check(options)
    token = listening_token(options, path)
    is_running = _is_running(options, token, path)
    address = page_address(Address(options.host, options.port, is_tls=bool(options.tls_cert)), Page(args.page), token)
    if args.json:
        write_json({"address": address, "is_running": is_running, "token_file": str(path)})
    else:
        write_line(address)
    if args.open:
        _open(address)
    return 0


def _open(address: str) -> None:
    try:
        is_open = open_page(address)
    except OSError as error:
        report(f"no page for a browser can be written ({error}): open the address yourself")
    else:
        if not is_open:
            report("no browser can be started from here: open the address yourself")


def _check(options: ServerOptions) -> None:
    """Refuse settings under which there is no address.

    Raises:
        ConfigError: with the reason.
    """
    if options.unix_socket:
        raise ConfigError(
            f"the daemon listens on the Unix-domain socket {options.unix_socket}, which no browser opens: "
            'set server.unix_socket to "" for a port'
        )
    if options.port == 0:
        raise ConfigError("server.port is 0, any free port: give the one that `asrd run` printed with --port")


def _is_running(options: ServerOptions, token: str, path: Path) -> bool:
    """Whether the daemon is there and lets the token in, which is tried out.

    Raises:
        ConnectError: it is there and does not, or is none.
    """
    url = address_url(options.host, options.port, is_tls=bool(options.tls_cert))
    try:
        asyncio.run(_greeted(Endpoint(url, token=token, ca_file=options.tls_cert)))
    except LostError as error:
        report(f"{error}: the address works as soon as `asrd run` listens there")
        return False
    except UntrustedError:
        report(f"the certificate at {url} is not trusted for that name: write the one it is for into the address")
        return False
    except TokenRefusedError:
        raise ConnectError(
            f"the daemon at {url} does not know the tokens of {path}: give its own file with --token-file"
        ) from None
    return True


async def _greeted(endpoint: Endpoint) -> None:
    async with opened(endpoint, "") as messages:
        await anext(aiter(messages))


def _revoke(path: Path, *, as_json: bool) -> int:
    was_there = revoke(path)
    if as_json:
        write_json({"revoked": was_there, "token_file": str(path)})
    elif was_there:
        report(f"the overlay's token is out of {path}: what has it is disconnected within seconds, for good")
    else:
        report(f"{path} holds no token of the overlay")
    return 0
