"""The pattern machine finds what Python's engine finds, in bounded time."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrd_clients.rules import Before, RulesError, parse_rules
from asrd_clients.rules.machine import STEPS_A_CHARACTER, Machine, TooSlowError
from asrd_clients.rules.program import compile_program

ATOMS = st.sampled_from(
    [
        *"abcß ",
        ".",
        "[ab]",
        "[^a]",
        r"[\d\s]",
        "[a-c]",
        r"\w",
        r"\W",
        r"\d",
        r"\D",
        r"\s",
        r"\S",
        r"\b",
        r"\B",
        "^",
        "$",
        r"\A",
        r"\Z",
        "(?=a)",
        "(?<=b)",
        "(?!a)",
        "(?<![ab])",
        "(?!)",
    ]
)
REPEATS = st.sampled_from(["*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{0,2}?", "{2,}"])
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda two: f"(?:{two[0]}|{two[1]})"),
        inner.map(lambda one: f"({one})"),
        st.tuples(inner, REPEATS).map(lambda two: f"(?:{two[0]}){two[1]}"),
    ),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None)
@given(PATTERNS, st.text("abcAB 1ß\n", max_size=10), st.booleans())
def test_finds_what_python_finds(pattern: str, text: str, ignore_case: bool) -> None:
    try:
        program = compile_program(pattern, ignore_case=ignore_case)
    except RulesError:
        return
    wanted = [
        tuple(edge for group in match.regs for edge in group)
        for match in re.finditer(pattern, text, re.IGNORECASE if ignore_case else 0)
    ]
    assert list(Machine(program, text).matches()) == wanted


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", "(a|aa)+$", "(.+)+x", "a*a*a*a*a*a*b", "(\\w+\\s?)+!"])
def test_what_kills_other_engines_is_bounded(pattern: str) -> None:
    text = "a" * 2000
    machine = Machine(compile_program(pattern, ignore_case=False), text)
    try:
        found = list(machine.matches())
    except TooSlowError:
        found = []
    assert len(found) <= 1
    assert machine.spent <= STEPS_A_CHARACTER * len(text) + 10_001


def test_a_pattern_that_is_too_slow_leaves_the_text() -> None:
    rules = parse_rules("[patterns]\n'a(.*b)?' = 'x'\n'c' = 'd'", "rules")
    said = "A" + "a" * 4000 + "c"
    assert rules.render(said, "", Before()).text == said[:-1] + "d"
    assert rules.render("aaa", "", Before()).text == "Xxx"


def test_a_pattern_that_makes_too_much_leaves_the_text() -> None:
    rules = parse_rules("[patterns]\n'.' = '" + "x" * 5000 + "'", "rules")
    assert len(rules.render("aaa", "", Before()).text) == 15_000
    assert rules.render("aaaaa", "", Before()).text == "Aaaaa"
