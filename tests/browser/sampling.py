"""Where every settled character was in every frame, and whether one of them ever moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from playwright.sync_api import Page

from tests.browser.scripts import Step

# A place is [character, left, right, top]. Still is what is the same at the same place, or higher up.
_SAMPLER: Final = """() => {
  const last = new Map();
  const gone = new Set();
  const found = { frames: 0, characters: 0, moved: [] };
  const placesOf = (piece) => {
    const node = piece.ink.firstChild;
    const range = document.createRange();
    const places = [];
    for (let index = 0; index < node.length; index += 1) {
      if (/[\\udc00-\\udfff]/.test(node.data[index])) continue;
      range.setStart(node, index);
      range.setEnd(node, index + (/[\\ud800-\\udbff]/.test(node.data[index]) ? 2 : 1));
      const { left, right, top } = range.getBoundingClientRect();
      places.push([piece.end - node.length + index, [range.toString(), left, right, top]]);
    }
    return places;
  };
  const isStill = (one, other) => one[0] === other[0] && Math.abs(one[1] - other[1]) < 0.001
    && Math.abs(one[2] - other[2]) < 0.001 && other[3] < one[3] + 0.001;
  window.sampleNow = () => {
    const seen = new Set();
    found.frames += 1;
    for (const [key, utterance] of captions.utterances) {
      let start = utterance.origin;
      for (const row of utterance.rows) {
        for (const [offset, place] of row.pieces.flatMap(placesOf)) {
          const name = key + "@" + (start + offset);
          seen.add(name);
          if (!last.has(name)) found.characters += 1;
          else if (!isStill(last.get(name), place)) found.moved.push([found.frames, name, last.get(name), place]);
          if (gone.has(name)) found.moved.push([found.frames, name, "came back"]);
          last.set(name, place);
        }
        start = row.end;
      }
    }
    for (const name of last.keys()) if (!seen.has(name)) gone.add(name);
    window.found = found;
  };
  const onFrame = () => { window.sampleNow(); window.sampling = requestAnimationFrame(onFrame); };
  onFrame();
}"""
_PLAY: Final = """(steps) => {
  for (const { utterance, committed, tail, is_final } of steps) {
    if (is_final) captions.final("a/" + utterance, committed, "");
    else captions.partial("a/" + utterance, committed, tail, "");
    sampleNow();
  }
}"""


@dataclass(frozen=True)
class Flicker:
    """What was found.

    Attributes:
        frames: how many were looked at.
        characters: how many settled in them.
        moved: each that was elsewhere, or another, than in the frame before, or had been gone: where, from, to.
    """

    frames: int
    characters: int
    moved: list[object]


def begin(page: Page) -> None:
    """Sample every frame from now on."""
    page.evaluate(_SAMPLER)


def play(page: Page, steps: Sequence[Step]) -> None:
    """Show steps one after another, and sample after each, without waiting for frames in between."""
    page.evaluate(_PLAY, [asdict(step) for step in steps])


def end(page: Page) -> Flicker:
    """What the samples show."""
    return Flicker(**page.evaluate("() => { cancelAnimationFrame(window.sampling); return window.found; }"))
