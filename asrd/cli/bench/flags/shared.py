"""Flags that several actions of `asrd bench` share."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from asrd.bench.outcome.bounds import NamedBound, parse_bound
from asrd.bench.outcome.plots import check_installed
from asrd.cli.options import add_model_flag
from asrd.cli.parser import whole_number
from asrd.errors import ConfigError

_Declaring: TypeAlias = "argparse.ArgumentParser | argparse._ArgumentGroup"


def add_result_flags(parser: argparse.ArgumentParser) -> None:
    """Declare what is done with the result."""
    group = parser.add_argument_group("result")
    group.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    group.add_argument("--store", metavar="PLACE", type=Path, help="keep the result: a .json file, or a folder")
    add_plots_flag(group)
    group.add_argument(
        "--bound",
        dest="bounds",
        metavar="BOUND",
        type=_bound,
        action="append",
        default=[],
        help="'NAME<=VALUE' or 'NAME>=VALUE': an error if a measure does not keep it; may be given again",
    )


def add_plots_flag(parser: _Declaring) -> None:
    """Declare where pictures are drawn; without matplotlib it is refused at once, not after hours of measuring."""
    parser.add_argument("--plots", metavar="DIR", type=_drawable, help="draw it as PNG files (needs matplotlib)")


def add_said_flags(parser: argparse.ArgumentParser) -> None:
    """Declare what is said to a daemon at real time."""
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="*",
        type=Path,
        help="tables of clips (.tsv), or clips of one utterance each; none: the sentences of the clip in asrd",
    )
    parser.add_argument(
        "--seed", metavar="N", type=whole_number(0, 1 << 30), default=0, help="seed of the pauses (default: 0)"
    )


def add_daemon_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the model, and further flags of `asrd run`."""
    add_model_flag(parser)
    parser.add_argument(
        "--run-flag",
        dest="run_flags",
        metavar="FLAG",
        action="append",
        default=[],
        help="a flag for `asrd run`, as in --run-flag=--segment-vad=silero; may be given again",
    )


def _bound(text: str) -> NamedBound:
    with _sentence():
        return parse_bound(text)


def _drawable(text: str) -> Path:
    with _sentence():
        check_installed()
    return Path(text)


@contextmanager
def _sentence() -> Iterator[None]:
    """The sentence of an error as that about a flag."""
    try:
        yield
    except ConfigError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def add_peer_flag(parser: argparse.ArgumentParser) -> None:
    """Declare other recognizers; `asrd.bench.peers.spec.parse_peers` reads them."""
    parser.add_argument(
        "--peer",
        dest="peers",
        metavar="NAME=COMMAND",
        action="append",
        default=[],
        help="another recognizer; with {wav} in its command it is run for each clip and prints the text, without it "
        "is run once, takes a path a line and prints its text, a line; may be given again",
    )
