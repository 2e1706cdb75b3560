"""The subtitles as a program that shows web pages gets them."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.stand import Stand
from tests.browser.views import HD, Row, View
from tests.server.harness import EXPIRED, SECRET

LONG = "While somebody speaks the words appear on the screen and settle one after the other until the sentence is over."


def height(page: Page) -> int:
    """How many rows are taken up."""
    return int(page.evaluate("captions.height"))


def test_partials_then_the_final(view: View) -> None:
    view.overlay()
    view.stand.partial(1, "", "Good mourning")
    view.until_rows("Good mourning")
    assert view.rows() == [Row("", "Good mourning")]
    view.stand.partial(1, "Good", " morning, you")
    view.until_rows("Good morning, you")
    assert view.rows() == [Row("Good", " morning, you")]
    view.stand.final(1, "Good morning, everyone.")
    view.until_rows("Good morning, everyone.")
    assert view.rows() == [Row("Good morning, everyone.")]


def test_the_token_leaves_the_address(view: View) -> None:
    page = view.overlay("lines=3&token=not-this-one")
    assert page.url == f"{view.stand.address}/overlay?lines=3&fade=0"
    assert page.evaluate("sessionStorage.getItem('asrd.token')") == SECRET
    page.reload()  # as OBS does it, but for the address, which it keeps with the token
    view.until("diary.run !== ''")


def test_a_token_after_the_question_mark_works_as_well(view: View) -> None:
    view.page.goto(f"{view.stand.address}/overlay?size=4&token={SECRET}")
    view.until("diary.run !== ''")
    assert view.page.url == f"{view.stand.address}/overlay?size=4"


def test_lines_roll_and_the_last_ones_stay(view: View) -> None:
    page = view.overlay("lines=2&width=40")
    view.stand.partial(1, LONG, "")
    view.until_text(LONG[-20:].rpartition(" ")[2])
    view.until_still()
    box = page.locator(".captions").bounding_box()
    assert box is not None
    inside = page.evaluate(
        """([top, bottom]) => [...document.querySelectorAll(".row")].filter((row) => {
          const box = row.getBoundingClientRect();
          return box.top >= top - 1 && box.bottom <= bottom + 1;
        }).map((row) => row.textContent)""",
        [box["y"], box["y"] + box["height"]],
    )
    assert len(inside) == 2
    assert LONG.endswith(" ".join(inside))
    assert height(page) <= 4  # the others are gone


def test_an_equal_final_touches_nothing(view: View) -> None:
    page = view.overlay("width=40")
    view.stand.partial(1, LONG[:60], "")
    view.until_text(LONG[:60])
    page.evaluate(
        """() => {
          window.pieces = [...document.querySelectorAll(".settled")];
          window.changed = new Set();
          const watched = { childList: true, characterData: true, attributes: true, subtree: true };
          for (const piece of window.pieces) {
            new MutationObserver(() => window.changed.add(piece.textContent)).observe(piece, watched);
          }
        }"""
    )
    view.stand.final(1, LONG[:60])
    view.until("[...captions.utterances.values()].every((one) => one.isEnded)")
    assert page.evaluate("window.pieces.length") >= 2
    assert page.evaluate("window.pieces.every((piece) => piece.isConnected)")
    assert page.evaluate("[...window.changed]") == []
    assert not any(row.tail for row in view.rows())
    assert "".join(row.settled for row in view.rows()).replace(" ", "") == LONG[:60].replace(" ", "")


def test_what_comes_after_the_final_comes_too_late(view: View) -> None:
    view.overlay()
    view.stand.final(1, "Said.")
    view.stand.final(1, "Something else.")
    view.stand.partial(2, "Next", "")
    view.until_rows("Said.", "Next")


def test_a_final_that_says_otherwise_replaces_from_there(view: View) -> None:
    page = view.overlay("width=40&lines=3")
    view.stand.partial(1, "It is a fine day and we go to the see", " side")
    view.until_text("side")
    first = page.evaluate("document.querySelector('.settled').getBoundingClientRect().left")
    view.stand.final(1, "It is a fine day and we go home.")
    view.until_text("we go home.")
    assert "".join(row.text for row in view.rows()).replace(" ", "") == "Itisafinedayandwegohome."
    assert page.evaluate("document.querySelector('.settled').getBoundingClientRect().left") == first


def test_a_dropped_utterance_is_taken_back(view: View) -> None:
    page = view.overlay()
    view.stand.final(1, "This stays.")
    view.stand.partial(2, "Hm", " hm")
    view.until_rows("This stays.", "Hm hm")
    view.until_still()
    place = page.locator(".row").first.bounding_box()
    view.stand.dropped(2)
    view.until_rows("This stays.")
    view.until_still()
    assert page.locator(".row").first.bounding_box() == place  # the empty row waits
    assert height(page) == 2
    view.stand.partial(3, "", "Next")
    view.until_rows("This stays.", "Next")
    assert page.locator(".row").first.bounding_box() == place


def test_utterances_that_never_end_are_forgotten(view: View) -> None:
    page = view.overlay("lines=2")
    for number in range(1, 40):
        view.stand.partial(number, "Open", " and never ended")
        view.until_text("Open and never ended")
    view.until(f"captions.utterances.has(diary.keyOf({number}))")
    assert height(page) <= 4
    assert page.evaluate("captions.utterances.size") <= 4
    view.stand.final(1, "One ends after all.")
    view.until_text("One ends after all.")


def test_rows_are_free_when_the_last_thing_seen_is_taken_back(view: View) -> None:
    view.stop_clock()
    page = view.overlay("fade=2")
    view.stand.final(1, "This fades.")
    view.stand.partial(2, "Hm", "")
    view.until_rows("This fades.", "Hm")
    page.clock.run_for(5000)
    assert height(page) == 2
    view.stand.dropped(2)
    view.until("captions.height === 0")
    assert page.locator(".row").count() == 0


def test_a_tail_that_comes_and_goes_moves_no_row(view: View) -> None:
    page = view.overlay("width=40")
    view.stand.partial(1, "One two", " three four five six seven eight nine ten")
    view.until_text("ten")
    view.until_still()
    place = page.locator(".row").first.bounding_box()
    view.stand.partial(1, "One two", "")
    view.until_rows("One two")
    view.until_still()
    assert page.locator(".row").first.bounding_box() == place
    view.stand.partial(1, "One two", " " + "and so on " * 40)  # more than there is room for
    view.until_text("so on")
    view.until_still()
    assert page.locator(".row").first.bounding_box() == place
    assert height(page) == 2


def test_finished_utterances_fade_and_their_rows_are_free(view: View) -> None:
    view.stop_clock()
    page = view.overlay("fade=4")
    view.stand.final(1, "First.")
    view.until_rows("First.")
    page.clock.run_for(2000)
    view.stand.partial(2, "Second", "")
    view.until_rows("First.", "Second")
    page.clock.run_for(1900)
    assert len(view.rows()) == 2
    page.clock.run_for(200)
    assert [row.text for row in view.rows()] == ["Second"]
    page.clock.run_for(1000)
    assert height(page) == 2  # or the second row would move
    page.clock.run_for(60_000)
    assert [row.text for row in view.rows()] == ["Second"]  # it goes on
    view.stand.final(2, "Second.")
    view.until_rows("Second.")
    page.clock.run_for(4700)
    assert height(page) == 0
    assert page.locator(".row").count() == 0


def test_a_lost_connection_comes_back_and_nothing_is_said_twice(view: View) -> None:
    view.stop_clock()
    page = view.overlay("dot=on&lines=3")
    view.stand.final(1, "Before.")
    view.stand.partial(2, "And", " then")
    view.until_rows("Before.", "And then")
    view.stand.disconnect()
    page.wait_for_selector("#dot.lost")
    view.stand.final(2, "And then missed.")
    page.clock.run_for(1000)
    page.wait_for_selector("#dot.open")
    view.until_rows("Before.", "And then missed.")
    view.stand.partial(3, "", "Now")
    view.until_rows("Before.", "And then missed.", "Now")
    # What was said long ago is no subtitle any more.
    view.stand.disconnect()
    page.wait_for_selector("#dot.lost")
    view.stand.final(3, "Now it is gone.")
    page.evaluate("() => { lostAtMs -= 60000; }")
    page.clock.run_for(1000)
    page.wait_for_selector("#dot.open")
    view.stand.partial(4, "", "Later")
    view.until_text("Later")
    assert "gone" not in "".join(row.text for row in view.rows())


def test_a_restarted_daemon_is_found_again(view: View) -> None:
    page = view.overlay("dot=on&lines=3")
    view.stand.final(1, "Before.")
    view.stand.partial(2, "Interrup", "ted")
    view.until_rows("Before.", "Interrupted")
    view.stand.stop()
    page.wait_for_selector("#dot.absent")
    assert view.rows()[0].text == "Before."
    view.stand.start()
    page.wait_for_selector("#dot.open")
    view.stand.partial(1, "", "Again from one")  # utterances are counted anew
    view.until_rows("Before.", "Interrupted", "Again from one")


def test_without_a_token_nothing_is_seen(view: View) -> None:
    view.page.goto(view.stand.address + "/overlay")
    view.page.wait_for_selector("#dot.refused", state="attached")
    assert view.picture(is_clear=True).getbbox() is None
    view.page.goto(view.stand.address + "/overlay?dot=on#token=" + EXPIRED)
    view.page.wait_for_selector("#dot.refused")
    assert view.troubles


def test_it_waits_longer_and_longer_for_a_daemon_that_is_not_there(view: View) -> None:
    view.stop_clock()
    page = view.overlay("dot=on")
    page.evaluate(
        """() => {
          const later = window.setTimeout;
          window.waits = [];
          window.setTimeout = (call, ms) => { window.waits.push(ms); return later(call, ms); };
        }"""
    )
    view.stand.stop()
    page.wait_for_selector("#dot.lost")
    for _ in range(7):
        page.evaluate("() => { document.getElementById('dot').className = ''; }")
        page.clock.run_for(10_001)
        page.wait_for_selector("#dot.absent")
    waits = page.evaluate("window.waits")
    assert len(waits) == 8
    longest = [500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]
    assert all(most / 2 <= wait <= most for wait, most in zip(waits, longest, strict=True))
    assert len({wait / most for wait, most in zip(waits, longest, strict=True)}) > 1  # not all pages at once


def test_another_site_gets_nothing(view: View) -> None:
    view.context.route("http://attacker.test/*", lambda route: route.fulfill(body="<p>hello", content_type="text/html"))
    answers = []
    page = view.page
    page.on("response", lambda answer: answers.append((answer.url, answer.status)))
    page.goto("http://attacker.test/")
    tried = page.evaluate(
        """async ([address, token]) => {
          const socket = new WebSocket(address.replace("http", "ws") + "/v1/stream", ["asrd", "token." + token]);
          const opened = await new Promise((done) => {
            socket.onopen = () => done(true);
            socket.onclose = () => done(false);
          });
          await fetch(address + "/overlay", { mode: "no-cors" }).catch(() => null);
          const frame = document.createElement("iframe");
          frame.src = address + "/overlay#token=" + token;
          const loaded = new Promise((done) => { frame.onload = done; });
          document.body.append(frame);
          await loaded;
          return opened;
        }""",
        [view.stand.address, SECRET],
    )
    assert not tried
    assert {status for url, status in answers if url.startswith(view.stand.address)} <= {403}
    frame = page.frames[1]
    assert frame.evaluate("document.querySelector('#stage')") is None
    assert view.stand.clients() == 0
    view.complaints.clear()  # that the frame was refused is said there


def test_hostile_text_is_only_text(view: View) -> None:
    page = view.overlay("lines=3&width=90")
    view.stand.partial(1, "<img src=x onerror=alert(1)><b>bold</b> ", "&amp; \x1b[31mred\x07")
    view.until_rows("<img src=x onerror=alert(1)><b>bold</b> &amp; [31mred")
    view.stand.final(1, "abc \u202edcba\u202c \u2066x\u2069 \u200ffine\ufeff\u0000 e" + "\u0301" * 500)
    view.until_rows("abc dcba x fine e" + "\u0301" * 5)
    assert page.locator("#stage img, #stage b").count() == 0
    view.stand.final(2, " \t\n ")
    view.stand.final(3, "a\nb\u2028c\td")
    view.until_text("a b c d")


@pytest.mark.parametrize("unit", ["x", "漢", "\u0301", "👍", "ab ", "ש"])
def test_a_megabyte_does_not_hang_the_page(view: View, unit: str) -> None:
    page = view.overlay("lines=3")
    text = unit * (1_000_000 // len(unit.encode()))
    view.stand.partial(1, "", text[: len(text) // 2])
    view.stand.partial(1, text[: len(text) // 2], text[len(text) // 2 :])
    view.stand.final(1, text)
    view.stand.partial(2, "Still", " here")
    began_s = time.monotonic()
    view.until_text("Still here")
    assert time.monotonic() - began_s < 5
    assert page.evaluate("document.getElementById('stage').textContent.length") < 10_000
    assert height(page) <= 6


def test_nothing_moves_for_those_who_want_no_motion(browser: Browser, stand: Stand) -> None:
    with View(browser, stand, HD, {"reduced_motion": "reduce"}) as view:
        page = view.overlay("width=30&fade=1")
        page.evaluate("() => { Element.prototype.animate = () => { window.animated = true; }; }")
        view.stand.partial(1, LONG, "")
        view.until_text("is over.")
        assert page.evaluate("window.animated") is None
        assert page.evaluate("getComputedStyle(document.querySelector('.utterance')).transitionDuration") == "0s"


def test_rows_roll_for_the_others(view: View) -> None:
    page = view.overlay("width=30")
    page.evaluate(
        """() => {
          const animate = Element.prototype.animate;
          window.animated = 0;
          Element.prototype.animate = function (...rest) { window.animated += 1; return animate.apply(this, rest); };
        }"""
    )
    view.stand.partial(1, LONG[:30], "")
    view.until_text(LONG[:30].rpartition(" ")[2])
    view.stand.partial(1, LONG, "")
    view.until_text("is over.")
    assert page.evaluate("window.animated") >= 1
    view.until_still()


def test_more_contrast_for_those_who_want_it(browser: Browser, stand: Stand) -> None:
    with View(browser, stand, HD, {"contrast": "more"}) as view:
        page = view.overlay("tail=30")
        view.stand.partial(1, "", "dim")
        view.until_rows("dim")
        assert page.evaluate("getComputedStyle(document.querySelector('.tail .ink')).opacity") == "0.85"


def test_finals_alone_are_read_out(view: View) -> None:
    page = view.overlay()
    log = page.locator("[aria-live=polite]")
    view.stand.partial(1, "Not", " yet", "French")
    view.until_rows("Not yet")
    assert log.text_content() == ""
    for number in range(1, 6):
        view.stand.final(number, f"Said {number}.", "French")
    view.until_text("Said 5.")
    assert log.locator("p").all_text_contents() == ["Said 3.", "Said 4.", "Said 5."]
    assert log.locator("p").first.get_attribute("lang") == "fr"
    assert page.locator(".captions").get_attribute("aria-hidden") == "true"


def test_each_script_goes_its_own_way(view: View) -> None:
    page = view.overlay("lines=3&width=50")
    view.stand.final(1, "Left to right.", "English")
    view.stand.final(2, "מימין לשמאל.", "")
    view.stand.partial(3, "42 ", "مرحبا", "Arabic")
    view.until_text("42 مرحبا")
    directions = page.evaluate("[...document.querySelectorAll('.utterance')].map((one) => one.dir + ' ' + one.lang)")
    assert directions == ["ltr en", "rtl ", "rtl ar"]
    box = page.locator(".captions").bounding_box()
    edges = page.evaluate(
        "[...document.querySelectorAll('.row .ink')].filter((ink) => ink.textContent)"
        ".map((ink) => [ink.getBoundingClientRect().left, ink.getBoundingClientRect().right])"
    )
    assert box is not None
    assert edges[0][0] == pytest.approx(box["x"], abs=1)
    assert edges[1][1] == pytest.approx(box["x"] + box["width"], abs=1)
    assert edges[2][1] == pytest.approx(box["x"] + box["width"], abs=1)


@pytest.mark.parametrize(
    ("committed", "tail", "settled"),
    [
        ("Good morning", " all", "Good morning"),
        ("Good morning ", "all", "Good morning"),
        ("Good morning", "", "Good"),
        ("Good morn", "ing", "Good"),
        ("A well-kno", "wn", "A well-"),
        ("言葉は", "。", "言葉"),
        ("言葉は。」", "と", "言葉"),
        ("مرحبا بال", "عالم", "مرحبا"),
    ],
)
def test_a_word_that_may_grow_has_not_settled(view: View, committed: str, tail: str, settled: str) -> None:
    """Half a word cannot be placed: it may belong to the next line, and its letters may join others."""
    view.overlay()
    view.stand.partial(1, committed, tail)
    view.until_rows(committed + tail)
    assert [row.settled for row in view.rows()] == [settled]
    view.stand.final(1, committed + tail)
    view.until("[...captions.utterances.values()].some((one) => one.isEnded)")
    assert [row.settled for row in view.rows()] == [(committed + tail).strip()]


_LEFT_EDGES = """(words) => {
  const found = {};
  for (const ink of document.querySelectorAll(".settled .ink")) {
    for (const word of words.filter((word) => ink.textContent.includes(word))) {
      const range = document.createRange();
      range.setStart(ink.firstChild, ink.textContent.indexOf(word));
      range.setEnd(ink.firstChild, ink.textContent.indexOf(word) + word.length);
      found[word] = range.getBoundingClientRect().left;
    }
  }
  return words.map((word) => found[word]);
}"""


@pytest.mark.parametrize(
    ("words", "order"),
    [
        (("the", "word", "שלום", "שבת", "means", "peace"), (0, 1, 3, 2, 4, 5)),
        (("הוא", "אמר", "good", "morning", "ואז", "הלך"), (5, 4, 2, 3, 1, 0)),
    ],
)
def test_a_phrase_against_the_direction_is_read_in_its_own(
    view: View, words: tuple[str, ...], order: tuple[int, ...]
) -> None:
    """However its words came: as long as it grows it is not settled, for it would have to move."""
    page = view.overlay("size=4&width=90")
    for count in range(1, len(words)):
        view.stand.partial(1, " ".join(words[:count]), " " + words[count])
        view.until_text(" ".join(words[: count + 1]))
        settled = "".join(row.settled for row in view.rows()).split()
        assert len(settled) == (2 if 2 <= count <= 4 else count)
    view.stand.final(1, " ".join(words))
    view.until("[...captions.utterances.values()].some((one) => one.isEnded)")
    edges = page.evaluate(_LEFT_EDGES, list(words))
    assert sorted(range(len(words)), key=lambda index: float(edges[index])) == list(order)


def test_no_line_begins_with_what_must_not_begin_one(view: View) -> None:
    view.overlay("lines=3&lang=ja&width=30")
    sentence = "言葉は、画面に現れます。「そうですか。」ちょっと待ってください、キャッチャー。"
    for start in range(8):
        view.stand.final(start + 1, "あ" * start + sentence)
        view.until_text("キャッチャー。")
        for row in view.rows():
            assert row.text[0] not in "、。」っゃょー", row
            assert row.text[-1] not in "「", row


def test_a_change_of_size_lays_everything_out_anew(view: View) -> None:
    page = view.overlay("lines=3&width=80")
    view.stand.partial(1, LONG[:70], "")
    view.until_text(LONG[:70])
    rows = len(view.rows())
    page.set_viewport_size({"width": 960, "height": 1080})
    view.until(f"document.querySelectorAll('.row').length > {rows}")
    assert "".join(row.text for row in view.rows()).replace(" ", "") == LONG[:70].replace(" ", "")
    page.set_viewport_size({"width": 1920, "height": 1080})
    view.until(f"document.querySelectorAll('.row').length === {rows}")


def test_it_is_transparent_but_for_the_letters(view: View) -> None:
    page = view.overlay()
    assert view.picture(is_clear=True).getbbox() is None
    view.stand.final(1, "Only the letters.")
    view.until_rows("Only the letters.")
    alpha = view.picture(is_clear=True).getchannel("A")
    box = page.locator(".piece.settled").bounding_box()
    drawn = alpha.getbbox()
    assert box is not None
    assert drawn is not None
    hem = 24  # outline and shadow
    assert drawn[0] >= box["x"] - hem
    assert drawn[1] >= box["y"] - hem
    assert drawn[2] <= box["x"] + box["width"] + hem
    assert drawn[3] <= box["y"] + box["height"] + hem
    assert alpha.getextrema() == (0, 255)
