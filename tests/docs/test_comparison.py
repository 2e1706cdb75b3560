"""docs/COMPARISON.md: what was measured here is what the benches say, and each program has its sources."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import pages
from tests.docs.tables import rows_below

PAGE = pages()["docs/COMPARISON.md"]
BENCHMARKS = pages()["docs/BENCHMARKS.md"].text
CARD = pages()["model/nano/MODEL_CARD.md"].text
ENGINES = ("nano", "whisper-base", "moonshine-tiny")
SOURCES = PAGE.text.partition("\n## Sources\n")[2]


def written(row: int) -> list[str]:
    """The figures of a row of the table of measurements, without units."""
    return [cell.split()[0] for cell in rows_below(PAGE, "Measured here, on the same clips and machine")[row][1:]]


def measure(name: str) -> str:
    """A kept measure as BENCHMARKS.md shows it, without its unit."""
    found = re.search(rf"^\| {re.escape(name)} +\| +([\d.]+)", BENCHMARKS, re.MULTILINE)
    assert found, f"BENCHMARKS.md has no measure {name}"
    return found[1]


@pytest.mark.parametrize(
    ("row", "names"),
    [(0, "rtf.{}.dev-commands"), (1, "rtf.{}.dev-accented"), (2, "peak_resident.{}")],
)
def test_speed_and_memory_are_those_of_the_bench(row: int, names: str) -> None:
    assert written(row) == [measure(names.format(engine)) for engine in ENGINES]


def test_error_rates_are_those_of_the_bench_and_of_the_card() -> None:
    peers = BENCHMARKS.partition("\n## Accuracy: peers\n")[2].partition("\n## ")[0]
    names = ("offline", *ENGINES[1:])
    rates = [float(re.findall(rf"^\| {name} +\| +([\d.]+) \(", peers, re.MULTILINE)[0]) for name in names]
    assert [float(figure) for figure in written(3)] == pytest.approx(rates, abs=0.051)
    row = re.findall(r"^\| dev-commands \| 35 \| (.*) \|$", CARD, re.MULTILINE)
    nano, base, _tiny, moonshine = (cell.split()[0] for cell in row[0].split(" | "))
    assert written(4) == [nano, base, moonshine]


@pytest.mark.parametrize("heading", ["Dictation and subtitles", "Servers and engines"])
def test_every_program_has_its_sources(heading: str) -> None:
    section = PAGE.text.partition(f"\n## {heading}\n")[2]
    programs = [cell.strip(" `") for cell in section.strip().splitlines()[0].strip("|").split("|")[1:]]
    assert len(programs) == 5
    for program in programs:
        name = re.split(r"['` ]", program)[0]
        (entry,) = re.findall(rf"^- {re.escape(name)}\b.*?(?=^- |\Z)", SOURCES, re.MULTILINE | re.DOTALL)
        assert "](" in entry, f"{program} has no source"
    for row in rows_below(PAGE, heading):
        assert len(row) == 6
        assert all(row[1:]), f"{row[0]}: what is unknown is called so"


def test_sources_do_not_move() -> None:
    for address in re.findall(r"https://github\.com/[^\s)]*/blob/([^/]+)/", SOURCES):
        assert re.fullmatch(r"[0-9a-f]{40}", address), "a branch changes; name a commit"
