"""Flags of `asrd bench accuracy`."""

from __future__ import annotations

import argparse
from pathlib import Path

from asrd.cli.bench.flags.shared import add_peer_flag, add_result_flags
from asrd.cli.options import add_engine_flags
from asrd.cli.parser import Subparsers, deferred, whole_number

_DESCRIPTION = """\
Compare what is recognised with what was said: word error rates (character error rates
for scripts without spaces) offline and streamed, which must be the same, and how
steady the text is on the way with several stabiliser settings over the same passes."""
_MOST_MARGIN_S = 60.0


def add_action(actions: Subparsers) -> None:
    """Declare the action."""
    accuracy = actions.add_parser(
        "accuracy",
        help="measure error rates, offline and streamed",
        description=_DESCRIPTION,
        example="asrd bench accuracy talks.tsv --clips 50",
    )
    accuracy.set_defaults(run=deferred("asrd.cli.bench.accuracy"))
    accuracy.add_argument(
        "tables",
        metavar="TSV",
        nargs="*",
        type=Path,
        help="sets: one clip a line, its path, relative to the table, a tab, and what is said; none: the sentences of "
        "the clip in asrd",
    )
    accuracy.add_argument(
        "--clips",
        metavar="N",
        type=whole_number(0, 1_000_000),
        default=0,
        help="clips of each set, evenly; 0 (default): all",
    )
    accuracy.add_argument(
        "--margins",
        metavar="LIST",
        type=_margins,
        default=(0.3, 1.0, 2.0),
        help="stabiliser settings, seconds after which an unchanged word is committed (default: 0.3,1,2)",
    )
    accuracy.add_argument(
        "--segmented", action="store_true", help="also through the voice detector and the segmenter, as live audio"
    )
    accuracy.add_argument(
        "--resume", metavar="FILE", type=Path, help="keep texts here as they come, and go on where a run ended"
    )
    add_peer_flag(accuracy)
    add_engine_flags(accuracy)
    add_result_flags(accuracy)


def _margins(text: str) -> tuple[float, ...]:
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = (-1.0,)
    if not all(0.0 <= value <= _MOST_MARGIN_S for value in values) or len(set(values)) < len(values):
        raise argparse.ArgumentTypeError(f"{text!r} is no list of different seconds such as 0.3,1,2")
    return values
