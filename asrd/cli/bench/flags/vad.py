"""Flags of `asrd bench vad`."""

from __future__ import annotations

from asrd.cli.bench.flags.shared import add_result_flags
from asrd.cli.parser import Subparsers, deferred, whole_number

_DESCRIPTION = """\
Compare voice detectors and segmenter settings: clips are put at known places into
silence and noise, and the utterances found are compared with what was said; in the
noise sets every utterance is a false start. docs/VAD.md explains the table."""


def add_action(actions: Subparsers) -> None:
    """Declare the action."""
    vad = actions.add_parser("vad", help="compare voice detectors and their settings", description=_DESCRIPTION)
    vad.set_defaults(run=deferred("asrd.cli.bench.vad"))
    tables = "tables, one clip a line: its path, relative to the table, up to the first tab"
    vad.add_argument("--speech", metavar="TSV", nargs="+", required=True, help=f"clips of clean speech; {tables}")
    vad.add_argument("--noise", metavar="TSV", nargs="*", default=[], help="clips without speech; likewise")
    vad.add_argument(
        "--clips", metavar="N", type=whole_number(0, 100_000), default=150, help="of each speech table; 0: all (150)"
    )
    vad.add_argument(
        "--detectors",
        metavar="LIST",
        default="silero:0.3,silero:0.4,silero:0.5,silero:0.6,webrtc:0,webrtc:1,webrtc:2,webrtc:3",
        help="silero with a threshold, webrtc with an aggressiveness (%(default)s)",
    )
    vad.add_argument(
        "--onsets", metavar="LIST", default="60/120", help="onset and its window, both in ms (%(default)s)"
    )
    vad.add_argument("--hangovers", metavar="LIST", default="700", help="in ms (%(default)s)")
    add_result_flags(vad)
