"""`asrd config`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from asrd.config.definition import settings
from asrd.options import Config
from tests.cli.commands import Cli, assert_one_line

LINES = len(settings())


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "config" / "asrd").mkdir(parents=True)
    return tmp_path / "config" / "asrd" / "asrd.toml"


def test_defaults(cli: Cli, file: Path) -> None:
    ran = cli("config")
    assert (ran.code, ran.err) == (0, "")
    first, *rest = ran.out.splitlines()
    assert first == f"# {file} (there is none)"
    assert len(rest) == LINES
    assert rest[0].split() == ["model.path", '""', "default"]
    assert len({line.index("default") for line in rest}) == 1  # aligned


def test_origins(cli: Cli, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("[server]\nport = 80\nhost = 'x'\n", encoding="utf-8")
    monkeypatch.setenv("ASRD_SERVER_HOST", "localhost")
    ran = cli("config", "--language", "de")
    lines = {line.split()[0]: line.split()[1:] for line in ran.out.splitlines()}
    assert ran.out.startswith(f"# {file}\n")
    assert lines["server.port"] == ["80", f"{file}:2"]
    assert lines["server.host"] == ['"localhost"', "ASRD_SERVER_HOST"]
    assert lines["model.language"] == ['"de"', "--language"]


def test_json(cli: Cli, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASRD_SERVR_PORT", "1")
    ran = cli("config", "--json", "--server-origins", "https://a")
    assert ran.err.count("\n") == 1
    told = json.loads(ran.out)
    assert told["file"] == str(file)
    assert told["file_exists"] is False
    assert len(told["warnings"]) == 1
    assert len(told["settings"]) == LINES
    assert told["settings"]["server.origins"] == {"value": ["https://a"], "origin": "--server-origins", "default": []}


def test_path(cli: Cli, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli("config", "--path") == (0, f"{file}\n", "")
    assert cli("config", "--path", "--config", "/x.toml") == (0, "/x.toml\n", "")  # it need not exist yet
    monkeypatch.setenv("ASRD_CONFIG", "/y.toml")
    assert cli("config", "--path") == (0, "/y.toml\n", "")


def test_the_example_is_a_file(cli: Cli, file: Path) -> None:
    file.write_text(cli("config", "--example").out, encoding="utf-8")
    told = json.loads(cli("config", "--json").out)
    assert told["file_exists"]
    assert told["settings"]["server.port"] == {"value": 8765, "origin": "default", "default": Config().server.port}


def test_a_broken_file(cli: Cli, file: Path) -> None:
    file.write_text("[server]\nprot = 80\n", encoding="utf-8")
    assert_one_line(cli("config"), 2, f"{file}, line 2: server.prot is no setting", "did you mean server.port?")
    assert cli("config", "--path").code == 0
    assert cli("config", "--example").code == 0


def test_a_misspelt_variable(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASRD_SERVR_PORT", "1")
    ran = cli("config")
    assert ran.code == 0
    assert ran.err == "asrd: ASRD_SERVR_PORT is no setting and is ignored; did you mean ASRD_SERVER_PORT?\n"


@pytest.mark.parametrize("columns", ["50", "80", "200"])
def test_help_fits_80_columns(cli: Cli, columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    ran = cli("config", "--help")
    assert max(map(len, ran.out.splitlines())) <= 80
    assert "--port N" in ran.out
    assert "--server-replay" not in ran.out
