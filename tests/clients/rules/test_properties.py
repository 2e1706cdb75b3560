"""Whatever is said: nothing raises, nothing harmful comes out, and it does not take long."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrd_clients.rules import EXAMPLE, Before, Rendered, TextRules, default_rules, parse_rules
from asrd_clients.rules.clean import clean
from asrd_clients.rules.commands import Deed, Typed
from asrd_clients.rules.tables import LANGUAGES, built_in
from asrd_clients.rules.text_rules import LONGEST_SPEECH

FULL = """
[commands.any]
"forget" = { do = "scratch" }
[replace]
"a" = "b c"
"new x" = "y"
[patterns]
'(a+)+b' = 'x'
'(\\w+) (\\w+)' = '\\2 \\1'
[vocabulary]
terms = ["Kubernetes", "Ada Lovelace", "GitHub"]
"""
EVERYTHING = st.text(st.characters(categories=None), max_size=60)
SPOKEN = (
    "a new line paragraph scratch that comma period cap next all caps end open close quote literal no space git hub"
    " kubernetis I'm Paris . , ? ! “ ” - … neue Zeile Punkt point d'interrogation 句号 改行 twenty one 3.5"
)
WORDS = st.lists(st.sampled_from(SPOKEN.split()), max_size=14).map(" ".join)
NAMES = st.sampled_from([*LANGUAGES, "Korean", "", "de", "xx", "\ud800"])
PLAIN_WORDS = st.lists(
    st.sampled_from(
        ["we", "saw", "the", "house", "in", "Paris", "and", "it's", "3.5", "miles,", "well.", "But", "(no)", "“yes”"]
    ),
    max_size=12,
)


BUILT_IN, WITH_FILE = default_rules(), parse_rules(FULL, "rules")


@settings(max_examples=200, deadline=None)
@given(
    rules=st.sampled_from([BUILT_IN, WITH_FILE]),
    said=EVERYTHING | WORDS,
    language=NAMES,
    before=EVERYTHING,
    is_growing=st.booleans(),
)
def test_never_raises_and_types_nothing_harmful(
    rules: TextRules, said: str, language: str, before: str, is_growing: bool
) -> None:
    rendered = rules.render(said, language, Before(before), is_growing=is_growing)
    assert rendered.take_back >= 0
    for character in rendered.text:
        if character not in "\n\t":
            assert unicodedata.category(character) not in ("Cc", "Cs")
            assert not "\u202a" <= character <= "\u202e"
            assert not "\u2066" <= character <= "\u2069"


@settings(max_examples=100, deadline=None)
@given(said=EVERYTHING, before=EVERYTHING)
def test_line_feeds_and_tabs_come_from_commands_alone(said: str, before: str) -> None:
    text = default_rules().render(said, "Korean", Before(before)).text
    assert "\n" not in text
    assert "\t" not in text


@settings(max_examples=100, deadline=None)
@given(said=PLAIN_WORDS.map(" ".join))
def test_plain_text_stays_as_it_is(said: str) -> None:
    once = default_rules().render(said, "English", Before()).text
    assert once.lower() == clean(said).lower()
    assert default_rules().render(once, "English", Before()).text == once


@settings(max_examples=100, deadline=None)
@given(said=WORDS, before=st.sampled_from(["", "Hello.", "I saw", "I saw,"]), language=NAMES)
def test_the_same_comes_out_of_the_same(said: str, before: str, language: str) -> None:
    fresh = default_rules().render(said, language, Before(before))
    used = default_rules()
    for _ in range(2):
        used.render("kubernetes comma", "German", Before())
        assert used.render(said, language, Before(before)) == fresh


@settings(max_examples=100, deadline=None)
@given(text=EVERYTHING)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


HOSTILE = {
    "one word": "a",
    "words": "word ",
    "beginnings of a command": "new ",
    "commands": "new line ",
    "taken back": "x scratch that ",
    "literal": "literal ",
    "capitals": "all caps ",
    "marks": ". , ",
    "quotes": '"',
    "nested": "(",
    "apostrophes": "a'",
    "points": "1.",
    "ideographs": "句",
    "half a pattern": "aa",
    "almost a term": "kubernetas ",
    "beginnings of a term": "ada ",
    "replaced": "a ",
    "nothing but control": "\x1b\u202e",
}


def calls(work: Callable[[], object]) -> int:
    """How many functions are called: a measure of the work that does not depend on the machine."""
    count = 0

    def note(_frame: object, _event: str, _argument: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
def test_twice_the_text_is_twice_the_work(unit: str) -> None:
    rules = parse_rules(FULL, "rules")
    rules.render(unit, "English", Before())
    half, whole = (unit * (size // len(unit)) for size in (LONGEST_SPEECH // 2, LONGEST_SPEECH))
    small = calls(lambda: rules.render(half, "English", Before()))
    large = calls(lambda: rules.render(whole, "English", Before()))
    assert large <= 2.2 * small + 500


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
def test_a_megabyte_is_no_work_at_all(unit: str) -> None:
    rules = parse_rules(FULL, "rules")
    said = unit * (1_000_000 // len(unit))
    rules.render("x", "English", Before())
    assert calls(lambda: rules.render(said, "English", Before("x"))) < 5000
    text = rules.render(said, "English", Before()).text
    assert text[1:] == clean(said)[1:]


def test_a_long_text_before_is_no_work_either() -> None:
    rules = default_rules()
    rules.render("x", "English", Before())
    some, much = (Before('("' * size) for size in (1000, 1_000_000))
    assert calls(lambda: rules.render("x", "English", much)) == calls(lambda: rules.render("x", "English", some))


@settings(max_examples=100, deadline=None)
@given(
    words=st.lists(
        st.sampled_from(
            ["we", "saw", "the", "new", "line", "open", "quote", "house", "comma", "Paris,", "here.", "no", "space"]
        ),
        max_size=12,
    )
)
def test_a_growing_text_changes_at_its_end_only(words: list[str]) -> None:
    rules = default_rules()
    before = ""
    for count in range(1, len(words) + 1):
        text = rules.render(" ".join(words[:count]), "English", Before(), is_growing=True).text
        same = next((at for at, (old, new) in enumerate(zip(before, text, strict=False)) if old != new), len(before))
        # A mark of the model's before a command goes away, and the last word may turn out to belong to a command.
        assert len(before) - same <= len(max(words, key=len)) + 2
        before = text


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("Hello new", "Hello"),
        ("Hello new.", "Hello"),
        ("Hello, new,", "Hello"),
        ("Hello, new line", "Hello\n"),
        ("Hello new l", "Hello new l"),
        ("Hello open", "Hello"),
        ("Hello open square", "Hello"),
        ("Hello open door", "Hello open door"),
        ("scratch", ""),
        ("dot dot", ""),
        ("new....", "New...."),
    ],
)
def test_what_may_become_a_command_waits(said: str, typed: str) -> None:
    assert default_rules().render(said, "English", Before(), is_growing=True).text == typed


def test_a_word_among_others_does_not_wait_where_commands_stand_alone() -> None:
    rules = parse_rules('[text]\ncommands = "alone"', "rules")
    assert rules.render("Hello new", "English", Before(), is_growing=True).text == "Hello new"
    assert rules.render("new", "English", Before(), is_growing=True).text == ""


def test_a_final_waits_for_nothing() -> None:
    assert default_rules().render("Something new", "English", Before()).text == "Something new"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_built_in_command_is_found(language: str) -> None:
    rules = default_rules()
    for phrase, command in built_in(language).items():
        rendered = rules.render(f"{phrase.capitalize()}.", language, Before("x"))
        effect = command.effect
        if isinstance(effect, Typed):
            assert rendered.text.strip(" \u00a0") == effect.text.strip(" \u00a0"), phrase
        elif effect is Deed.LITERAL:
            assert rendered.text.strip(" ").lower() == f"{phrase.lower()}."
        else:
            assert rendered == Rendered(int(effect is Deed.SCRATCH), ""), phrase


def example_in_use() -> str:
    """The example with everything in it switched on, and what is empty in it left out."""
    lines = [line for line in EXAMPLE.splitlines() if line != "terms = []"]
    return "\n".join(line.removeprefix("#e.g. ") for line in lines)


def test_the_example_holds_what_holds_without_a_file() -> None:
    assert parse_rules(EXAMPLE, "example").rules == default_rules().rules


def test_the_example_works_with_everything_in_it() -> None:
    rules = parse_rules(example_in_use(), "example")
    said = "Version 3 point 2, by the way, arrow 5 percent."
    assert rules.render(said, "en", Before()).text == "V3.2, BTW -> 5 %."
    assert rules.context == "Ada Lovelace, Kubernetes, GitHub"
    assert default_rules().rules != rules.rules
