"""`asrd bench`: its sub-commands and their flags."""

from __future__ import annotations

import argparse
from pathlib import Path

from asrd.cli.options import add_model_flag
from asrd.cli.parser import Subparsers, deferred, whole_number

_ENGINE = """\
Measure models: offline passes over speech-like clips, utterances that grow with a
pass every half second, exact counters of the work, memory. Every engine runs in a
process of its own. With --reference, the transformers port runs the same clips
with the same number of output tokens (needs `pip install 'asrd[export]'`)."""
_LIVE = """\
Start a daemon, speak clips to it at real time, and measure how long text takes from
the true onset and the true end of speech, which the energy of the clean clips tells."""
_SOAK = """\
Start a daemon and have it recognise clips again and again, as fast as it can, while
its resident set, threads and descriptors are watched. The table tells whether they
grow; it ends with an error if they do."""

_VAD = """\
Compare voice detectors and segmenter settings: clips are put at known places into
silence and noise, and the utterances found are compared with what was said; in the
noise sets every utterance is a false start. docs/VAD.md explains the table."""


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("bench", help="measure speed, memory and work")
    actions: Subparsers = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    _add_engine(actions)
    _add_live(actions)
    _add_soak(actions)
    _add_idle(actions)
    _add_vad(actions)


def _add_engine(actions: Subparsers) -> None:
    engine = actions.add_parser("engine", help="measure models", description=_ENGINE)
    engine.set_defaults(run=deferred("asrd.cli.bench.engine"))
    engine.add_argument("models", metavar="DIR", nargs="+", help="model folders")
    engine.add_argument("--reference", metavar="CHECKPOINT", help="checkpoint folder of the same weights, for PyTorch")
    engine.add_argument(
        "--reference-dtypes",
        metavar="LIST",
        default="float32,bfloat16",
        help="comma-separated; default float32,bfloat16",
    )
    engine.add_argument("--clips", metavar="LIST", default="2,5,10,18", help="seconds, comma-separated (2,5,10,18)")
    engine.add_argument("--growing", metavar="LIST", default="15,60", help="seconds, comma-separated (15,60)")
    engine.add_argument(
        "--repeats", metavar="N", type=whole_number(1, 100), default=3, help="runs of each clip; medians are shown (3)"
    )
    engine.add_argument("--threads", metavar="N", type=whole_number(0, 512), default=0, help="0: one a core, at most 8")
    engine.add_argument(
        "--steady", action="store_true", help="growing utterances get steady logits; for models with random weights"
    )
    engine.add_argument("--no-drafts", action="store_true", help="also measure with draft verification switched off")
    engine.add_argument("--json", action="store_true", help="one JSON object")


def _add_live(actions: Subparsers) -> None:
    live = actions.add_parser("live", help="measure latency and load of a daemon", description=_LIVE)
    live.set_defaults(run=deferred("asrd.cli.bench.latency"))
    _add_daemon_flags(live)
    live.add_argument("--sessions", metavar="N", type=whole_number(1, 64), default=1, help="that speak at once (1)")
    live.add_argument("--clips", metavar="N", type=whole_number(1, 10_000), default=100, help="of each session (100)")
    live.add_argument("--json", action="store_true", help="one JSON object")


def _add_soak(actions: Subparsers) -> None:
    soak = actions.add_parser("soak", help="watch the memory of a daemon over hours of audio", description=_SOAK)
    soak.set_defaults(run=deferred("asrd.cli.bench.soak"))
    _add_daemon_flags(soak)
    soak.add_argument("--minutes", metavar="N", type=whole_number(1, 100_000), default=120, help="of audio (120)")
    soak.add_argument(
        "--limit-mb", metavar="N", type=whole_number(1, 10_000), default=5, help="growth that is an error (5)"
    )
    soak.add_argument("--json", action="store_true", help="one JSON object")


def _add_vad(actions: Subparsers) -> None:
    vad = actions.add_parser("vad", help="compare voice detectors and their settings", description=_VAD)
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
    vad.add_argument("--json", action="store_true", help="one JSON object")


def _add_idle(actions: Subparsers) -> None:
    idle = actions.add_parser(
        "idle",
        help="measure what a daemon costs while nobody speaks",
        description="Start a daemon with the default microphone and measure its processor time and memory.",
    )
    idle.set_defaults(run=deferred("asrd.cli.bench.idle"))
    _add_shared_flags(idle)
    idle.add_argument("--minutes", metavar="N", type=whole_number(1, 100_000), default=10, help="to watch it (10)")
    idle.add_argument("--json", action="store_true", help="one JSON object")


def _add_daemon_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="clips of speech, one utterance each")
    _add_shared_flags(parser)


def _add_shared_flags(parser: argparse.ArgumentParser) -> None:
    add_model_flag(parser)
    parser.add_argument(
        "--run-flag",
        dest="run_flags",
        metavar="FLAG",
        action="append",
        default=[],
        help="a flag for `asrd run`, as in --run-flag=--segment-vad=silero; may be given again",
    )
