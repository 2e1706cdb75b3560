"""Text typed into real windows: what stands there is what was typed, on any layout."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from asrd_clients.injectors.interface import HeldKeyError, InjectError, Injector, Method
from asrd_clients.injectors.opening import open_injector
from asrd_clients.injectors.options import Clock, InjectorOptions
from asrd_clients.injectors.x11.injector import X11Injector
from tests.desktop import texts
from tests.desktop.keyboard import ALT, CAPS_LOCK, CONTROL, RIGHT_SHIFT, SHIFT, A, Keyboard, Z
from tests.desktop.server import DesktopServer
from tests.desktop.widgets import GtkText, expect

pytestmark = pytest.mark.usefixtures("session")
LAYOUTS = ["us", "de", "fr", "ru", "us(dvorak)", "us(intl)", "gr", "jp", "cz", "tr", "us,ru"]


@pytest.fixture
def keyboard(server: DesktopServer) -> Iterator[Keyboard]:
    one = Keyboard(server.name)
    yield one
    for key in (CONTROL, SHIFT, ALT):
        one.release(key)
    one.close()


@pytest.mark.parametrize("name", texts.ALL)
def test_any_script(server: DesktopServer, field: GtkText, injector: Injector, name: str) -> None:
    injector.type(texts.ALL[name])
    expect(field, texts.ALL[name])
    server.screenshot(f"typed-{name}")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_layout(server: DesktopServer, field: GtkText, injector: Injector, layout: str) -> None:
    server.layout(*layout.rstrip(")").split("("))
    injector.type(texts.EVERYTHING)
    expect(field, texts.EVERYTHING)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_caps_lock_does_not_swap_the_case(
    server: DesktopServer, field: GtkText, keyboard: Keyboard, injector: Injector, layout: str
) -> None:
    server.layout(*layout.rstrip(")").split("("))
    keyboard.tap(CAPS_LOCK)
    try:
        injector.type(texts.EVERYTHING)
        expect(field, texts.EVERYTHING)
        field.clear()
        keyboard.tap(A)
        assert field.text().isupper() or layout in (
            "ru",
            "gr",
            "jp",
        )  # it was on, but for Japanese, whose key is another
    finally:
        keyboard.tap(CAPS_LOCK)


def test_the_second_layout_is_in_effect(
    server: DesktopServer, field: GtkText, keyboard: Keyboard, injector: Injector
) -> None:
    server.run("setxkbmap", "-layout", "us,ru", "-option", "grp:shifts_toggle")
    keyboard.press(SHIFT)
    keyboard.tap(RIGHT_SHIFT)
    keyboard.release(SHIFT)
    try:
        keyboard.tap(A)
        expect(field, "ф")
        injector.type(texts.EVERYTHING)
        expect(field, "ф" + texts.EVERYTHING)
    finally:
        server.run("setxkbmap", "-layout", "us", "-option", "")


@pytest.mark.parametrize(("own", "users"), [("us", "de"), ("de", "us"), ("us", "us,ru")])
def test_the_users_keyboard_has_another_layout_than_that_of_xtest(
    server: DesktopServer, field: GtkText, keyboard: Keyboard, injector: Injector, own: str, users: str
) -> None:
    """As with layouts from xorg.conf, and no desktop that sets them for all."""
    server.layout(own)
    before = server.keymap(keyboard.number)
    server.run("setxkbmap", "-device", str(keyboard.number), "-layout", users)
    assert server.keymap(keyboard.number) != before
    changed, xtest = server.keymap(keyboard.number), server.keymap(keyboard.xtest)
    letter = "y" if users == "de" else "z"
    wanted = ""
    for text in (texts.ASCII, texts.EVERYTHING, texts.EVERYTHING):
        keyboard.tap(Z)
        injector.type(text)
        wanted += letter + text
        expect(field, wanted)
    injector.close()
    assert server.keymap(keyboard.number) == changed
    assert server.keymap(keyboard.xtest) == xtest


def test_more_characters_than_free_keys(field: GtkText, injector: Injector) -> None:
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 400)))
    injector.type(text)
    expect(field, text)


def test_five_thousand_characters_in_good_time(field: GtkText, injector: Injector) -> None:
    text = ("The quick brown fox “jumps” über den Hund.\n" * 200)[:5000]
    begun_s = time.monotonic()
    injector.type(text)
    taken_s = time.monotonic() - begun_s
    expect(field, text)
    assert taken_s < 15, f"{5000 / taken_s:.0f} characters a second"


def test_return_and_tab(field: GtkText, injector: Injector) -> None:
    injector.type("one\n\ttwo\n")
    expect(field, "one\n\ttwo\n")


def test_nothing_but_text_is_typed(field: GtkText, injector: Injector) -> None:
    injector.type("a\x1b[31mb\x03c\x7f\x08d\u202ee\u2066f\r\u200b\ufeffg\U000e0041\x9bh\u2028i")
    expect(field, "a[31mbcdefghi")


def test_erase(field: GtkText, injector: Injector) -> None:
    assert injector.can_erase
    injector.type("Hello, wörld")
    injector.erase(5)
    expect(field, "Hello, ")
    injector.type("日本" * 30)
    injector.erase(59)
    expect(field, "Hello, 日")


def test_a_held_modifier_is_waited_for(field: GtkText, injector: Injector, keyboard: Keyboard) -> None:
    keyboard.press(CONTROL)
    timer = threading.Timer(0.1, keyboard.release, (CONTROL,))
    timer.start()
    injector.type("text")
    timer.join()
    expect(field, "text")


@pytest.mark.parametrize(
    ("keys", "names"), [((CONTROL,), "Control is"), ((ALT,), "Alt is"), ((SHIFT, CONTROL), "Shift and Control are")]
)
def test_a_modifier_that_stays_held_is_an_error(
    field: GtkText, injector: Injector, keyboard: Keyboard, keys: tuple[int, ...], names: str
) -> None:
    for key in keys:
        keyboard.press(key)
    with pytest.raises(HeldKeyError, match=f"^{names} held for 0.2 s") as caught:
        injector.type("text")
    assert caught.value.typed == 0
    with pytest.raises(HeldKeyError):
        injector.erase(3)
    for key in keys:
        keyboard.release(key)
    injector.type("again")
    expect(field, "again")


def test_a_modifier_in_the_middle_of_a_text(field: GtkText, session: DesktopServer, keyboard: Keyboard) -> None:
    pauses = iter(range(1000))

    def press_at_the_fifth(_seconds: float) -> None:
        if next(pauses) == 4:
            keyboard.press(CONTROL)

    clock = Clock(sleep=press_at_the_fifth)
    injector = X11Injector(InjectorOptions(modifier_wait_s=0, chunk_keys=16), clock)
    text = "0123456789" * 40
    with pytest.raises(HeldKeyError) as caught:
        injector.type(text)
    keyboard.release(CONTROL)
    assert caught.value.typed == 5 * 16
    injector.type(text[caught.value.typed :])
    expect(field, text)
    injector.close()


def test_the_layout_changes_between_two_texts(server: DesktopServer, field: GtkText, injector: Injector) -> None:
    wanted = ""
    for layout in ("us", "de", "ru", "fr"):
        server.layout(layout)
        injector.type(texts.EVERYTHING)
        wanted += texts.EVERYTHING
        expect(field, wanted)


def test_the_keyboard_is_as_before_afterwards(server: DesktopServer, field: GtkText) -> None:
    before = server.keymap()
    injector = open_injector(Method.X11)
    injector.type(texts.EVERYTHING)
    assert server.keymap() != before
    injector.close()
    injector.close()
    assert server.keymap() == before
    expect(field, texts.EVERYTHING)
    with pytest.raises(InjectError, match="was closed"):
        injector.type("x")


def test_two_at_the_same_time_do_not_take_each_others_keys(field: GtkText, session: DesktopServer) -> None:
    one, other = open_injector(Method.X11), open_injector(Method.X11)
    one.type("日本語の文章です")
    other.type("我能吞下玻璃而不伤身体")
    one.type("日本語の文章です")
    expect(field, "日本語の文章です我能吞下玻璃而不伤身体日本語の文章です")
    one.close()
    other.type("我能吞下玻璃而不伤身体")
    expect(field, "日本語の文章です我能吞下玻璃而不伤身体日本語の文章です我能吞下玻璃而不伤身体")
    other.close()


def test_the_server_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    with DesktopServer(has_window_manager=False) as own:
        monkeypatch.setenv("DISPLAY", own.name)
        injector = open_injector(Method.X11)
    with pytest.raises(InjectError, match="X server is gone"):
        injector.type("text")
    injector.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # python-xlib leaves its socket open
def test_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":4711")
    with pytest.raises(InjectError, match="no X server answers at DISPLAY=':4711'"):
        open_injector(Method.X11)


def test_xdotool(field: GtkText, session: DesktopServer) -> None:
    injector = open_injector(Method.XDOTOOL)
    injector.type("-Hello, World! (it's me)\nend")
    expect(field, "-Hello, World! (it's me)\nend")
    injector.erase(3)
    expect(field, "-Hello, World! (it's me)\n")
    injector.close()
