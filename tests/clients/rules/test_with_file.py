"""What a rules file changes: its text, what was said, what is typed."""

from __future__ import annotations

import pytest

from asrd_clients.rules import Before, parse_rules

SPOKEN = '[text]\npunctuation = "spoken"'
ALONE = '[text]\ncommands = "alone"'
OFF = '[text]\ncommands = "off"'
OWN = """
[commands.any]
"insert my address" = "1 Example Street\\nExampletown"
"my sign" = "§"
[commands.en]
"period" = false
"new line" = "\\r\\n"
"arrow" = { type = "->", space = "both" }
"squeeze" = { type = "~", space = "none" }
"lead" = { type = "~", space = "before" }
"trail" = { type = "~", space = "after" }
"forget it" = { do = "scratch" }
"stop" = { type = ".", alone = true }
"cap" = { do = "capital", not_after = ["a", "The"], not_before = ["on"] }
"bullet" = "\\n• "
"LOUD" = { do = "capitals-on" }
"Quiet" = { do = "capitals-off" }
"glue" = { do = "no-space" }
"verbatim" = { do = "literal" }
[commands.German]
"Pfeil" = "→"
""".replace('"\\r\\n"', '"\\n"')
REPLACE = """
[replace]
"btw" = "by the way"
"e mail" = "email"
"e mail address" = "address"
"us" = { type = "U.S.", match_case = true }
"C++" = "C plus plus"
"um" = ""
"one two three" = "longer"
"one two" = "shorter"
"don't" = "do not"
[replace.german]
"mfg" = "Mit freundlichen Grüßen"
"""
PATTERNS = r"""
[patterns]
'(\d+) percent' = '\1 %'
'(?P<a>\w+)@@(\w+)' = '\2-\g<a>'
'colou?r' = { type = 'color', ignore_case = true }
' ?--' = '—'
'\bAB\b' = 'A\tB\nC\\'
'(x)|y' = '[\1]'
[patterns.german]
'ss' = 'ß'
"""
TERMS = """
[vocabulary]
terms = [
    "Kubernetes", "GitHub", "Ada Lovelace", "kubectl", "iPhone", "Wozniak", "Rust", "Ng", "US", "Slack", "Markel",
    "Docker", "Williams", "PyTorch",
]
"""


def typed(rules: str, said: str, *, language: str = "English", before: str = "") -> str:
    return parse_rules(rules, "rules.toml").render(said, language, Before(before)).text


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Hello, how are you?", "Hello how are you"),
        ("Hello. How are you?", "Hello how are you"),
        ("Hello, comma, how are you? Question mark.", "Hello, how are you?"),
        ("It costs 3.50 at 12:30.", "It costs 3.50 at 12:30"),
        ("It's well-known (really).", "It's well-known (really)"),
        ("Hello. Wozniak came.", "Hello Wozniak came"),
        ("¿Qué tal? Bien.", "Qué tal Bien"),
    ],
)
def test_only_the_spoken_punctuation(said: str, expected: str) -> None:
    assert typed(SPOKEN, said) == expected


@pytest.mark.parametrize(
    ("rules", "said", "expected"),
    [
        (ALONE, "New line.", "\n"),
        (ALONE, "Comma, new line.", ",\n"),
        (ALONE, "Hello new line", "Hello new line"),
        (ALONE, "literal comma", "Literal comma"),
        (OFF, "New line.", "New line."),
    ],
)
def test_where_commands_are_taken(rules: str, said: str, expected: str) -> None:
    assert typed(rules, said) == expected


@pytest.mark.parametrize(
    ("text", "said", "before", "expected"),
    [
        ("spacing = false", "Hello.", "Hi.", "Hello."),
        ("capitals = false", "and then", "Hi.", " and then"),
        ("capitals = false", "And then", "I came,", " And then"),
        ("capitals = false", "one period two", "", "one. two"),
        ("capitals = false", "cap next one", "", "One"),
        ("capital_after_line = false", "one new line two", "", "One\ntwo"),
        ("capital_after_line = false", "two", "One\n", "two"),
        ('language = "de"', "Komma", "", ","),
    ],
)
def test_settings(text: str, said: str, before: str, expected: str) -> None:
    assert typed(f"[text]\n{text}", said, language="", before=before) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("please insert my address", "Please 1 Example Street\nExampletown"),
        ("please, insert my address, today", "Please, 1 Example Street\nExampletown, today"),
        ("a my sign b", "A § b"),
        ("this is the end period", "This is the end period"),
        ("one arrow two", "One -> two"),
        ("one squeeze two", "One~two"),
        ("one lead two", "One ~two"),
        ("one trail two", "One~ two"),
        ("all of it forget it", ""),
        ("stop", "."),
        ("please stop", "Please stop"),
        ("cap paris", "Paris"),
        ("I saw cap paris", "I saw Paris"),
        ("the cap is", "The cap is"),
        ("cap on", "Cap on"),
        ("buy bullet milk bullet eggs", "Buy\n• Milk\n• Eggs"),
        ("so loud bang quiet calm", "So BANG calm"),
        ("foo glue bar", "Foobar"),
        ("verbatim comma", "Comma"),
        ("new line", "\n"),
        ("comma", ","),
    ],
)
def test_own_commands(said: str, expected: str) -> None:
    assert typed(OWN, said) == expected


def test_own_commands_belong_to_their_language() -> None:
    assert typed(OWN, "Pfeil", language="German") == "→"
    assert typed(OWN, "Pfeil", language="English") == "Pfeil"
    assert typed(OWN, "my sign", language="German") == "§"


@pytest.mark.parametrize(
    ("said", "before", "expected"),
    [
        ("arrow", "x", " ->"),
        ("squeeze", "x", "~"),
        ("lead", "x", " ~"),
        ("trail", "x", "~"),
        ("my sign", "x", " §"),
        ("bullet", "x", "\n• "),
        ("milk", "x\n• ", "Milk"),
    ],
)
def test_own_commands_fit_what_stands_before(said: str, before: str, expected: str) -> None:
    assert typed(OWN, said, before=before) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("BTW, it is late", "By the way, it is late"),
        ("well btw", "Well by the way"),
        ("subtwo btwn", "Subtwo btwn"),
        ("my e mail address", "My address"),
        ("an e mail.", "An email."),
        ("an e, mail", "An e, mail"),
        ("the us and US", "The U.S. and US"),
        ("I like C++ a lot", "I like C plus plus a lot"),
        ("I like C + + a lot", "I like C + + a lot"),
        ("see one two three, one two", "See longer, shorter"),
        ("um, well um yes", ", well yes"),
        ("I don’t know", "I do not know"),
        ("literal comma btw comma", "Comma by the way,"),
        ("mfg", "Mfg"),
    ],
)
def test_replacements(said: str, expected: str) -> None:
    assert typed(REPLACE, said) == expected


def test_replacements_belong_to_their_language() -> None:
    assert typed(REPLACE, "mfg", language="German") == "Mit freundlichen Grüßen"
    assert typed(REPLACE, "btw", language="German") == "By the way"


def test_a_replacement_keeps_its_small_letter_in_mid_sentence() -> None:
    assert typed('[replace]\n"x" = "The"', "see comma x") == "See, The"
    assert typed('[replace]\n"x" = "The End"', "x", before="I saw") == " The End"
    assert typed('[replace]\n"x" = "the end"', "x", before="I left.") == " The end"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("50 percent of 20 percent", "50 % of 20 %"),
        ("a@@b", "B-a"),
        ("Colour and color", "color and color"),
        ("one --two", "One—two"),
        ("x AB y", "[X] A\tB\nC\\ []"),
        ("Strasse", "Strasse"),
    ],
)
def test_patterns(said: str, expected: str) -> None:
    result = typed(PATTERNS, said)
    assert result == expected or result == expected[0].upper() + expected[1:]


def test_patterns_belong_to_their_language() -> None:
    assert typed(PATTERNS, "Strasse", language="German") == "Straße"


def test_patterns_come_in_their_order_and_see_the_finished_text() -> None:
    assert typed("[patterns]\n'a' = 'b'\n'b' = 'c'\n'\\n\\n' = '\\n'", "b new paragraph b") == "C\nB"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("we run cubernetes", "We run Kubernetes"),
        ("we run Kubernetis, often", "We run Kubernetes, often"),
        ("kubernetes's pods", "Kubernetes's pods"),
        ("on git hub and Git-Hub and github", "On GitHub and GitHub and GitHub"),
        ("ada love lace", "Ada Lovelace"),
        ("Ada Lovelase wrote", "Ada Lovelace wrote"),
        ("Aida Lovelace wrote", "Ada Lovelace wrote"),
        ("Kubectl get, kubectl put", "Kubectl get, kubectl put"),
        ("my i phone", "My iPhone"),
        ("my Iphone", "My iPhone"),
        ("Wosniak", "Wozniak"),
        ("rusty rusted trust", "Rusty rusted trust"),
        ("no one sang", "No one sang"),
        ("between us and the US", "Between us and the US"),
        ("Mg and ng", "Mg and Ng"),
        ("a love affair", "A love affair"),
        ("gather", "Gather"),
        ("the hub, git hub", "The hub, GitHub"),
        ("git, hub", "Git, hub"),
        ("the stack and the Slact", "The stack and the Slack"),
        ("Market is open", "Market is open"),
        ("Dockers strike", "Dockers strike"),
        ("William is here", "William is here"),
        ("by pie torch", "By PyTorch"),
        ("Kabirnetes", "Kubernetes"),
        ("Makrel", "Markel"),
    ],
)
def test_vocabulary(said: str, expected: str) -> None:
    assert typed(TERMS, said) == expected


def test_vocabulary_keeps_its_names_in_mid_sentence() -> None:
    assert typed(TERMS, "Rust is old.", before="I think") == " Rust is old."
    assert typed("", "Rust is old.", before="I think") == " rust is old."


@pytest.mark.parametrize(
    ("setting", "said", "expected"),
    [
        ("correct = false", "cubernetes", "Cubernetes"),
        ("likeness = 1", "cubernetes and github", "Cubernetes and GitHub"),
        ("likeness = 0.6", "kubornotes", "Kubernetes"),
        ("likeness = 0.8", "kobornotas", "Kobornotas"),
    ],
)
def test_vocabulary_settings(setting: str, said: str, expected: str) -> None:
    assert typed(f"{TERMS}\n{setting}", said) == expected


def test_vocabulary_is_context() -> None:
    assert parse_rules(TERMS, "r").context.startswith("Kubernetes, GitHub, Ada Lovelace")
    assert parse_rules(f"{TERMS}\nsend = false", "r").context == ""
    assert parse_rules("", "r").context == ""


def test_context_has_room_for_whole_terms_only() -> None:
    terms = [f"Term number {number}" for number in range(1000)]
    context = parse_rules(f"[vocabulary]\nterms = {terms}", "r").context
    assert 3900 < len(context) <= 4000
    assert context.split(", ")[-1] in terms


@pytest.mark.parametrize("key", ["en", "EN", "english", "English"])
def test_languages_by_name_or_code(key: str) -> None:
    assert typed(f'[commands.{key}]\n"x" = "§"', "x", language=key) == "§"
