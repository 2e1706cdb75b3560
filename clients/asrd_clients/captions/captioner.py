"""From a daemon's messages to cues and lines in files, as soon as each can no longer change."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Final

from asrd.text.subtitles import Cue, CueMaker
from asrd_clients.captions.clock import Clock
from asrd_clients.captions.files import Target
from asrd_clients.captions.formats import Format, cue_text, utterance_text
from asrd_clients.captions.spoken import Message, Spoken, number, seconds, spoken_of

# How far back an utterance may begin that nothing was heard of yet: pre-roll, detection, the way of the messages.
_UNHEARD_S: Final = 2.0
_REPLAY_S: Final = 0.05  # finals from before a connection follow its greeting, and each other, at once
_WRITTEN_S: Final = 0.1  # a cue may end so much before its last word does
_STALE_S: Final = 0.1  # likewise the last partial, which may have been sent long ago


@dataclass
class Outlet:
    """A target, its format, and how many cues it holds. After a failure it takes no more."""

    target: Target
    format: Format
    cues: int = 0
    is_broken: bool = False

    def show(self, cues: Sequence[Cue]) -> None:
        """Write cues, where the format has cues; all of them at once, since every write waits for the disk."""
        texts: list[str] = []
        for cue in cues if self.format.has_cues else ():
            if text := cue_text(self.format, self.cues + len(texts), cue):
                texts.append(text)
        if self._write("".join(texts)):
            self.cues += len(texts)

    def tell(self, spoken: Spoken) -> None:
        """Write an utterance, where the format has utterances."""
        if not self.format.has_cues:
            self._write(utterance_text(self.format, spoken))

    def _write(self, text: str) -> bool:
        if not text or self.is_broken:
            return False
        self.is_broken = True
        self.target.write(text)
        self.is_broken = False
        return True


class Captioner:
    """Takes a daemon's messages; knows what is in the files, and what must wait.

    A cue waits until the words after it say where it ends, or until its time has run out: never more than one.
    Lines of text wait for nothing.
    """

    def __init__(
        self,
        clock: Clock,
        maker: CueMaker,
        outlets: Sequence[Outlet],
        floor_s: float = 0.0,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """What ended before `floor_s` of the files is left out: it is in them already, or before their beginning."""
        self._clock = clock
        self._maker = maker
        self._outlets = outlets
        self._from_s = floor_s + _WRITTEN_S if floor_s else 0.0
        self._now_s = monotonic_s
        self._greeted_s = self._idle_since_s = float("-inf")
        self._is_replay = False
        self._is_speech = False
        self._open = 0  # the utterance of the last partial, until it has ended
        self._takes: dict[str, Callable[[Message], None]] = {
            "hello": self._hello,
            "status": self._status,
            "partial": self._partial,
            "final": self._final,
            "dropped": self._dropped,
        }

    @property
    def is_amid_speech(self) -> bool:
        """Whether an utterance is being heard whose final has not come."""
        return self._open > 0 or self._is_speech

    def take(self, message: Message) -> None:
        """Write what a message settles.

        Raises:
            ConfigError: a file cannot be written.
        """
        kind = str(message.get("type"))
        was_idle = self._now_s() - self._idle_since_s > _REPLAY_S
        self._is_replay = kind == "hello" or (self._is_replay and kind == "final" and not was_idle)
        takes = self._takes.get(kind)
        if takes is not None:
            takes(message)
        self._idle_since_s = self._now_s()

    def pass_time(self) -> None:
        """Write the cue whose time has run out, if any. To be called a few times a second; raises as `take`."""
        now_s = self._clock.now(self._now_s())
        if now_s is not None and not self.is_amid_speech:
            self._show(self._maker.heard(now_s - _UNHEARD_S))

    def finish(self) -> None:
        """Write the last cue; raises as `take`."""
        self._show(self._maker.finish())

    def _hello(self, message: Message) -> None:
        self._greeted_s = self._now_s()
        self._is_speech, self._open = message.get("state") == "speech", 0
        if self._clock.greeted(str(message.get("run", ""))):
            self.finish()  # what was said before a restart does not go on after it

    def _status(self, message: Message) -> None:
        self._is_speech = message.get("state") == "speech"

    def _partial(self, message: Message) -> None:
        self._open = number(message.get("utterance"))
        start_s, end_s = seconds(message.get("start")), seconds(message.get("end"))
        if start_s is None or end_s is None:
            return
        lag_ms = seconds(message.get("lag_ms"))
        if lag_ms is not None and self._now_s() - self._greeted_s > _STALE_S:
            self._clock.partial(self._open, end_s + lag_ms / 1000.0, self._now_s())
        if self._clock.now(self._now_s()) is not None:
            self._show(self._maker.heard(self._clock.at(start_s)))

    def _final(self, message: Message) -> None:
        self._end(message)
        spoken = spoken_of(message)
        if spoken is None:
            return
        times = spoken.start_s, spoken.end_s, self._now_s()
        self._clock.final(spoken.utterance, *times, is_replayed=self._is_replay)
        spoken = spoken.moved(self._clock.at)
        words = [word for word in spoken.words if word.end_s >= self._from_s or self._clock.is_later_run]
        if words:
            self._each(partial(Outlet.tell, spoken=spoken), partial(Outlet.show, cues=self._maker.add(words)))

    def _dropped(self, message: Message) -> None:
        self._end(message)

    def _end(self, message: Message) -> None:
        if number(message.get("utterance")) >= self._open:
            self._open = 0

    def _show(self, cues: Sequence[Cue]) -> None:
        self._each(partial(Outlet.show, cues=cues))

    def _each(self, *writes: Callable[[Outlet], None]) -> None:
        """All outlets get everything, also those after one that fails; then a failure is raised."""
        with ExitStack() as rest:
            for write in reversed(writes):
                for outlet in reversed(self._outlets):
                    rest.callback(write, outlet)
