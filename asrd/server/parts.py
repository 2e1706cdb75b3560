"""What the server stands in front of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from asrd.daemon.protocols import AudioSession, Capture, Sessions
from asrd.values import UtteranceOptions
from asrd.wire.messages import Greeting


@dataclass(frozen=True)
class Trouble:
    """Why the daemon does not work as it should.

    Attributes:
        state: a word, for anyone who asks.
        sentence: for those who may listen: it may name devices and paths.
    """

    state: str
    sentence: str


@dataclass(frozen=True)
class Parts:
    """The rest of the daemon, as clients may reach it.

    Attributes:
        greeting: version, model, and the run's name.
        sessions: where streams of audio that clients send come from.
        main: the session of the daemon's own source, if it has one.
        capture: the daemon's own source, if it can be steered.
        utterance: how utterances are recognised unless a client says otherwise.
        max_sessions: as many are open at most, that of the daemon's own source included.
        partials: whether sessions publish partials unless a client says otherwise.
        health: why the daemon does not work as it should; empty if it does. Must return at once.
    """

    greeting: Greeting
    sessions: Sessions
    main: AudioSession | None = None
    capture: Capture | None = None
    utterance: UtteranceOptions = field(default_factory=UtteranceOptions)
    max_sessions: int = 16
    partials: bool = True
    health: Callable[[], Sequence[Trouble]] = tuple


@dataclass(frozen=True)
class Timings:
    """How long things may take, in seconds.

    Attributes:
        open_s: a handshake, TLS included.
        close_s: a closing handshake, then the connection is cut.
        drain_s: what waits for clients when the daemon stops.
        ping_s: silence after which a client is pinged.
        ping_timeout_s: silence after that, then it is gone.
        room_poll_s: how often a full session is asked for room.
        burst_s: messages of how many seconds a client may send at once.
    """

    open_s: float = 5.0
    close_s: float = 2.0
    drain_s: float = 2.0
    ping_s: float = 20.0
    ping_timeout_s: float = 20.0
    room_poll_s: float = 0.02
    burst_s: float = 10.0
