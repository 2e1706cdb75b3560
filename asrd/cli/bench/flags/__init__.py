"""`asrd bench`: its actions, each with a module of its flags; what an action does is imported when it runs."""

from __future__ import annotations

from asrd.cli.bench.flags import accuracy, all_, compare, document, engine, idle, labelled, latency, load, soak, vad
from asrd.cli.parser import Subparsers

_ACTIONS = (engine, latency, load, accuracy, vad, soak, idle, all_, compare, document, labelled)


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "bench",
        help="measure speed, accuracy, latency and endurance",
        description="Measure speed, accuracy, latency and endurance on this machine. docs/BENCHMARKS.md shows results.",
    )
    actions: Subparsers = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for action in _ACTIONS:
        action.add_action(actions)
