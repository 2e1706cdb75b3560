"""asrd on a machine without a network, and what it asks of the system meanwhile."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from asrd.daemon.sources import DEMO_CLIP
from tests.audio_server.pulse import PulseServer, require_pulseaudio
from tests.cli.commands import CHECKOUT

_HERE = Path(__file__).parent
_PROGRAMS = ("strace", "unshare", "ip", "ss")
_CALL = re.compile(r"\d+ +(\w+)\((.*)")
_WRITES = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND")
_MAKES = ("creat", "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "mkdir", "mkdirat")
_LONG = 5  # shorter words may be anywhere by chance
_LIMIT_S = 180.0


@dataclass(frozen=True)
class Call:
    """A system call, as strace writes it."""

    name: str
    arguments: str


@dataclass(frozen=True)
class Watched:
    """What became of the commands.

    Attributes:
        folder: what each wrote and asked of the system: NAME.out, NAME.log, NAME.calls.
        home: the user's folder; before, it had what leads to the sound server.
        temporary: the folder for temporary files; empty before.
    """

    folder: Path
    home: Path
    temporary: Path

    @property
    def names(self) -> list[str]:
        """Of the commands."""
        return sorted(path.stem for path in self.folder.glob("*.calls"))

    def out(self, name: str) -> str:
        """Standard output of a command."""
        return (self.folder / f"{name}.out").read_text(encoding="utf-8")

    def log(self, name: str) -> str:
        """Standard error of a command."""
        return (self.folder / f"{name}.log").read_text(encoding="utf-8")

    def calls(self, name: str) -> Iterator[Call]:
        """The system calls of a command and of all its threads and children."""
        for line in (self.folder / f"{name}.calls").read_text(encoding="utf-8", errors="replace").splitlines():
            if found := _CALL.match(line):
                yield Call(found[1], found[2])

    def changed(self, name: str) -> set[str]:
        """What a command made or opened for writing: paths, those in the home folder from there on."""
        found: set[str] = set()
        for call in self.calls(name):
            writes = call.name in _MAKES or (call.name in ("open", "openat") and _WRITES.search(call.arguments))
            if writes and "ENOENT" not in call.arguments and "EEXIST" not in call.arguments:
                found.update(re.findall(r'"([^"]*)"', call.arguments))
        return {path.removeprefix(f"{self.home}/") for path in found}

    @property
    def secret(self) -> str:
        """The token that the daemon made."""
        tokens = json.loads((self.home / ".local" / "state" / "asrd" / "tokens.json").read_text(encoding="utf-8"))
        return str(tokens["tokens"][0]["token"])


def watch(folder: Path) -> Watched:
    """Run the commands of offline.sh, and dictate in them."""
    found = Watched(folder / "seen", folder / "home", folder / "tmp")
    for made in (found.folder, found.home, found.temporary):
        made.mkdir()
    with PulseServer() as sound:  # what the doctor listens to; a sound server is asked over a socket of this machine
        shutil.copytree(sound.home, found.home, dirs_exist_ok=True)
        done = subprocess.run(
            ["unshare", "--net", str(_HERE / "offline.sh"), str(found.folder), sys.executable, "-m", "asrd"],
            env=variables(
                found.home,
                TMPDIR=str(found.temporary),
                XDG_RUNTIME_DIR=str(sound.runtime),
                JACK_NO_START_SERVER="1",
                CLIP=str(DEMO_CLIP),
            ),
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return found


def variables(home: Path, **others: str) -> Mapping[str, str]:
    """All variables of a process of a user with that home.

    ORT_: what turns ONNX Runtime's telemetry off in the tests' own process must not do so in others; nor does it report
    from where software is built, as CI and the like tell it.
    """
    dropped = ("ASRD_", "ORT_", "XDG_", "DISPLAY", "WAYLAND_", "CI", "GITHUB_", "BUILD_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {**kept, "HOME": str(home), "PYTHONPATH": str(CHECKOUT), **others}


def words_of(text: str) -> set[str]:
    """The words by which a text would be found again."""
    return {word for word in re.findall(r"[a-z]+", text.lower()) if len(word) >= _LONG}


def files_with(words: set[str], *folders: Path) -> dict[Path, set[str]]:
    """The files in some folders whose names or contents have one of the words, as UTF-8 or UTF-16."""
    found = {}
    for path in (path for folder in folders for path in folder.rglob("*")):
        content = path.read_bytes() if path.is_file() else b""
        texts = [path.name.lower(), *(content.decode(code, "ignore").lower() for code in ("utf-8", "utf-16-le"))]
        hits = {word for word in words for text in texts if word in text}
        if hits:
            found[path] = hits
    return found


def require_watching() -> None:
    """Install what is needed where that is possible; else skip the test, or fail it under CI."""
    require_pulseaudio()
    if sys.platform.startswith("linux") and os.geteuid() == 0:
        if _missing() and shutil.which("apt-get"):
            subprocess.run([str(_HERE / "install.sh")], check=False, timeout=600)
        if (
            not _missing()
            and subprocess.run(["unshare", "--net", "true"], check=False, capture_output=True).returncode == 0
        ):
            return
    reason = f"needs Linux, root, namespaces, and {' '.join(_missing()) or 'nothing else'}: tests/privacy/install.sh"
    if "CI" in os.environ and sys.platform.startswith("linux"):
        pytest.fail(reason)
    pytest.skip(reason)


def _missing() -> list[str]:
    return [program for program in _PROGRAMS if shutil.which(program) is None]
