"""Latency and load of a running daemon, seen by clients that speak at real time.

Every session is a client of its own. It sends clips at 1x, with quiet noise between them, and notes when each message
arrived. The clock of the audio is the client's: sample n is spoken at `began + n / 16000`, and sent when it has been
spoken. True onset and end of speech are those of the clean clip (`vad_truth`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from asrd.bench.daemon.speaker import Speaker, quiet, speaking
from asrd.bench.sets.truth import Speech
from asrd.geometry import samples_of, seconds_of

FloatArray = npt.NDArray[np.float32]
_BLOCK_S: Final = 0.02
_BEFORE_S: Final = 1.0
_AFTER_S: Final = 1.5
_PATIENCE_S: Final = 60.0


@dataclass(frozen=True, eq=False)
class Clip:
    """A clip to be spoken: samples (n,) float32 at 16 kHz, and where in it is speech."""

    samples: FloatArray
    speech: Speech


@dataclass(frozen=True, eq=False)
class Script:
    """What a session says: samples (n,) float32, and where speech is in them."""

    samples: FloatArray
    speech: Sequence[Speech]


def script_of(clips: Sequence[Clip], seed: int) -> Script:
    """The clips in a row with a second of quiet noise before, and one and a half after each."""
    rng = np.random.default_rng(seed)
    parts, speech, position = [], [], 0
    for clip in clips:
        for part in (quiet(rng, _BEFORE_S), clip.samples, quiet(rng, _AFTER_S)):
            if part is clip.samples:
                speech.append(Speech(position + clip.speech.start, position + clip.speech.end))
            parts.append(part)
            position += len(part)
    return Script(np.concatenate(parts), speech)


@dataclass
class Record:
    """Messages of one session with their time of arrival, in seconds of the session's audio clock."""

    messages: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    sent_late_s: float = 0.0  # the worst delay of a block: how far the client itself fell behind

    def of(self, kind: str) -> list[tuple[float, dict[str, Any]]]:
        """Messages of one type."""
        return [(at, message) for at, message in self.messages if message["type"] == kind]


async def speak(url: str, token: str, script: Script, *, in_real_time: bool = True) -> Record:
    """Say the script, at 1x or as fast as the daemon takes it; returns when the daemon has told everything."""
    record = Record()
    async with speaking(url, token) as speaker:
        began_s = time.monotonic()
        listening = asyncio.create_task(_listen(speaker, record, began_s))
        step = samples_of(_BLOCK_S)
        for start in range(0, len(script.samples), step):
            block = script.samples[start : start + step]
            if in_real_time:
                due_s = began_s + seconds_of(start + len(block))
                await asyncio.sleep(max(0.0, due_s - time.monotonic()))
                record.sent_late_s = max(record.sent_late_s, time.monotonic() - due_s)
            await speaker.say(block)
        await speaker.close()
        await asyncio.wait_for(listening, _PATIENCE_S)
    return record


async def _listen(speaker: Speaker, record: Record, began_s: float) -> None:
    async for message in speaker.messages():
        record.messages.append((time.monotonic() - began_s, message))


@dataclass(frozen=True)
class Latencies:
    """In seconds, one entry for each clip for which it could be told.

    Attributes:
        first_partial: from the true onset to the first text.
        final_after_endpoint: from the end-point, as the daemon told it, to the final.
        final_after_speech: from the true end of speech to the final.
        lag: of every partial: how far it was behind the newest audio.
    """

    first_partial: list[float]
    final_after_endpoint: list[float]
    final_after_speech: list[float]
    lag: list[float]


@dataclass(frozen=True)
class Tally:
    """What came of the clips."""

    clips: int
    with_final: int
    split: int
    gaps: int
    lost_s: float
    unended: int  # utterances that were begun in a partial and never ended


def latencies_of(script: Script, record: Record) -> tuple[Latencies, Tally]:
    """Match every clip with the utterances that overlap it."""
    found = Latencies([], [], [], [message["lag_ms"] / 1000 for _, message in record.of("partial")])
    finals, partials = record.of("final"), record.of("partial")
    listening = [at for at, message in record.of("status") if message["state"] == "listening"]
    with_final = split = 0
    for speech in script.speech:
        onset_s, end_s = seconds_of(speech.start), seconds_of(speech.end)
        own = [(at, m) for at, m in finals if m["end"] > onset_s and m["start"] < end_s]
        first = [at for at, m in partials if m["end"] > onset_s and m["start"] < end_s and m["committed"] + m["tail"]]
        shown = first + [at for at, _ in own]
        if shown:
            found.first_partial.append(min(shown) - onset_s)
        if not own:
            continue
        with_final += 1
        split += len(own) > 1
        at, _ = own[-1]
        found.final_after_speech.append(at - end_s)
        endpoints = [ended for ended in listening if end_s < ended]
        if endpoints:
            found.final_after_endpoint.append(max(0.0, at - endpoints[0]))
    begun = {message["utterance"] for _, message in partials}
    ended = {message["utterance"] for kind in ("final", "dropped") for _, message in record.of(kind)}
    gaps = record.of("gap")
    return found, Tally(
        clips=len(script.speech),
        with_final=with_final,
        split=split,
        gaps=len(gaps),
        lost_s=sum(message["end"] - message["start"] for _, message in gaps),
        unended=len(begun - ended),
    )


def percentiles_ms(seconds: Sequence[float]) -> dict[str, float]:
    """Count, p50, p95 and maximum, in milliseconds."""
    if not seconds:
        return {"count": 0, "p50_ms": float("nan"), "p95_ms": float("nan"), "max_ms": float("nan")}
    p50, p95, most = (round(1000 * float(np.percentile(seconds, q)), 1) for q in (50, 95, 100))
    return {"count": len(seconds), "p50_ms": p50, "p95_ms": p95, "max_ms": most}
