"""The page on which the look of the subtitles is chosen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.stand import Stand
from tests.browser.test_parameters import PARAMETERS
from tests.browser.views import View
from tests.server.harness import SECRET

TEXTS = (
    "Good morning, and welcome to this short demonstration of what is possible today.",
    "מימין לשמאל, 27.",
    "言葉は、画面に現れます。",
)
LOOKS = (
    "",
    "lines=3&size=7&position=top-left&width=80&box=on",
    "position=middle-right&margin-x=10&upper=on&weight=800&font=DejaVu+Serif&outline=0",
    "show=final&align=center&width=50&lang=ja&color=ffd700&box=on&box-color=402010ff",
    "lines=1&show=settled&margin-y=20&size=3.5",
)  # fmt: skip
_SAY = """(texts) => {
  sample?.stop?.();
  captions.clear();
  texts.forEach((text, index) => {
    captions.partial("x" + index, text.slice(0, 20), text.slice(20), "");
    if (index < texts.length - 1) captions.final("x" + index, text, "");
  });
}"""
_SEEN = """(scale) => {
  const base = document.getElementById("stage").getBoundingClientRect();
  const isSeen = (one) => one.getClientRects().length && (one.textContent || one.className === "box");
  return [...document.querySelectorAll(".row .ink, .row .box")].filter(isSeen).map((one) => {
    const { left, top, width, height } = one.getBoundingClientRect();
    const look = getComputedStyle(one);
    const names = ["color", "fontFamily", "fontSize", "fontWeight", "opacity", "textTransform", "backgroundColor"];
    return [one.textContent, [left - base.left, top - base.top, width, height].map((length) => length / scale),
      names.map((name) => look[name])];
  });
}"""


def settings(view: View, query: str = "", token: str = "") -> Page:
    view.page.goto(f"{view.stand.address}/overlay/settings{query and '?' + query}{token and '#token=' + token}")
    return view.page


def address(page: Page) -> str:
    return page.input_value("#address")


@pytest.mark.parametrize("query", LOOKS)
def test_the_preview_is_the_overlay(view: View, browser: Browser, query: str) -> None:
    page = settings(view, query)
    page.evaluate("() => document.fonts.ready")
    page.evaluate(_SAY, TEXTS)
    view.until_still()
    scale = page.evaluate("byId('screen').clientWidth / 1920")
    preview = page.evaluate(_SEEN, scale)
    with View(browser, view.stand) as other:
        other.overlay(query)
        other.page.evaluate("() => { globalThis.sample = null; }")
        other.page.evaluate(_SAY.replace("sample?.stop?.();", ""), TEXTS)
        other.until_still()
        overlay = other.page.evaluate(_SEEN, 1)
    assert len(preview) >= 2 or "show=final" in query
    assert [[text, style] for text, _, style in preview] == [[text, style] for text, _, style in overlay]
    for (_, seen, _), (_, wanted, _) in zip(preview, overlay, strict=True):
        assert seen == pytest.approx(wanted, abs=0.2)


def test_the_form_changes_address_and_preview(view: View) -> None:
    page = settings(view)
    assert address(page) == f"{view.stand.address}/overlay"
    page.fill("#set-size", "9")
    page.select_option("#set-position", "top")
    page.check("#set-upper")
    page.fill("#set-color", "gold")
    page.fill("#set-font", "Noto Sans, Inter")
    page.fill("#set-lang", "tr")
    wanted = f"{view.stand.address}/overlay?font=Noto+Sans,+Inter&size=9&upper=on&color=gold&position=top&lang=tr"
    assert address(page) == wanted
    assert page.url == wanted.replace("/overlay?", "/overlay/settings?")
    assert page.evaluate("getComputedStyle(document.querySelector('.captions')).fontSize") == "97.2px"
    page.click("#reset")
    assert address(page) == f"{view.stand.address}/overlay"
    assert page.input_value("#set-size") == "5.5"
    assert not page.is_checked("#set-upper")


def test_every_parameter_can_be_set(view: View) -> None:
    page = settings(view)
    others = {"number": None, "color": "#123456", "font": "Inter", "language": "ja", "languages": "en,fr"}
    for parameter in PARAMETERS:
        name, kind = parameter["name"], parameter["kind"]
        field = f"#set-{name}"
        assert page.locator(f"label[for=set-{name}]").count() == 1
        if kind == "switch":
            page.check(field)
        elif kind == "choice":
            page.select_option(field, parameter["choices"][-1])
        else:
            page.fill(field, str(others[kind] or parameter["max"]))
        assert f"{name}=" in address(page), name
    assert page.locator("#notes li").count() == 0
    page.reload()  # the address of the page keeps it all
    for parameter in PARAMETERS:
        assert f"{parameter['name']}=" in address(page)
    page.goto(address(page))
    assert page.evaluate("readParameters(location.search).notes") == []


def test_sliders_and_palettes_go_along(view: View) -> None:
    page = settings(view)
    page.fill("input[type=range][data-name=lines]", "3")
    assert page.input_value("#set-lines") == "3"
    page.fill("input[type=color][data-name=box-color]", "#ff0000")
    assert page.input_value("#set-box-color") == "#ff0000d9"  # as opaque as before
    page.fill("#set-outline", "12")
    assert page.input_value("input[type=range][data-name=outline]") == "12"
    assert "lines=3&outline=12&box-color=ff0000d9" in address(page)


def test_what_cannot_be_used_is_said(view: View) -> None:
    page = settings(view, "size=99&colour=red&color=red")
    notes = page.locator("#notes li")
    expect(notes).to_have_text(["size must be a number from 1.5 to 20.", "There is no parameter “colour”."])
    assert page.input_value("#set-color") == "red"
    page.fill("#set-size", "50")
    expect(notes).to_have_text(["Size must be a number from 1.5 to 20."])
    assert page.get_attribute("#set-size", "aria-invalid") == "true"
    assert "size" not in address(page)
    page.fill("#set-size", "5")
    expect(notes).to_have_count(0)
    assert "size=5" in address(page)
    page.fill("#set-size", "")
    expect(notes).to_have_count(1)


def test_the_token_is_in_the_address_only_if_one_wants_it(view: View) -> None:
    page = settings(view, "size=7", SECRET)
    assert page.url.endswith("/overlay/settings?size=7")
    assert SECRET not in address(page)
    page.check("#with-token")
    assert address(page) == f"{view.stand.address}/overlay?size=7#token={SECRET}"
    assert SECRET not in page.url
    page.goto(address(page))
    view.until("diary.run !== ''")


def test_without_a_token_it_says_where_it_is(view: View) -> None:
    page = settings(view)
    page.check("#with-token")
    assert address(page).endswith("/overlay#token=TOKEN")
    expect(page.locator("#about-token")).to_contain_text("asrd doctor")
    assert view.stand.clients() == 0


def test_copy(view: View) -> None:
    view.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = settings(view, "size=7")
    page.click("#copy")
    expect(page.locator("#done")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == address(page)


@pytest.mark.parametrize("language", ["", "ja", "ar", "tr-TR"])
def test_the_sample_is_said_again_and_again(view: View, language: str) -> None:
    page = settings(view, f"lang={language}")
    texts = page.evaluate(
        """() => {
          sample.stop();
          const texts = new Set();
          for (let step = 0; step < 90; step += 1) {
            sample.step();
            texts.add([...document.querySelectorAll(".row")].map((row) => row.textContent).join("").slice(0, 8));
          }
          return [...texts];
        }"""
    )
    wanted = page.evaluate(
        "(language) => SAMPLES[language.slice(0, 2) || 'en'].map((text) => text.slice(0, 8))", language
    )
    for text in wanted:
        assert text in texts


def test_backdrops(view: View) -> None:
    page = settings(view)
    for name in ("dark", "light", "clear", "picture"):
        page.select_option("#backdrop", name)
        assert page.get_attribute("#screen", "class") == name


def test_on_a_telephone(browser: Browser, stand: Stand) -> None:
    with View(browser, stand, (360, 640)) as view:
        page = settings(view)
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        assert page.evaluate("byId('stage').getBoundingClientRect().width <= 330")
        assert view.complaints == []
