from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrd.service.errors import ServiceError
from asrd.service.filling import filled, template
from asrd.service.interface import Part, Wish
from asrd.service.systemd_units import command_line, environment_lines, quoted, unit_files
from tests.service.managers import WISH_PROGRAM
from tests.service.user_manager import need_systemd

GOLDEN = Path(__file__).with_name("golden")
WISH = Wish(
    program=WISH_PROGRAM,
    arguments=("--device", 'USB "Mic" 50% $x', "--port", "9000"),
    typist_arguments=("--port", "9000"),
    parts=(Part.DAEMON, Part.TYPIST),
    environment={"XDG_STATE_HOME": "/home/ana/my state/50%"},
    writable=(Path("/home/ana/my state/50%/asrd"),),
    stop_s=20,
)
ESCAPE = re.compile(r"\\(x[0-9a-f]{2}|.)|%%|(.)", re.DOTALL)
NAMED = {"n": "\n", "t": "\t", "r": "\r"}


def read_back(word: str) -> str:
    """Systemd's reading of a quoted word, written from systemd.syntax(7)."""
    assert word[0] == word[-1] == '"'

    def one(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        if found[2]:
            assert found[2] not in '"%', word
            return found[2]
        code = found[1]
        return chr(int(code[1:], 16)) if code[0] == "x" and len(code) == 3 else NAMED.get(code, code)

    return ESCAPE.sub(one, word[1:-1])


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_any_word_can_be_read_back(word: str) -> None:
    written = quoted(word)
    assert read_back(written) == word
    assert not re.search("[\0-\x1f\x7f]", written)


@pytest.mark.parametrize("word", ["\0", "a\0", "\udcff"])
def test_what_no_unit_can_hold(word: str) -> None:
    with pytest.raises(ServiceError):
        quoted(word)


@pytest.mark.parametrize("path", ["/a'b/python", '/a"b/python', "/a\\b/python", "/a\nb/python"])
def test_programs_that_systemd_does_not_start(path: str) -> None:
    with pytest.raises(ServiceError, match="install asrd in another folder"):
        command_line((path, "-m", "asrd"))


def test_variables_without_control_characters() -> None:
    assert environment_lines({"A": "b c%", "D": "é"}) == 'Environment="A=b c%%"\nEnvironment="D=é"\n'
    with pytest.raises(ServiceError, match="A is"):
        environment_lines({"A": "\x1b"})


@pytest.mark.parametrize("part", list(Part))
def test_golden(part: Part, tmp_path: Path) -> None:
    [file] = [
        file
        for file in unit_files(WISH, tmp_path)
        if file.path.name == {Part.DAEMON: "asrd.service"}.get(part, "asrd-type.service")
    ]
    assert file.content.decode() == (GOLDEN / file.path.name).read_text(encoding="utf-8")


def settings_of(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line and line[0] not in "#[":
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def test_what_the_daemon_s_unit_promises(tmp_path: Path) -> None:
    files = {file.path.name: settings_of(file.content.decode()) for file in unit_files(WISH, tmp_path)}
    daemon, typist = files["asrd.service"], files["asrd-type.service"]
    assert daemon["WantedBy"] == ["default.target"]
    assert daemon["Restart"] == ["on-failure"]
    assert daemon["RestartPreventExitStatus"] == ["2 3"]
    assert int(daemon["StartLimitIntervalSec"][0]) > int(daemon["StartLimitBurst"][0]) * int(daemon["RestartSec"][0])
    assert daemon["Type"] == ["notify"]
    assert daemon["ProtectSystem"] == ["strict"]
    assert daemon["NoNewPrivileges"] == ["yes"]
    assert daemon["ReadWritePaths"][0].startswith('"-/home/ana/my state/50%%/asrd" ')
    assert "AF_UNIX" in daemon["RestrictAddressFamilies"][0]
    assert typist["WantedBy"] == typist["PartOf"] == ["graphical-session.target"]
    assert "graphical-session.target" in typist["After"][0]
    assert typist["ExecStart"] == [':"/opt/asrd/bin/python" "-m" "asrd" "type" "--wait" "--port" "9000"']


def test_without_a_view_of_its_own(tmp_path: Path) -> None:
    [file] = unit_files(Wish(program=WISH_PROGRAM, is_confined=False), tmp_path)
    found = settings_of(file.content.decode())
    assert not {"PrivateUsers", "ProtectSystem", "ReadWritePaths"} & set(found)
    assert found["NoNewPrivileges"] == ["yes"]


def test_systemd_understands_every_line(tmp_path: Path) -> None:
    need_systemd()
    (tmp_path / "run").mkdir(mode=0o700)
    wish = Wish(**{**vars(WISH), "program": ("/bin/sh", "-m", "asrd")})
    for is_confined in (True, False):
        folder = tmp_path / str(is_confined)
        folder.mkdir()
        files = unit_files(Wish(**{**vars(wish), "is_confined": is_confined}), folder)
        for file in files:
            file.path.write_bytes(file.content)
        ran = subprocess.run(
            ["systemd-analyze", "--user", "verify", *(str(file.path) for file in files)],
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path / "run")},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        said = [line for line in ran.stderr.splitlines() if "asrd" in line]
        assert (ran.returncode, said) == (0, [])


def test_verification_would_find_a_wrong_line(tmp_path: Path) -> None:
    """Else the test above shows nothing."""
    need_systemd()
    (tmp_path / "run").mkdir(mode=0o700)
    [file] = unit_files(Wish(program=("/bin/sh",)), tmp_path)
    file.path.write_bytes(file.content.replace(b"ProtectSystem=strict", b"ProtectSystem=strikt"))
    ran = subprocess.run(
        ["systemd-analyze", "--user", "verify", str(file.path)],
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path / "run")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "strikt" in ran.stderr


def test_templates_and_their_values_belong_together() -> None:
    with pytest.raises(ValueError, match="places"):
        filled("asrd.service", {"MARK": ""})
    with pytest.raises(ServiceError, match="did not come with this asrd"):
        template("absent")
