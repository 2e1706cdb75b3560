"""Flags of `asrd bench soak`."""

from __future__ import annotations

import argparse
from pathlib import Path

from asrd.cli.bench.flags.shared import add_daemon_flags, add_result_flags
from asrd.cli.parser import Subparsers, deferred, whole_number

_MOST_HOURS = 10_000.0
_DESCRIPTION = """\
Start a daemon and have it recognise clips as fast as it can, while clients come,
stall, send nonsense and leave, devices fail, files vanish and settings change.
Every final is accounted for by its number, and some by their text; resident set,
threads and descriptors are watched. The same seed gives the same schedule. It
ends with an error if anything is lost, or if the daemon grows."""


def add_action(actions: Subparsers) -> None:
    """Declare the action."""
    soak = actions.add_parser(
        "soak", help="hours of audio with faults", description=_DESCRIPTION, example="asrd bench soak --hours 0.05"
    )
    soak.set_defaults(run=deferred("asrd.cli.bench.soak"))
    soak.add_argument(
        "files",
        metavar="FILE",
        nargs="*",
        type=Path,
        help="clips of speech, or .tsv tables of them (default: the demo clip)",
    )
    add_daemon_flags(soak)
    soak.add_argument("--hours", metavar="H", type=_hours, default=6.5, help="hours of audio (default: 6.5)")
    soak.add_argument(
        "--faults", metavar="N", type=whole_number(0, 100_000), default=240, help="faults to inject (default: 240)"
    )
    soak.add_argument(
        "--sessions", metavar="N", type=whole_number(1, 16), default=4, help="how many speak at once (default: 4)"
    )
    soak.add_argument(
        "--seed", metavar="N", type=whole_number(0, 1_000_000), default=0, help="seed of the schedule (default: 0)"
    )
    soak.add_argument("--no-sound", action="store_true", help="use no PulseAudio, and leave its faults out")
    add_result_flags(soak)


def _hours(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value <= _MOST_HOURS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of hours up to {_MOST_HOURS:g}, such as 0.05")
    return value
