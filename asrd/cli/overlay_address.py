"""Addresses of the daemon's pages that work when they are opened: with a token that can do nothing but listen."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Final

from asrd.client.endpoint import reachable_host
from asrd.options import ServerOptions
from asrd.server.listening import Address
from asrd.server.token_changes import remove_tokens, token_named
from asrd.server.tokens import LISTENING

TOKEN_NAME: Final = "overlay"


class Page(Enum):
    """A page, by its path."""

    OVERLAY = "overlay"
    TEXT = ""
    SETTINGS = "overlay/settings"


def listening_token(options: ServerOptions, path: Path) -> str:
    """The overlay's token in the token file `path`, where it is made once; "" where the daemon needs none.

    What lies in the settings of OBS opens no microphone, and is taken back without taking back anything else.

    Raises:
        ConfigError: the file cannot be used or changed.
    """
    return token_named(path, TOKEN_NAME, LISTENING) if options.require_token else ""


def revoke(path: Path) -> bool:
    """Take the overlay's token out of the file; returns whether it was there.

    Raises:
        ConfigError: the file cannot be used or changed.
    """
    return remove_tokens(path, TOKEN_NAME) > 0


def page_address(address: Address, page: Page, token: str) -> str:
    """What a browser on this machine is given; what stands behind the # is never sent to a server."""
    base = Address(reachable_host(address.host), address.port, is_tls=address.is_tls).page
    return f"{base}{page.value}{f'#token={token}' if token else ''}"
