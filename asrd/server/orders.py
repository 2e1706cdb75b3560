"""Carries out what one client asks for, as far as its token allows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

from asrd.daemon.protocols import AudioSession, OverloadError
from asrd.errors import AsrdError, ConfigError
from asrd.hub.hub import Hub
from asrd.server.audio import AudioIn
from asrd.server.parts import Parts, Timings
from asrd.server.quiet import LimitedLog
from asrd.server.tokens import Grant, Scope, TokenBook
from asrd.values import UtteranceOptions
from asrd.wire.commands import AUTO, MAIN, Action, BeginAudio, Code, Command, CommandError, Configure
from asrd.wire.pcm import AudioFormat

_SUBSTANTIAL_S: Final = 0.01


@dataclass
class House:
    """What all clients share.

    Attributes:
        hub: who hears what.
        parts: the rest of the daemon.
        timings: how long things may take.
        control: runs what steers the source: opening a device takes time.
        names: numbers for the sessions of clients.
        main_options: how utterances of the daemon's own source are recognised.
        tokens: who may be in.
        log: lines about clients.
        is_stopping: no audio is taken any more.
    """

    hub: Hub
    parts: Parts
    timings: Timings
    control: Executor
    names: count[int]
    main_options: UtteranceOptions
    tokens: TokenBook
    log: LimitedLog
    is_stopping: bool = False


class Orders:
    """What one client asked for, and its own session if it sends audio."""

    def __init__(self, client: int, grant: Grant, house: House) -> None:
        self._client = client
        self._grant = grant
        self._house = house
        self._own: AudioIn | None = None
        self._own_name = ""
        self._options = house.parts.utterance
        self._partials = house.parts.partials

    @property
    def is_waiting(self) -> bool:
        """Whether its session is full, so that nothing is read from the client."""
        return self._own is not None and self._own.is_waiting

    def is_substantial(self, data: bytes) -> bool:
        """Whether a message carries so much audio that what the session takes limits how many there can be."""
        return self._own is not None and self._own.seconds(data) >= _SUBSTANTIAL_S

    async def take(self, command: Command) -> None:
        """Carry out a command.

        Raises:
            CommandError: it is refused, and nothing has changed.
        """
        if isinstance(command, Configure):
            self._configure(command)
        elif isinstance(command, BeginAudio):
            self._begin_audio(command.format)
        else:
            await self._ACTIONS[command](self, command)

    async def hear(self, data: bytes) -> None:
        """Take audio; without an `audio` command before it, as what `hello` says: 16 kHz, one channel, s16le.

        Raises:
            CommandError: no audio is taken of this client.
        """
        if self._own is None:
            self._begin_audio(AudioFormat())
        assert self._own is not None
        await self._own.hear(data)

    def end_audio(self) -> None:
        """Close the client's session at once; what it heard is still recognised."""
        if self._own is not None:
            own, self._own = self._own, None
            own.close()

    def update_levels(self, name: str | None) -> None:
        """Have a session publish as many levels as its clients want."""
        session = self._session(name)
        if session is not None and name is not None:
            session.levels(self._house.hub.levels_wanted(name))

    # Commands

    def _configure(self, wanted: Configure) -> None:
        hub = self._house.hub
        if wanted.session == MAIN:
            self._configure_main(wanted)
        else:
            self._configure_own(wanted)
        hub.set_options(self._client, partials=wanted.partials, levels_per_s=wanted.levels)
        if wanted.levels is not None:
            self.update_levels(hub.session_of(self._client))
        if wanted.replay is not None:
            hub.greet(self._client, wanted.replay)

    def _configure_own(self, wanted: Configure) -> None:
        """The client's session, or the one that it may begin later."""
        if wanted.language is not None or wanted.context is not None:
            self._need(Scope.AUDIO, "config of language or context")
        options = _changed(self._options, wanted)
        partials = self._partials if wanted.partials is None else wanted.partials
        if self._own is not None and (options, partials) != (self._options, self._partials):
            _configured(self._own.session, options, partials=partials)
        self._options, self._partials = options, partials

    def _configure_main(self, wanted: Configure) -> None:
        main = self._main("config")
        options = _changed(self._house.main_options, wanted)
        _configured(main, options, partials=self._house.parts.partials)
        self._house.main_options = options

    def _begin_audio(self, audio_format: AudioFormat) -> None:
        self._need(Scope.AUDIO, "audio")
        if self._own is not None:
            self._own.begin(audio_format)
            return
        if self._house.is_stopping:
            raise CommandError(Code.UNAVAILABLE, "the daemon stops")
        hub = self._house.hub
        if hub.session_of(self._client) == self._own_name:
            raise CommandError(Code.UNAVAILABLE, "wait for `closed` before sending audio again")
        session = self._open_session()
        self._own = AudioIn(session, audio_format, self._house.timings.room_poll_s)
        self._own_name = session.name
        before = hub.session_of(self._client)
        hub.open_session(session.name, owner=self._grant.name)
        hub.subscribe(self._client, session.name)
        self.update_levels(before)
        self.update_levels(session.name)

    def _open_session(self) -> AudioSession:
        house = self._house
        share = house.tokens.share(house.parts.max_sessions, self._grant, Scope.AUDIO, time.time())
        if house.hub.sessions_of(self._grant.name) >= share:
            raise CommandError(
                Code.OVERLOAD, f"this token has its share of pipeline.max_sessions, {share}: close one of them"
            )
        try:
            session = house.parts.sessions.open(f"client-{next(house.names)}")
        except OverloadError as error:
            raise CommandError(Code.OVERLOAD, str(error)) from None
        try:
            _configured(session, self._options, partials=self._partials)
        except CommandError:
            session.close()
            raise
        return session

    async def _end_utterance(self, action: Action) -> None:
        session = self._own.session if self._own is not None else self._main(action.value)
        if action is Action.FLUSH:
            session.flush()
        else:
            session.cancel()

    async def _close(self, _action: Action) -> None:
        if self._own is None:
            raise CommandError(Code.UNAVAILABLE, "close ends audio, and none was begun")
        await self._own.finish()
        self.end_audio()

    async def _steer(self, action: Action) -> None:
        self._need(Scope.CONTROL, action.value)
        capture = self._house.parts.capture
        if capture is None:
            raise CommandError(Code.UNAVAILABLE, "the daemon has no microphone to steer")
        steps = {
            Action.START: capture.start,
            Action.STOP: capture.stop,
            Action.PAUSE: capture.pause,
            Action.RESUME: capture.resume,
        }
        try:
            await asyncio.get_running_loop().run_in_executor(self._house.control, steps[action])
        except AsrdError as error:
            raise CommandError(Code.FAILED, str(error)) from None

    def _main(self, what: str) -> AudioSession:
        self._need(Scope.CONTROL, f"{what} of the session {MAIN}")
        if self._house.parts.main is None:
            raise CommandError(Code.UNAVAILABLE, "the daemon has no source of its own")
        return self._house.parts.main

    def _session(self, name: str | None) -> AudioSession | None:
        if self._own is not None and name == self._own_name:
            return self._own.session
        return self._house.parts.main if name == MAIN else None

    def _need(self, scope: Scope, what: str) -> None:
        if scope not in self._grant.scopes:
            raise CommandError(Code.FORBIDDEN, f"{what} needs a token with the scope {scope.value}")

    _ACTIONS: Final[dict[Action, Callable[[Orders, Action], Awaitable[None]]]] = {
        Action.START: _steer,
        Action.STOP: _steer,
        Action.PAUSE: _steer,
        Action.RESUME: _steer,
        Action.FLUSH: _end_utterance,
        Action.CANCEL: _end_utterance,
        Action.CLOSE: _close,
    }


def _changed(options: UtteranceOptions, wanted: Configure) -> UtteranceOptions:
    if wanted.language is not None:
        options = replace(options, language=None if wanted.language == AUTO else wanted.language)
    return options if wanted.context is None else replace(options, context=wanted.context)


def _configured(session: AudioSession, options: UtteranceOptions, *, partials: bool) -> None:
    try:
        session.configure(options, partials=partials)
    except ConfigError as error:
        raise CommandError(Code.BAD_VALUE, str(error)) from None
