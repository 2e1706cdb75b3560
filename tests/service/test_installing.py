from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from asrd.service.errors import ServiceError
from asrd.service.files import Change, digest_of, plan, write
from asrd.service.filling import MARK
from asrd.service.installing import Installer
from asrd.service.interface import File, Part, Wish
from asrd.service.launchd import LaunchdManager
from asrd.service.manifest import Manifest, load_manifest, manifest_content
from asrd.service.runs import Run, RunRecord
from asrd.service.systemd import SystemdManager
from tests.service.managers import WISH_PROGRAM, FakeLaunchd, FakeRunner
from tests.service.test_systemd import FakeSystemd

UNIT = ".config/systemd/user/asrd.service"


class House:
    """A home folder, and an installer for it."""

    def __init__(self, home: Path, *, is_mac: bool = False) -> None:
        self.home = home
        self.state = home / ".local" / "state" / "asrd"
        self.wish = Wish(program=WISH_PROGRAM, writable=(self.state,))
        self.said: list[str] = []
        reply = FakeLaunchd(home) if is_mac else FakeSystemd()
        self.runner = FakeRunner(reply)
        self.dry = FakeRunner(reply, is_dry=True)
        self.manager = (
            LaunchdManager(self.runner, home, 501, lambda _s: None)
            if is_mac
            else SystemdManager(self.runner, {"HOME": str(home), "XDG_RUNTIME_DIR": "/run/user/1"})
        )
        if isinstance(reply, FakeSystemd):
            reply.folder = (home / UNIT).parent

    def installer(self, *, dry: bool = False) -> Installer:
        self.said.clear()
        return Installer(self.manager, self.dry if dry else self.runner, self.state, self.said.append)

    def tree(self) -> set[str]:
        return {path.relative_to(self.home).as_posix() for path in self.home.rglob("*")}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def mac(tmp_path: Path) -> House:
    return House(tmp_path, is_mac=True)


def test_install_and_uninstall_leave_a_home_as_it_was(house: House) -> None:
    house.installer().install(house.wish)
    assert house.said[-1] == f"wrote     {house.home / UNIT}"
    assert f"made      {house.home}/.config/systemd" in house.said
    assert house.installer().uninstall()
    assert house.said[0] == f"removed   {house.home / UNIT}"
    assert house.tree() == set()
    assert not house.installer().uninstall()


def test_on_a_mac_too(mac: House) -> None:
    mac.installer().install(mac.wish)
    assert {"Applications/asrd.app/Contents/MacOS/asrd", "Library/LaunchAgents/dev.asrd.daemon.plist"} <= mac.tree()
    assert mac.installer().uninstall()
    # The log is not what install wrote; it may tell why it was removed.
    assert {path for path in mac.tree() if not path.startswith(".local")} == {
        *("Library", "Library/Logs", "Library/Logs/asrd")
    }


def test_what_others_have_there_stays(house: House) -> None:
    other = house.home / ".config/systemd/user/other.service"
    other.parent.mkdir(parents=True)
    other.write_text("[Service]\n", encoding="ascii")
    tokens = house.state / "tokens.json"
    house.installer().install(house.wish)
    tokens.write_text("{}", encoding="ascii")
    RunRecord(house.state).add(Run(1, 2.0))
    house.installer().uninstall()
    assert {path for path in house.tree() if (house.home / path).is_file()} == {
        ".config/systemd/user/other.service",
        ".local/state/asrd/tokens.json",
    }


def test_again_changes_nothing(house: House) -> None:
    house.installer().install(house.wish)
    before = {path: (house.home / path).stat().st_mtime_ns for path in (UNIT,)}
    house.runner.ran.clear()
    house.installer().install(house.wish)
    assert house.said == [f"unchanged {house.home / UNIT}"]
    assert not any("restart" in line for line in house.runner.ran)
    assert {path: (house.home / path).stat().st_mtime_ns for path in (UNIT,)} == before


def test_other_flags_change_the_unit(house: House) -> None:
    house.installer().install(house.wish)
    house.installer().install(Wish(program=WISH_PROGRAM, arguments=("--port", "9000")))
    assert house.said == [f"changed   {house.home / UNIT}"]
    assert any("restart" in line for line in house.runner.ran)
    manifest = load_manifest(house.state)
    assert manifest is not None
    assert manifest.arguments == ("--port", "9000")


def test_the_typist_stays_until_uninstall(house: House) -> None:
    house.installer().install(Wish(program=WISH_PROGRAM, parts=(Part.DAEMON, Part.TYPIST)))
    house.runner.ran.clear()
    house.installer().install(house.wish)
    assert any(line.endswith("enable asrd-type.service") for line in house.runner.ran)
    house.installer().uninstall()
    assert not (house.home / ".config/systemd/user/asrd-type.service").exists()


def test_dry(house: House) -> None:
    house.installer(dry=True).install(house.wish)
    assert house.tree() == set()
    assert any("[Service]" in said for said in house.said)
    assert house.runner.ran == []
    assert house.dry.ran
    house.installer().install(house.wish)
    before = house.tree()
    house.runner.ran.clear()
    assert house.installer(dry=True).uninstall()
    assert house.said == [f"removed   {house.home / UNIT}"]
    assert house.tree() == before
    assert house.runner.ran == []


class TestInTheWay:
    def write(self, house: House, text: str) -> Path:
        path = house.home / UNIT
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def test_a_file_of_somebody_else(self, house: House) -> None:
        path = self.write(house, "[Service]\nExecStart=/bin/true\n")
        for force in (False, True):
            with pytest.raises(ServiceError, match="was not written by asrd: move it away"):
                house.installer().install(house.wish, force=force)
        assert path.read_text(encoding="utf-8") == "[Service]\nExecStart=/bin/true\n"
        assert house.runner.ran == []
        assert not house.installer().uninstall()

    def test_a_link(self, house: House) -> None:
        path = house.home / UNIT
        path.parent.mkdir(parents=True)
        path.symlink_to(house.home / "elsewhere")
        for text in ("", MARK):
            (house.home / "elsewhere").write_text(text, encoding="ascii")
            with pytest.raises(ServiceError, match="is in the way and is no file of asrd's"):
                house.installer().install(house.wish, force=True)

    def test_changes_by_hand_are_not_lost(self, house: House) -> None:
        house.installer().install(house.wish)
        path = house.home / UNIT
        path.write_text(path.read_text(encoding="utf-8") + "Nice=5\n", encoding="utf-8")
        house.runner.ran.clear()
        with pytest.raises(ServiceError, match="changed by hand"):
            house.installer().install(house.wish)
        with pytest.raises(ServiceError, match="changed by hand"):
            house.installer().uninstall()
        assert house.runner.ran == []
        assert "Nice=5" in path.read_text(encoding="utf-8")
        house.installer().install(house.wish, force=True)
        assert "Nice=5" not in path.read_text(encoding="utf-8")

    def test_a_folder_that_cannot_be_written(self, house: House) -> None:
        (house.home / ".config").write_text("", encoding="ascii")
        with pytest.raises(ServiceError, match="cannot be written"):
            house.installer().install(house.wish)

    def test_a_folder_of_the_daemon_s_that_cannot_be_made(self, house: House) -> None:
        (house.home / "file").write_text("", encoding="ascii")
        with pytest.raises(ServiceError, match="the daemon writes there"):
            house.installer().install(Wish(program=WISH_PROGRAM, writable=(house.home / "file" / "x",)))


class TestList:
    def test_lost(self, house: House) -> None:
        """The mark in the files is enough to remove them."""
        house.installer().install(house.wish)
        (house.state / "service.json").unlink()
        house.installer().install(house.wish)
        (house.state / "service.json").unlink()
        assert house.installer().uninstall()
        assert not (house.home / UNIT).exists()

    @pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 1}', '{"format": 1, "files": 3}', "\0"])
    def test_damaged(self, house: House, content: str) -> None:
        house.installer().install(house.wish)
        (house.state / "service.json").write_text(content, encoding="ascii")
        for act in (lambda: house.installer().install(house.wish), house.installer().uninstall):
            with pytest.raises(ServiceError, match=r"service\.json"):
                act()
        house.installer().install(house.wish, force=True)
        assert house.installer().uninstall()

    def test_of_another_release(self, house: House) -> None:
        house.installer().install(house.wish)
        path = house.state / "service.json"
        path.write_text(json.dumps(json.loads(path.read_bytes()) | {"format": 2}), encoding="utf-8")
        with pytest.raises(ServiceError, match="another release"):
            house.installer().uninstall()

    def test_round_trip(self, tmp_path: Path) -> None:
        manifest = Manifest("systemd", {Path("/ä b"): "00"}, (Path("/ä"),), (Part.DAEMON, Part.TYPIST), ("--x", "ö"))
        (tmp_path / "service.json").write_bytes(manifest_content(manifest))
        assert load_manifest(tmp_path) == manifest

    def test_mode(self, house: House) -> None:
        house.installer().install(house.wish)
        assert (house.state / "service.json").stat().st_mode & 0o777 == 0o600
        assert (house.home / UNIT).stat().st_mode & 0o777 == 0o644


def test_a_new_start_is_not_held_against_old_failures(house: House) -> None:
    RunRecord(house.state).add(Run(1, 2.0))
    house.installer().install(house.wish)
    assert [run.counts for run in RunRecord(house.state).runs()] == [False]


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "unit"
    path.write_text(f"{MARK}\nold", encoding="ascii")
    manifest = Manifest("systemd", {path: digest_of(path.read_bytes())})
    [step] = plan([File(path, b"new")], manifest)
    assert step.change is Change.CHANGED

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ServiceError, match="No space left on device"):
        write([step])
    assert path.read_text(encoding="ascii") == f"{MARK}\nold"
    assert [one.name for one in tmp_path.iterdir()] == ["unit"]
