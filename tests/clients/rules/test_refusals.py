"""Rules that cannot be used are refused with the line and the reason."""

from __future__ import annotations

import sys

import pytest

from asrd.errors import ConfigError
from asrd_clients.rules import RulesError, parse_rules

REFUSED = [
    ("a =", 0, "no valid TOML"),
    ('x = "\\ud800"', 0, "no valid TOML"),
    ("a = " + "[" * 3000, 0, "no valid TOML"),
    ("a = " + "9" * 5000, 0, "no valid TOML"),
    ("\n[comands.en]\n", 2, "did you mean commands?"),
    ("text = 1", 1, "write [text]"),
    ("[text]\n\ncapital = true", 3, "did you mean capitals?"),
    ("[text]\nzzz = true", 2, "there are: language, commands"),
    ("[text]\ncapitals = 1", 2, "true or false, not a whole number"),
    ('[text]\ncommands = "alon"', 2, '"anywhere" or "alone" or "off"'),
    ('[text]\npunctuation = ["all"]', 2, '"all" or "spoken"'),
    ('[text]\nlanguage = "klingon"', 2, "unknown language"),
    ("[text]\nlanguage = 1", 2, "name or code"),
    ("[text]\nnumbers_from = -1", 2, "from 0 to 1000"),
    ("[text]\nnumbers_from = true", 2, "from 0 to 1000"),
    ('[commands]\n"new line" = "x"', 2, "is no language"),
    ("[commands]\nen = 5", 2, "write [commands.en]"),
    ('[commands.englsh]\n"x" = "y"', 1, "did you mean english?"),
    ('[commands.en]\n"..." = "y"', 2, "words that can be said"),
    ('[commands.en]\n"a" = "b"\n"x" = true', 3, "text to type in quotes"),
    ('[commands.en]\n"x" = 5', 2, "text to type in quotes"),
    ('[commands.en]\n"x" = "\\u001b[31m"', 2, "U+001B"),
    ('[commands.en]\n"x" = "\\r"', 2, "U+000D"),
    ('[commands.en]\n"x" = "\\u202e"', 2, "U+202E"),
    ('[commands.en]\n"x" = "' + "a" * 10_001 + '"', 2, "longer than 10000"),
    ('[commands.en]\n"x" = { do = "scrach" }', 2, "did you mean scratch?"),
    ('[commands.en]\n"x" = { do = ["scratch"] }', 2, "does not exist"),
    ('[commands.en]\n"x" = { type = "a", do = "scratch" }', 2, "either type"),
    ('[commands.en]\n"x" = { alone = true }', 2, "either type"),
    ('[commands.en]\n"x" = { do = "scratch", space = "none" }', 2, "space goes with type"),
    ('[commands.en]\n"x" = { type = "a", space = "left" }', 2, "before, after, both, none"),
    ('[commands.en]\n"x" = { type = "a", space = {} }', 2, "before, after, both, none"),
    ('[commands.en]\n"x" = { type = "a", alon = true }', 2, "did you mean alone?"),
    ('[commands.en]\n"x" = { type = "a", alone = 1 }', 2, "true or false"),
    ('[commands.en]\n"x" = { type = "a", not_after = "the" }', 2, "list of words"),
    ('[commands.en]\n"x" = { type = "a", not_before = [1] }', 2, "list of words"),
    ('[replace]\n"x" = 1', 2, "text in quotes, not a whole number"),
    ('[replace]\n" " = "x"', 2, "nothing to look for"),
    ('[replace]\n"x" = { type = "y", case = true }', 2, "there are: type, match_case"),
    ('[replace]\n"x" = { type = "y", match_case = "no" }', 2, "true or false, not a text"),
    ('[replace.klingon]\n"x" = "y"', 1, "is no language"),
    ('[replace.de]\n"x" = { match_case = true }', 2, "lacks type"),
    ('[replace]\n"x" = "\\u0000"', 2, "U+0000"),
    ("[patterns]\n'(' = 'x'", 2, "no regular expression"),
    ("[patterns]\n'(a)\\1' = 'x'", 2, "refers back"),
    ("[patterns]\n'(?=ab)' = 'x'", 2, "further than one character"),
    ("[patterns]\n'(a*)*' = 'x'", 2, "repeats what may be empty"),
    ("[patterns]\n'((a{99}){99}){99}' = 'x'", 2, "too large"),
    ("[patterns]\n'(?s).' = 'x'", 2, "only i and x"),
    ("[patterns]\n'(?i:a)' = 'x'", 2, "flags in a group"),
    ("[patterns]\n'(a)(?(1)b|c)' = 'x'", 2, "depends on"),
    ("[patterns]\n'a' = '\\1'", 2, "has 0 groups"),
    ("[patterns]\n'a' = '\\g<7>'", 2, "has 0 groups"),
    ("[patterns]\n'a' = '\\g<b>'", 2, "no group of that name"),
    ("[patterns]\n'a' = '\\q'", 2, "backslash"),
    ("[patterns]\n'a' = '\\'", 2, "backslash"),
    ("[patterns]\n'" + "a" * 1001 + "' = 'x'", 2, "longer than 1000"),
    ("[patterns]\n'" + "(" * 490 + "a" + ")" * 490 + "' = 'x'", 2, "nested too deeply"),
    ("[patterns]\n'a' = { type = 'b', ignorecase = true }", 2, "did you mean ignore_case?"),
    ("[vocabulary]\ntrems = []", 2, "did you mean terms?"),
    ('[vocabulary]\nterms = "x"', 2, "list of texts"),
    ("[vocabulary]\nterms = [1]", 2, "list of texts"),
    ('[vocabulary]\nterms = ["a", ""]', 2, 'the term "" cannot be used'),
    ('[vocabulary]\nterms = ["123"]', 2, "takes words"),
    ('[vocabulary]\nterms = ["a\\nb"]', 2, "one line"),
    ('[vocabulary]\nterms = ["a\\u0007b"]', 2, "U+0007"),
    ('[vocabulary]\nterms = ["' + "a" * 101 + '"]', 2, "at most 100"),
    (f"[vocabulary]\nterms = {['a'] * 2001}", 2, "at most 2000"),
    ("[vocabulary]\nlikeness = 0.4", 2, "from 0.5 to 1"),
    ("[vocabulary]\nlikeness = nan", 2, "from 0.5 to 1"),
    ("[vocabulary]\nlikeness = true", 2, "from 0.5 to 1"),
    ("[vocabulary]\nsend = 1", 2, "true or false"),
]


@pytest.mark.parametrize(("text", "line", "reason"), REFUSED, ids=[text[:60] for text, _, _ in REFUSED])
def test_is_refused_with_line_and_reason(text: str, line: int, reason: str) -> None:
    with pytest.raises(RulesError) as caught:
        parse_rules(text, "rules.toml")
    sentence = str(caught.value)
    assert sentence.startswith(f"rules.toml, line {line}: " if line else "rules.toml is")
    assert reason in sentence
    assert "\n" not in sentence
    assert len(sentence) < 600


def test_is_an_error_of_the_configuration() -> None:
    assert issubclass(RulesError, ConfigError)
    assert RulesError.exit_code == 2


def test_a_file_that_is_no_rules_file() -> None:
    with pytest.raises(RulesError, match="longer than 1000000"):
        parse_rules("#" * 1_000_001, "rules.toml")


def test_numbers_without_their_library(monkeypatch: pytest.MonkeyPatch) -> None:
    from asrd_clients.rules import numbers

    numbers.forget()
    monkeypatch.setitem(sys.modules, "text_to_num", None)
    with pytest.raises(RulesError, match=r"line 2: numbers = true .*text2num.*the extra `dictation`"):
        parse_rules("[text]\nnumbers = true", "rules.toml")
    parse_rules("[text]\nnumbers = false", "rules.toml")
