"""What it looks like, on anything. The pictures are kept, and a person looks at them."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest
from PIL import Image

from tests.browser.views import HD, View
from tests.pictures.backdrop import make_backdrop

CHECKER = (140, 146, 156)
LOOKS = {
    "plain": "lines=3",
    "boxed": "lines=3&box=on&weight=500&outline=0",
    "one-script-each": "lines=3&size=6",
}
# Finals, the last of them open, and its tail.
TEXTS = {
    "one-script-each": (
        ("While you speak, in English,", "בזמן שמישהו מדבר 27 ", "話している間、言葉は画面に現れ"),
        "ます。",
    ),
}
USUAL = (
    ("Good morning, you are listening to a demonstration.", "While somebody speaks, the words appear on "),
    "screen; they",
)


@functools.cache
def background(name: str) -> Image.Image:
    if name == "picture":
        return make_backdrop(*HD)
    colours = {"transparent": CHECKER, "light": (250, 250, 247), "dark": (18, 20, 24)}
    return Image.new("RGB", HD, colours[name])


def ratio(one: float, other: float) -> float:
    """Contrast of two shades of grey of 0 to 255 (WCAG 2.2, contrast ratio)."""

    def luminance(shade: float) -> float:
        share = shade / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("look", LOOKS)
def test_readable_on_anything(view: View, artefacts: Path, look: str) -> None:
    page = view.overlay(LOOKS[look])
    texts, end = TEXTS.get(look, USUAL)
    for number, text in enumerate(texts[:-1]):
        view.stand.final(number + 1, text)
    view.stand.partial(len(texts), texts[-1], end)
    view.until_text(texts[-1] + end)
    view.until_still()
    letters = view.picture(is_clear=True)
    box = page.locator(".captions").bounding_box()
    assert box is not None
    above = letters.getchannel("A").crop((0, 0, HD[0], round(box["y"])))
    assert above.getextrema() == (0, 0)  # nothing is left of lines that rolled away
    letters.save(artefacts / f"overlay-{look}-transparent.png", compress_level=1)
    area = page.locator(".settled .ink").last.bounding_box()
    tail = page.locator(".tail .ink").last.bounding_box()
    assert area is not None
    assert tail is not None
    for name in ("transparent", "light", "dark", "picture"):
        whole = Image.alpha_composite(background(name).convert("RGBA"), letters)
        whole.save(artefacts / f"overlay-{look}-on-{name}.png", compress_level=1)
        picture = whole.convert("L")
        for box, least in ((area, 12.0), (tail, 4.5)):
            place = (box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"])
            shades = sorted(picture.crop(tuple(map(round, place))).tobytes())  # type: ignore[arg-type]
            # The brightest part is the letters, the darkest what is around them.
            bright, dark = shades[-len(shades) // 40], shades[len(shades) // 40]
            assert ratio(bright, dark) >= least, (name, bright, dark)
