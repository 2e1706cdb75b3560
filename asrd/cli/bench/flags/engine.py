"""Flags of `asrd bench engine`."""

from __future__ import annotations

from asrd.cli.bench.flags.shared import add_result_flags
from asrd.cli.parser import Subparsers, deferred, whole_number

_DESCRIPTION = """\
Measure models: offline passes over speech-like clips, utterances that grow with a
pass every half second, exact counters of the work, memory. Every engine runs in a
process of its own. With --reference, the transformers port runs the same clips
with the same number of output tokens (needs `pip install 'asrd[export]'`)."""


def add_action(actions: Subparsers) -> None:
    """Declare the action."""
    engine = actions.add_parser("engine", help="measure models", description=_DESCRIPTION)
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
    add_result_flags(engine)
