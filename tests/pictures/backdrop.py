"""A landscape to lay subtitles over: bright and dark, plain and busy, made of numbers alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

FloatArray = npt.NDArray[np.float64]
_SKY = ((86, 148, 214), (250, 226, 186))
_RANGES = ((146, 172, 200), (112, 145, 172), (70, 108, 112), (46, 84, 66), (28, 58, 40))  # mountains, far ones first
_SAMPLES = 2  # each pixel is so many by so many


def make_backdrop(width: int, height: int, seed: int = 3, bands: int = 1000) -> Image.Image:
    """A picture of `width` x `height` pixels, the same for the same seed; its sky has so many colours."""
    dice = np.random.default_rng(seed)
    large = (width * _SAMPLES, height * _SAMPLES)
    image = _sky(*large, bands)
    draw = ImageDraw.Draw(image)
    _sun(draw, *large)
    for number, colour in enumerate(_RANGES):
        _ridge(draw, large, dice, number, colour)
    _trees(draw, large, dice)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def _sky(width: int, height: int, bands: int) -> Image.Image:
    upper, lower = (np.array(colour, np.float64) for colour in _SKY)
    share = np.minimum(1.0, np.linspace(0.0, 1.6, height))
    share = (np.round(share * bands) / bands)[:, None]
    column = np.round(upper * (1 - share) + lower * share).astype(np.uint8)
    return Image.fromarray(np.broadcast_to(column[:, None, :], (height, width, 3)).copy())


def _sun(draw: ImageDraw.ImageDraw, width: int, height: int) -> None:
    x, y = 0.72 * width, 0.33 * height
    for radius, colour in ((0.15, (252, 224, 170)), (0.11, (254, 236, 196)), (0.075, (255, 250, 232))):
        size = radius * height
        draw.ellipse((x - size, y - size, x + size, y + size), fill=colour)


def _ridge(
    draw: ImageDraw.ImageDraw,
    size: tuple[int, int],
    dice: np.random.Generator,
    number: int,
    colour: tuple[int, int, int],
) -> None:
    """A chain of mountains, rougher the nearer."""
    width, height = size
    x = np.linspace(0.0, 1.0, 400)
    y = 0.46 + 0.11 * number + _waves(x, dice, number) * (0.075 - 0.008 * number)
    outline = [(float(a * width), float(b * height)) for a, b in zip(x, y, strict=True)]
    draw.polygon([(0.0, float(height)), *outline, (float(width), float(height))], fill=colour)


def _waves(x: FloatArray, dice: np.random.Generator, number: int) -> FloatArray:
    total = np.zeros_like(x)
    for octave in range(6):
        phase, strength = dice.uniform(0, 2 * np.pi), 0.55**octave
        total += strength * np.sin(2 * np.pi * x * (1.3 + 0.4 * number) * 1.9**octave + phase)
    return total


def _trees(draw: ImageDraw.ImageDraw, size: tuple[int, int], dice: np.random.Generator) -> None:
    """Firs, dark and light, where subtitles stand: hard to read on."""
    width, height = size
    for y in np.sort(dice.uniform(0.84, 1.05, 130)):
        x, tall = dice.uniform(0, width), dice.uniform(0.07, 0.15) * height
        light = dice.choice((0.75, 1.0, 1.9, 2.6))
        colour = tuple(int(min(255, part * light)) for part in (34, 66, 44))
        foot = y * height
        for part in range(3):
            top, half = foot - tall * (1 - part * 0.22), tall * (0.13 + 0.07 * part)
            draw.polygon([(x, top), (x - half, top + tall * 0.5), (x + half, top + tall * 0.5)], fill=colour)
