from __future__ import annotations

import pytest

from asrd.recognizer.output import read_output
from asrd.text.loops import ends_in_loop, token_limit
from asrd.text.transcript import parse_transcript, repair_repetition


@pytest.mark.parametrize(
    ("raw", "forced", "language", "text"),
    [
        ("language English<asr_text>Hello there.", None, "English", "Hello there."),
        ("language None<asr_text>", None, "", ""),
        ("language None<asr_text>hm", None, "", "hm"),
        ("LANGUAGE none<asr_text> ", None, "", ""),
        ("  language Chinese<asr_text> \u4f60\u597d\u3002 ", None, "Chinese", "\u4f60\u597d\u3002"),
        ("language Chinese\n\n<asr_text>\u4f60\u597d", None, "Chinese", "\u4f60\u597d"),
        ("no tag at all", None, "", "no tag at all"),
        ("a<asr_text>b<asr_text>c", None, "", "b<asr_text>c"),
        ("", None, "", ""),
        ("language", None, "", ""),
        ("language Engl", None, "", ""),
        ("language English<asr_", None, "", ""),
        ("language is what we speak", None, "", "language is what we speak"),
        ("Hello there.", "English", "English", "Hello there."),
        ("language French<asr_text>x", "English", "English", "language French<asr_text>x"),
        ("", "English", "English", ""),
    ],
)
def test_output_is_parsed(raw: str, forced: str | None, language: str, text: str) -> None:
    transcript = parse_transcript(raw, forced_language=forced)
    assert (transcript.language, transcript.text) == (language, text)
    if transcript.text:
        assert raw[transcript.start :].startswith(text)


@pytest.mark.parametrize(
    ("text", "repaired"),
    [
        ("a" * 20, "a" * 20),
        ("a" * 21, "a"),
        ("x" + "ha" * 19, "x" + "ha" * 19),
        ("x" + "ha" * 20 + "y", "xhay"),
        ("the cat. " * 25 + "End", "the cat. End"),
        ("0123456789012345678X" * 20, "0123456789012345678X"),
        ("0123456789012345678XY" * 20, "0123456789012345678XY" * 20),
        ("\n" * 30 + "z", "\nz"),
        ("\u597d" * 40, "\u597d"),
        ("", ""),
    ],
)
def test_repetition_is_repaired(text: str, repaired: str) -> None:
    assert repair_repetition(text) == repaired


def test_a_repaired_text_has_no_place_in_the_output() -> None:
    transcript = parse_transcript("language English<asr_text>" + "no " * 30)
    assert transcript.start == -1
    assert transcript.literal == ("no " * 30).strip()


def test_half_a_character_waits_for_its_rest() -> None:
    pieces = [b"language English", b"<asr_text>", b"caf", b"\xc3", b"\xa9 ", b"\xe4\xbd"]
    output = read_output(range(6), pieces.__getitem__, None)
    assert output.transcript.text == "caf\u00e9"
    assert output.token_ends == {0: 2, 3: 3}
    assert read_output(range(4), pieces.__getitem__, None).transcript.text == "caf"


def test_tag_split_over_passes() -> None:
    pieces = [b"lang", b"uage Fr", b"ench", b"<asr", b"_text>", b"Oui"]
    texts = [read_output(range(n), pieces.__getitem__, None).transcript.text for n in range(7)]
    assert texts[3:] == ["", "", "", "Oui"]
    assert texts[:3] == ["", "lang", ""]  # `lang` alone may be speech


def test_broken_bytes_become_replacement_characters() -> None:
    assert read_output([0], lambda _token: b"ok \xff ok", None).transcript.text == "ok \ufffd ok"


def test_loops_are_seen_when_they_are_long_enough() -> None:
    for length in (1, 2, 7, 20):
        pattern = list(range(length))
        assert not ends_in_loop([99] + pattern * 20)
        assert ends_in_loop([99] + pattern * 21)
        assert not ends_in_loop(pattern * 21 + [99])
    assert not ends_in_loop(list(range(21)) * 30)


def test_token_limit_grows_with_the_audio() -> None:
    assert [token_limit(s) for s in (0, 16_000, 480_000)] == [32, 52, 632]
