from __future__ import annotations

import io
from collections.abc import Sequence

from asrd_clients.typist.cues import Cue, Cues


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def started(cues: set[Cue], states: Sequence[str], *, has: set[str], platform: str = "linux") -> list[list[str]]:
    commands: list[list[str]] = []
    made = Cues(
        frozenset(cues),
        start=lambda command: commands.append(list(command)),
        which=lambda name: name if name in has else None,
        platform=platform,
    )
    for state in states:
        made.state(state)
    return commands


STATES = ("idle", "listening", "speech", "listening", "unheard-of", "paused", "mic_lost")


def test_tells_when_listening_begins_and_ends() -> None:
    commands = started({Cue.NOTIFICATION}, STATES, has={"notify-send"})
    assert [command[-1] for command in commands] == ["listening", "not listening"]
    assert {command[0] for command in commands} == {"notify-send"}


def test_the_first_state_is_no_news() -> None:
    assert started({Cue.NOTIFICATION}, ("listening", "speech"), has={"notify-send"}) == []


def test_plays_what_there_is() -> None:
    assert started({Cue.SOUND}, STATES, has={"canberra-gtk-play", "paplay"})[0][0] == "canberra-gtk-play"
    assert started({Cue.SOUND}, STATES, has={"paplay"})[0][0] == "paplay"
    assert started({Cue.SOUND}, STATES, has={"afplay"}, platform="darwin")[0][0] == "afplay"
    assert started({Cue.SOUND, Cue.NOTIFICATION}, STATES, has=set()) == []
    script = started({Cue.NOTIFICATION}, STATES, has={"osascript"}, platform="darwin")[0]
    assert script == ["osascript", "-e", 'display notification "listening" with title "asrd"']


def test_rings_the_terminal_only() -> None:
    for terminal, rung in ((Terminal(), "\a\a"), (io.StringIO(), "")):
        cues = Cues(frozenset({Cue.BELL}), terminal=terminal)
        for state in STATES:
            cues.state(state)
        assert terminal.getvalue() == rung


def test_a_program_that_is_not_there_does_no_harm() -> None:
    cues = Cues(frozenset({Cue.NOTIFICATION}), which=lambda _name: "yes")
    cues._start(["/nonexistent/program"])
