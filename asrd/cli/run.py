"""`asrd run`: its flags."""

from __future__ import annotations

import argparse

from asrd.cli.parser import Subparsers, deferred, whole_number
from asrd.config.flags import add_config_flags

_DESCRIPTION = """\
Listen to the microphone and tell every client what is being said, until stopped.
On a terminal a status line shows what it is doing; elsewhere it logs. Ctrl-C or
SIGTERM finish the last words, then end; a second one ends at once. Exit codes: 0
stopped or at the end of its source, 1 audio, or the last words did not come in
time, 2 a setting, 3 the model, 4 a native library, 5 the address is taken."""


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "run",
        help="listen to the microphone and tell all clients",
        description=_DESCRIPTION,
        example="asrd run --model qwen3-asr-0.6b",
    )
    parser.set_defaults(run=deferred("asrd.cli.run_run"))
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--source",
        metavar="SOURCE",
        default=None,
        help="mic (default), file:PATH, stdin (raw samples), or none: only what clients send",
    )
    what.add_argument(
        "--try",
        dest="is_trial",
        action="store_true",
        help="for a first look: text live in this terminal, from the microphone or, where there is none, a short clip; "
        "on a free port, with addresses that work in a browser",
    )
    what.add_argument("--demo", action="store_true", help="play a short clip that comes with asrd, and show its text")
    parser.add_argument("--fast", action="store_true", help="play a file or the clip as fast as it can be recognised")
    parser.add_argument(
        "--raw-encoding", choices=("s16le", "f32le"), default="s16le", help="samples of standard input (default: s16le)"
    )
    parser.add_argument(
        "--raw-rate",
        metavar="HZ",
        type=whole_number(1000, 768_000),
        default=16_000,
        help="its sample rate (default: 16000)",
    )
    parser.add_argument(
        "--raw-channels", metavar="N", type=whole_number(1, 64), default=1, help="its channels (default: 1)"
    )
    parser.add_argument("--text", action="store_true", help="show the text as well: finals on standard output")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON line when clients can connect: url, page, token_file, pid"
    )
    add_config_flags(parser)
