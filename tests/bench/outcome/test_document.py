"""The document of kept results: all of them, in a fixed order, and nothing by hand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from asrd.bench.outcome.command import command_of
from asrd.bench.outcome.document import document, read_results
from asrd.bench.outcome.result import Bound, Line, Series, Shape, Table
from asrd.bench.outcome.store import keep
from asrd.bench.outcome.text import COLUMNS
from asrd.cli.main import main
from asrd.errors import ConfigError
from tests.bench.outcome.results import MACHINE, measure, result

SERIES = Series("lag", "Lag over time", Shape.LINES, "s", "s", [Line("", (0.0, 1.0), (1.0, 2.0))])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Results of two benches, one of them twice, as `docs/benchmarks`."""
    folder = tmp_path / "docs" / "benchmarks"
    keep(result(bench="soak", series=[SERIES], machine={**MACHINE, "numpy": "3.0"}), folder)
    keep(result(measure(1.5, 1.0, 2.0, count=9, bound=Bound(at_most=3.0)), notes=["A note."]), folder)
    keep(result(measure(7.5), command="asrd bench latency --model build/large"), folder / "latency-large.json")
    keep(result(bench="another"), folder)
    return folder


def test_everything_is_in_it_in_a_fixed_order(folder: Path) -> None:
    text = document(folder)
    assert re.findall(r"^#+ .*", text, re.MULTILINE) == [
        "# Benchmarks",
        "## Machine",
        "## Latency",
        "## Latency: large",
        "## Endurance",
        "## another",
    ]
    assert list(read_results(folder)) == ["latency", "latency-large", "soak", "another"]
    assert "made from results by `asrd bench document docs/benchmarks`" in text
    assert "```console long\n$ asrd bench latency --model build/large\n```" in text
    assert "| final.p95 | 1.5 ms | 1 to 2 |   9 | at most 3 |" in text
    assert "\nA note.\n" in text
    assert text == document(folder)


def test_many_measures_are_folded_where_tables_say_most_of_it(folder: Path) -> None:
    many = [measure(float(index), name=f"m{index}") for index in range(13)]
    keep(result(*many), folder)
    assert "<details>" not in document(folder)
    keep(result(*many, tables=[Table("All", ["a"], [["b"]])]), folder)
    text = document(folder)
    assert text.count("<details><summary>All 13 measures</summary>\n\n| measure") == 1
    assert text.index("| m12") < text.index("</details>")
    keep(result(*many[:12], tables=[Table("All", ["a"], [["b"]])]), folder)
    assert "<details>" not in document(folder)


def test_the_machine_is_named_once_and_what_differs_where_it_does(folder: Path) -> None:
    text = document(folder)
    assert text.count("- processor: One") == 1
    assert "- numpy" not in text.partition("## Latency")[0]
    assert text.count("Here:\n\n- numpy: 2.0\n") == 3
    assert "Here:\n\n- numpy: 3.0\n" in text.partition("## Endurance")[2]


def test_introductions_come_first_and_before_their_result(folder: Path) -> None:
    (folder / "introduction.md").write_text("What it is about.\n\n")
    (folder / "latency-large.md").write_text("Why large.\n")
    text = document(folder)
    assert "\nWhat it is about.\n\n## Machine" in text
    assert re.search(r"## Latency: large\n\n[^#]*\nWhy large\.\n\n```console long\n", text)


def test_a_picture_is_shown_if_it_lies_beside_the_folder(folder: Path) -> None:
    assert "![" not in document(folder)
    (folder.parent / "pictures").mkdir()
    (folder.parent / "pictures" / "soak-lag.png").write_bytes(b"")
    assert "\n![Lag over time](pictures/soak-lag.png)\n" in document(folder)


def test_a_long_command_goes_over_several_lines_that_a_shell_joins(folder: Path) -> None:
    arguments = ["asrd", "bench", "idle", *(f"--flag-{index}=a value" for index in range(20))]
    keep(result(bench="idle", command=command_of(arguments)), folder)
    (block,) = re.findall(r"```console long\n(\$ asrd bench idle.*?)\n```", document(folder), re.DOTALL)
    assert all(len(line) <= COLUMNS for line in block.splitlines())
    assert block.count("\n") > 2
    assert re.sub(r" \\\n +", " ", block) == f"$ {command_of(arguments)}"


def test_the_command_writes_and_draws(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output, pictures = tmp_path / "docs" / "BENCHMARKS.md", tmp_path / "plots"
    assert main(["bench", "document", str(folder), "-o", str(output), "--plots", str(pictures)]) == 0
    assert output.read_text() == document(folder)
    assert capsys.readouterr().err == f"asrd: drawn: {pictures / 'soak-lag.png'}\n"
    assert [path.name for path in pictures.iterdir()] == ["soak-lag.png"]
    assert main(["bench", "document", str(folder)]) == 0
    assert capsys.readouterr().out == document(folder)


def test_bad_files_are_one_sentence(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "latency.md").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="write it as UTF-8 text"):
        document(folder)
    (folder / "soak.json").write_text("{}")
    output = tmp_path / "written.md"
    assert main(["bench", "document", str(folder), "-o", str(output)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not output.exists()
    assert main(["bench", "document", str(tmp_path / "nothing")]) == 2
