"""A result's series as PNG files, by matplotlib (the extra `bench`)."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from itertools import cycle
from pathlib import Path
from typing import Any, Final

from asrd.bench.outcome.result import Line, Result, Series, Shape
from asrd.errors import ConfigError
from asrd.installing import with_extra

# Okabe and Ito 2008, Color Universal Design: told apart with any colour vision; here without its yellow, too pale for
# a line, and with a style each, so that they are told apart in grey as well.
COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_STYLES: Final = ("-", "--", "-.", (0, (1, 1)), (0, (5, 1, 1, 1, 1, 1)))
_GREY: Final = "#666666"
_GUIDES: Final = (0.5, 0.95)  # shares of a distribution that are named everywhere
_INCHES: Final = (8.0, 4.5)
_DOTS_PER_INCH: Final = 120


def check_installed() -> None:
    """Refuse to draw without matplotlib.

    Raises:
        ConfigError: it is not installed.
    """
    if find_spec("matplotlib") is None:
        raise ConfigError(f"drawing needs matplotlib: {with_extra('bench')}")


def draw(result: Result, folder: Path, name: str = "") -> list[Path]:
    """Draw every series of a result as `NAME-SERIES.png` (`name`: that of the bench); returns the files.

    Raises:
        ConfigError: matplotlib is not installed, or a file cannot be written.
    """
    check_installed()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [_draw(one, folder / f"{name or result.bench}-{one.name}.png") for one in result.series]
    except OSError as error:
        raise ConfigError(f"{folder} cannot be written ({error.strerror}): choose another place with --plots") from None


def _draw(series: Series, path: Path) -> Path:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=_INCHES, dpi=_DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    axes: Any = figure.subplots()
    _SHAPES[series.shape](axes, [line for line in series.lines if line.x])
    _label(axes, series)
    figure.savefig(path, metadata={"Title": series.title, "Software": None})
    return path


def _lines(axes: Any, lines: Sequence[Line]) -> None:
    for line, colour, style in zip(lines, cycle(COLOURS), cycle(_STYLES), strict=False):
        axes.plot(line.x, _numbers(line.y), label=line.label, color=colour, linestyle=style, linewidth=1.8)
    values = [value for line in lines for value in line.y if value is not None]
    if values and 0 <= min(values) < max(values) / 2:
        axes.set_ylim(bottom=0)


def _distributions(axes: Any, lines: Sequence[Line]) -> None:
    """What share of the samples lies up to each value."""
    for share in _GUIDES:
        axes.axhline(share, color=_GREY, linewidth=0.8, linestyle=":")
        axes.text(1.01, share, f"p{100 * share:.0f}", transform=axes.get_yaxis_transform(), va="center", color=_GREY)
    for line, colour, style in zip(lines, cycle(COLOURS), cycle(_STYLES), strict=False):
        axes.ecdf(line.x, label=line.label, color=colour, linestyle=style, linewidth=1.8)
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(lambda share, _tick: f"{100 * share:.0f} %")


def _stacked(axes: Any, lines: Sequence[Line]) -> None:
    if lines:
        axes.stackplot(
            lines[0].x,
            *(_numbers(line.y) for line in lines),
            labels=[line.label for line in lines],
            colors=COLOURS,
            alpha=0.85,
            step="post",  # text stays as it is until the next pass
        )


_SHAPES: Final = {Shape.LINES: _lines, Shape.DISTRIBUTION: _distributions, Shape.STACKED: _stacked}


def _label(axes: Any, series: Series) -> None:
    axes.set_title(series.title, loc="left", fontweight="bold", fontsize=11)
    axes.set(xlabel=series.x_label, ylabel=series.y_label)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    axes.set_axisbelow(True)
    if not any(line.x for line in series.lines):
        axes.text(0.5, 0.5, "nothing was measured", transform=axes.transAxes, ha="center", color=_GREY)
    elif any(line.label for line in series.lines):
        axes.legend(frameon=True, framealpha=0.9, edgecolor="none", fontsize=9)


def _numbers(values: Sequence[float | None]) -> list[float]:
    """Gaps where a kept result has null."""
    return [float("nan") if value is None else value for value in values]
