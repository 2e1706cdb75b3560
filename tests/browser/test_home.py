"""The page for people."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from asrd.events import State
from asrd.server.tokens import ALL_SCOPES, Grant, Token, TokenBook
from tests.browser.stand import Stand
from tests.browser.views import View
from tests.server.harness import DEAF, EXPIRED, LISTENER, QUICK, SECRET

STATES = {
    State.LISTENING: "Listening",
    State.SPEECH: "Hearing speech",
    State.IDLE: "The microphone is closed",
    State.PAUSED: "Paused",
    State.MIC_LOST: "The microphone is gone",
    State.MIC_PERMISSION: "No permission to use the microphone",
    State.OVERLOAD: "Too much to do at once",
    State.STOPPING: "The daemon stops",
}


def said(page: Page) -> list[str]:
    return page.locator("#transcript .said").all_text_contents()


def test_live_text(view: View) -> None:
    view.stand.final(1, "Said before.")
    page = view.open("/", LISTENER)
    assert page.url == view.stand.address + "/"
    expect(page.locator("#transcript .said")).to_have_text(["Said before."])
    expect(page.locator("#model")).to_have_text("nano, asrd 1.0")
    expect(page.locator("#empty")).to_be_hidden()
    view.stand.partial(2, "Now", " there", "English")
    expect(page.locator(".said .tail").last).to_have_text(" there")
    assert page.locator(".said").last.get_attribute("lang") == "en"
    view.stand.final(2, "Now there is more.")
    expect(page.locator("#transcript .said")).to_have_text(["Said before.", "Now there is more."])
    expect(page.locator("[aria-live]")).to_have_text("Now there is more.")
    view.stand.partial(3, "Um", "")
    expect(page.locator("#transcript .said")).to_have_count(3)
    view.stand.dropped(3)
    expect(page.locator("#transcript .said")).to_have_count(2)
    view.stand.gap(0, 24_000)
    expect(page.locator("#transcript .gap")).to_have_text("1.5 s of audio were lost here.")


def test_the_state_in_words(view: View) -> None:
    page = view.open("/")
    assert {state.value for state in State} == set(page.evaluate("Object.keys(STATES)"))
    for state, words in STATES.items():
        view.stand.status(state, f"A sentence about {state.value}.")
        expect(page.locator("#state")).to_have_text(words)
        expect(page.locator("#note")).to_have_text(f"A sentence about {state.value}.")
    view.stand.status(State.LISTENING, "listening")
    expect(page.locator("#state")).to_have_text("Listening")
    expect(page.locator("#note")).to_have_text("")


def test_copy_and_clear(view: View) -> None:
    view.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = view.open("/")
    page.click("#copy")
    expect(page.locator("#done")).to_have_text("There is nothing to copy yet.")
    view.stand.final(1, "First.")
    view.stand.gap(0, 16_000)
    view.stand.final(2, "Second <b>.")
    view.stand.partial(3, "Not yet", "")
    expect(page.locator("#transcript .said")).to_have_count(3)
    page.click("#copy")
    expect(page.locator("#done")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == "First.\nSecond <b>.\n"
    page.click("#clear")
    assert said(page) == []
    expect(page.locator("#empty")).to_be_visible()


def test_a_token_by_hand(view: View) -> None:
    page = view.page
    page.goto(view.stand.address + "/")
    expect(page.locator("#ask")).to_be_visible()
    expect(page.locator("#note")).to_have_text("A token is needed: it is in the token file, see asrd doctor.")
    for token, answer in {
        "wrong-" + "x" * 32: "The token is not known: the right one is in the token file.",
        EXPIRED: "The token has expired.",
        DEAF: "The token lacks the scope listen.",
        "no, token": "That is no token.",
    }.items():
        page.fill("#token", token)
        page.click("#ask button")
        expect(page.locator("#note")).to_have_text(answer)
        expect(page.locator("#ask")).to_be_visible()
    page.fill("#token", f"  {SECRET} ")
    page.press("#token", "Enter")
    expect(page.locator("#state")).to_have_text("Listening")
    expect(page.locator("#ask")).to_be_hidden()
    assert page.input_value("#token") == ""
    page.reload()
    expect(page.locator("#state")).to_have_text("Listening")
    assert view.troubles


def test_a_token_that_expires_meanwhile(browser: Browser) -> None:
    soon = Token(Grant("soon", ALL_SCOPES, expires_s=time.time() + 1.5), "soon-" + "f" * 32)
    with Stand(TokenBook([soon]), replace(QUICK, ping_s=0.2)) as stand, View(browser, stand) as view:
        page = view.open("/", soon.secret)
        expect(page.locator("#note")).to_have_text("The token has expired.")
        expect(page.locator("#ask")).to_be_visible()
        assert view.complaints == []


def test_a_restart(view: View) -> None:
    page = view.open("/")
    view.stand.final(1, "Before.")
    view.stand.partial(2, "Interrupted", "")
    expect(page.locator("#transcript .said")).to_have_count(2)
    view.stand.stop("the machine goes to sleep")
    expect(page.locator("#state")).to_have_text("Not connected")
    view.stand.start()
    view.stand.final(1, "After.")
    expect(page.locator("#state")).to_have_text("Listening")
    expect(page.locator("#transcript .said")).to_have_text(["Before.", "After."])
    expect(page.locator("#transcript .gap")).to_have_text("The daemon was started again.")
    page.evaluate("() => { window.lost = link.socket; }")
    view.stand.disconnect()
    view.stand.final(2, "Missed.")
    view.until("link.socket !== null && link.socket !== window.lost && link.socket.readyState === 1")
    expect(page.locator("#transcript .said")).to_have_text(["Before.", "After.", "Missed."])


def test_why_there_is_no_connection(view: View) -> None:
    page = view.open("/")
    view.stand.stop("the machine goes to sleep")
    expect(page.locator("#note")).to_have_text("The daemon does not answer; is it running? The page keeps trying.")
    assert page.locator("#ask").is_hidden()


@pytest.mark.parametrize("text", ["<img src=x onerror=alert(1)>", "\u202edcba\u2066", "x" * 200_000])
def test_hostile_text(view: View, text: str) -> None:
    page = view.open("/")
    view.stand.final(1, text + "end")
    expect(page.locator("#transcript .said")).to_have_count(1)
    assert said(page)[0].endswith("end")
    assert not set(said(page)[0]) & set("\u202e\u2066")
    assert page.locator("#transcript img").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_end_stays_in_sight_unless_one_reads_above(view: View) -> None:
    page = view.open("/")
    for number in range(1, 41):
        view.stand.final(number, f"Sentence {number}.")
    expect(page.locator("#transcript .said")).to_have_count(40)
    assert page.evaluate(
        "(() => { const t = byId('transcript'); return t.scrollHeight - t.scrollTop - t.clientHeight < 2; })()"
    )
    page.evaluate("() => { byId('transcript').scrollTop = 0; }")
    view.stand.final(41, "Sentence 41.")
    expect(page.locator("#transcript .said")).to_have_count(41)
    assert page.evaluate("byId('transcript').scrollTop") == 0


def test_it_does_not_grow_for_ever(view: View) -> None:
    page = view.open("/")
    page.evaluate("() => { for (let n = 1; n < 520; n += 1) transcript.final('x' + n, `Number ${n}.`, ''); }")
    assert len(said(page)) == 499
    assert said(page)[-1] == "Number 519."
    assert page.locator("#empty").count() == 1


def test_on_a_telephone(browser: Browser, stand: Stand) -> None:
    with View(browser, stand, (360, 640), {"color_scheme": "dark"}) as view:
        page = view.open("/")
        stand.final(1, "A sentence that is longer than such a narrow screen is wide.")
        expect(page.locator("#transcript .said")).to_have_count(1)
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        assert page.locator("#copy").is_visible()
        assert view.complaints == []
