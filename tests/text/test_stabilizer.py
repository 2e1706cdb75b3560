from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from asrd.text.stabilizer import Stabilizer
from asrd.text.units import join_texts, split_units

TEXTS = st.lists(st.text(alphabet="ab \u4f60\u597d\u3002.", max_size=12).map(str.strip), max_size=12)


def test_agreement_and_age_commit() -> None:
    stabilizer = Stabilizer(margin_samples=1000)
    shown = []
    for position, text in [
        (500, "the"),
        (1000, "a cat"),
        (1500, "a cat sat"),
        (2000, "a cat sat on"),
        (2500, "a cat sat on"),
        (4000, "a cat sat on it"),
    ]:
        stabilizer.update(text, position)
        shown.append((stabilizer.committed, stabilizer.tail))
    assert shown == [
        ("", "the"),
        ("", "a cat"),
        ("", "a cat sat"),
        ("a cat", " sat on"),
        ("a cat sat", " on"),
        ("a cat sat on", " it"),
    ]


def test_a_single_pass_commits_nothing() -> None:
    stabilizer = Stabilizer(margin_samples=0)
    stabilizer.update("hello", 16_000)
    assert stabilizer.committed == ""


def test_committed_ends_at_token_boundaries_only() -> None:
    stabilizer = Stabilizer(margin_samples=0)
    for position in (1, 2, 3):
        stabilizer.update("one two three", position, boundaries={3, 5, 13})
    assert stabilizer.committed == "one two three"
    other = Stabilizer(margin_samples=0)
    for position in (1, 2, 3):
        other.update("one two three", position, boundaries={3, 5})
    assert other.committed == "one"


def test_a_contradiction_leaves_the_committed_text_and_aligns_the_tail() -> None:
    stabilizer = Stabilizer(margin_samples=0)
    stabilizer.update("I scream", 1)
    stabilizer.update("I scream", 2)
    assert stabilizer.committed == "I scream"
    stabilizer.update("Ice cream is good", 3)
    assert (stabilizer.committed, stabilizer.tail) == ("I scream", " is good")
    stabilizer.finish("Ice cream is good.", 4)
    assert (stabilizer.committed, stabilizer.tail) == ("I scream is good.", "")


@given(texts=TEXTS, margin=st.integers(0, 3))
def test_committed_only_grows(texts: list[str], margin: int) -> None:
    stabilizer, before = Stabilizer(margin), ""
    for position, text in enumerate(texts, 1):
        stabilizer.update(text, position)
        assert stabilizer.committed.startswith(before)
        if text.startswith(stabilizer.committed):
            assert stabilizer.committed + stabilizer.tail == text
        before = stabilizer.committed
    stabilizer.finish(texts[-1] if texts else "", len(texts))
    assert stabilizer.committed.startswith(before)


def test_units_are_words_or_characters() -> None:
    assert split_units("Hello, big world.") == ["Hello,", " big", " world."]
    assert split_units("\u4f60\u597d\u3002ok then") == ["\u4f60", "\u597d\u3002", "ok", " then"]
    assert split_units("") == []


@given(st.text())
def test_units_joined_are_the_text(text: str) -> None:
    assert "".join(split_units(text)) == text


def test_pieces_are_joined_as_their_script_wants() -> None:
    assert join_texts("one.", "Two") == "one. Two"
    assert join_texts("\u4f60\u597d\u3002", "\u597d") == "\u4f60\u597d\u3002\u597d"
    assert join_texts("", "x") == "x"
    assert join_texts("x", "") == "x"
