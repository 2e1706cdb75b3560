"""Which fault strikes when."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_QUIET_START: Final = 0.03  # of the audio, for the daemon to warm up; at the end, to see what is left behind
_QUIET_END: Final = 0.05


@dataclass(frozen=True)
class Planned:
    """One fault.

    Attributes:
        number: counts from 1.
        kind: its name.
        at_s: after so many seconds of audio.
        seed: of whatever it draws.
    """

    number: int
    kind: str
    at_s: float
    seed: int


def schedule(kinds: Sequence[str], count: int, audio_s: float, seed: int) -> list[Planned]:
    """`count` faults at random places of `audio_s` seconds; every kind equally often, or once more than another."""
    chance = random.Random(seed)
    drawn: list[str] = []
    while len(drawn) < count:
        drawn += chance.sample(list(kinds), len(kinds))
    places = sorted(chance.uniform(_QUIET_START, 1 - _QUIET_END) * audio_s for _ in range(count))
    return [
        Planned(number, kind, at_s, chance.randrange(1 << 30))
        for number, (kind, at_s) in enumerate(zip(drawn[:count], places, strict=True), 1)
    ]
