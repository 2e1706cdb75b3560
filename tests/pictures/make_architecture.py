"""Draws `docs/pictures/architecture.svg`: `python -m tests.pictures.make_architecture`.

The packages and their layers are those that `tests/test_layers.py` holds the code to, the limits are the defaults of
the settings: the picture changes with the code, and a test fails until it is drawn anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asrd.options import Config
from tests.pictures.drawing import (
    CHIP_GAP,
    Box,
    arrow,
    chip,
    chip_rows,
    chip_width,
    lines,
    rectangle,
    row_width,
    text,
)
from tests.test_layers import CLIENTS_MAY_IMPORT, LAYERS

PICTURE: Final = Path(__file__).parents[2] / "docs" / "pictures" / "architecture.svg"
_WIDTH: Final = 1200
_MARGIN: Final = 32
_STAGE_WIDTH: Final = 176
_GAP: Final = 64
_STAGES_TOP: Final = 66
_STAGE_HEIGHT: Final = 276
_FLOW_Y: Final = 219  # of the arrows from stage to stage
_LAYERS_TOP: Final = 518
_LAYER_GAP: Final = 8
_LAYER_LABEL: Final = 156  # width of a layer's name
_ROW_HEIGHT: Final = 30  # of chips
_LAYERS_WIDTH: Final = 812
_LAYER_NAMES: Final = {
    1: ("values", "frozen; errors"),
    2: ("pure", "no clock, no I/O"),
    3: ("native", "one handle a class"),
    4: ("recognizer", "no thread"),
    5: ("concurrency", "threads, sockets"),
    6: ("edges", "what people meet"),
}
_CLIENTS: Final = "asrd_clients"

_STYLE: Final = Path(__file__).with_name("architecture.css")


@dataclass(frozen=True)
class Stage:
    """A step on the way of the data.

    Attributes:
        thread: the thread that it runs in.
        title: what it is called.
        words: what it does, in lines.
        packages: where it lives, by its names in LAYERS without `asrd.`.
    """

    thread: str
    title: str
    words: tuple[str, ...]
    packages: tuple[str, ...]


@dataclass(frozen=True)
class Queue:
    """What lies between two stages: name, limit, and what happens when it is full."""

    name: str
    limit: str
    full: tuple[str, ...]


_STAGES: Final = (
    Stage("thread: the source's", "Source", ("microphone, file,", "standard input, client"), ("source",)),
    Stage("thread: segment", "Segmenter", ("voice detection, pre-roll,", "pause, hangover"), ("vad", "segment")),
    Stage(
        "thread: recognize",
        "Recognizer",
        ("every utterance, again", "and again while it grows"),
        ("schedule", "mel", "encoder", "llama", "text", "recognizer"),
    ),
    Stage("thread: main (asyncio)", "Hub", ("tells every client,", "lets nobody else in"), ("hub", "wire", "server")),
    Stage(
        "other processes", "Clients", ("terminal, typist, subtitles,", "overlay, your program"), ("client", _CLIENTS)
    ),
)


def queues(config: Config) -> tuple[Queue, ...]:
    """Between the stages, with the limits of these settings."""
    return (
        Queue("channel", f"{config.audio.channel_s:g} s", ("full: the newest audio is", "lost, counted and told")),
        Queue("inbox", f"{config.pipeline.backlog_s:g} s", ("full: the channel waits;", "finals go before partials")),
        Queue("events", "in order", ("positions are samples", "since the session began")),
        Queue(
            "outbox",
            f"{config.server.outbox_bytes >> 20} MiB",
            ("full: partials replaced,", "then the client is cut off"),
        ),
    )


def draw(layers: dict[str, int], may_import: tuple[str, ...], config: Config) -> str:
    """The whole picture."""
    bars = _bars(layers)
    height = bars[-1].box.bottom + 54
    parts = [rectangle(Box(0.5, 0.5, _WIDTH - 1, height - 1), "card", 14)]
    parts.append(text(_MARGIN, 40, "The way of the data: one direction, no way back", "heading"))
    parts += _flow(layers, config)
    parts.append(text(_MARGIN, _LAYERS_TOP - 22, "Layers: each imports only what stands below it", "heading"))
    parts += _stack(bars, layers)
    parts += _aside(layers, may_import, bars[-1].box.bottom)
    parts.append(
        text(
            _MARGIN,
            height - 20,
            "Each package has the colour of its layer. tests/test_layers.py fails when one imports upwards.",
            "quiet",
        )
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" '
            f'height="{height}" role="img">',
            "<title>asrd: the way of the data from the source to the clients, and the layers of the code</title>",
            f"<style>\n{_STYLE.read_text(encoding='utf-8')}</style>",
            '<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
            'orient="auto"><path class="head" d="M0 0 L10 5 L0 10 z"/></marker></defs>',
            *parts,
            "</svg>\n",
        ]
    )


def _flow(layers: dict[str, int], config: Config) -> list[str]:
    parts: list[str] = []
    boxes = [
        Box(_MARGIN + number * (_STAGE_WIDTH + _GAP), _STAGES_TOP, _STAGE_WIDTH, _STAGE_HEIGHT)
        for number in range(len(_STAGES))
    ]
    for box, stage in zip(boxes, _STAGES, strict=True):
        parts += _stage(box, stage, layers)
    for left, right, queue in zip(boxes, boxes[1:], queues(config), strict=False):
        parts += _queue(left, right, queue)
    return parts + _daemon(layers)


def _stage(box: Box, stage: Stage, layers: dict[str, int]) -> list[str]:
    parts = [rectangle(box, "stage", 10), rectangle(Box(box.x, box.y, box.width, 30), "thread", 10)]
    parts.append(text(box.middle, box.y + 20, stage.thread, "on-dark"))
    parts.append(text(box.middle, box.y + 60, stage.title, "title"))
    parts += lines(box.middle, box.y + 84, stage.words, "quiet middle")
    return parts + _chips(box, _FLOW_Y + 24, stage.packages, layers)


def _chips(box: Box, top: float, packages: tuple[str, ...], layers: dict[str, int]) -> list[str]:
    """In rows, as many in each as the box has room for."""
    parts: list[str] = []
    for number, row in enumerate(chip_rows(packages, box.width - 16)):
        parts += _chip_row(box.middle - row_width(row) / 2, top + number * _ROW_HEIGHT, row, layers)
    return parts


def _chip_row(x: float, y: float, packages: list[str], layers: dict[str, int]) -> list[str]:
    parts: list[str] = []
    for package in packages:
        parts += chip(x, y, package, _layer_style(package, layers))
        x += chip_width(package) + CHIP_GAP
    return parts


def _layer_style(package: str, layers: dict[str, int]) -> str:
    return f"l{7 if package == _CLIENTS else layers[f'asrd.{package}']}"


def _daemon(layers: dict[str, int]) -> list[str]:
    """The owner of all stages but the last."""
    top = _STAGES_TOP + _STAGE_HEIGHT + 62
    bar = Box(_MARGIN, top, 4 * _STAGE_WIDTH + 3 * _GAP, 36)
    name = "daemon"
    x = bar.middle - 165
    parts = [rectangle(bar, "layer"), *chip(x, top + 6, name, _layer_style(name, layers))]
    return [*parts, text(x + chip_width(name) + 12, top + 23, "owns the sessions, the threads and the queues", "quiet")]


def _queue(left: Box, right: Box, queue: Queue) -> list[str]:
    x = (left.right + right.x) / 2
    pill = Box(x - 37, _FLOW_Y - 44, 74, 36)
    parts = [arrow(((left.right, _FLOW_Y), (right.x, _FLOW_Y)))]
    parts += [rectangle(pill, "queue", 9), text(x, pill.y + 15, queue.name, "bold")]
    parts.append(text(x, pill.y + 29, queue.limit, "small"))
    parts.append(f'<line class="leader" x1="{x:g}" y1="{_FLOW_Y + 8}" x2="{x:g}" y2="{left.bottom + 12:g}"/>')
    return [*parts, *lines(x, left.bottom + 30, queue.full, "quiet middle", 16)]


@dataclass(frozen=True)
class Bar:
    """A layer, with its packages in rows."""

    layer: int
    rows: list[list[str]]
    box: Box


def _bars(layers: dict[str, int]) -> list[Bar]:
    """The layers from the uppermost down, each as high as it must be."""
    bars: list[Bar] = []
    top: float = _LAYERS_TOP
    for layer in sorted(_LAYER_NAMES, reverse=True):
        names = tuple(sorted(module.removeprefix("asrd.") for module, its in layers.items() if its == layer))
        rows = chip_rows(names, _LAYERS_WIDTH - _LAYER_LABEL - 14)
        box = Box(_MARGIN, top, _LAYERS_WIDTH, 16 + _ROW_HEIGHT * len(rows))
        bars.append(Bar(layer, rows, box))
        top = box.bottom + _LAYER_GAP
    return bars


def _stack(bars: list[Bar], layers: dict[str, int]) -> list[str]:
    parts: list[str] = []
    for bar in bars:
        name, note = _LAYER_NAMES[bar.layer]
        parts.append(rectangle(bar.box, "layer"))
        parts.append(text(bar.box.x + 14, bar.box.y + 20, f"{bar.layer}  {name}", "name"))
        parts.append(text(bar.box.x + 32, bar.box.y + 36, note, "quiet"))
        for number, row in enumerate(bar.rows):
            parts += _chip_row(bar.box.x + _LAYER_LABEL, bar.box.y + 11 + number * _ROW_HEIGHT, row, layers)
    return parts


def _aside(layers: dict[str, int], may_import: tuple[str, ...], last_bar: float) -> list[str]:
    x = _MARGIN + _LAYERS_WIDTH + 40
    box = Box(x, _LAYERS_TOP, _WIDTH - _MARGIN - x, last_bar - _LAYERS_TOP)
    parts = [rectangle(box, "aside", 10), text(box.middle, box.y + 30, "clients/asrd_clients", "title")]
    words = ("programs of their own, which know", "the daemon's protocol and nothing else;", "they may import:")
    parts += lines(box.middle, box.y + 56, words, "quiet middle")
    names = tuple(name.removeprefix("asrd.") for name in may_import if name.startswith("asrd."))
    parts += _chips(box, box.y + 116, names, layers)
    only = (
        "They reach it over its WebSocket, as any",
        "other program can. Of the daemon's own",
        "packages, only the edges know them.",
    )
    return [*parts, *lines(box.middle, box.bottom - 50, only, "quiet middle")]


def main() -> None:
    """The command."""
    PICTURE.write_text(draw(LAYERS, CLIENTS_MAY_IMPORT, Config()), encoding="utf-8")


if __name__ == "__main__":
    main()
