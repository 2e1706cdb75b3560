from __future__ import annotations

import plistlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrd.service.errors import ServiceError
from asrd.service.interface import File, Part, Wish
from asrd.service.launchd_files import Places, agent_files, c_string, xml_text
from tests.service.managers import WISH_PROGRAM

GOLDEN = Path(__file__).with_name("golden")
HOME = Path("/Users/ana & bo")
WISH = Wish(
    program=WISH_PROGRAM,
    arguments=("--device", 'USB <Mic> & "more"', "--port", "9000"),
    typist_arguments=("--port", "9000"),
    parts=(Part.DAEMON, Part.TYPIST),
    stop_s=25,
)


@pytest.fixture
def files() -> dict[str, File]:
    return {file.path.relative_to(HOME).as_posix(): file for file in agent_files(WISH, Places(HOME))}


def test_which_files(files: dict[str, File]) -> None:
    assert sorted(files) == [
        "Applications/asrd.app/Contents/Info.plist",
        "Applications/asrd.app/Contents/Resources/launcher.c",
        "Library/LaunchAgents/dev.asrd.daemon.plist",
        "Library/LaunchAgents/dev.asrd.typist.plist",
    ]


def test_golden(files: dict[str, File]) -> None:
    for name, file in files.items():
        assert file.content.decode() == (GOLDEN / Path(name).name).read_text(encoding="utf-8"), name


def test_every_key_of_the_agent(files: dict[str, File]) -> None:
    agent = plistlib.loads(files["Library/LaunchAgents/dev.asrd.daemon.plist"].content)
    log = f"{HOME}/Library/Logs/asrd/asrd.log"
    assert agent == {
        "Label": "dev.asrd.daemon",
        "ProgramArguments": [
            f"{HOME}/Applications/asrd.app/Contents/MacOS/asrd",
            *("service", "run", "--launchd", "--log-file", log, "--"),
            *WISH.arguments,
        ],
        "AssociatedBundleIdentifiers": "dev.asrd.app",
        "LimitLoadToSessionType": "Aqua",
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 15,
        "ProcessType": "Interactive",
        "ExitTimeOut": 25,
        "Umask": 0o077,
        "WorkingDirectory": str(HOME),
        "StandardOutPath": log,
        "StandardErrorPath": log,
    }


def test_the_agent_of_the_typist_differs_in_what_it_runs(files: dict[str, File]) -> None:
    daemon = plistlib.loads(files["Library/LaunchAgents/dev.asrd.daemon.plist"].content)
    typist = plistlib.loads(files["Library/LaunchAgents/dev.asrd.typist.plist"].content)
    assert typist["ProgramArguments"] == [daemon["ProgramArguments"][0], "type", "--wait", "--port", "9000"]
    assert {name for name in daemon if daemon[name] != typist[name]} == {
        *("Label", "ProgramArguments", "StandardOutPath", "StandardErrorPath")
    }


def test_every_key_of_the_bundle(files: dict[str, File]) -> None:
    information = plistlib.loads(files["Applications/asrd.app/Contents/Info.plist"].content)
    assert information.pop("NSMicrophoneUsageDescription").endswith("Nothing is sent anywhere.")
    assert information == {
        "CFBundleIdentifier": "dev.asrd.app",
        "CFBundleName": "asrd",
        "CFBundleDisplayName": "asrd",
        "CFBundleExecutable": "asrd",
        "CFBundlePackageType": "APPL",
        "CFBundleInfoDictionaryVersion": "6.0",
        "CFBundleVersion": "1",
        "CFBundleShortVersionString": "1.0",
        "LSMinimumSystemVersion": "11.0",
        "LSUIElement": True,
    }


def test_without_notices() -> None:
    quiet = Wish(program=WISH_PROGRAM, notifies=False)
    agent = plistlib.loads(agent_files(quiet, Places(HOME))[-1].content)
    assert agent["ProgramArguments"][-1] == "--no-notify"


XML = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff") | st.sampled_from("\n\t")
)


@given(st.lists(XML.filter(lambda word: "\0" not in word)))
def test_any_words_can_be_read_back(words: list[str]) -> None:
    agent = plistlib.loads(agent_files(Wish(program=WISH_PROGRAM, arguments=("x", *words)), Places(HOME))[-1].content)
    assert agent["ProgramArguments"][7:] == ["x", *words]


@pytest.mark.parametrize("text", ["\0", "\x1b", "\r", "\x0c", "\ufffe", "\uffff", "\udcff"])
def test_what_xml_cannot_hold(text: str) -> None:
    with pytest.raises(ServiceError, match="property list"):
        xml_text(f"a{text}")


def test_strings_of_c() -> None:
    assert c_string("/opt/a-b_c.d") == '"/opt/a-b_c.d"'
    assert c_string('a"b\\c\n1é%s??/') == r'"a\042b\134c\0121\303\251\045s\077\077/"'
    with pytest.raises(ServiceError):
        c_string("\0")


def test_a_compiler_reads_strings_back(tmp_path: Path) -> None:
    if shutil.which("cc") is None:
        pytest.skip("no C compiler: tests/service/install.sh brings one")
    words = ["", "a b", "??=", "\\x41", "".join(map(chr, range(1, 0x250))), "日本\N{GRINNING FACE}", "\udcff"]
    lines = "".join(f"    puts({c_string(word)}); putchar(0);\n" for word in words)
    source = tmp_path / "strings.c"
    source.write_text(f"#include <stdio.h>\nint main(void)\n{{\n{lines}    return 0;\n}}\n", encoding="ascii")
    subprocess.run(["cc", "-std=c99", "-Wall", "-Werror", "-o", str(tmp_path / "strings"), str(source)], check=True)
    out = subprocess.run([str(tmp_path / "strings")], capture_output=True, check=True).stdout
    assert out.split(b"\n\0")[:-1] == [word.encode(sys.getfilesystemencoding(), "surrogateescape") for word in words]
