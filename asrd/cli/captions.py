"""`asrd captions`: its flags."""

from __future__ import annotations

import argparse
from pathlib import Path

from asrd.cli.options import add_daemon_flags, add_stream_flags
from asrd.cli.parser import Subparsers, deferred, seconds, whole_number

_MAX_OFFSET_S = 1e6
_DESCRIPTION = (
    "Write subtitles of what a running daemon hears, while it goes: every cue as soon as it can no longer change, "
    "flushed to the disk, so that the file is whole at any moment. Ctrl-C or SIGTERM wait up to 3 s for the last "
    "words, write the last cue and end with 0; a second one ends at once."
)
_EPILOG = (
    "Second 0 is when the command began: start it together with the recording. A connection that breaks is made again, "
    "and what was said meanwhile is asked for."
)


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "captions",
        help="write subtitles while they come",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        example="asrd captions -o talk.srt",
    )
    parser.set_defaults(run=deferred("asrd.cli.captions_run"))
    _add_output_flags(parser)
    _add_source_flags(parser)
    _add_cue_flags(parser)
    add_daemon_flags(parser)


def _add_output_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="where to; its suffix says the format; may be given several times (default: standard output)",
    )
    parser.add_argument(
        "--format",
        choices=("srt", "vtt", "txt", "jsonl"),
        help="cues, or a line for each utterance (default: by the suffix; srt on standard output)",
    )
    if_there = parser.add_mutually_exclusive_group()
    if_there.add_argument("--force", action="store_true", help="replace files that are there")
    if_there.add_argument(
        "--append", action="store_true", help="go on with files that are there, in number and in time"
    )


def _add_source_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--clock",
        choices=("start", "session"),
        default="start",
        help="second 0: when this command began (start, default), or when the session, or the file that the daemon "
        "plays, began (session)",
    )
    parser.add_argument(
        "--offset",
        metavar="SECONDS",
        type=seconds(-_MAX_OFFSET_S, _MAX_OFFSET_S),
        help="added to all times (default: 0; with --append and the clock of this command, the end of the last cue)",
    )
    add_stream_flags(parser, replay="begin with")
    parser.add_argument("--until-closed", action="store_true", help="end with the daemon, instead of waiting for it")


def _add_cue_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--line-length",
        metavar="N",
        type=whole_number(4, 1000),
        default=42,
        help="columns of a line; Chinese, Japanese and Korean characters take two (default: 42)",
    )
    parser.add_argument("--lines", metavar="N", type=whole_number(1, 4), default=2, help="lines of a cue (default: 2)")
    parser.add_argument(
        "--reading-speed",
        metavar="CPS",
        type=whole_number(1, 1000),
        default=17,
        help="columns a second that can be read: cues stay so long, where the next one allows it (default: 17)",
    )
    parser.add_argument(
        "--min", metavar="SECONDS", dest="min_s", type=seconds(0.1, 60.0), default=1.0, help="shortest cue (default: 1)"
    )
    parser.add_argument(
        "--max", metavar="SECONDS", dest="max_s", type=seconds(0.2, 600.0), default=7.0, help="longest cue (default: 7)"
    )
