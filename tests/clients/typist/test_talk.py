from __future__ import annotations

import asyncio

import pytest

from asrd.client.steering import Outcome, SteerError, Wish
from asrd.errors import ConfigError
from asrd_clients.typist.hotkey import Keys, open_hotkey, parse_keys
from asrd_clients.typist.talk import HotkeyRule, Talk


class Daemon:
    def __init__(self, *, failure: SteerError | None = None) -> None:
        self.asked: list[Wish] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.failure = failure

    async def steer(self, wish: Wish) -> Outcome:
        self.asked.append(wish)
        await self.may_answer.wait()
        if self.failure:
            raise self.failure
        return Outcome("mic_lost", "no microphone", is_reached=False)


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def talk_through(rule: HotkeyRule, presses: str, *, failure: SteerError | None = None) -> tuple[list[Wish], list[str]]:
    """`p` press, `r` release, `.` the daemon answers, `!` it does not any more."""

    async def talk() -> tuple[list[Wish], list[str]]:
        daemon, notices = Daemon(failure=failure), list[str]()
        talk = Talk(rule, daemon.steer, notices.append)
        task = asyncio.create_task(talk.run())
        await settled()
        for press in presses:
            {"p": talk.pressed, "r": talk.released, ".": daemon.may_answer.set, "!": daemon.may_answer.clear}[press]()
            await settled()
        task.cancel()
        return daemon.asked, notices

    return asyncio.run(talk())


def test_holding() -> None:
    assert talk_through(HotkeyRule.HOLD, "prpr")[0] == [Wish.PAUSE, Wish.START, Wish.PAUSE, Wish.START, Wish.PAUSE]


def test_the_newest_counts() -> None:
    assert talk_through(HotkeyRule.HOLD, "!prprp.")[0] == [Wish.PAUSE, Wish.START, Wish.START]
    assert talk_through(HotkeyRule.HOLD, "!prprpr.")[0] == [Wish.PAUSE, Wish.START, Wish.PAUSE]


def test_toggling() -> None:
    assert talk_through(HotkeyRule.TOGGLE, "prpr")[0] == [Wish.TOGGLE, Wish.TOGGLE]
    assert talk_through(HotkeyRule.TOGGLE, "!ppp.")[0] == [Wish.TOGGLE]
    assert talk_through(HotkeyRule.TOGGLE, "!pp.")[0] == [Wish.TOGGLE, Wish.TOGGLE]


def test_what_goes_wrong_is_told() -> None:
    assert talk_through(HotkeyRule.TOGGLE, "p")[1] == ["no microphone"]
    assert talk_through(HotkeyRule.TOGGLE, "pp", failure=SteerError("it refused"))[1] == ["it refused", "it refused"]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("ctrl+alt+space", Keys(("ctrl", "alt"), "space")),
        ("Alt+Control+D", Keys(("ctrl", "alt"), "d")),
        ("cmd+option+f5", Keys(("alt", "super"), "f5")),
        ("f9", Keys((), "f9")),
        ("pause", Keys((), "pause")),
        ("ctrl+é", Keys(("ctrl",), "é")),
    ],
)
def test_reads_keys(text: str, keys: Keys) -> None:
    assert parse_keys(text) == keys


@pytest.mark.parametrize(
    "text", ["", "ctrl", "ctrl+", "+", "a", "space", "hyper+a", "ctrl+ab", "f25", "f0", "a+b", "f²"]
)
def test_refuses_what_is_no_hotkey(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_keys(text)
    assert repr(text) in str(caught.value)
    assert str(caught.value).count("\n") == 0


def test_says_where_there_can_be_none() -> None:
    keys = parse_keys("f9")
    with pytest.raises(ConfigError, match="asrd toggle"):
        open_hotkey(keys, {"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "linux")
    with pytest.raises(ConfigError, match="DISPLAY"):
        open_hotkey(keys, {}, "linux")
