"""Flags of `asrd bench labelled`."""

from __future__ import annotations

from pathlib import Path

from asrd.cli.parser import Subparsers, deferred

_VOICES = "cmu_us_slt_arctic_hts,kal_diphone"
_DESCRIPTION = """\
Have festival say sentences, and write them as a table of clips with true onsets, ends
and times of every word, by which `asrd bench latency` tells how late words are."""


def add_action(actions: Subparsers) -> None:
    """Declare the action."""
    labelled = actions.add_parser(
        "labelled",
        help="make a set whose words have true times",
        description=_DESCRIPTION,
        example="asrd bench labelled words",
    )
    labelled.set_defaults(run=deferred("asrd.cli.bench.labelled"))
    labelled.add_argument("folder", metavar="DIR", type=Path, help="to write to: WAV files, labelled.tsv, its words")
    labelled.add_argument("--text", metavar="FILE", type=Path, help="a sentence a line (default: sixty plain ones)")
    labelled.add_argument(
        "--voices",
        metavar="LIST",
        default=_VOICES,
        help="of festival, in turns, comma-separated (default: %(default)s)",
    )
