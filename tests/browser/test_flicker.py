"""Settled text never moves but up, and never changes, whatever the recognizer says."""

from __future__ import annotations

import pytest
from PIL import ImageChops

from tests.browser import sampling
from tests.browser.scripts import WORDS, growing
from tests.browser.views import View

LOOKS = {
    "plain": "lines=3",
    "boxed, one line": "lines=1&box=on&width=40",
    "top, large": "position=top-right&size=9&upper=on",
}


@pytest.mark.parametrize("script", WORDS)
def test_nothing_settled_moves(view: View, script: str) -> None:
    page = view.overlay("lines=3&width=45")
    sampling.begin(page)
    for number in range(3):
        steps = growing(script, number, words=26, utterance=number + 1, in_pieces=number % 2 == 1)
        sampling.play(page, steps)
    found = sampling.end(page)
    assert found.moved == []
    assert found.characters > 100
    assert found.frames > 60


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_nothing_settled_moves_in_any_look(view: View, look: str) -> None:
    page = view.overlay(f"{look}")
    sampling.begin(page)
    for number, script in enumerate(("latin", "hebrew", "japanese", "hebrew in latin")):
        sampling.play(page, growing(script, 7, utterance=number + 1))
    found = sampling.end(page)
    assert found.moved == []
    assert found.characters > 100


@pytest.mark.parametrize("script", ["latin", "hebrew", "japanese"])
def test_nothing_settled_moves_from_frame_to_frame(view: View, script: str) -> None:
    """From the daemon, in the frames that are painted, rolling included."""
    page = view.overlay("lines=2&width=45")
    sampling.begin(page)
    steps = growing(script, 3, words=24)
    for step in steps:
        if step.is_final:
            view.stand.final(step.utterance, step.committed)
        else:
            view.stand.partial(step.utterance, step.committed, step.tail)
        page.evaluate("() => new Promise(requestAnimationFrame)")
    view.until("[...captions.utterances.values()].some((one) => one.isEnded)")
    view.until_still()
    found = sampling.end(page)
    assert found.moved == []
    assert found.frames >= len(steps)
    assert found.characters > 40


@pytest.mark.parametrize("script", ["latin", "hebrew", "japanese"])
def test_no_pixel_of_settled_text_changes(view: View, script: str) -> None:
    page = view.overlay("background=3a6ea5&lines=3")
    between, words = WORDS[script]
    settled = between.join(words[:6]) + between
    view.stand.partial(1, settled, words[6])
    view.until_text(settled + words[6])
    area = page.evaluate(
        """() => {
          const { left, right, top, bottom } = document.querySelector(".settled .ink").getBoundingClientRect();
          return [left, top, right, bottom];
        }"""
    )
    # What follows may have its outline up to here.
    hem = 8
    area = (area[0] + hem * (script == "hebrew"), area[1], area[2] - hem * (script != "hebrew"), area[3])
    before = view.picture().crop(area)
    assert len(before.getcolors(1 << 20) or ()) > 50
    for tail in (between.join(words[7:9]), "", between.join(words[:7]), words[9], ""):
        view.stand.partial(1, settled, tail)
        view.until_text(settled + tail)
        view.until_still()
        box = page.evaluate("document.querySelector('.settled .ink').getBoundingClientRect().top")
        moved = round(box - area[1])  # a long tail rolls it up
        after = view.picture().crop((area[0], area[1] + moved, area[2], area[3] + moved))
        assert ImageChops.difference(before.convert("RGB"), after.convert("RGB")).getbbox() is None
    view.stand.final(1, settled.strip())
    view.until("[...captions.utterances.values()].some((one) => one.isEnded)")


def test_an_outline_never_covers_a_letter(view: View) -> None:
    """However thick it is: outlines lie below all letters, those of other pieces as well."""
    pictures = []
    for thickness in (0, 20):
        page = view.overlay(f"outline={thickness}&lang=ja&background=3a6ea5&tail=100")
        view.stand.partial(1, "画画画画", "画画")
        view.until_text("画" * 6)
        place = page.locator(".row").first.bounding_box()
        assert place is not None
        area = (place["x"], place["y"], place["x"] + place["width"], place["y"] + place["height"])
        pictures.append(view.picture().convert("L").crop(area).tobytes())
    letters = [index for index, shade in enumerate(pictures[0]) if shade == 255]
    assert len(letters) > 1000
    assert all(pictures[1][index] == 255 for index in letters)


def test_no_row_is_seen_where_it_is_to_roll_before_it_rolls(view: View) -> None:
    """On a busy machine an animation may be given a start that lies after the frame that is being drawn."""
    page = view.overlay("lines=3")
    tops = page.evaluate(
        """() => {
          const top = () => document.querySelector(".row").getBoundingClientRect().top;
          captions.final("a", "First", "");
          const before = top();
          captions.final("b", "Second", "");
          for (const one of document.getAnimations()) one.startTime = document.timeline.currentTime + 1000;
          return [before, top()];
        }"""
    )
    assert tops[0] == pytest.approx(tops[1], abs=0.01)
