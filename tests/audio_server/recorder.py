"""A process that records with the daemon's own microphone and says, one JSON object a line, what happens.

    python -m tests.audio_server.recorder OUT.npy [--device D] [--policy P] [--zeros-s S]

Commands on standard input, one a line: start, stop, pause, resume, used, quit. With `quit`, or at the end of the input,
the samples heard are written to OUT.npy, each stretch that was lost as NaN.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import threading
import time
from typing import Any

import numpy as np
import numpy.typing as npt

from asrd.events import StatusEvent
from asrd.options import AudioOptions
from asrd.source.supervisor import MicrophoneSupervisor

_began_s = time.monotonic()
_lock = threading.Lock()


def say(kind: str, **fields: Any) -> None:
    """Write a line."""
    line = json.dumps({"kind": kind, "at_s": round(time.monotonic() - _began_s, 3), **fields})
    with _lock:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


class Recording:
    """A sink that keeps everything."""

    name = "microphone"

    def __init__(self) -> None:
        self.blocks: list[npt.NDArray[np.float32]] = []

    def hear(self, samples: npt.NDArray[np.float32]) -> None:
        self.blocks.append(samples)

    def lost(self, samples: int) -> None:
        self.blocks.append(np.full(samples, np.nan, np.float32))
        say("lost", samples=samples)

    def flush(self) -> None:
        say("flush")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--device", default="")
    parser.add_argument("--policy", default="always")
    parser.add_argument("--zeros-s", type=float, default=600.0)
    args = parser.parse_args()
    sink = Recording()
    options = AudioOptions(device=args.device, policy=args.policy, zeros_s=args.zeros_s, retry_s=0.2)

    def publish(event: StatusEvent) -> None:
        say("status", state=event.state.value, message=event.message)

    def finished(error: BaseException | None) -> None:
        say("finished", error=repr(error))

    source = MicrophoneSupervisor(options, sink, publish, finished)
    source.begin()
    for line in sys.stdin:
        command = line.strip()
        if command == "quit":
            break
        if command == "usage":
            usage = resource.getrusage(resource.RUSAGE_SELF)
            threads = threading.active_count()
            say("usage", cpu_s=usage.ru_utime + usage.ru_stime, blocks=len(sink.blocks), threads=threads)
        else:
            getattr(source, command)()
    source.close()
    np.save(args.out, np.concatenate([np.empty(0, np.float32), *sink.blocks]))
    say("closed")


if __name__ == "__main__":
    main()
