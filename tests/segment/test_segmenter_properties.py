"""What holds for any stream: positions, exact audio, order of events, no speech lost, bounded memory."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from asrd.options import SegmentOptions
from asrd.segment.events import EndReason
from asrd.segment.segmenter import Segmenter
from tests.segment.listener import STREAM, Listener

LIMIT_S = 2.0
LIMIT = round(LIMIT_S * 16_000)


@st.composite
def options(draw: st.DrawFn) -> SegmentOptions:
    window = draw(st.integers(10, 300))
    onset = draw(st.integers(10, window))
    hangover = draw(st.integers(50, 900))
    return SegmentOptions(
        onset_window_ms=window,
        onset_ms=onset,
        resume_ms=draw(st.integers(10, onset)),
        preroll_ms=draw(st.integers(0, 600)),
        hangover_ms=hangover,
        pause_ms=draw(st.integers(30, max(30, hangover))),
        tail_pad_ms=draw(st.integers(0, hangover)),
        min_speech_ms=draw(st.integers(0, 400)),
        max_utterance_s=LIMIT_S,
    )


@dataclass(frozen=True)
class Step:
    """What happens next: so many frames, voiced or not; or a gap, flush or cancel with so many samples."""

    kind: str
    count: int


def steps() -> st.SearchStrategy[list[Step]]:
    runs = st.builds(Step, st.sampled_from(["+", "-"]), st.integers(1, 60))
    blips = st.builds(Step, st.sampled_from(["+", "-"]), st.integers(1, 4))
    others = st.builds(Step, st.sampled_from(["gap", "flush", "cancel"]), st.integers(0, 159))
    return st.lists(st.one_of(runs, blips, runs, blips, others), min_size=1, max_size=25)


class Session:
    """A segmenter that hears `STREAM`, its listener, and what was voiced."""

    def __init__(self, chosen: SegmentOptions, frame_samples: int) -> None:
        self.segmenter = Segmenter(chosen, frame_samples)
        self.listener = Listener(LIMIT)
        self.frame_samples = frame_samples
        self.voiced_runs: list[tuple[int, int]] = []
        self._most = LIMIT + chosen.hangover_ms * 16 + 2 * frame_samples

    def do(self, step: Step) -> None:
        at = self.segmenter.position
        if step.kind in "+-":
            self._push(step)
        elif step.kind == "gap":
            self.listener.take(self.segmenter.gap(step.count, STREAM[at : at + 5]))
            assert self.segmenter.position == at + 5 + step.count
            self.listener.earliest = self.segmenter.position
        elif step.kind == "flush":
            self.listener.take(self.segmenter.flush(STREAM[at : at + step.count]))
            assert self.segmenter.position == at + step.count
        else:
            was_open = self.listener.is_open
            self.listener.take(self.segmenter.cancel())
            if was_open:
                self.listener.earliest = self.segmenter.position
        if step.kind not in "+-":
            self.voiced_runs.append((-1, -1))  # speech does not go on across it

    def _push(self, step: Step) -> None:
        for _ in range(step.count):
            at = self.segmenter.position
            self.listener.take(self.segmenter.push(STREAM[at : at + self.frame_samples], step.kind == "+"))
            assert self.segmenter.position == at + self.frame_samples
            assert self.segmenter.in_speech == self.listener.is_open
            assert self.segmenter._tape.end - self.segmenter._tape.start <= self._most
            assert len(self.segmenter._tape._room) <= max(8192, 2 * self._most)
        end = self.segmenter.position
        start = end - step.count * self.frame_samples
        if step.kind == "+":
            if self.voiced_runs and self.voiced_runs[-1][1] == start:
                start = self.voiced_runs.pop()[0]
            self.voiced_runs.append((start, end))


@settings(max_examples=300, deadline=None)
@given(chosen=options(), frame_samples=st.sampled_from([160, 320, 480, 512]), script=steps())
def test_any_stream(chosen: SegmentOptions, frame_samples: int, script: list[Step]) -> None:
    session = Session(chosen, frame_samples)
    for step in script:
        session.do(step)
    session.listener.take(session.segmenter.flush())
    assert not session.segmenter.in_speech
    _no_speech_is_lost(session, chosen)
    _no_silence_is_heard(session, chosen)


def _no_speech_is_lost(session: Session, chosen: SegmentOptions) -> None:
    """A stretch of voiced frames that is long enough for an onset lies in utterances, without a hole."""
    for start, end in session.voiced_runs:
        if end - start < chosen.onset_ms * 16 + session.frame_samples:
            continue
        at = start
        for utterance in sorted(session.listener.done, key=lambda one: one.start):
            if utterance.start <= at < utterance.end:
                at = utterance.end
        assert at >= end, f"{at} to {end} of the speech {start} to {end} is in no utterance"


def _no_silence_is_heard(session: Session, chosen: SegmentOptions) -> None:
    """An utterance reaches neither further back than the pre-roll nor further on than the pad."""
    pad, preroll = chosen.tail_pad_ms * 16, chosen.preroll_ms * 16
    continued = {one.end for one in session.listener.done if one.reason is EndReason.LIMIT}
    for utterance in session.listener.done:
        if utterance.start in continued or utterance.reason is EndReason.LIMIT:
            continue
        runs = [(a, b) for a, b in session.voiced_runs if a < utterance.end + preroll and b > utterance.start]
        assert runs
        assert utterance.start >= runs[0][0] - preroll
        assert utterance.end <= max(b for _, b in runs) + max(pad, 160)  # a flush gives samples too few for a frame


@settings(max_examples=100, deadline=None)
@given(script=steps(), extra_ms=st.integers(1, 300))
def test_a_longer_hangover_never_makes_more_utterances(script: list[Step], extra_ms: int) -> None:
    counts = []
    for hangover_ms in (200, 200 + extra_ms):
        longer = replace(SegmentOptions(), hangover_ms=hangover_ms, min_speech_ms=0, max_utterance_s=1000.0)
        session = Session(longer, 320)
        session._most = session.listener._limit = 16_000 * 1000
        for step in script:
            session.do(replace(step, count=min(step.count, 20)))
        session.listener.take(session.segmenter.flush())
        counts.append(len(session.listener.done))
    assert counts[1] <= counts[0]
