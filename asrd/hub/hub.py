"""Sessions on one side, clients on the other, and between them who hears what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from asrd.events import (
    ClosedEvent,
    DroppedEvent,
    FinalEvent,
    LevelEvent,
    PartialEvent,
    SessionEvent,
    State,
    StatusEvent,
)
from asrd.hub.outbox import Outbox
from asrd.hub.view import SessionView
from asrd.wire.commands import MAIN
from asrd.wire.messages import Greeting, Message, encode, hello

_RATE_TOLERANCE: Final = 1e-6


@dataclass(frozen=True)
class HubLimits:
    """What may be kept.

    Attributes:
        outbox_bytes: what may wait for one client.
        replay: finals kept of each session.
    """

    outbox_bytes: int = 1 << 20
    replay: int = 50


@dataclass(frozen=True)
class Told:
    """Whom an event concerned.

    Attributes:
        ready: clients that have something to be sent.
        slow: clients whose outbox was overrun, and that have to be disconnected.
    """

    ready: tuple[int, ...] = ()
    slow: tuple[int, ...] = ()


class _Client:
    """One connection: what it listens to, what it wants, what waits for it."""

    def __init__(self, outbox: Outbox) -> None:
        self.session: str | None = None
        self.outbox = outbox
        self.wants_partials = True
        self.levels_per_s = 0.0
        self._level_phase = 0.0

    def is_level_due(self, offered_per_s: float) -> bool:
        """Whether the next of `offered_per_s` levels a second is for this client, which may want fewer."""
        if self.levels_per_s <= 0.0:
            return False
        self._level_phase += self.levels_per_s
        if self._level_phase < offered_per_s - _RATE_TOLERANCE:
            return False
        self._level_phase = max(0.0, self._level_phase - offered_per_s)
        return True

    def give(self, event: SessionEvent, message: Message) -> None:
        """Put the message of an event into the outbox, if it is wanted."""
        if isinstance(event, PartialEvent):
            if self.wants_partials:
                self.outbox.put_partial((event.session, event.utterance), message)
        elif isinstance(event, LevelEvent):
            self.outbox.put_level(message)
        else:
            if isinstance(event, FinalEvent | DroppedEvent):
                self.outbox.forget_partial((event.session, event.utterance))
            self.outbox.put(message)


class Hub:
    """Clients are numbered by whoever connects them. Not for several threads at once."""

    def __init__(self, greeting: Greeting, limits: HubLimits = HubLimits()) -> None:
        self._greeting = greeting
        self._limits = limits
        self._views: dict[str, SessionView] = {}
        self._clients: dict[int, _Client] = {}
        self.open_session(MAIN)

    # Sessions

    def open_session(self, name: str, *, owner: str = "") -> None:
        """Know a session; one with an owner is forgotten when it has ended, and heard by the client that began it."""
        self._views[name] = SessionView(name, self._limits.replay, owner)

    def forget_session(self, name: str) -> None:
        """Know a session no longer; nobody hears it from now on."""
        self._views.pop(name, None)
        for client in self._hearers(name):
            self._clients[client].session = None

    def may_be_heard(self, name: str) -> bool:
        """Whether there is a session of this name that any client may listen to."""
        return name in self._views and not self._views[name].owner

    def sessions_of(self, owner: str) -> int:
        """How many sessions an owner has open."""
        return sum(view.owner == owner for view in self._views.values())

    @property
    def sessions(self) -> tuple[str, ...]:
        """The names of all sessions."""
        return tuple(self._views)

    def state(self, name: str) -> State:
        """What a session is doing."""
        return self._views[name].state

    def publish(self, event: SessionEvent) -> Told:
        """Give an event to whom it concerns. That of an unknown session concerns nobody, as does a late one."""
        view = self._views.get(event.session)
        if view is None or view.is_late(event):
            return Told()
        message = encode(event)
        view.take(event, message)
        told = self._tell_all(self._concerned(event), event, message)
        if isinstance(event, ClosedEvent) and view.owner:
            self.forget_session(event.session)
        return told

    def publish_everywhere(self, state: State, message: str) -> Told:
        """Set the state of every session."""
        told = [self.publish(StatusEvent(name, state, message)) for name in self._views]
        return Told(tuple(c for one in told for c in one.ready), tuple(c for one in told for c in one.slow))

    def levels_wanted(self, name: str) -> float:
        """How many levels a second the most demanding client of a session wants."""
        return max((self._clients[client].levels_per_s for client in self._hearers(name)), default=0.0)

    # Clients

    def connect(self, client: int, session: str = MAIN, replay: int | None = None) -> None:
        """A client has come: it gets a `hello` with the last finals (None: all that are kept), then what is open."""
        self._clients[client] = _Client(Outbox(self._limits.outbox_bytes))
        self.subscribe(client, session, replay)

    def subscribe(self, client: int, session: str, replay: int | None = None) -> None:
        """The client hears this session from now on, and no other; it is told so by a `hello`."""
        self._clients[client].session = session
        self.greet(client, replay)

    def greet(self, client: int, replay: int | None = None) -> None:
        """Tell a client how its session stands: `hello`, the last status, the open utterance, whether it has ended."""
        state = self._clients[client]
        if state.session is None:
            return
        view = self._views[state.session]
        most = self._limits.replay if replay is None else replay
        recent = view.recent(most, self._limits.outbox_bytes // 2)
        state.outbox.put(hello(self._greeting, view.name, view.state, recent))
        if view.status is not None:
            state.outbox.put(view.status)
        if view.partial is not None and state.wants_partials:
            utterance, message = view.partial
            state.outbox.put_partial((view.name, utterance), message)
        if view.is_closed:
            state.outbox.put(encode(ClosedEvent(view.name)))

    def set_options(self, client: int, *, partials: bool | None = None, levels_per_s: float | None = None) -> None:
        """What the client wants from now on; None leaves an option as it is."""
        state = self._clients[client]
        if partials is not None:
            state.wants_partials = partials
        if levels_per_s is not None:
            state.levels_per_s = levels_per_s

    def answer(self, client: int, message: Message) -> None:
        """Put a message for this client alone into its outbox."""
        self._clients[client].outbox.put(message)

    def session_of(self, client: int) -> str | None:
        """What the client hears; None after the end of its own session."""
        return self._clients[client].session

    def next_frame(self, client: int) -> bytes | None:
        """The next text frame for a client, as UTF-8, or None."""
        return self._clients[client].outbox.pop()

    def is_slow(self, client: int) -> bool:
        """Whether something for this client could not be kept."""
        return self._clients[client].outbox.is_overrun

    def waiting_bytes(self, client: int) -> int:
        """What waits for a client."""
        return self._clients[client].outbox.waiting_bytes

    def disconnect(self, client: int) -> int:
        """A client has gone; returns how many levels and partials were dropped on its way."""
        state = self._clients.pop(client, None)
        return state.outbox.dropped if state is not None else 0

    def _hearers(self, session: str) -> list[int]:
        return [client for client, state in self._clients.items() if state.session == session]

    def _concerned(self, event: SessionEvent) -> list[int]:
        hearers = self._hearers(event.session)
        if not isinstance(event, LevelEvent):
            return hearers
        offered = self.levels_wanted(event.session)
        return [client for client in hearers if self._clients[client].is_level_due(offered)]

    def _tell_all(self, concerned: Iterable[int], event: SessionEvent, message: Message) -> Told:
        ready, slow = [], []
        for client in concerned:
            outbox = self._clients[client].outbox
            self._clients[client].give(event, message)
            if outbox.is_overrun:
                slow.append(client)
            elif outbox:
                ready.append(client)
        return Told(tuple(ready), tuple(slow))
