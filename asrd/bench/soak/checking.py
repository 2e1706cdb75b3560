"""What is compared when it is over: coverage, history and texts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from asrd.bench.sets.truth import Speech
from asrd.bench.soak.account import Wrong
from asrd.bench.soak.ground import Ground
from asrd.bench.soak.plan import Soaked, Written
from asrd.bench.soak.reference import Expected, Reference, compare, utterances_of

_CHECKED: Final = 10  # every so many sessions are recognised again


async def ask_history(ground: Ground) -> Written:
    """What the daemon says of its finals and of its history."""
    names = ("asrd_finals_total", "asrd_history_written_total", "asrd_history_lost_total")
    published, written, lost = [int(await ground.metric(name)) for name in names]
    return Written(published, written, lost)


def check_visitors(soaked: Soaked) -> None:
    """Every visitor must know what the session published while it came and went."""
    for visitor in soaked.visitors:
        soaked.findings += visitor.compare(soaked.main)


def check_history(soaked: Soaked, ground: Ground) -> None:
    """Every final is written or counted as lost; what is counted as written is there, with the text that was told.

    The daemon counts over all sessions, and some of them nobody took an account of: those must have had their share of
    what was lost.
    """
    counted = soaked.written
    if counted.written + counted.lost != counted.published:
        soaked.find(
            Wrong.LOST,
            "history",
            f"{counted.published} finals, {counted.written} written and {counted.lost} told as lost",
        )
    lines = {(one["session"], one["utterance"]): one["text"] for one in _lines(ground.history.parent)}
    told = {
        (account.session, number): final["text"]
        for account in (soaked.main, *(talk.account for talk in soaked.talks))
        for number, final in account.finals.items()
    }
    missing = len(told.keys() - lines.keys())
    wrong = sum(lines.get(key, text) != text for key, text in told.items())
    elsewhere = counted.published - len(told) - len(lines.keys() - told.keys())
    lost = max(0, counted.lost - max(0, elsewhere))
    if missing > lost:
        soaked.find(Wrong.LOST, "history", f"{missing} finals are not written, and {lost} of them were told as lost")
    if wrong:
        soaked.find(Wrong.TEXT, "history", f"{wrong} finals are written with another text than was told")


def check_coverage(soaked: Soaked, ground: Ground) -> None:
    """What was said is in a final, a gap, or where an utterance was dropped; or nobody could have heard it."""
    for talk in soaked.talks:
        left = talk.account.uncovered(talk.speech(ground))
        if not left:
            continue
        expected = utterances_of(talk.samples(ground), soaked.plan.config)
        dropped = [one for one in expected if one.number in talk.account.dropped]  # no message says where they were
        for speech in left:
            if any(_overlap(speech, one) for one in dropped):
                continue
            if any(_overlap(speech, one) for one in expected):
                soaked.find(Wrong.LOST, talk.account.who, f"samples {speech.start} to {speech.end} are in nothing")
            else:
                soaked.unheard += 1


def check_texts(soaked: Soaked, ground: Ground, tell: Callable[[str], None]) -> None:
    """Recognise every tenth session again, offline, and compare all of its utterances.

    Raises:
        AsrdError: the model cannot be loaded.
    """
    talks = soaked.talks[::_CHECKED]
    utterances = 0
    with Reference(soaked.plan.model, soaked.plan.config) as reference:
        for number, talk in enumerate(talks, 1):
            tell(f"recognising session {number} of {len(talks)} again")
            before = len(talk.account.findings)
            expected = reference.utterances(talk.samples(ground))
            compare(talk.account, expected)
            soaked.findings += talk.account.findings[before:]
            utterances += len(expected)
    soaked.checked = (len(talks), utterances)


def _overlap(speech: Speech, one: Expected) -> bool:
    return one.start < speech.end and one.end > speech.start


def _lines(state: Path) -> Iterator[dict[str, object]]:
    """The lines of the history, and of those that were moved away."""
    for path in sorted(state.glob("history*/*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)
