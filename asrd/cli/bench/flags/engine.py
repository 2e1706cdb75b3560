"""Flags of `asrd bench engine`."""

from __future__ import annotations

from pathlib import Path

from asrd.cli.bench.flags.shared import add_peer_flag, add_result_flags
from asrd.cli.parser import Subparsers, deferred, seconds, whole_number

_DESCRIPTION = """\
Measure models: offline passes over speech-like clips or those of a set, utterances
that grow with passes at an interval, exact counters of the work, memory. Every
engine runs in a process of its own. With --reference, the transformers port runs the
same clips with the same number of output tokens (needs the extra `export`; see
docs/START.md#extras); with --peer, another engine runs the same clips."""


def add_action(actions: Subparsers) -> None:
    """Declare the action."""
    engine = actions.add_parser(
        "engine", help="measure models", description=_DESCRIPTION, example="asrd bench engine nano --repeats 5"
    )
    engine.set_defaults(run=deferred("asrd.cli.bench.engine"))
    engine.add_argument("models", metavar="DIR|NAME", nargs="*", type=Path, help="models (default: as for `asrd run`)")
    engine.add_argument(
        "--made", metavar="LIST", default="2,5,10,18", help="seconds of made clips (default: 2,5,10,18)"
    )
    engine.add_argument(
        "--set",
        dest="sets",
        metavar="TSV",
        type=Path,
        action="append",
        default=[],
        help="table of real clips, or `demo`; those of the first make up the growing utterances; may be given again",
    )
    engine.add_argument(
        "--clips", metavar="N", type=whole_number(0, 10_000), default=20, help="clips of a set; 0: all (default: 20)"
    )
    engine.add_argument(
        "--growing", metavar="LIST", default="15,60", help="seconds of growing utterances (default: 15,60)"
    )
    engine.add_argument(
        "--interval",
        metavar="SECONDS",
        type=seconds(0.1, 60.0),
        default=0.5,
        help="audio between their passes (default: 0.5)",
    )
    engine.add_argument(
        "--repeats",
        metavar="N",
        type=whole_number(1, 100),
        default=3,
        help="how often everything is measured; medians are shown (default: 3)",
    )
    engine.add_argument("--threads", metavar="N", type=whole_number(0, 512), default=0, help="0: one a core, at most 8")
    engine.add_argument(
        "--steady", action="store_true", help="growing utterances get steady logits; for models with random weights"
    )
    engine.add_argument(
        "--ablations", action="store_true", help="also without draft verification, and without the cached windows"
    )
    engine.add_argument(
        "--reference", metavar="CHECKPOINT", type=Path, help="checkpoint folder of the first model, for PyTorch"
    )
    engine.add_argument(
        "--reference-dtypes",
        metavar="LIST",
        default="float32,bfloat16",
        help="data types for PyTorch, comma-separated (default: float32,bfloat16)",
    )
    add_peer_flag(engine)
    add_result_flags(engine)
