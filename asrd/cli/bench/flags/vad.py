"""Flags of `asrd bench vad`."""

from __future__ import annotations

from pathlib import Path

from asrd.cli.bench.flags.shared import add_result_flags
from asrd.cli.parser import Subparsers, deferred, whole_number

_DESCRIPTION = """\
Compare voice detectors and segmenter settings: clips are put at known places into
silence and noise, and the utterances found are compared with what was said; in noise
alone every utterance is a false start. docs/VAD.md explains the figures."""


def add_action(actions: Subparsers) -> None:
    """Declare the action."""
    vad = actions.add_parser(
        "vad",
        help="compare voice detectors and their settings",
        description=_DESCRIPTION,
        example="asrd bench vad --speech talks.tsv --noise street.tsv",
    )
    vad.set_defaults(run=deferred("asrd.cli.bench.vad"))
    table = "tables (.tsv), one clip a line: its path, relative to the table, up to the first tab; or audio files"
    vad.add_argument(
        "--speech",
        metavar="SET",
        nargs="+",
        default=[],
        type=Path,
        help=f"clips of clean speech (default: the demo clip); {table}",
    )
    vad.add_argument(
        "--noise",
        metavar="SET",
        nargs="+",
        default=[],
        type=Path,
        help="clips without speech (default: made noise); likewise",
    )
    vad.add_argument(
        "--clips",
        metavar="N",
        type=whole_number(0, 100_000),
        default=150,
        help="clips of each set of speech; 0: all (default: 150)",
    )
    vad.add_argument(
        "--detectors",
        metavar="LIST",
        default="",
        help="silero:THRESHOLD or webrtc:AGGRESSIVENESS, comma-separated; the name alone: the usual values "
        "(default: all)",
    )
    vad.add_argument(
        "--vary",
        metavar="SETTINGS=VALUES",
        action="append",
        default=[],
        help="try these values of a setting of [segment], as in hangover_ms=500,700; of several that change together "
        "as in onset_ms/onset_window_ms=30/60,60/120; given again: all combinations",
    )
    add_result_flags(vad)
