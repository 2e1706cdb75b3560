"""The scripts of `.ci` that make what the tests of the installation need, each in a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.install.packages import LIMIT_S, ROOT
from tests.install.test_set_up import make_wheel, program


def printed(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin"} | environment,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done
    return done.stdout


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "no_proxy", "all_proxy", "PIP_INDEX_URL"])
def test_a_bare_machine_knows_how_to_reach_the_index(name: str, tmp_path: Path) -> None:
    lines = printed(
        ROOT / ".ci/bare", "online", tmp_path / "home", "env", **{name: "told", "OTHER": "told"}
    ).splitlines()
    assert f"{name}=told" in lines
    assert "OTHER=told" not in lines
    assert f"HOME={tmp_path / 'home'}" in lines


def test_an_interpreter_without_pip_has_its_wheels(tmp_path: Path) -> None:
    """As Debian's: it can make environments, and each of these has one."""
    scripts, index, wheelhouse = tmp_path / ".ci", tmp_path / "index", tmp_path / "build/wheelhouse"
    scripts.mkdir()
    index.mkdir()
    shutil.copy(ROOT / ".ci/wheelhouse", scripts)
    real = Path(sys.executable).resolve()
    python = program(tmp_path / "python3", f'case "$*" in "-m pip"*) exit 1 ;; esac\nexec {real} "$@"')
    program(scripts / "pythons", f"echo {python}")
    (tmp_path / "requirements.lock").write_text(make_wheel(index, "forrunning"), encoding="utf-8")
    make_wheel(index, "pip")
    printed(scripts / "wheelhouse", PIP_CONFIG_FILE=os.devnull, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(index))
    assert {path.name for path in wheelhouse.glob("*.whl")} == {path.name for path in index.iterdir()}
    assert (wheelhouse / "pythons").read_text(encoding="utf-8") == f"{python}\n"
