from __future__ import annotations

from pathlib import Path

import pytest

from asrd.config.places import config_file, expanded, history_folder, state_folder, token_file
from asrd.options import HistoryOptions, ServerOptions

HOME = {"HOME": "/home/me"}


def test_linux() -> None:
    assert config_file(HOME, "linux") == Path("/home/me/.config/asrd/asrd.toml")
    assert state_folder(HOME, "linux") == Path("/home/me/.local/state/asrd")
    xdg = HOME | {"XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s"}
    assert config_file(xdg, "linux") == Path("/c/asrd/asrd.toml")
    assert state_folder(xdg, "linux") == Path("/s/asrd")


def test_a_relative_xdg_folder_is_ignored() -> None:
    assert state_folder(HOME | {"XDG_STATE_HOME": "state"}, "linux") == Path("/home/me/.local/state/asrd")


def test_mac() -> None:
    environ = HOME | {"XDG_CONFIG_HOME": "/c"}
    assert config_file(environ, "darwin") == Path("/home/me/Library/Application Support/asrd/asrd.toml")
    assert state_folder(environ, "darwin") == Path("/home/me/Library/Application Support/asrd")


def test_without_a_home() -> None:
    assert state_folder({}, "linux").is_absolute()


def test_places_of_the_daemon() -> None:
    environ = {"XDG_STATE_HOME": "/s"}
    assert token_file(ServerOptions(), environ).parent == state_folder(environ)
    assert token_file(ServerOptions(token_file="/t"), environ) == Path("/t")
    assert history_folder(HistoryOptions(), environ).parent == state_folder(environ)
    assert history_folder(HistoryOptions(folder="/h"), environ) == Path("/h")


def test_expanded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert expanded("~/x") == "/home/me/x"
    assert expanded("x") == "x"
    assert expanded("x", tmp_path) == str(tmp_path / "x")
    assert expanded("/x", tmp_path) == "/x"
    assert expanded("", tmp_path) == ""
    assert expanded("~nobody-of-this-name/x") == "~nobody-of-this-name/x"
