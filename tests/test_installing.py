"""What is said about a package that is missing is true of every way in which asrd is installed."""

from __future__ import annotations

import re
import shlex
import sys
from importlib import metadata
from pathlib import Path

import pytest

from asrd import installing
from asrd.installing import reinstall_command, with_extra
from tests.docs.pages import pages
from tests.test_release import PROJECT

ROOT = Path(__file__).parents[1]
PAGE, ANCHOR = "docs/START.md", "### Extras\n"
ASKS = re.compile(r"""\binstall (?:-\S+ )*["']?asrd(?:\[|["'`]|$)""", re.MULTILINE)
EXTRAS = PROJECT["project"]["optional-dependencies"]


def test_a_sentence_names_the_extra_and_where_it_is_told() -> None:
    assert with_extra("bench") == "install asrd again with the extra `bench` (docs/START.md#extras)"


def test_the_page_lists_every_extra() -> None:
    section = pages()[PAGE].text.partition(ANCHOR)[2].partition("\n## ")[0]
    table = section.partition("|---|---|\n")[2].partition("\n\n")[0]
    listed = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert sorted(listed) == sorted(EXTRAS)


def test_every_extra_that_is_asked_for_exists() -> None:
    """In the messages and in the pages; `eval` is one of another package."""
    sources = [path for folder in ("asrd", "clients/asrd_clients") for path in (ROOT / folder).rglob("*.py")]
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    text += "".join(page.text for page in pages().values())
    named = re.findall(r"with_extra\(['\"](\w+)|extra=\"(\w+)|extras? `(\w+)`", text)
    found = {name for match in named for name in match if name}
    assert {"bench", "convert", "dictation", "export", "kquants"} <= found <= {*EXTRAS, "eval"}


def test_nobody_asks_an_index_for_asrd() -> None:
    """It is in none: what has its name there, or will have it, is somebody else's."""
    for folder in ("asrd", "clients", "docs", "model", ".ci"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.suffix in {".py", ".md", ""}:
                text = path.read_text(encoding="utf-8")
                assert not ASKS.search(text), path


@pytest.mark.parametrize("has_pip", [True, False])
def test_a_package_is_installed_anew_beside_this_python(monkeypatch: pytest.MonkeyPatch, has_pip: bool) -> None:
    """An environment of `uv tool` has no pip. Never another release than the one that is pinned."""
    monkeypatch.setattr(installing, "find_spec", lambda name: object() if has_pip and name == "pip" else None)
    monkeypatch.setattr(sys, "executable", "/a folder/bin/python")
    (pinned,) = (text for text in PROJECT["project"]["dependencies"] if text.startswith("xllamacpp"))
    words = shlex.split(reinstall_command("xllamacpp"))
    assert words[-1] == pinned
    if has_pip:
        assert words[:-1] == ["/a folder/bin/python", "-m", "pip", "install", "--force-reinstall"]
    else:
        assert words[:-1] == ["uv", "pip", "install", "--python", "/a folder/bin/python", "--reinstall"]


def test_no_other_package_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    told = ["onnxruntime-gpu>=1", "onnxruntime>=1.20; python_version >= '3'", "soxr>=2; extra == 'dev'"]
    monkeypatch.setattr(metadata, "requires", lambda _name: told)
    assert reinstall_command("onnxruntime").endswith("'onnxruntime>=1.20'")
    assert reinstall_command("soxr").endswith(" soxr")


def test_without_metadata_the_name_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_name: str) -> list[str]:
        raise metadata.PackageNotFoundError

    monkeypatch.setattr(metadata, "requires", gone)
    assert reinstall_command("soxr").endswith(" soxr")
