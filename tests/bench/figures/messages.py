"""Messages as a daemon sends them, with their times of arrival."""

from __future__ import annotations

from asrd.bench.figures.utterances import Timed


def partial(at_s: float, utterance: int, committed: str, tail: str, span_s: tuple[float, float] = (0.0, 0.0)) -> Timed:
    start, end = span_s
    return at_s, {
        "type": "partial", "utterance": utterance, "committed": committed, "tail": tail, "start": start, "end": end,
    }  # fmt: skip


def final(at_s: float, utterance: int, text: str, span_s: tuple[float, float] = (0.0, 4.0)) -> Timed:
    start, end = span_s
    return at_s, {"type": "final", "utterance": utterance, "text": text, "start": start, "end": end}


def dropped(at_s: float, utterance: int) -> Timed:
    return at_s, {"type": "dropped", "utterance": utterance}


def status(at_s: float, state: str) -> Timed:
    return at_s, {"type": "status", "state": state}


def gap(at_s: float, start: float, end: float) -> Timed:
    return at_s, {"type": "gap", "start": start, "end": end}
