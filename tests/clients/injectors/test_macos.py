"""The exact calls that macOS gets, whose functions have the names that they have there."""

# ruff: noqa: N802, N815

from __future__ import annotations

from typing import Any

import pytest

from asrd_clients.injectors.clipboard.macos import MacClipboard
from asrd_clients.injectors.interface import HeldKeyError, InjectError, Method
from asrd_clients.injectors.macos.api import MacApi
from asrd_clients.injectors.macos.desktop import MacDesktop
from asrd_clients.injectors.macos.injector import MacInjector
from asrd_clients.injectors.options import InjectorOptions, PasteKeys
from tests.clients.injectors.clock import FakeTime

COMMAND, CONTROL = 1 << 20, 1 << 18


class Event:
    def __init__(self, source: object, keycode: int, is_down: bool) -> None:
        self.source, self.keycode, self.is_down = source, keycode, is_down
        self.text = ""
        self.flags = -1


class Quartz:
    """CoreGraphics, as far as it is used."""

    def __init__(self) -> None:
        self.posted: list[Event] = []
        self.flags: list[int] = []
        self.counters: dict[int, int] = {}
        self.windows: list[dict[str, int]] | None = []

    def CGEventSourceCreate(self, state: int) -> str:
        return f"source {state}"

    def CGEventCreateKeyboardEvent(self, source: object, keycode: int, is_down: bool) -> Event:
        return Event(source, keycode, is_down)

    def CGEventKeyboardSetUnicodeString(self, event: Event, units: int, text: str) -> None:
        assert len(text.encode("utf-16-le")) == 2 * units
        assert units <= 20
        event.text = text

    def CGEventSetFlags(self, event: Event, flags: int) -> None:
        event.flags = flags

    def CGEventPost(self, tap: int, event: Event) -> None:
        assert tap == 1
        self.posted.append(event)

    def CGEventSourceFlagsState(self, state: int) -> int:
        assert state == 1
        return self.flags.pop(0) if self.flags else 0

    def CGEventSourceCounterForEventType(self, state: int, kind: int) -> int:
        assert state == 1
        return self.counters.get(kind, 0)

    def CGWindowListCopyWindowInfo(self, option: int, window: int) -> list[dict[str, int]] | None:
        assert (option, window) == (1, 0)
        return self.windows


class Services:
    """ApplicationServices, as far as it is used."""

    kAXTrustedCheckOptionPrompt = "prompt"

    def __init__(self) -> None:
        self.is_trusted = True
        self.asked: list[object] = []
        self.focused: object = None

    def AXIsProcessTrustedWithOptions(self, options: object) -> bool:
        self.asked.append(options)
        return self.is_trusted

    def AXUIElementCreateSystemWide(self) -> str:
        return "system"

    def AXUIElementCopyAttributeValue(self, element: object, name: str, _none: None) -> tuple[int, object]:
        assert (element, name) == ("system", "AXFocusedUIElement")
        return (0, self.focused) if self.focused else (-25212, None)

    def AXUIElementGetPid(self, _element: object, _none: None) -> tuple[int, int]:
        return 0, 7


class Carbon:
    secure = 0

    def IsSecureEventInputEnabled(self) -> int:
        return self.secure


@pytest.fixture
def api() -> MacApi:
    return MacApi(Quartz(), Services(), Carbon())


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def injector(api: MacApi, time: FakeTime) -> MacInjector:
    return MacInjector(InjectorOptions(), time.clock, api)


def downs(api: MacApi) -> list[tuple[int, str]]:
    posted = api.quartz.posted
    assert [event.is_down for event in posted] == [True, False] * (len(posted) // 2)
    for down, up in zip(posted[::2], posted[1::2], strict=True):
        assert (down.keycode, down.text, down.flags) == (up.keycode, up.text, up.flags)
    return [(event.keycode, event.text) for event in posted[::2]]


def test_text_goes_in_pieces_that_an_event_holds(api: MacApi, injector: MacInjector) -> None:
    family = "👩‍👩‍👧‍👦"
    injector.type("a" * 15 + family + "é")
    assert downs(api) == [(0, "a" * 15), (0, family + "é")]
    assert {event.flags for event in api.quartz.posted} == {0}
    assert {event.source for event in api.quartz.posted} == {"source -1"}
    assert injector.method is Method.MACOS


def test_return_tab_and_backspace_are_keys(api: MacApi, injector: MacInjector) -> None:
    injector.type("a\n\tb\x1b")
    injector.erase(2)
    assert downs(api) == [(0, "a"), (36, ""), (48, ""), (0, "b"), (51, ""), (51, "")]
    assert injector.can_erase


def test_a_slow_program_keeps_up(api: MacApi, time: FakeTime, injector: MacInjector) -> None:
    injector.type("a" * 100)
    assert time.slept == [0.004] * 5


def test_paste(api: MacApi, injector: MacInjector) -> None:
    injector.paste(PasteKeys.CTRL_V)
    assert [(event.keycode, event.flags) for event in api.quartz.posted] == [(9, COMMAND)] * 2


def test_without_the_permission() -> None:
    services = Services()
    services.is_trusted = False
    with pytest.raises(InjectError, match="System Settings > Privacy & Security > Accessibility"):
        MacInjector(api=MacApi(Quartz(), services, Carbon()))
    assert services.asked == [{"prompt": True}]


def test_a_password_field(api: MacApi, injector: MacInjector) -> None:
    api.carbon.secure = 0x01
    with pytest.raises(InjectError, match="secure input"):
        injector.type("text")
    assert not api.quartz.posted
    api.carbon.secure = 0xFF00  # a Boolean has one byte; the others say nothing
    injector.type("text")
    assert downs(api) == [(0, "text")]


def test_waits_while_a_modifier_is_held(api: MacApi, time: FakeTime, injector: MacInjector) -> None:
    api.quartz.flags = [COMMAND, COMMAND]
    injector.type("text")
    assert downs(api) == [(0, "text")]
    assert time.slept[:2] == [0.01, 0.01]


def test_a_modifier_that_stays_held(api: MacApi, injector: MacInjector) -> None:
    api.quartz.flags = [0, *[COMMAND | CONTROL] * 5000]
    with pytest.raises(HeldKeyError, match=r"^Control and Command are held for 10 s") as caught:
        injector.type("a" * 30)
    assert caught.value.typed == 20
    assert downs(api) == [(0, "a" * 20)]


def test_the_users_doings(api: MacApi) -> None:
    desktop = MacDesktop(api)
    api.quartz.counters = {10: 5, 1: 2, 3: 1, 25: 1, 11: 99}
    assert desktop.user_acts() == 9


def test_the_focus(api: MacApi) -> None:
    desktop = MacDesktop(api)
    assert desktop.focus() == ""
    api.quartz.windows = [
        {"kCGWindowLayer": 25, "kCGWindowOwnerPID": 1, "kCGWindowNumber": 2},
        {"kCGWindowLayer": 0, "kCGWindowOwnerPID": 3, "kCGWindowNumber": 4},
    ]
    assert desktop.focus() == "macos:3:window 4"
    api.quartz.windows = None
    assert desktop.focus() == ""
    api.services.focused = "a field"
    first = desktop.focus()
    assert first.startswith("macos:7:")
    api.services.focused = "another field"
    assert desktop.focus() != first
    desktop.close()


class Item:
    def __init__(self) -> None:
        self.data: dict[str, object] = {}

    @classmethod
    def alloc(cls) -> Item:
        return cls()

    def init(self) -> Item:
        return self

    def types(self) -> list[str]:
        return list(self.data)

    def dataForType_(self, kind: str) -> object:
        return self.data[kind]

    def setData_forType_(self, data: object, kind: str) -> None:
        self.data[kind] = data

    def setString_forType_(self, text: str, kind: str) -> None:
        self.data[kind] = text


class Board:
    def __init__(self) -> None:
        self.items: list[Item] = []
        self.count = 0
        self.takes = True

    def pasteboardItems(self) -> list[Item] | None:
        return self.items or None

    def clearContents(self) -> None:
        self.items = []
        self.count += 1

    def writeObjects_(self, items: list[Item]) -> bool:
        if self.takes:
            self.items = list(items)
        return self.takes

    def changeCount(self) -> int:
        return self.count


class AppKit:
    NSPasteboardItem = Item

    def __init__(self, board: Board) -> None:
        class NSPasteboard:
            @staticmethod
            def generalPasteboard() -> Board:
                return board

        self.NSPasteboard: Any = NSPasteboard


def test_the_pasteboard_has_afterwards_what_it_had_before(time: FakeTime) -> None:
    board, copied = Board(), Item()
    copied.data = {"public.png": b"picture", "public.utf8-plain-text": b"text"}
    board.items = [copied]
    clipboard = MacClipboard(time.clock, AppKit(board))
    clipboard.lend("dictated")
    (lent,) = board.items
    assert lent.data == {
        "public.utf8-plain-text": "dictated",
        "org.nspasteboard.ConcealedType": "",
        "org.nspasteboard.TransientType": "",
    }
    assert clipboard.wait_until_taken(2.0)
    assert time.slept == [0.3]
    clipboard.restore()
    assert [item.data for item in board.items] == [copied.data]
    assert board.items[0] is not copied  # an item may be written only once
    clipboard.close()


def test_what_is_copied_meanwhile_stays(time: FakeTime) -> None:
    board = Board()
    clipboard = MacClipboard(time.clock, AppKit(board))
    clipboard.lend("dictated")
    board.clearContents()
    board.items = [new := Item()]
    clipboard.restore()
    assert board.items == [new]


def test_an_empty_pasteboard_is_left_empty(time: FakeTime) -> None:
    board = Board()
    clipboard = MacClipboard(time.clock, AppKit(board))
    clipboard.lend("dictated")
    clipboard.restore()
    assert not board.items


def test_a_pasteboard_that_takes_nothing(time: FakeTime) -> None:
    board = Board()
    board.takes = False
    with pytest.raises(InjectError, match="takes no text"):
        MacClipboard(time.clock, AppKit(board)).lend("dictated")
