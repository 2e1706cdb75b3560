"""`asrd toggle`, `start`, `stop`, `pause`, `resume`: their flags."""

from __future__ import annotations

import argparse
from typing import Final

from asrd.cli.options import add_daemon_flags
from asrd.cli.parser import Subparsers, deferred

_COMMANDS: Final = {
    "toggle": "listen if the microphone is closed, else close it",
    "start": "open the daemon's microphone, whatever closed it",
    "stop": "close the microphone, where audio.policy is on-demand",
    "pause": "close the microphone until `asrd resume`, whatever the policy",
    "resume": "take `asrd pause` back",
}


def add_parser(subparsers: Subparsers) -> None:
    """Declare the commands."""
    for name, what in _COMMANDS.items():
        parser: argparse.ArgumentParser = subparsers.add_parser(
            name,
            help=what,
            description=f"{what[0].upper()}{what[1:]}. Says the daemon's new state in a word; made for a desktop's own "
            "shortcut settings. What was being said when the microphone is closed is still recognised.",
            epilog="Exit code 0: done; 1: no daemon, it refused, or the microphone is in trouble. It needs a token "
            "with the scope control, as the daemon's own token file has.",
        )
        parser.set_defaults(run=deferred("asrd.cli.steer_run"), wish=name)
        parser.add_argument("--json", action="store_true", help="the state and the daemon's sentence as a JSON object")
        add_daemon_flags(parser)
