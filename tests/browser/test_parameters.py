"""What each parameter of the address does."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import FloatRect

from asrd.server import pages
from tests.browser.views import Row, View
from tests.server.harness import SECRET

PARAMETERS: list[dict[str, Any]] = json.loads(files(pages).joinpath("parameters.json").read_text(encoding="utf-8"))
TEXT = "Good morning"


TESTS: dict[str, Callable[[View], None]] = {}


def parameter(name: str) -> Callable[[Callable[[View], None]], Callable[[View], None]]:
    """Marks the test of a parameter."""

    def take(test: Callable[[View], None]) -> Callable[[View], None]:
        TESTS[name] = test
        return test

    return take


def style(view: View, selector: str, name: str) -> str:
    return str(view.page.evaluate("([s, n]) => getComputedStyle(document.querySelector(s))[n]", [selector, name]))


def box(view: View, selector: str = ".captions") -> FloatRect:
    found = view.page.locator(selector).first.bounding_box()
    assert found is not None
    return found


def shown(view: View, query: str, text: str = TEXT, language: str = "") -> View:
    """The overlay with a settled text."""
    view.overlay(query)
    view.stand.final(1, text, language)
    view.until_text(text)
    return view


@parameter("lines")
def its_lines(view: View) -> None:
    for number in (1, 2, 3):
        shown(view, f"lines={number}")
        assert box(view)["height"] == number * float(style(view, ".row", "height").removesuffix("px"))


@parameter("show")
def show(view: View) -> None:
    view.overlay("show=settled")
    view.stand.partial(1, "Settled", " tail")
    view.until_rows("Settled")
    view.overlay("show=final")
    view.stand.partial(2, "Settled", " tail")
    view.stand.final(3, "Final.")
    view.until_rows("Final.")


@parameter("font")
def font(view: View) -> None:
    shown(view, "font=Georgia,+DejaVu+Serif")
    assert style(view, ".ink", "fontFamily").startswith('Georgia, "DejaVu Serif", Inter')


@parameter("size")
def size(view: View) -> None:
    shown(view, "size=10")
    assert style(view, ".ink", "fontSize") == "108px"


@parameter("weight")
def weight(view: View) -> None:
    shown(view, "weight=300")
    assert style(view, ".ink", "fontWeight") == "300"


@parameter("upper")
def upper(view: View) -> None:
    shown(view, "upper=on&lang=tr", "istanbul")
    assert view.page.locator(".captions").inner_text().strip() == "İSTANBUL"


@parameter("color")
def color(view: View) -> None:
    shown(view, "color=ff8000&outline=0")
    assert style(view, ".settled .ink", "color") == "rgb(255, 128, 0)"
    shown(view, "color=gold")
    assert style(view, ".settled .ink", "color") == "rgb(255, 215, 0)"


@parameter("tail")
def tail(view: View) -> None:
    view.overlay("tail=40")
    view.stand.partial(1, "", TEXT)
    view.until_rows(TEXT)
    assert style(view, ".tail .ink", "opacity") == "0.4"
    assert style(view, ".ink", "opacity") == "0.4"


@parameter("outline")
def outline(view: View) -> None:
    shown(view, "outline=0")
    view.until("document.querySelector('.settled')")
    assert _shadow(view) == "none"
    shown(view, "outline=10")
    assert "5.94px 0px 0px" in _shadow(view)  # a tenth of 59.4 pixels


@parameter("outline-color")
def outline_color(view: View) -> None:
    shown(view, "outline-color=00f")
    assert "rgb(0, 0, 255)" in _shadow(view)


def _shadow(view: View) -> str:
    return str(view.page.evaluate("getComputedStyle(document.querySelector('.settled'), '::before').textShadow"))


@parameter("box")
def its_box(view: View) -> None:
    shown(view, "")
    assert style(view, ".box", "display") == "none"
    shown(view, "box=on")
    behind, letters = box(view, ".box"), box(view, ".settled .ink")
    assert behind["x"] < letters["x"] - 10
    assert behind["x"] + behind["width"] > letters["x"] + letters["width"] + 10
    assert behind["height"] == float(style(view, ".row", "height").removesuffix("px"))


@parameter("box-color")
def box_color(view: View) -> None:
    shown(view, "box=on&box-color=10203080")
    assert style(view, ".box", "backgroundColor") == "rgba(16, 32, 48, 0.5)"


@parameter("background")
def background(view: View) -> None:
    shown(view, "background=00ff00")
    assert view.picture(is_clear=True).getpixel((5, 5)) == (0, 255, 0, 255)


@parameter("position")
def position(view: View) -> None:
    for vertical, y in (("bottom", 900.0), ("middle", 460.0), ("top", 76.0)):
        for horizontal, x in (("", 346.0), ("-left", 96.0), ("-right", 595.0)):
            shown(view, f"position={vertical}{horizontal}")
            place = box(view)
            assert place["x"] == pytest.approx(x, abs=1.5)
            assert place["y"] == pytest.approx(y, abs=65)
    row = box(view, ".row")  # of the last one, at the top: the first line is above
    assert row["y"] == pytest.approx(76, abs=1)


@parameter("width")
def width(view: View) -> None:
    shown(view, "width=30")
    assert box(view)["width"] == 576


@parameter("margin-x")
def margin_x(view: View) -> None:
    shown(view, "position=bottom-left&margin-x=10")
    assert box(view)["x"] == 192
    shown(view, "margin-x=30&width=100")
    assert box(view)["width"] == 768


@parameter("margin-y")
def margin_y(view: View) -> None:
    shown(view, "margin-y=20")
    place = box(view)
    assert place["y"] + place["height"] == 864


@parameter("align")
def align(view: View) -> None:
    shown(view, "align=center&show=final")
    place = box(view, ".settled .ink")
    assert place["x"] + place["width"] / 2 == pytest.approx(960, abs=1)
    shown(view, "align=center")
    assert box(view, ".settled .ink")["x"] == box(view)["x"]


@parameter("fade")
def fade(view: View) -> None:
    view.stop_clock()
    shown(view, "fade=2.5")
    view.page.clock.run_for(2400)
    assert view.rows() == [Row(TEXT)]
    view.page.clock.run_for(200)
    assert view.rows() == []
    shown(view, "fade=0")
    view.page.clock.run_for(3_600_000)
    assert view.rows() == [Row(TEXT)]


@parameter("delay")
def delay(view: View) -> None:
    view.stop_clock()
    view.page.goto(f"{view.stand.address}/overlay?delay=1500#token={SECRET}")
    view.until("waiting.length === 1")  # the greeting
    view.page.clock.run_for(1000)
    view.stand.partial(1, "Good", " morning")
    view.until("waiting.length === 2")
    view.page.clock.run_for(1400)
    assert view.rows() == []
    view.page.clock.run_for(200)
    assert view.rows() == [Row("Good", " morning")]
    view.stand.final(1, "Good morning.")
    view.until("waiting.length === 1")
    view.page.clock.run_for(1400)
    assert view.rows() == [Row("Good", " morning")]
    view.page.clock.run_for(200)
    assert view.rows() == [Row("Good morning.")]


@parameter("lang")
def lang(view: View) -> None:
    shown(view, "lang=ja", language="Chinese")
    assert view.page.locator(".utterance").get_attribute("lang") == "ja"
    shown(view, "", language="Chinese")
    assert view.page.locator(".utterance").get_attribute("lang") == "zh"


@parameter("only")
def only(view: View) -> None:
    view.overlay("only=fr,de")
    view.stand.final(1, "Hello.", "English")
    view.stand.final(2, "Bonjour.", "French")
    view.stand.final(3, "Hallo.", "German")
    view.until_rows("Bonjour.", "Hallo.")


@parameter("dot")
def dot(view: View) -> None:
    view.overlay("")
    assert not view.page.locator("#dot").is_visible()
    view.overlay("dot=on")
    assert view.page.locator("#dot.open").is_visible()


@pytest.mark.parametrize("name", [parameter["name"] for parameter in PARAMETERS])
def test_parameter(view: View, name: str) -> None:
    TESTS[name](view)


def test_every_test_has_its_parameter() -> None:
    assert TESTS.keys() == {parameter["name"] for parameter in PARAMETERS}


GOOD = [
    ("size", "12.5", 12.5), ("size", " 3 ", 3), ("lines", "2.4", 2), ("upper", "", True), ("upper", "YES", True),
    ("upper", "0", False), ("color", "#ABC", "#abc"), ("color", "aabbcc80", "#aabbcc80"), ("color", "Tomato", "tomato"),
    ("font", "Noto Sans, , Inter", "Noto Sans, Inter"), ("font", "明朝 體", "明朝 體"),
    ("lang", "zh-Hant-TW", "zh-Hant-TW"),
    ("only", "EN, fr", "en,fr"), ("box-color", "transparent", "transparent"), ("margin-x", "0", 0), ("fade", "0", 0),
]  # fmt: skip
BAD = [
    ("size", "0"), ("size", "1e3"), ("size", "NaN"), ("size", "99999999999"), ("size", ""), ("lines", "4"),
    ("lines", "-1"),
    ("upper", "maybe"), ("color", "red;}"), ("color", "url(x)"), ("color", "inherit"), ("color", "currentColor"),
    ("color", "rgb(1,2,3)"), ("color", "#12345"), ("color", "var(--ink)"), ("font", "a;b"), ("font", 'x"y'),
    ("font", "url(http://example.org/f)"), ("font", "var(--x)"), ("font", "a" * 65), ("font", "\\41"), ("lang", "x"),
    ("lang", "en us"), ("lang", '"><b>'), ("only", "en,xx"), ("position", "left"), ("position", "__proto__"),
    ("upper", "constructor"), ("show", ""), ("delay", "-5"), ("delay", "30001"),
]  # fmt: skip


def test_values_are_read(view: View) -> None:
    page = view.overlay()
    for name, text, value in GOOD:
        read = page.evaluate(
            "([name, text]) => readParameters(new URLSearchParams([[name, text]]).toString())", [name, text]
        )
        assert read["values"][name] == value, (name, text)
        assert read["notes"] == []
        again = page.evaluate("(values) => readParameters(queryOf(values))", read["values"])
        assert again == read


def test_values_that_cannot_be_used_are_ignored_with_a_note(view: View) -> None:
    page = view.overlay()
    usual = page.evaluate("() => readParameters('').values")
    for name, text in BAD:
        read = page.evaluate(
            "([name, text]) => readParameters(new URLSearchParams([[name, text]]).toString())", [name, text]
        )
        assert read["values"] == usual, (name, text)
        (note,) = read["notes"]
        assert note.startswith(f"{name} must be ")
    for query, note in {
        "size=5&size=6": "size is there 2 times; the first one counts.",
        "sise=5": "There is no parameter “sise”.",
        "__proto__=5": "There is no parameter “__proto__”.",
        "align=center": "align=center works with show=final alone.",
        "token=abc": None,
    }.items():
        assert page.evaluate("(query) => readParameters(query).notes", query) == ([note] if note else [])


def test_what_cannot_be_used_does_no_harm(view: View) -> None:
    query = "size=1e9&color=red%3B%7D*%7Bdisplay:none&font=x%22)%3Burl(//example.org)&lines=900&position=x&lang=%22"
    asked = []
    view.page.on("request", lambda request: asked.append(request.url))
    shown(view, query)
    assert style(view, ".settled .ink", "color") == "rgb(255, 255, 255)"
    assert len(asked) == 1  # the page alone
