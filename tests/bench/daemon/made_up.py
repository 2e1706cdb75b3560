"""Sets that were said to no daemon: messages, their times, and what it is made out to have cost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from asrd.bench.daemon.playing import Played
from asrd.bench.daemon.process import Usage
from asrd.bench.daemon.script import Said, Script
from asrd.bench.daemon.session import Record
from asrd.bench.figures.utterances import Timed

RATE = 16_000


def script(said: Sequence[Said], seconds: float = 10.0) -> Script:
    return Script(np.zeros(round(seconds * RATE), np.float32), said)


def played(*messages: Sequence[Timed], late_s: float = 0.01, peak: int = 200_000_000, cpu_s: float = 2.0) -> Played:
    """What so many sessions of 10 s heard."""
    return Played(
        records=[Record(list(one), late_s) for one in messages],
        audio_s=10.0 * len(messages),
        cpu_s=cpu_s,
        usage=Usage(resident=peak - 1, threads=9, descriptors=20, cpu_s=cpu_s + 1.0, peak=peak, waits=70),
        memory=[(0.0, 100_000_000), (0.5, 150_000_000)],
        positions=1500.0 * len(messages),
        rows=900.0 * len(messages),
    )
