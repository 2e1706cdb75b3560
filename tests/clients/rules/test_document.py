"""Every example of docs/RULES.md does what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from asrd_clients.rules import Before, parse_rules

TEXT = (Path(__file__).parents[3] / "docs" / "RULES.md").read_text(encoding="utf-8")
PART = re.compile(r"```toml rules\n(?P<rules>[\s\S]*?)```|\| said \| typed \|\n\|---\|---\|\n(?P<rows>(?:\|.*\|\n)+)")


def examples() -> list[tuple[str, str, str]]:
    rules, found = "", []
    for part in PART.finditer(TEXT):
        rules = part["rules"] or rules
        for row in (part["rows"] or "").splitlines():
            said, typed = (cell.strip() for cell in row.strip("|").split("|"))
            found.append((rules, said, typed))
    return found


@pytest.mark.parametrize(("rules", "said", "typed"), examples(), ids=lambda text: text[:30])
def test_example(rules: str, said: str, typed: str) -> None:
    text = parse_rules(rules, "RULES.md").render(said, "English", Before()).text
    assert text.replace("\n", "⏎").replace("\t", "⇥") == typed


def test_there_are_examples() -> None:
    assert len(examples()) >= 24


@pytest.mark.parametrize(
    "row",
    [line for line in TEXT.splitlines() if re.match(r"\| (line|paragraph|,|\.|\?|!|take back|as a word) \|", line)],
)
def test_the_commands_in_the_table_exist(row: str) -> None:
    from asrd_clients.rules.tables import built_in
    from asrd_clients.rules.tokens import phrase_keys

    cells = [cell.strip() for cell in row.strip("|").split("|")][1:]
    for language, cell in zip(["English", "German", "French", "Spanish", "Italian", "Portuguese"], cells, strict=True):
        known = {phrase_keys(phrase) for phrase in built_in(language)}
        assert {phrase_keys(phrase) for phrase in cell.split(",")} <= known
