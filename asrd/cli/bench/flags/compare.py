"""Flags of `asrd bench compare`."""

from __future__ import annotations

from pathlib import Path

from asrd.cli.parser import Subparsers, deferred

_DESCRIPTION = """\
Compare two results that `asrd bench engine --store PLACE` and others kept: every figure of both is the same (the
spreads overlap, counters are equal), better, worse, changed, or not comparable.
Times and bytes are compared on one machine only. It ends with an error if
anything is worse."""


def add_action(actions: Subparsers) -> None:
    """Declare the action."""
    compare = actions.add_parser(
        "compare",
        help="compare results that were kept",
        description=_DESCRIPTION,
        example="asrd bench compare before.json after.json",
    )
    compare.set_defaults(run=deferred("asrd.cli.bench.compare"))
    compare.add_argument("before", metavar="A", type=Path, help="a kept result, or a folder of them")
    compare.add_argument("after", metavar="B", type=Path, help="what is compared with it")
    compare.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    compare.add_argument("--report-only", action="store_true", help="no error if something is worse")
