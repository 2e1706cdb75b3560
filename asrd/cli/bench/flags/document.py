"""Flags of `asrd bench document`."""

from __future__ import annotations

from pathlib import Path

from asrd.cli.bench.flags.shared import add_plots_flag
from asrd.cli.parser import Subparsers, deferred

_DESCRIPTION = """\
Write one document from all results of a folder: machine, command lines, tables,
figures. DIR/introduction.md comes first, DIR/NAME.md before the result NAME.json,
and pictures DIR/../pictures/NAME-SERIES.png are shown where there are any."""


def add_action(actions: Subparsers) -> None:
    """Declare the action."""
    document = actions.add_parser(
        "document",
        help="write a document from kept results",
        description=_DESCRIPTION,
        example="asrd bench document docs/benchmarks -o docs/BENCHMARKS.md",
    )
    document.set_defaults(run=deferred("asrd.cli.bench.document"))
    document.add_argument("folder", metavar="DIR", type=Path, help="a folder of kept results")
    document.add_argument("-o", "--output", metavar="FILE", type=Path, help="write there instead of standard output")
    add_plots_flag(document)
