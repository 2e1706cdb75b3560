"""All kept results as one document.

A folder of results becomes Markdown: `introduction.md` in it comes first, `NAME.md` before the result `NAME.json`.
Pictures are shown that lie in `pictures` beside the folder as `NAME-SERIES.png`. Nothing else is written by hand.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from asrd.bench.outcome.command import PROGRAM
from asrd.bench.outcome.result import Result
from asrd.bench.outcome.store import paths_in, read
from asrd.bench.outcome.text import COLUMNS, machine_lines, paragraph, parts_of
from asrd.errors import ConfigError

_INTRODUCTION: Final = "introduction"
_PICTURES: Final = "pictures"
# In the order of the document: name, title, what it is.
_BENCHES: Final[Mapping[str, tuple[str, str]]] = {
    "engine": (
        "Engine",
        "One model in a process of its own: offline passes over clips, and utterances that grow with a pass every half "
        "second. Counters of the work are exact; real-time factors are computing seconds per second of audio.",
    ),
    "accuracy": (
        "Accuracy",
        "Word and character error rates over sets of clips, with one normaliser for every engine, offline and as a "
        "stream. Intervals are 95 % bootstrap intervals over the clips.",
    ),
    "latency": (
        "Latency",
        "Clips are played at real time to a running daemon over its socket; times count from the true begin and end of "
        "speech.",
    ),
    "load": ("Load", "Several sessions speak at once to one daemon: how far its text falls behind."),
    "idle": ("Idle", "A daemon that listens while nobody speaks."),
    "vad": (
        "Voice detection",
        "Voice detectors and their settings on speech at known places, in silence and in noise, and on noise alone.",
    ),
    "soak": (
        "Endurance",
        "Hours of audio as fast as the daemon takes them, with a random schedule of faults; every final is accounted "
        "for.",
    ),
}


def document(folder: Path) -> str:
    """The document of a folder of results, such as docs/BENCHMARKS.md, which `make docs` writes.

    Raises:
        ConfigError: a file cannot be read, or there is none.
    """
    results = read_results(folder)
    common = _common([result.machine for result in results.values()])
    written_by = f"{PROGRAM} bench document {'/'.join(folder.resolve().parts[-2:])}"
    blocks = [
        f"# Benchmarks\n\nThis page is made from results by `{written_by}`: change those, not this.\n",
        *_prose(folder, _INTRODUCTION),
        f"## Machine\n\n{machine_lines(common)}",
    ]
    for name, result in results.items():
        blocks += _section(folder, name, result, common)
    return "\n".join(blocks)


def read_results(folder: Path) -> dict[str, Result]:
    """The results of a folder by name, in the order of the document.

    Raises:
        ConfigError: one cannot be read, or there is none.
    """
    results = {path.stem: read(path) for path in paths_in(folder)}
    order = list(_BENCHES)
    places = {name: order.index(one.bench) if one.bench in order else len(order) for name, one in results.items()}
    return {name: results[name] for name in sorted(results, key=lambda name: (places[name], name))}


def _section(folder: Path, name: str, result: Result, common: Mapping[str, str]) -> Iterator[str]:
    title, what = _BENCHES.get(result.bench, (result.bench, ""))
    special = name.removeprefix(result.bench).strip("-_ ")
    yield f"## {title}{f': {special}' if special else ''}\n"
    if what:
        yield paragraph(what)
    yield from _prose(folder, name)
    yield f"```console long\n$ {_in_lines(result.command)}\n```\n"
    if here := {key: value for key, value in result.machine.items() if common.get(key) != value}:
        yield f"Here:\n\n{machine_lines(here)}"
    yield from parts_of(result, is_folded=True)
    for series in result.series:
        picture = f"{_PICTURES}/{name}-{series.name}.png"
        if (folder.parent / picture).is_file():
            yield f"![{series.title}]({picture})\n"


def _prose(folder: Path, name: str) -> Iterator[str]:
    path = folder / f"{name}.md"
    try:
        if path.is_file():
            yield path.read_text(encoding="utf-8").strip() + "\n"
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read ({error}): write it as UTF-8 text, or remove it") from None


def _common(machines: list[Mapping[str, str]]) -> dict[str, str]:
    """What all results say of their machine."""
    return {key: value for key, value in machines[0].items() if all(one.get(key) == value for one in machines)}


def _in_lines(command: str) -> str:
    """A command line in lines of at most `COLUMNS`, a prompt included, as far as its arguments allow."""
    lines = [""]
    for argument in map(shlex.quote, shlex.split(command)):
        if lines[-1] and len(lines[-1]) + len(argument) > COLUMNS - len("$  \\"):
            lines.append("   ")
        lines[-1] += f" {argument}" if lines[-1] else argument
    return " \\\n".join(lines)
