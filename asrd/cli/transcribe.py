"""`asrd transcribe`: its flags."""

from __future__ import annotations

import argparse
from pathlib import Path

from asrd.cli.options import add_engine_flags
from asrd.cli.parser import Subparsers, deferred, seconds

run = deferred("asrd.cli.transcribe_run")
_FORMATS = ("text", "json", "srt", "vtt")
DEFAULT_INTERVAL_S = 0.5


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "transcribe",
        help="write the text of audio files",
        description="Write the text of audio files: WAV, FLAC, Ogg, Opus, MP3, AIFF and others, of "
        "any sample rate and number of channels. `-` is standard input.",
        epilog="With several files each line of text begins with the name of its file. A file "
        "that cannot be used is one line on standard error and does not stop the others.",
        example="asrd transcribe talk.mp3 --format srt -o talk.srt",
    )
    parser.set_defaults(run=run)
    parser.add_argument("files", metavar="FILE", nargs="+", help="audio file, or - for standard input")
    formats = parser.add_mutually_exclusive_group()
    formats.add_argument(
        "--format", choices=_FORMATS, default="text", help="text (default), one JSON object a line, or subtitles"
    )
    formats.add_argument("--json", dest="format", action="store_const", const="json", help="the same as --format json")
    parser.add_argument(
        "-o", "--output", metavar="PATH", type=Path, help="write to this file, which appears once it is complete"
    )
    parser.add_argument(
        "--stream", action="store_true", help="recognise each file while it grows, as live audio, and show it live"
    )
    parser.add_argument(
        "--interval",
        metavar="SECONDS",
        type=seconds(0.05, 60.0),
        help=f"with --stream: audio between two passes (default: {DEFAULT_INTERVAL_S:g})",
    )
    parser.add_argument(
        "--final",
        choices=("best", "consistent"),
        help="with --stream: the exact offline text (best, default), or text that begins with what was shown as "
        "settled (consistent)",
    )
    add_engine_flags(parser)
