"""`asrd type`: its flags."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from asrd.cli.options import add_daemon_flags
from asrd.cli.parser import Subparsers, deferred

# As asrd_clients has them; not imported, so that `asrd --help` stays fast. A test compares.
MODES: Final = ("final", "live", "live-committed")
METHODS: Final = ("x11", "xdotool", "wtype", "ydotool", "dotool", "macos", "windows", "clipboard", "stdout")
FOCUS_RULES: Final = ("stay", "follow")
AUTOMATIC: Final = "auto"


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "type",
        help="type what a running daemon hears into the focused window",
        description="Dictation: type what a running daemon hears into the window that has the focus. Text rules turn "
        "spoken commands such as `new line` into what they mean.",
        epilog="The token is in ASRD_TOKEN or in the daemon's token file. Ctrl-C ends it; what was typed stays.",
        example="asrd type --mode live",
    )
    parser.set_defaults(run=deferred("asrd.cli.type_run"))
    _add_manner(parser)
    _add_rules(parser)
    _add_steering(parser)
    parser.add_argument("--wait", action="store_true", help="wait for a daemon that is not there yet")
    add_daemon_flags(parser)


def _add_manner(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--mode",
        choices=MODES,
        default=MODES[0],
        help="final (default): an utterance when it is finished; live: as it comes, corrected with Backspace; "
        "live-committed: what has settled, as it comes",
    )
    parser.add_argument(
        "--method",
        metavar="HOW",
        choices=(AUTOMATIC, *METHODS),
        default=AUTOMATIC,
        help=f"how to type: {', '.join(METHODS)} (default: auto, the best that the session offers)",
    )
    parser.add_argument(
        "--focus",
        choices=FOCUS_RULES,
        default=FOCUS_RULES[0],
        help="when another window gets the focus in mid-utterance: stay (default) types nothing into it; follow types "
        "the rest there",
    )
    parser.add_argument(
        "--no-enter", action="store_true", help="never press Return: a terminal would run the line; types a space"
    )


def _add_rules(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--rules", metavar="FILE", type=Path, help="text rules (default: rules.toml beside the configuration file)"
    )
    parser.add_argument("--rules-example", action="store_true", help="print a rules file to begin with, and end")
    parser.add_argument(
        "--try",
        metavar="TEXT",
        dest="samples",
        nargs="+",
        help="print what the rules make of texts, each an utterance, and end",
    )


def _add_steering(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--hotkey",
        metavar="KEYS",
        help="push-to-talk, such as ctrl+alt+space (X11, macOS; elsewhere bind `asrd toggle` to a key)",
    )
    held = parser.add_mutually_exclusive_group()
    held.add_argument("--hold", action="store_true", help="listen while the hotkey is held (default)")
    held.add_argument("--toggle", action="store_true", help="each press of the hotkey opens or closes the microphone")
    parser.add_argument("--bell", action="store_true", help="ring the terminal's bell when listening begins and ends")
    parser.add_argument("--sound", action="store_true", help="likewise play a sound of the desktop")
    parser.add_argument("--notify", action="store_true", help="likewise show a notification")
