"""A result's series as PNG files, by matplotlib (the extra `bench`)."""

from __future__ import annotations

from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path
from typing import Any

from asrd.bench.outcome.result import Result, Series, Shape
from asrd.errors import ConfigError


def draw(result: Result, folder: Path) -> list[Path]:
    """Draw every series of a result as `BENCH-NAME.png`; returns the files.

    Raises:
        ConfigError: matplotlib is not installed, or a file cannot be written.
    """
    if find_spec("matplotlib") is None:
        raise ConfigError("--plots needs matplotlib: pip install 'asrd[bench]'")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [_draw(one, folder / f"{result.bench}-{one.name}.png") for one in result.series]
    except OSError as error:
        raise ConfigError(f"{folder} cannot be written ({error.strerror}): choose another place with --plots") from None


def _draw(series: Series, path: Path) -> Path:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes: Any = figure.subplots()
    if series.shape is Shape.STACKED:
        axes.stackplot(
            series.lines[0].x, *(line.y for line in series.lines), labels=[one.label for one in series.lines]
        )
    for line in series.lines if series.shape is not Shape.STACKED else ():
        x, y = (line.x, line.y) if series.shape is Shape.LINES else _shares(line.x)
        axes.plot(x, y, label=line.label)
    axes.set(title=series.title, xlabel=series.x_label, ylabel=series.y_label)
    axes.grid(alpha=0.3)
    if len(series.lines) > 1 or series.lines[0].label:
        axes.legend()
    figure.savefig(path)
    return path


def _shares(samples: Any) -> tuple[list[float], list[float]]:
    """What share of the samples lies up to each of them."""
    return sorted(samples), [count / len(samples) for count in accumulate(1 for _ in samples)]
