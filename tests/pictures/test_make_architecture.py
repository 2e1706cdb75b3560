from __future__ import annotations

import dataclasses
from pathlib import Path
from xml.etree import ElementTree

import pytest

from asrd.options import AudioOptions, Config
from tests.pictures.drawing import Box
from tests.pictures.make_architecture import PICTURE, draw
from tests.test_layers import CLIENTS_MAY_IMPORT, LAYERS

ROOT = Path(__file__).parents[2]


def words_of(picture: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(picture).iter() if element.tag.endswith("text")]


def test_the_picture_is_that_of_the_code() -> None:
    assert PICTURE.read_text(encoding="utf-8") == draw(LAYERS, CLIENTS_MAY_IMPORT, Config()), (
        "the layers or the limits have changed: python -m tests.pictures.make_architecture, then look at it"
    )


def test_every_package_is_in_the_picture_in_its_layer() -> None:
    words = words_of(draw(LAYERS, CLIENTS_MAY_IMPORT, Config()))
    assert {name.removeprefix("asrd.") for name in LAYERS} <= set(words)


def test_the_limits_are_those_of_the_settings() -> None:
    config = dataclasses.replace(Config(), audio=AudioOptions(channel_s=7.5))
    assert "30 s" in words_of(draw(LAYERS, CLIENTS_MAY_IMPORT, Config()))
    assert "7.5 s" in words_of(draw(LAYERS, CLIENTS_MAY_IMPORT, config))


def boxes_of(picture: str) -> list[tuple[str, Box]]:
    """The style of each box, and where it is."""
    found = []
    for element in ElementTree.fromstring(picture).iter():
        if element.tag.endswith("rect"):
            x, y, width, height = (float(element.attrib[name]) for name in ("x", "y", "width", "height"))
            found.append((element.attrib["class"], Box(x, y, width, height)))
    return found


def is_within(inner: Box, outer: Box) -> bool:
    return outer.x <= inner.x and outer.y <= inner.y and inner.right <= outer.right and inner.bottom <= outer.bottom


def is_apart(one: Box, other: Box) -> bool:
    return one.right <= other.x or other.right <= one.x or one.bottom <= other.y or other.bottom <= one.y


@pytest.mark.parametrize("more", [0, 3, 12])
def test_boxes_lie_in_each_other_or_apart(more: int) -> None:
    """However many packages a layer has. Queues alone lie across the stages that they join."""
    layers = LAYERS | {f"asrd.another_package_{number}": 3 for number in range(more)}
    boxes = [box for style, box in boxes_of(draw(layers, CLIENTS_MAY_IMPORT, Config())) if style != "queue"]
    assert len(boxes) > len(layers)
    for number, one in enumerate(boxes):
        for other in boxes[:number]:
            assert is_apart(one, other) or is_within(one, other), (one, other)
