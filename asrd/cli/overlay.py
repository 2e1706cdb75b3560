"""`asrd overlay`: its flags."""

from __future__ import annotations

import argparse
from typing import Final

from asrd.cli.parser import Subparsers, deferred
from asrd.config.flags import add_config_flags

_SETTINGS: Final = ("server.host", "server.port", "server.token_file")


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "overlay",
        help="print the address of the subtitles, for OBS",
        description="Print the address of the daemon's subtitles, for a Browser source of OBS or any browser. It holds "
        "a token that can do nothing but listen; the first call adds it to the daemon's token file, under the name "
        "overlay. Who has the address can read what is said: do not show it on the air.",
        epilog="A daemon that runs takes the token at once. Without one, the address is the one that it will have by "
        "the settings. Exit code 0: printed; 1: the daemon there refuses the token; 2: a setting.",
        example="asrd overlay --settings --open",
    )
    parser.set_defaults(run=deferred("asrd.cli.overlay_run"), page="overlay")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--page", action="store_const", const="", help="the page with the live text instead, for people")
    which.add_argument(
        "--settings",
        dest="page",
        action="store_const",
        const="overlay/settings",
        help="the page that shows how the subtitles can look instead",
    )
    which.add_argument(
        "--revoke",
        action="store_true",
        help="take the token out again: whoever has the address hears nothing any more",
    )
    parser.add_argument("--open", action="store_true", help="also open it in a browser")
    parser.add_argument("--json", action="store_true", help="a JSON object: address, is_running, token_file")
    add_config_flags(parser, _SETTINGS)
