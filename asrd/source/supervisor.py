"""Keeps a microphone open as its policy says, and gets it back when it is lost."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Protocol

from asrd.errors import AsrdError, AudioError
from asrd.events import StatusEvent
from asrd.options import AudioOptions
from asrd.source import portaudio
from asrd.source.clocks import Clocks
from asrd.source.default_input import default_input
from asrd.source.devices import choose_device, input_devices
from asrd.source.feed import Feed
from asrd.source.interface import Finished, Publish, Sink
from asrd.source.microphone import Listener, Microphone
from asrd.source.watch import MicrophoneWatch, Seen, Verb, parse_policy
from asrd.source.worker import SourceThread


class OpenMicrophone(Protocol):
    """What the supervisor sees of a microphone; see `Microphone`."""

    heard_s: float
    blocks: int
    failure: BaseException | None

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def is_active(self) -> bool: ...  # noqa: D102
    @property
    def zeros_s(self) -> float: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


class Microphones(Protocol):
    """Where microphones come from."""

    def open(self, listener: Listener, *, renewed: bool) -> OpenMicrophone:
        """Open the one that is meant; with `renewed` after a new look at what is connected.

        Raises:
            AsrdError: it cannot be opened now.
        """

    def default(self) -> object:
        """What the system's default microphone is, if that must be watched."""


class SystemMicrophones:
    """Those of PortAudio."""

    def __init__(self, wanted: str = "") -> None:
        """`wanted`: name, part of the name, or index; "" for the system's default."""
        self._wanted = wanted
        self._listed_default: object = None

    def open(self, listener: Listener, *, renewed: bool) -> Microphone:
        """As the Protocol says; a failure is tried once more with a new list of devices."""
        if renewed or self.default() != self._listed_default:
            return self._open_renewed(listener)
        try:
            return self._open(listener)
        except AudioError:
            return self._open_renewed(listener)

    def default(self) -> object:
        """As the Protocol says; None if a device was named."""
        return None if self._wanted else default_input()

    def _open_renewed(self, listener: Listener) -> Microphone:
        self._listed_default = self.default()
        portaudio.renew_devices()
        return self._open(listener)

    def _open(self, listener: Listener) -> Microphone:
        return Microphone(choose_device(input_devices(), self._wanted), listener)


class MicrophoneSupervisor(SourceThread):
    """The microphone as a `Source`. Wakes up twice a second while it is open, and not at all while it need not be."""

    def __init__(
        self,
        options: AudioOptions,
        sink: Sink,
        publish: Publish,
        finished: Finished,
        *,
        microphones: Microphones | None = None,
        clocks: Clocks | None = None,
    ) -> None:
        """`finished` is called only when something fails that trying again cannot heal, such as the sink.

        Raises:
            ConfigError: there is no such policy.
        """
        super().__init__("the microphone", sink.name, publish, finished)
        self._watch = MicrophoneWatch(
            parse_policy(options.policy),
            zeros_s=options.zeros_s,
            retry_s=options.retry_s,
            asks_permission=sys.platform == "darwin",
        )
        self._microphones = microphones or SystemMicrophones(options.device)
        self._clocks = clocks or Clocks()
        self._feed = Feed(sink, self._clocks)
        self._open: OpenMicrophone | None = None
        self._status = StatusEvent(sink.name, self._watch.state, self._watch.message)

    def start(self) -> None:
        """Open the microphone, under the policy `on-demand`."""
        self._command(self._watch.start)

    def stop(self) -> None:
        """Close it, under the policy `on-demand`; the open utterance is finished."""
        self._command(self._watch.stop)

    def pause(self) -> None:
        """Close it until `resume`, whatever the policy; the open utterance is finished."""
        self._command(self._watch.pause)

    def resume(self) -> None:
        """Take `pause` back."""
        self._command(self._watch.resume)

    def used(self) -> None:
        """Somebody is listening now; to be called more often than the N of `idle:N` while it is so."""
        with self._changed:
            self._watch.used(self._clocks.awake_s())
        if self._open is None:
            self._poke()

    def _command(self, change: Callable[[], None]) -> None:
        with self._changed:
            change()
        self._poke()

    def _work(self) -> None:
        try:
            while not self._is_closed:
                self._look()
                with self._changed:
                    wait_s = self._watch.wait_s(self._clocks.awake_s())
                self._wait(wait_s)
        finally:
            self._shut()

    def _look(self) -> None:
        now_s = self._clocks.awake_s()
        asleep_s = self._clocks.asleep_s()
        seen = None if self._open is None else self._see(self._open)
        with self._changed:
            verb = self._watch.decide(now_s, asleep_s, seen)
        self._tell(self._watch.state, self._watch.message)
        if verb in (Verb.CLOSE, Verb.DROP, Verb.REOPEN):
            self._shut()
            if verb is Verb.CLOSE:
                self._feed.closed()
            else:
                self._feed.broken()
        if verb in (Verb.OPEN, Verb.REOPEN):
            self._try(renewed=verb is Verb.REOPEN or self._watch.must_renew)

    def _see(self, microphone: OpenMicrophone) -> Seen:
        if microphone.failure is not None:
            raise microphone.failure
        return Seen(
            is_active=microphone.is_active,
            has_heard=microphone.blocks > 0,
            silent_s=self._clocks.awake_s() - microphone.heard_s,
            zeros_s=microphone.zeros_s,
            default=self._microphones.default(),
        )

    def _try(self, *, renewed: bool) -> None:
        default = self._microphones.default()
        try:
            self._open = self._microphones.open(self._feed, renewed=renewed)
        except AsrdError as error:
            with self._changed:
                self._watch.failed(self._clocks.awake_s(), str(error))
            self._tell(self._watch.state, self._watch.message)
            return
        with self._changed:
            self._watch.opened(self._clocks.awake_s(), self._open.name, default)

    def _shut(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None
