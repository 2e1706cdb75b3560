"""`asrd doctor`: its flags."""

from __future__ import annotations

import argparse

from asrd.cli.parser import Subparsers, deferred
from asrd.config.flags import add_config_flags

_SETTINGS = (
    "model.path",
    "model.language",
    "audio.device",
    "server.host",
    "server.port",
    "server.unix_socket",
    "server.token_file",
)


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "doctor",
        help="check everything that the daemon needs",
        description="Check settings, libraries, model, microphone (two seconds of it), port, tokens, folders and "
        "the ways to type: one line each, with what to do where something is wrong.",
        epilog="Exit code 1 if a line says FAIL.",
        example="asrd doctor --no-microphone",
    )
    parser.set_defaults(run=deferred("asrd.cli.doctor_run"))
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--no-microphone", action="store_true", help="do not listen")
    add_config_flags(parser, _SETTINGS)
