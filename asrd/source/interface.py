"""What all sources of a running daemon share: where their audio goes, and how they are steered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from asrd.events import StatusEvent

FloatArray = npt.NDArray[np.float32]

PublishStatus = Callable[[StatusEvent], None]
"""Takes a change of state; called from the source's thread, must return at once."""

Finished = Callable[[BaseException | None], None]
"""Called once, from the source's thread, when the source has ended by itself: with None at the end of its audio, with
what went wrong otherwise. An `AsrdError` is a sentence for people, anything else is a bug. Not called after `close`."""


class Sink(Protocol):
    """Takes a source's audio; `asrd.daemon.protocols.AudioSession` is one.

    Attributes:
        name: the session's name, for the status events.
    """

    name: str

    def hear(self, samples: FloatArray) -> None:
        """Take (n,) float32 at 16 kHz mono, full scale 1.0; the array is the sink's from now on. Never waits."""

    def lost(self, samples: int) -> None:
        """So many samples at 16 kHz were lost before what is heard next."""

    def flush(self) -> None:
        """What was heard is complete for now: the open utterance ends."""


class PatientSink(Sink, Protocol):
    """A sink that says how much it can take, for sources that can wait."""

    def room(self) -> int:
        """How many samples `hear` takes now without loss."""


class Source(Protocol):
    """The daemon's own source of audio: microphone, file or standard input.

    All methods may be called from any thread and return at once (`close` within seconds); what they ask for is done by
    the source's own thread. `start`, `stop` and `used` mean something to the microphone alone.
    """

    def begin(self) -> None:
        """Start the source's thread. Once."""

    def start(self) -> None:
        """Open the source, under the policy `on-demand`."""

    def stop(self) -> None:
        """Close the source, under the policy `on-demand`; the open utterance is finished."""

    def pause(self) -> None:
        """Hear nothing until `resume`; the open utterance is finished."""

    def resume(self) -> None:
        """Take `pause` back."""

    def used(self) -> None:
        """Somebody is listening: counts for the policy `idle:N`."""

    def status(self) -> StatusEvent:
        """The state as it was last published."""

    def close(self) -> None:
        """End the source's thread and free what it holds; idempotent."""
