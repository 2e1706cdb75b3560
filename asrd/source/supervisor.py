"""Keeps a microphone open as its policy says, and gets it back when it is lost."""

from __future__ import annotations

import sys
from collections.abc import Callable

from asrd.errors import AsrdError
from asrd.events import StatusEvent
from asrd.options import AudioOptions
from asrd.source.clocks import Clocks
from asrd.source.feed import Feed
from asrd.source.interface import Finished, PublishStatus, Sink
from asrd.source.system import Microphones, OpenMicrophone, SystemMicrophones
from asrd.source.watch import MicrophoneWatch, Seen, Verb, parse_policy
from asrd.source.worker import SourceThread


class MicrophoneSupervisor(SourceThread):
    """The microphone as a `Source`. Wakes up twice a second while it is open, and not at all while it need not be."""

    def __init__(
        self,
        options: AudioOptions,
        sink: Sink,
        publish: PublishStatus,
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
            self._try()

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

    def _try(self) -> None:
        default = self._microphones.default()
        try:
            self._open = self._microphones.open(self._feed)
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
