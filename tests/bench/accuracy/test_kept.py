"""Texts on file: an interrupted run goes on, and none with another model."""

from __future__ import annotations

from pathlib import Path

import pytest

from asrd.bench.accuracy.hearing import Heard, Said, Segmented
from asrd.bench.accuracy.kept import Kept
from asrd.bench.accuracy.steadiness import Pass
from asrd.errors import ConfigError

IDENTITY = {"model": {"sha256": "ab"}, "margins_s": (0.3, 1.0)}
PASSES = (Pass(16000, "a\u2028b", (0, 1, 3)), Pass(20000, "", ()))
HEARD = Heard(32000, Said("a b", 0.5), Said("a b", 1.5), PASSES, ("a b", "a"), None)
SEGMENTED = Heard(32000, Said("é", 0.5), Said("é", 1.5), (), (), Segmented(Said("é", 0.1), 2, 1))


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    kept = Kept(path, IDENTITY)
    assert kept.heard("one") is None
    kept.keep_heard("one", HEARD)
    kept.keep_heard("two", SEGMENTED)
    kept.keep_said("peer=cmd", "one", Said("x", 2.0))
    for again in (kept, Kept(path, IDENTITY)):
        assert again.heard("one") == HEARD
        assert again.heard("two") == SEGMENTED
        assert again.said("peer=cmd", "one") == Said("x", 2.0)
        assert again.said("peer=cmd", "two") is None
        assert again.said("peer=other", "one") is None


def test_without_a_file_it_lasts_as_long_as_the_run() -> None:
    kept = Kept(None, IDENTITY)
    kept.keep_heard("one", HEARD)
    assert kept.heard("one") == HEARD
    assert Kept(None, IDENTITY).heard("one") is None


def test_a_line_that_was_cut_off_is_recognised_again(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    kept = Kept(path, IDENTITY)
    kept.keep_heard("one", HEARD)
    kept.keep_heard("two", HEARD)
    path.write_bytes(path.read_bytes()[:-20])
    again = Kept(path, IDENTITY)
    assert again.heard("one") == HEARD
    assert again.heard("two") is None
    again.keep_heard("two", SEGMENTED)
    assert Kept(path, IDENTITY).heard("two") == SEGMENTED


def test_a_run_that_was_killed_at_once(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    path.write_text('{"model"', encoding="utf-8")
    Kept(path, IDENTITY).keep_heard("one", HEARD)
    assert Kept(path, IDENTITY).heard("one") == HEARD


@pytest.mark.parametrize(
    "content", ['{"model": {"sha256": "cd"}, "margins_s": [0.3, 1.0]}\n', "[]\n", "no json\n", "1\n2\n", '{}\n["a"]\n']
)
def test_of_something_else(content: str, tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"other settings.*--resume"):
        Kept(path, IDENTITY)
    assert path.read_text(encoding="utf-8") == content


@pytest.mark.parametrize("line", ["no json", "3", '["", "one"]', '["", "one", 3]'])
def test_a_damaged_line_in_the_middle_is_named_and_nothing_is_forgotten(line: str, tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    Kept(path, IDENTITY).keep_heard("one", HEARD)
    whole = path.read_text(encoding="utf-8")
    path.write_text(f"{whole}{line}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"kept\.jsonl, line 3: "):
        Kept(path, IDENTITY)
    assert path.read_text(encoding="utf-8").startswith(whole)


def test_places_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\n")
    for path, why in (
        (tmp_path, "cannot be read"),
        (tmp_path / "binary", "cannot be read"),
        (tmp_path / "a" / "b", "cannot be written"),
    ):
        with pytest.raises(ConfigError, match=f"{why}.*--resume"):
            Kept(path, IDENTITY)
