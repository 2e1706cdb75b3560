"""Events with as little in them as a test needs."""

from __future__ import annotations

from asrd.events import FinalEvent, LevelEvent, PartialEvent
from asrd.wire.commands import MAIN


def partial(utterance: int, revision: int, committed: str = "", tail: str = "x", session: str = MAIN) -> PartialEvent:
    return PartialEvent(session, utterance, revision, committed, tail, "", 0, 16_000, 0.1)


def final(utterance: int, text: str = "Done.", session: str = MAIN) -> FinalEvent:
    return FinalEvent(session, utterance, text, "", 0, 16_000)


def level(rms_db: float = -30.0, session: str = MAIN) -> LevelEvent:
    return LevelEvent(session, rms_db, -10.0, speech=False)
