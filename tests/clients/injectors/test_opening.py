"""Which way to type is chosen in which session."""

from __future__ import annotations

import io
import sys

import pytest

from asrd_clients.injectors import opening
from asrd_clients.injectors.interface import InjectError, Injector, Method
from asrd_clients.injectors.opening import open_desktop, open_injector
from asrd_clients.injectors.options import InjectorOptions
from asrd_clients.injectors.session import Kind, Session, session
from asrd_clients.injectors.stdout import StdoutInjector
from asrd_clients.injectors.unknown import UnknownDesktop
from asrd_clients.injectors.ways import OPENERS, PURPOSE


@pytest.mark.parametrize(
    ("variables", "platform", "expected"),
    [
        ({}, "darwin", Session(Kind.MACOS)),
        ({}, "win32", Session(Kind.WINDOWS)),
        ({}, "linux", Session(Kind.NONE)),
        ({"DISPLAY": ":0"}, "linux", Session(Kind.X11, has_x11=True)),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, "linux", Session(Kind.WAYLAND, has_x11=True)),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", Session(Kind.WAYLAND)),
        ({"DISPLAY": "", "WAYLAND_DISPLAY": ""}, "linux", Session(Kind.NONE)),
        ({"DISPLAY": ":0"}, "freebsd14", Session(Kind.X11, has_x11=True)),
    ],
)
def test_sessions(variables: dict[str, str], platform: str, expected: Session) -> None:
    assert session(variables, platform) == expected


class Ways:
    """Ways to type of which some cannot be used."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.refused: set[Method] = set()
        self.tried: list[Method] = []
        self._monkeypatch = monkeypatch
        monkeypatch.setattr(opening, "OPENERS", {method: self._opener(method) for method in Method})

    def be_in(self, kind: Kind, *, has_x11: bool = True) -> None:
        self._monkeypatch.setattr(opening, "session", lambda: Session(kind, has_x11))

    def _opener(self, method: Method) -> object:
        def opened(_options: InjectorOptions) -> Injector:
            self.tried.append(method)
            if method in self.refused:
                raise InjectError(f"no {method.value} here")
            return StdoutInjector()

        return opened


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> Ways:
    return Ways(monkeypatch)


@pytest.mark.parametrize(
    ("kind", "refused", "tried", "said"),
    [
        (Kind.X11, set(), [Method.X11], "typing with x11 (X11)"),
        (Kind.X11, {Method.X11}, [Method.X11, Method.XDOTOOL], "typing with xdotool (X11)"),
        (Kind.WAYLAND, set(), [Method.WTYPE], "typing with wtype (Wayland)"),
        (Kind.WAYLAND, {Method.WTYPE}, [Method.WTYPE, Method.YDOTOOL], "typing with ydotool (Wayland)"),
        (
            Kind.WAYLAND,
            {Method.WTYPE, Method.YDOTOOL},
            [Method.WTYPE, Method.YDOTOOL, Method.DOTOOL],
            "typing with dotool (Wayland)",
        ),
        (Kind.MACOS, set(), [Method.MACOS], "typing with macos (macOS)"),
        (Kind.WINDOWS, set(), [Method.WINDOWS], "typing with windows (Windows)"),
    ],
)
def test_the_best_way(ways: Ways, kind: Kind, refused: set[Method], tried: list[Method], said: str) -> None:
    ways.be_in(kind)
    ways.refused = refused
    notices: list[str] = []
    open_injector(notice=notices.append)
    assert ways.tried == tried
    assert notices == [said]


def test_xwayland_is_the_last_and_is_told(ways: Ways) -> None:
    ways.be_in(Kind.WAYLAND)
    ways.refused = {Method.WTYPE, Method.YDOTOOL, Method.DOTOOL}
    notices: list[str] = []
    open_injector(notice=notices.append)
    assert ways.tried[-1] is Method.X11
    assert "reaches X11 programs alone" in notices[0]
    open_injector(Method.X11, notice=notices.append)
    assert "reaches X11 programs alone" in notices[1]


def test_nothing_can_type(ways: Ways) -> None:
    ways.refused = set(Method)
    ways.be_in(Kind.WAYLAND)
    with pytest.raises(InjectError, match=r"nothing can type in this Wayland session: wtype: no wtype here; .*x11: no"):
        open_injector()
    ways.be_in(Kind.NONE, has_x11=False)
    with pytest.raises(InjectError, match=r"there is no graphical session here.*--method stdout"):
        open_injector()


def test_a_way_that_is_asked_for(ways: Ways) -> None:
    ways.be_in(Kind.X11)
    open_injector(Method.CLIPBOARD)
    assert ways.tried == [Method.CLIPBOARD]
    ways.refused = {Method.CLIPBOARD}
    with pytest.raises(InjectError, match="no clipboard here"):
        open_injector(Method.CLIPBOARD)


def test_every_way_is_known() -> None:
    assert set(OPENERS) == set(PURPOSE) == set(Method)


def test_a_desktop_that_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SWAYSOCK"):
        monkeypatch.delenv(name, raising=False)
    if sys.platform.startswith("linux"):
        assert isinstance(open_desktop(), UnknownDesktop)
        monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-99")  # and no sway
        assert isinstance(open_desktop(), UnknownDesktop)
    desktop = UnknownDesktop()
    assert (desktop.focus(), desktop.user_acts()) == ("", -1)
    desktop.close()


class Closed(io.StringIO):
    def flush(self) -> None:
        raise BrokenPipeError(32, "Broken pipe")


def test_standard_output() -> None:
    stream = io.StringIO()
    injector = StdoutInjector(stream)
    assert injector.method is Method.STDOUT
    assert not injector.can_erase
    injector.type("One.")
    injector.type(" Two \x1b[31m.\n")
    injector.type("\x00")
    assert stream.getvalue() == "One.\nTwo [31m.\n"
    injector.erase(0)
    with pytest.raises(InjectError, match="cannot be taken back"):
        injector.erase(1)
    injector.close()


def test_standard_output_that_takes_nothing() -> None:
    with pytest.raises(InjectError, match=r"takes no more text .Broken pipe"):
        StdoutInjector(Closed()).type("text")
    with pytest.raises(InjectError, match="UTF-8"):
        StdoutInjector(io.TextIOWrapper(io.BytesIO(), encoding="ascii")).type("é")
