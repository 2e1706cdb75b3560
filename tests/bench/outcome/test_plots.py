"""Pictures show every line; without matplotlib that is one sentence, before anything is measured."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.ImageColor import getrgb

from asrd.bench.outcome import plots
from asrd.bench.outcome.plots import COLOURS, draw
from asrd.bench.outcome.result import Line, Series, Shape
from asrd.cli.main import main
from asrd.errors import ConfigError
from asrd.installing import with_extra
from tests.bench.outcome.results import result

X = [float(value) for value in range(40)]


def series(shape: Shape, *lines: Line) -> Series:
    return Series("one", "A title", shape, "seconds (s)", "words", lines)


def drawn(one: Series, folder: Path) -> Path:
    (path,) = draw(result(series=[one]), folder)
    assert path == folder / "latency-one.png"
    return path


def pixels_of(path: Path, colour: str) -> int:
    """How many pixels of a picture are nearly of this colour, on white and a little transparent too."""
    wanted = np.array(getrgb(colour))
    near = 0
    with Image.open(path) as image:
        shown = np.asarray(image.convert("RGB"), np.int32)
    for opacity in (1.0, 0.85):
        mixed = opacity * wanted + (1 - opacity) * 255
        near += int((np.abs(shown - mixed).max(axis=2) < 12).sum())
    return near


@pytest.mark.parametrize("shape", Shape)
def test_every_line_is_drawn_in_a_colour_of_its_own(tmp_path: Path, shape: Shape) -> None:
    count = 5
    lines = [Line(f"line {n}", [x + 8 * n for x in X] if shape is Shape.DISTRIBUTION else X) for n in range(count)]
    if shape is not Shape.DISTRIBUTION:
        lines = [Line(one.label, X, [3 * n + 2 + math.sin(x) for x in X]) for n, one in enumerate(lines)]
    with_all = drawn(series(shape, *lines), tmp_path / "all")
    legend_alone = 150  # pixels: what a line's sample in the legend has
    for colour in COLOURS[:count]:
        assert pixels_of(with_all, colour) > legend_alone, colour
    fewer = drawn(series(shape, *lines[:-1]), tmp_path / "fewer")
    assert pixels_of(fewer, COLOURS[count - 1]) < 20


def test_a_picture_has_its_title_and_size(tmp_path: Path) -> None:
    with Image.open(drawn(series(Shape.LINES, Line("", X, X)), tmp_path)) as image:
        assert image.info["Title"] == "A title"
        assert image.size == (960, 540)


def test_the_same_series_gives_the_same_bytes(tmp_path: Path) -> None:
    one = series(Shape.STACKED, Line("committed", X, X), Line("tail", X, X))
    assert drawn(one, tmp_path / "a").read_bytes() == drawn(one, tmp_path / "b").read_bytes()


@pytest.mark.parametrize("shape", Shape)
@pytest.mark.parametrize("lines", [(), (Line("none", ()),), (Line("one", (1.0,), (2.0,)),)])
def test_little_or_nothing_can_be_drawn(tmp_path: Path, shape: Shape, lines: tuple[Line, ...]) -> None:
    assert drawn(series(shape, *lines), tmp_path).stat().st_size > 1000


def test_gaps_stay_gaps(tmp_path: Path) -> None:
    values: list[float] = [1.0, None, 2.0]  # type: ignore[list-item]  # as JSON gives it back
    assert drawn(series(Shape.LINES, Line("", (0.0, 1.0, 2.0), values)), tmp_path).is_file()


def test_without_matplotlib_it_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(plots, "find_spec", lambda _name: None)
    with pytest.raises(ConfigError, match="needs matplotlib: install asrd again"):
        draw(result(), tmp_path)
    assert main(["bench", "idle", "--plots", str(tmp_path / "pictures")]) == 2
    assert capsys.readouterr().err == (
        f"asrd: argument --plots: drawing needs matplotlib: {with_extra('bench')}; see asrd bench idle --help\n"
    )
    assert not (tmp_path / "pictures").exists()


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="choose another place with --plots"):
        draw(result(), tmp_path / "file")
