"""The file is read again when it changes; a broken one changes nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from asrd_clients.rules import Before, RulesError, RulesFile, load_rules
from asrd_clients.rules.file import Stamp, stamp_of

ONE, TWO = '[commands.en]\n"x" = "1"', '[commands.en]\n"x" = "2"'


class Rig:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "rules.toml"
        self.told: list[str] = []
        self.asked = 0
        self.version = 0
        self.rules = RulesFile(self.path, self.told.append, stat=self._stat)

    def write(self, text: str) -> None:
        self.path.write_text(text, encoding="utf-8")
        self.version += 1

    def typed(self) -> str:
        return self.rules.render("x", "English", Before()).text

    def _stat(self, path: Path) -> Stamp:
        self.asked += 1
        return (self.version, 0, 0) if path.exists() else None


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_no_file_is_no_fault(rig: Rig) -> None:
    assert rig.typed() == "X"
    assert rig.told == []


def test_follows_its_file(rig: Rig) -> None:
    rig.write(ONE)
    assert rig.typed() == "1"
    rig.write(TWO)
    assert rig.typed() == "2"
    rig.path.unlink()
    assert rig.typed() == "X"
    rig.write(ONE)
    assert rig.typed() == "1"
    assert rig.told == []


def test_reads_no_more_than_it_must(rig: Rig) -> None:
    rig.write(ONE)
    first = rig.rules.current()
    assert rig.rules.current() is first
    assert rig.asked == 2


def test_a_broken_file_changes_nothing_and_is_told_once(rig: Rig) -> None:
    rig.write(ONE)
    assert rig.typed() == "1"
    rig.write("[commands.en]\nx = 5")
    assert rig.typed() == "1"
    assert rig.typed() == "1"
    rig.write("[commands.en]\nx = 5")
    assert rig.typed() == "1"
    assert len(rig.told) == 1
    assert str(rig.path) in rig.told[0]
    assert "line 2" in rig.told[0]
    assert "the rules from before stay in use" in rig.told[0]


def test_another_fault_is_told_as_well(rig: Rig) -> None:
    rig.write("[commands.en]\nx = 5")
    rig.typed()
    rig.write("[commands.en]\n\nx = 5")
    rig.typed()
    rig.write(ONE)
    assert rig.typed() == "1"
    rig.write("[commands.en]\n\nx = 5")
    rig.typed()
    assert len(rig.told) == 3


def test_a_broken_file_from_the_start_leaves_the_built_in_rules(rig: Rig) -> None:
    rig.write("=")
    assert rig.rules.render("comma", "English", Before()).text == ","
    assert len(rig.told) == 1


def test_context_follows_as_well(rig: Rig) -> None:
    rig.write('[vocabulary]\nterms = ["Ada"]')
    assert rig.rules.context == "Ada"


def test_the_stamp_shows_a_change_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "r"
    assert stamp_of(path) is None
    path.write_text("a")
    first = stamp_of(path)
    assert first == stamp_of(path)
    assert first is not None
    os.utime(path, ns=(first[0] + 1_000_000_000, first[0] + 1_000_000_000))
    assert stamp_of(path) != first
    other = tmp_path / "other"
    other.write_text("b")
    os.utime(other, ns=(first[0], first[0]))
    second = stamp_of(path)
    other.replace(path)
    assert stamp_of(path) != second
    assert stamp_of(tmp_path / "a\0b") is None


class TestLoading:
    def test_reads_a_byte_order_mark(self, tmp_path: Path) -> None:
        path = tmp_path / "rules.toml"
        path.write_bytes(b"\xef\xbb\xbf" + ONE.encode())
        assert load_rules(path).render("x", "en", Before()).text == "1"

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(RulesError, match=r"there is no rules file .*no\.toml; `asrd type --rules-example`"):
            load_rules(tmp_path / "no.toml")

    def test_no_utf_8(self, tmp_path: Path) -> None:
        path = tmp_path / "rules.toml"
        path.write_bytes(b"a = '\xe4'")
        with pytest.raises(RulesError, match="no UTF-8 text \\(byte 5\\): save it"):
            load_rules(path)

    def test_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(RulesError, match="cannot be read"):
            load_rules(tmp_path)

    def test_an_endless_file(self, tmp_path: Path) -> None:
        path = tmp_path / "rules.toml"
        with path.open("wb") as file:
            file.truncate(5_000_000)
        with pytest.raises(RulesError, match="longer than"):
            load_rules(path)

    def test_names_file_and_line(self, tmp_path: Path) -> None:
        path = tmp_path / "rules.toml"
        path.write_text("\n\n[texxt]")
        with pytest.raises(RulesError, match=r"rules\.toml, line 3: .*did you mean text\?"):
            load_rules(path)
