"""Where utterances begin and end: a state machine over frames that a detector has judged.

    idle --(onset)--> speech --(pause)--> paused --(hangover)--> idle
                        ^                    |
                        +-----(resume)-------+

Onset: enough voiced frames in the onset window, which need not be neighbours. The utterance begins with the pre-roll
before the first of them. Speech goes on at a voiced frame if the window holds enough of them for that; after a pause
longer than the window a single voiced frame, a click, thus changes nothing. From the speech end and the tail pad on,
audio is held back: it belongs to the utterance only if speech goes on before the hangover has run out. If it does
not, that audio can still be the pre-roll of the next utterance. So no sample is lost between two utterances that
speech touches, and none is in both.

Nothing here knows a clock or a thread; positions are samples since the session began.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from asrd.options import SegmentOptions
from asrd.segment.durations import durations_of
from asrd.segment.events import Began, Dropped, Ended, EndReason, Heard, Paused, Resumed, SegmentEvent
from asrd.segment.onset import OnsetWindow
from asrd.segment.quietest import quietest_cut
from asrd.segment.tape import Tape

FloatArray = npt.NDArray[np.float32]
_NOTHING: FloatArray = np.empty(0, np.float32)


@dataclass
class _Open:
    """The utterance that is open.

    Attributes:
        number: its number.
        start: its first sample.
        heard: position up to which its audio was given away.
        speech_end: position after the last frame that counts as speech.
        is_paused: whether `Paused` was told.
        is_continued: whether it began where the one before was cut for its length.
        voiced: starts of all voiced frames, whether they count as speech or not.
    """

    number: int
    start: int
    heard: int
    speech_end: int
    is_paused: bool = False
    is_continued: bool = False
    voiced: deque[int] = field(default_factory=deque)


class Segmenter:
    """Cuts one stream into utterances; `asrd.segment.events` tells what it tells."""

    def __init__(self, options: SegmentOptions, frame_samples: int, lag_samples: int = 0) -> None:
        """Begin a session at position 0, with frames of `frame_samples` samples of a detector with that lag.

        Raises:
            ConfigError: two of the settings contradict each other.
        """
        if frame_samples < 1:
            raise ValueError(f"a frame has at least one sample, not {frame_samples}")
        self._frame_samples = frame_samples
        self._durations = durations_of(options, frame_samples, lag_samples)
        self._window = OnsetWindow(self._durations.window_frames)
        self._tape = Tape()
        self._open: _Open | None = None
        self._numbers = 0

    @property
    def in_speech(self) -> bool:
        """Whether an utterance is open, in a pause or not."""
        return self._open is not None

    @property
    def position(self) -> int:
        """How many samples there were since the session began, lost ones included."""
        return self._tape.end

    def push(self, frame: FloatArray, voiced: bool) -> list[SegmentEvent]:
        """Take the next frame, (frame_samples,) float32, and whether it is voiced."""
        if frame.shape != (self._frame_samples,):
            raise ValueError(f"a frame has the shape ({self._frame_samples},), not {frame.shape}")
        start = self.position
        self._tape.append(frame)
        self._window.push(start, voiced=voiced)
        if self._open is not None:
            return self._go_on(self._open, start, voiced=voiced)
        if self._window.voiced_count() >= self._durations.onset_frames:
            return self._begin_at_onset()
        self._forget_old()
        return []

    def flush(self, rest: FloatArray = _NOTHING) -> list[SegmentEvent]:
        """End the open utterance now, after `rest`, (n,) float32: samples too few for a frame. The stream may go on."""
        return self._finish_early(EndReason.FLUSH, rest)

    def gap(self, samples: int, rest: FloatArray = _NOTHING) -> list[SegmentEvent]:
        """After `rest`, which is too short for a frame, so many samples were lost. Ends the open utterance."""
        if samples < 0:
            raise ValueError(f"no less than 0 samples can be lost, not {samples}")
        events = self._finish_early(EndReason.GAP, rest)
        self._tape.restart(self.position + samples)
        self._window.clear()
        return events

    def cancel(self) -> list[SegmentEvent]:
        """Drop the open utterance; what was heard up to now is in no later one."""
        if self._open is None:
            return []
        self._open = None
        self._tape.restart(self.position)
        self._window.clear()
        return [Dropped()]

    def _forget_old(self) -> None:
        """Keep what the next utterance can begin with: its pre-roll, and the window from its first voiced frame on."""
        window = self._durations.window_frames * self._frame_samples
        self._tape.forget_before(self.position - self._durations.preroll - window)

    def _begin_at_onset(self) -> list[SegmentEvent]:
        voiced = self._window.voiced_starts()
        start = max(voiced[0] - self._durations.preroll, self._tape.start)
        return self._begin(_Open(0, start, start, speech_end=self.position, voiced=deque(voiced)))

    def _begin(self, utterance: _Open) -> list[SegmentEvent]:
        self._numbers += 1
        utterance.number = self._numbers
        self._open = utterance
        self._tape.forget_before(utterance.start)
        return [Began(utterance.number, utterance.start), *self._hear(utterance)]

    def _go_on(self, utterance: _Open, start: int, *, voiced: bool) -> list[SegmentEvent]:
        """What follows from the frame at `start`, which is on the tape and in the window."""
        events: list[SegmentEvent] = []
        if voiced:
            utterance.voiced.append(start)
            if self._window.voiced_count() >= self._durations.resume_frames:
                events += self._extend_speech(utterance, self.position)
        events += self._hear(utterance)
        utterance, cuts = self._keep_limit(utterance)
        events += cuts
        silence = self.position - utterance.speech_end
        if not utterance.is_paused and silence >= max(self._durations.pause, self._durations.tail_pad):
            utterance.is_paused = True
            events.append(Paused(utterance.heard))
        # A pause in which the limit is reached is the best place to end.
        is_full = utterance.is_paused and self.position - utterance.start > self._durations.limit
        if is_full or silence >= self._durations.hangover:
            events += self._finish(utterance, EndReason.SILENCE)
        return events

    def _extend_speech(self, utterance: _Open, speech_end: int) -> list[SegmentEvent]:
        utterance.speech_end = speech_end
        if not utterance.is_paused:
            return []
        utterance.is_paused = False
        return [Resumed()]

    def _hear(self, utterance: _Open) -> list[SegmentEvent]:
        """Give away the audio up to the possible end."""
        end = min(self.position, utterance.speech_end + self._durations.tail_pad)
        if end <= utterance.heard:
            return []
        samples = self._tape.read(utterance.heard, end)
        utterance.heard = end
        return [Heard(samples)]

    def _keep_limit(self, utterance: _Open) -> tuple[_Open, list[SegmentEvent]]:
        """Cut what is too long. The utterance that is open then, and what is to be told."""
        events: list[SegmentEvent] = []
        limit = self._durations.limit
        while utterance.heard - utterance.start > limit:
            cut = utterance.start + quietest_cut(self._tape.read(utterance.start, utterance.heard), limit)
            utterance = self._rest_after(utterance, cut)
            events += [Ended(cut, EndReason.LIMIT), *self._begin(utterance)]
        return utterance, events

    def _rest_after(self, utterance: _Open, cut: int) -> _Open:
        voiced = deque(start for start in utterance.voiced if start + self._frame_samples > cut)
        return _Open(0, cut, cut, utterance.speech_end, is_continued=True, voiced=voiced)

    def _finish_early(self, reason: EndReason, rest: FloatArray) -> list[SegmentEvent]:
        """End the open utterance though its hangover has not run out; a voiced frame counts as speech without more."""
        utterance, before_rest = self._open, self.position
        self._tape.append(rest)
        if utterance is None:
            self._forget_old()
            return []
        events: list[SegmentEvent] = []
        voiced_end = utterance.voiced[-1] + self._frame_samples if utterance.voiced else utterance.start
        if voiced_end > utterance.speech_end:
            events += self._extend_speech(utterance, voiced_end)
        if utterance.speech_end == before_rest:  # in the midst of speech: so is the rest
            utterance.speech_end = self.position
        events += self._hear(utterance)
        utterance, cuts = self._keep_limit(utterance)
        return [*events, *cuts, *self._finish(utterance, reason)]

    def _finish(self, utterance: _Open, reason: EndReason) -> list[SegmentEvent]:
        """The utterance ends with what was heard, or comes to nothing."""
        self._open = None
        self._window.forget_before(utterance.speech_end)
        # What follows a cut is the end of something longer: a short word of it is still a word.
        least = 1 if utterance.is_continued else self._durations.min_speech
        if self._voiced_samples(utterance) < least:
            return [Dropped()]
        self._tape.forget_before(utterance.heard)
        return [Ended(utterance.heard, reason)]

    def _voiced_samples(self, utterance: _Open) -> int:
        frames = ((start, start + self._frame_samples) for start in utterance.voiced)
        return sum(max(0, min(end, utterance.heard) - max(start, utterance.start)) for start, end in frames)
