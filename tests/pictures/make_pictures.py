"""Makes the pictures of the README: `python -m tests.pictures.make_pictures`, from the folder of the repository.

A real daemon plays the demonstration clip, a real browser shows its subtitles, and they are laid over a landscape.
"""

from __future__ import annotations

import argparse
import io
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from asrd.bench.daemon.process import DaemonProcess
from tests.browser.chromium import find_chromium, launch_options
from tests.pictures.backdrop import make_backdrop

FOLDER: Final = Path(__file__).parents[2] / "docs" / "pictures"
_QUERY: Final = "lines=2&size=6.5&fade=20"
_COLOURS: Final = 256
_LAST_MS: Final = 2500  # the last frame stays, then the clip begins again
# Two lines, of which the second is neither all settled nor all tail.
_IS_TELLING: Final = """() => {
  const row = document.querySelectorAll(".row")[1];
  return row && row.querySelector(".settled") && row.querySelector(".tail").textContent.length > 8;
}"""


@dataclass(frozen=True)
class Size:
    """Of the pictures.

    Attributes:
        still: width and height of the still picture, in pixels.
        moving: the same of the recording.
        seconds: how long that is at most.
    """

    still: tuple[int, int] = (1280, 720)
    moving: tuple[int, int] = (800, 450)
    seconds: float = 20.0


@dataclass(frozen=True)
class Frame:
    """What was seen, transparent around the letters, and when, in seconds."""

    image: Image.Image
    at_s: float


def make(folder: Path, size: Size = Size()) -> None:
    """Write `overlay.png` and `live.gif` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with _overlay(size.still) as page:
        page.wait_for_function(_IS_TELLING)
        still = _seen(page)
    _over(still, make_backdrop(*size.still)).save(folder / "overlay.png", optimize=True)
    with _overlay(size.moving) as page:
        frames = _record(page, size.seconds)
    write_gif(frames, make_backdrop(*size.moving, bands=24), folder / "live.gif")


@contextmanager
def _overlay(size: tuple[int, int]) -> Iterator[Page]:
    """The subtitles of a daemon that has just begun with the clip."""
    chromium = find_chromium()
    assert chromium is not None, "Chromium is needed: tests/browser/install.sh as root"
    width, height = size
    with tempfile.TemporaryDirectory() as state, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=launch_options())
        page = browser.new_page(viewport={"width": width, "height": height})
        with DaemonProcess(["--demo"], Path(state)) as daemon:
            page.goto(f"{daemon.page}overlay?{_QUERY}#token={daemon.token}")
            yield page
        browser.close()


def _seen(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(page.screenshot(omit_background=True))).convert("RGBA")


def _record(page: Page, seconds: float) -> list[Frame]:
    """Frames as fast as they come, from the first word on; equal ones once."""
    page.wait_for_function("() => document.querySelector('.tail')?.textContent")
    began_s = time.monotonic()
    frames: list[Frame] = []
    while (at_s := time.monotonic() - began_s) < seconds:
        image = _seen(page)
        if not frames or image.tobytes() != frames[-1].image.tobytes():
            frames.append(Frame(image, at_s))
    return frames


def _over(letters: Image.Image, backdrop: Image.Image) -> Image.Image:
    return Image.alpha_composite(backdrop.convert("RGBA"), letters).convert("RGB")


def write_gif(frames: list[Frame], backdrop: Image.Image, path: Path) -> None:
    """One palette for all frames, and no dithering: what does not change is not stored again."""
    pictures = [_over(frame.image, backdrop) for frame in frames]
    palette = _samples(pictures).quantize(_COLOURS, dither=Image.Dither.NONE)
    reduced = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
    ends_s = [frame.at_s for frame in frames[1:]]
    shown_ms = [round((end - frame.at_s) * 100) * 10 for frame, end in zip(frames, ends_s, strict=False)]
    first, *others = reduced
    first.save(path, save_all=True, append_images=others, duration=[*shown_ms, _LAST_MS], loop=0, disposal=1)


def _samples(pictures: list[Image.Image]) -> Image.Image:
    """The lower halves of some of the pictures, where the letters are, and one whole: what colours there are."""
    chosen = pictures[:: max(1, len(pictures) // 8)]
    width, height = chosen[0].size
    sheet = Image.new("RGB", (width, height // 2 * (len(chosen) + 2)))
    sheet.paste(chosen[0], (0, 0))
    for number, picture in enumerate(chosen):
        sheet.paste(picture.crop((0, height // 2, width, height)), (0, height // 2 * (number + 2)))
    return sheet


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="default: docs/pictures")
    make(parser.parse_args().folder)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
