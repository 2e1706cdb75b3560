"""Messages of a scripted session, numbered as a daemon numbers them."""

from __future__ import annotations

from typing import Any


def numbered(*messages: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"seq": seq, **message} for seq, message in enumerate(messages, 1)]


def hello(session: str = "client-1", recent: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {"type": "hello", "session": session, "run": "abcd", "state": "listening", "recent": list(recent)}


def partial(utterance: int, start: float) -> dict[str, Any]:
    return {"type": "partial", "utterance": utterance, "start": start, "end": start + 0.5, "tail": "x"}


def final(utterance: int, start: float, end: float, text: str = "words") -> dict[str, Any]:
    return {"type": "final", "utterance": utterance, "start": start, "end": end, "text": text}


def dropped(utterance: int) -> dict[str, Any]:
    return {"type": "dropped", "utterance": utterance}


def gap(start: float, end: float) -> dict[str, Any]:
    return {"type": "gap", "start": start, "end": end}


CLOSED = {"type": "closed"}
STOPPING = {"type": "status", "state": "stopping", "message": "the daemon is stopping"}
