"""What goes wrong in a soak: each fault is a function that says what the daemon did, or that it did not do it.

strangers   who should not be let in
clients     who leaves, does not read, or sends nonsense
speech      who speaks in other formats and settings
house       files, sleep, the daemon's own source, the sound server
ends        daemons that are stopped and killed
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from asrd.bench.soak.faults import clients, ends, house, speech, strangers
from asrd.bench.soak.ground import Ground

Strike = Callable[[Ground, np.random.Generator], Awaitable[str]]


@dataclass(frozen=True)
class Fault:
    """One kind of fault.

    Attributes:
        strike: does it, and returns what the daemon did; raises `UnexpectedError` where that is not what it should.
        place: what only one fault at a time may touch; "" if nothing.
        needs_pulse: whether it needs a sound server.
    """

    strike: Strike
    place: str = ""
    needs_pulse: bool = False

    @property
    def description(self) -> str:
        """One line."""
        return (self.strike.__doc__ or "").strip()


_EVERY: Final = (
    Fault(clients.leaves_at_once),
    Fault(clients.reset_while_speaking),
    Fault(clients.stalls),
    Fault(clients.broken_text),
    Fault(clients.broken_frame),
    Fault(clients.too_long),
    Fault(clients.message_flood),
    Fault(clients.unknown_commands),
    Fault(clients.odd_bytes),
    Fault(strangers.wrong_token, "tokens"),
    Fault(strangers.wrong_origin),
    Fault(strangers.half_open, "door"),
    Fault(strangers.handshake_flood, "door"),
    Fault(speech.formats),
    Fault(speech.settings),
    Fault(speech.second_thoughts),
    Fault(house.steering, "source"),
    Fault(house.token_taken_back, "tokens"),
    Fault(house.history_moved, "history"),
    Fault(house.history_blocked, "history"),
    Fault(house.sleep, "source"),
    Fault(house.device_unplugged, "source", needs_pulse=True),
    Fault(house.sound_server_killed, "source", needs_pulse=True),
    Fault(house.sound_server_hangs, "source", needs_pulse=True),
    Fault(ends.restarted, "others"),
    Fault(ends.killed, "others"),
)
FAULTS: Final[Mapping[str, Fault]] = {fault.strike.__name__: fault for fault in _EVERY}
