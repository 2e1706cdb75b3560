"""`asrd doctor`: the lines about typing, in sessions that are said to be there."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import pytest

from asrd.cli.doctor_finding import Finding
from asrd.cli.doctor_typing import typing
from asrd_clients.injectors.interface import InjectError, Injector, Method
from asrd_clients.injectors.options import InjectorOptions
from asrd_clients.injectors.ways import OPENERS, PURPOSE
from tests.cli.commands import Cli

pytestmark = pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="the session is told by the environment")


class FakeInjector:
    """An injector that must be closed, and not asked for anything."""

    can_erase = True

    def __init__(self, method: Method) -> None:
        self.method = method
        self.is_closed = False

    def type(self, text: str) -> None:
        raise AssertionError(text)

    def erase(self, count: int) -> None:
        raise AssertionError(count)

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[FakeInjector]:
    """No session at first, in which no way to type can be opened; what is opened later."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    found: list[FakeInjector] = []
    for method in Method:
        monkeypatch.setitem(OPENERS, method, _refusing(method))
    return found


def _refusing(method: Method) -> Callable[[InjectorOptions], Injector]:
    def refuse(_options: InjectorOptions) -> Injector:
        raise InjectError(f"{method.value} is missing: install it")

    return refuse


def allow(monkeypatch: pytest.MonkeyPatch, opened: list[FakeInjector], *methods: Method) -> None:
    def opener(method: Method) -> Callable[[InjectorOptions], Injector]:
        def open_one(_options: InjectorOptions) -> Injector:
            opened.append(FakeInjector(method))
            return opened[-1]

        return open_one

    for method in methods:
        monkeypatch.setitem(OPENERS, method, opener(method))


def test_the_best_way_comes_first_then_all_others(monkeypatch: pytest.MonkeyPatch, opened: list[FakeInjector]) -> None:
    monkeypatch.setenv("DISPLAY", ":7")
    allow(monkeypatch, opened, Method.XDOTOOL, Method.STDOUT)
    first, *others = typing()
    assert first == Finding("ok", "typing", "`asrd type` types by --method xdotool: typing with xdotool (X11)")
    assert {finding.level for finding in others} == {"ok"}
    assert [finding.message for finding in others][:2] == [
        "not possible: --method x11: x11 is missing: install it",
        "not possible: --method wtype: wtype is missing: install it",
    ]
    assert others[-1].message == f"possible: --method stdout: {PURPOSE[Method.STDOUT]}"
    assert len(others) == len(Method) - 1
    assert all(one.is_closed for one in opened)
    assert [one.method for one in opened] == [Method.XDOTOOL, Method.XDOTOOL, Method.STDOUT]


def test_what_the_chosen_way_cannot_do_is_told(monkeypatch: pytest.MonkeyPatch, opened: list[FakeInjector]) -> None:
    monkeypatch.setenv("DISPLAY", ":7")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-7")
    allow(monkeypatch, opened, Method.X11)
    first = typing()[0]
    assert first.level == "ok"
    assert first.message.startswith("`asrd type` types by --method x11: typing through XWayland")


def test_a_session_in_which_nothing_can_type_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, opened: list[FakeInjector]
) -> None:
    monkeypatch.setenv("DISPLAY", ":7")
    first, *others = typing()
    assert first.level == "warn"
    assert "`asrd type` cannot type: nothing can type in this X11 session: x11: x11 is missing" in first.message
    assert len(others) == len(Method)
    assert opened == []


def test_a_server_has_no_session_and_is_well(opened: list[FakeInjector]) -> None:
    (finding,) = typing()
    assert finding.level == "ok"
    assert "has nowhere to type: there is no graphical session here" in finding.message
    assert opened == []


def test_the_command_tells_it_as_text_and_as_json(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, opened: list[FakeInjector]
) -> None:
    monkeypatch.setenv("DISPLAY", ":7")
    allow(monkeypatch, opened, Method.X11)
    flags = ("doctor", "--no-microphone", "--model", "/nowhere", "--port", "0")
    lines = cli(*flags).out.splitlines()
    assert "ok    typing        `asrd type` types by --method x11: typing with x11 (X11)" in lines
    found = [json.loads(line) for line in cli(*flags, "--json").out.splitlines()]
    assert [line["level"] for line in found if line["what"] == "typing"] == ["ok"] * len(Method)
