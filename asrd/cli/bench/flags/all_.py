"""Flags of `asrd bench all`."""

from __future__ import annotations

from pathlib import Path

from asrd.cli.parser import Subparsers, deferred

_DESCRIPTION = """\
Run all benches one after the other, each in a process of its own; one that fails does
not stop the others, and the exit code is the worst of theirs. The short form takes less
than three minutes, needs no sets of speech, and bounds counters and ratios only."""


def add_action(actions: Subparsers) -> None:
    """Declare the action."""
    every = actions.add_parser(
        "all", help="run all benches", description=_DESCRIPTION, example="asrd bench all --short --store results"
    )
    every.set_defaults(run=deferred("asrd.cli.bench.all_"))
    what = every.add_mutually_exclusive_group(required=True)
    what.add_argument("--sets", metavar="DIR", type=Path, help="a folder of tables of speech, and of noise-*.tsv")
    what.add_argument("--short", action="store_true", help="with the model and the clip that come with asrd")
    every.add_argument("--store", metavar="DIR", type=Path, help="keep all results in this folder")
    every.add_argument("--json", action="store_true", help="one JSON object with all results instead of tables")
