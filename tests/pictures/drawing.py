"""Parts of a drawing as SVG: boxes, lines of text, arrows. Positions and sizes are in pixels."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Final

CHIP_GAP: Final = 8
MONO_WIDTH: Final = 7.3  # of a character in the style `mono`, which has 12 px


@dataclass(frozen=True)
class Box:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """x of its middle."""
        return self.x + self.width / 2

    @property
    def right(self) -> float:
        """x of its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """y of its lower edge."""
        return self.y + self.height


def rectangle(box: Box, style: str, radius: float = 8) -> str:
    """A box with rounded corners."""
    return (
        f'<rect class="{style}" x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" '
        f'rx="{radius:g}"/>'
    )


def text(x: float, y: float, words: str, style: str) -> str:
    """A line of text; the style says whether x is its beginning or its middle. y is its base line."""
    return f'<text class="{style}" x="{x:g}" y="{y:g}">{escape(words, quote=False)}</text>'


def lines(x: float, y: float, words: tuple[str, ...], style: str, leading: float = 17) -> list[str]:
    """Several lines, one below the other."""
    return [text(x, y + number * leading, line, style) for number, line in enumerate(words)]


def arrow(points: tuple[tuple[float, float], ...], style: str = "arrow") -> str:
    """A line through the points with a head at its end."""
    path = " ".join(f"{x:g},{y:g}" for x, y in points)
    return f'<polyline class="{style}" points="{path}" marker-end="url(#head)"/>'


def chip_width(words: str) -> float:
    """Of a chip with these words."""
    return round(len(words) * MONO_WIDTH) + 18


def chip(x: float, y: float, words: str, style: str) -> list[str]:
    """A name in a coloured box, 24 px high; x and y are its upper left corner."""
    box = Box(x, y, chip_width(words), 24)
    return [rectangle(box, f"chip {style}", 6), text(box.middle, y + 16, words, "mono")]


def row_width(names: list[str]) -> float:
    """Of chips side by side."""
    return sum(chip_width(name) for name in names) + CHIP_GAP * (len(names) - 1)


def chip_rows(names: tuple[str, ...], width: float) -> list[list[str]]:
    """As many names in each row as `width` has room for, at least one."""
    rows: list[list[str]] = [[]]
    for name in names:
        if rows[-1] and row_width([*rows[-1], name]) > width:
            rows.append([])
        rows[-1].append(name)
    return rows
