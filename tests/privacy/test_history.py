"""The history, which is written for those who ask for it, and who can read it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from asrd.daemon.sources import DEMO_CLIP
from tests.privacy.watching import files_with, variables, words_of

FLAGS = ("run", "--source", f"file:{DEMO_CLIP}", "--fast", "--text", "--port", "0")


def dictated(home: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """A file played through the daemon to its end."""
    home.mkdir()
    return subprocess.run(
        [sys.executable, "-m", "asrd", *FLAGS, *flags],
        env=variables(home, TMPDIR=str(home)),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )


@pytest.mark.parametrize("flag", [(), ("--log-text", "true")], ids=["as it comes", "asked for"])
def test_logs_have_lengths_and_only_on_demand_words(tmp_path: Path, flag: tuple[str, ...]) -> None:
    done = dictated(tmp_path / "home", *flag)
    assert len(words_of(done.stdout)) > 5
    assert (words_of(done.stdout) <= words_of(done.stderr)) == bool(flag)
    assert ("characters" in done.stderr) != bool(flag)
    assert files_with(words_of(done.stdout), tmp_path / "home") == {}


def test_history_is_its_users_alone(tmp_path: Path) -> None:
    done = dictated(tmp_path / "home", "--history-enabled", "true", "--history-audio", "true")
    folder = tmp_path / "home" / ".local" / "state" / "asrd" / "history"
    found = list(folder.rglob("*"))
    assert {path.suffix for path in found if path.is_file()} >= {".jsonl", ".flac"}
    assert {path.stat().st_mode & 0o777 for path in found if path.is_file()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in [folder, *found] if path.is_dir()} == {0o700}
    with_text = files_with(words_of(done.stdout), tmp_path / "home")
    assert {path.suffix for path in with_text} == {".jsonl"}
    assert set().union(*with_text.values()) == words_of(done.stdout)
