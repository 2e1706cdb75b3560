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


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("bench", help="measure speed, memory and work")
    actions: Subparsers = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    _add_engine(actions)
    _add_live(actions)
    _add_soak(actions)


def _add_engine(actions: Subparsers) -> None:
    engine = actions.add_parser("engine", help="measure models", description=_ENGINE)
    engine.set_defaults(run=deferred("asrd.cli.bench_run"))
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
    live.set_defaults(run=deferred("asrd.cli.bench_live"))
    _add_daemon_flags(live)
    live.add_argument("--sessions", metavar="N", type=whole_number(1, 64), default=1, help="that speak at once (1)")
    live.add_argument("--clips", metavar="N", type=whole_number(1, 10_000), default=100, help="of each session (100)")
    live.add_argument("--json", action="store_true", help="one JSON object")


def _add_soak(actions: Subparsers) -> None:
    soak = actions.add_parser("soak", help="watch the memory of a daemon over hours of audio", description=_SOAK)
    soak.set_defaults(run=deferred("asrd.cli.bench_soak"))
    _add_daemon_flags(soak)
    soak.add_argument("--minutes", metavar="N", type=whole_number(1, 100_000), default=120, help="of audio (120)")
    soak.add_argument(
        "--limit-mb", metavar="N", type=whole_number(1, 10_000), default=5, help="growth that is an error (5)"
    )
    soak.add_argument("--json", action="store_true", help="one JSON object")


def _add_daemon_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="clips of speech, one utterance each")
    add_model_flag(parser)
    parser.add_argument(
        "--run-flag",
        dest="run_flags",
        metavar="FLAG",
        action="append",
        default=[],
        help="a flag for `asrd run`, as in --run-flag=--segment-vad=silero; may be given again",
    )
