"""What the server and the sources see of the pipeline, and the pipeline of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from asrd.errors import AsrdError
from asrd.events import SessionEvent, StatusEvent
from asrd.values import UtteranceOptions

FloatArray = npt.NDArray[np.float32]
Publish = Callable[[SessionEvent], None]
"""Takes an event of any session; called from the pipeline's threads, must return at once."""


class OverloadError(AsrdError):
    """There is no room for another session."""


class AudioSession(Protocol):
    """A stream of audio on its way through the pipeline. Every method may be called from any one thread at a time.

    Attributes:
        name: the session's name, unique in the daemon.
    """

    name: str

    def hear(self, samples: FloatArray) -> None:
        """Take (n,) float32 at 16 kHz mono. Never waits: what finds no room is lost, counted and told as a gap."""

    def lost(self, samples: int) -> None:
        """So many samples were lost before they came here."""

    def room(self) -> int:
        """How many samples `hear` takes now without loss: for sources that can wait."""

    def configure(self, options: UtteranceOptions, *, partials: bool) -> None:
        """How utterances are recognised from the next one on."""

    def levels(self, per_second: float) -> None:
        """Publish so many `LevelEvent`s a second from now on; 0: none."""

    def flush(self) -> None:
        """End the open utterance now; its final follows."""

    def cancel(self) -> None:
        """Drop the open utterance."""

    def close(self) -> None:
        """No more audio comes. What was heard is recognised; then `ClosedEvent` is published."""


class Sessions(Protocol):
    """Where sessions come from."""

    def open(self, name: str) -> AudioSession:
        """Begin a session.

        Raises:
            OverloadError: there are as many as the configuration allows.
        """


class Capture(Protocol):
    """The daemon's own source (microphone, file, standard input) as clients with the scope `control` steer it."""

    def start(self) -> None:
        """Open the source, under the policy `on-demand`."""

    def stop(self) -> None:
        """Close the source, under the policy `on-demand`; the open utterance is finished."""

    def pause(self) -> None:
        """Hear nothing until `resume`, whatever the policy."""

    def resume(self) -> None:
        """Take `pause` back."""

    def status(self) -> StatusEvent:
        """The state as it is now."""
