"""Faults of a machine on which asrd is used for the first time: real ones, each made for one process or folder."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest.mock import patch

import pytest

from asrd.server.tokens import TokenFile
from asrd.shipped import shipped
from tests.cli.commands import CHECKOUT, Cli, Ran

WORLD = Path(__file__).with_name("world.sh")
PATIENCE_S = 60.0
NOBODY = 65_534  # a user that every system has, and that is not the one who tests
# What real lines have in the place of what the pages show.
_PROCESS = (re.compile(r"\([\w.:-]+, process \d+\)"), "(python3, process 4242)")


@dataclass
class Place:
    """Where a fault is made, and how asrd is to be started to meet it.

    Attributes:
        folder: for what it takes.
        home: the user's; empty.
        world: what `world.sh` is to do.
        environment: variables beside those of the tests.
        flags: for `asrd doctor` and `asrd run`.
        shown: real text -> what the pages show in its place.
        cli: runs asrd in the tests' own process where the fault allows that, which takes less time.
    """

    folder: Path
    home: Path
    world: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    shown: dict[str, str] = field(default_factory=dict)
    cli: Cli | None = None

    @property
    def state(self) -> Path:
        """The folder of the daemon."""
        return self.home / ".local" / "state" / "asrd"

    @property
    def tokens(self) -> Path:
        """The token file; there is one when this was asked for."""
        self.state.mkdir(parents=True, exist_ok=True)
        TokenFile(self.state / "tokens.json")
        return self.state / "tokens.json"

    def command(self, *arguments: str) -> list[str]:
        """What starts asrd, in the world that it takes."""
        asrd = [sys.executable, "-m", "asrd", *arguments]
        if not self.world:
            return asrd
        work = self.folder / "work"
        work.mkdir(exist_ok=True)
        shutil.rmtree(work)
        work.mkdir()
        return ["unshare", "--mount", "--propagation", "private", str(WORLD), str(work), *self.world, "--", *asrd]

    def variables(self) -> Mapping[str, str]:
        """All variables of such a process."""
        dropped = ("ASRD_", "XDG_", "DISPLAY", "WAYLAND_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        return {**kept, "HOME": str(self.home), "PYTHONPATH": str(CHECKOUT), **self.environment}

    def run(self, *arguments: str) -> Ran:
        """Run asrd to its end."""
        if self.cli is not None and not self.world and not self.environment:
            with patch.dict(os.environ, self.variables(), clear=True):
                return self.cli(*arguments)
        done = subprocess.run(
            self.command(*arguments),
            env=self.variables(),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    def run_until(self, words: str, *arguments: str, then: tuple[str, Callable[[int], None]] | None = None) -> Ran:
        """Run asrd until it has written `words`, then end it with Ctrl-C.

        `then`: other words that come first, and what is done with the process when they have come.
        """
        with subprocess.Popen(
            self.command(*arguments),
            env=self.variables(),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stderr is not None
            written = ""
            watchdog = threading.Timer(PATIENCE_S, process.kill)
            watchdog.start()
            for line in process.stderr:
                written += line
                if then is not None and then[0] in line:
                    then[1](process.pid)
                    then = None
                elif then is None and words in self.as_shown(line):
                    process.send_signal(signal.SIGINT)
            watchdog.cancel()
            return Ran(process.wait(PATIENCE_S), "", written)

    def install_what_is_missing(self, process: int) -> None:
        """End `without=` in the world of a process."""
        folder = (self.folder / "work" / "folder").read_text(encoding="utf-8").strip()
        for mounted in ("/etc/ld.so.cache", folder):
            subprocess.run(["nsenter", f"--target={process}", "--mount", "umount", "--lazy", mounted], check=True)

    def as_shown(self, text: str) -> str:
        """A text as the pages show it."""
        for real, shown in sorted({**self.shown, str(self.home): "HOME"}.items(), key=lambda one: -len(one[0])):
            text = text.replace(real, shown)
        return _PROCESS[0].sub(_PROCESS[1], text)


def require_worlds() -> None:
    """Skip a test, or fail it under CI, where no mount namespace can be made."""
    tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False) if _is_root() else None
    if tried is not None and tried.returncode == 0:
        return
    reason = "needs root, and a machine that lets root make mount namespaces"
    if "CI" in os.environ and sys.platform.startswith("linux"):
        pytest.fail(reason)
    pytest.skip(reason)


def _is_root() -> bool:
    return sys.platform.startswith("linux") and os.geteuid() == 0


Maker = Callable[[Place], Iterator[None]]


def no_portaudio(place: Place) -> Iterator[None]:
    _on_debian(place, "without=libportaudio.so")
    yield


def no_openmp(place: Place) -> Iterator[None]:
    _on_debian(place, "without=libgomp.so")
    package = importlib.util.find_spec("xllamacpp")
    assert package is not None
    assert package.origin is not None
    place.shown[str(Path(package.origin).parent)] = "HOME/.venv/lib/xllamacpp"
    yield


def _on_debian(place: Place, fault: str) -> None:
    require_worlds()
    release = place.folder / "os-release"
    release.write_text("ID=debian\n", encoding="ascii")
    place.world += [f"system={release}", fault]


def no_microphone(place: Place) -> Iterator[None]:
    if Path("/dev/snd").is_dir():
        pytest.skip("this machine has sound cards")
    place.environment |= {"XDG_RUNTIME_DIR": str(place.folder), "PULSE_SERVER": f"unix:{place.folder}/none"}
    yield


def no_model_folder(place: Place) -> Iterator[None]:
    place.flags += ["--model", str(place.folder / "models" / "qwen")]
    place.shown[str(place.folder)] = "HOME"
    yield


def empty_model_folder(place: Place) -> Iterator[None]:
    (place.folder / "models" / "qwen").mkdir(parents=True)
    yield from no_model_folder(place)


def cut_model(place: Place) -> Iterator[None]:
    decoder = _copied_model(place)
    os.truncate(decoder, decoder.stat().st_size - 1000)
    yield from no_model_folder(place)


def changed_model(place: Place) -> Iterator[None]:
    decoder = _copied_model(place)
    with decoder.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        last = file.read(1)[0]
        file.seek(-1, os.SEEK_END)
        file.write(bytes([last ^ 1]))
    yield from no_model_folder(place)


def _copied_model(place: Place) -> Path:
    nano = shipped("nano")
    assert nano is not None
    folder = place.folder / "models" / "qwen"
    shutil.copytree(nano, folder)
    return next(folder.glob("*.gguf"))


def model_that_was_not_pulled(place: Place) -> Iterator[None]:
    place.flags += ["--model", "qwen3-asr-0.6b"]
    yield


def no_nano(place: Place) -> Iterator[None]:
    """An installation whose models were left out."""
    (place.folder / "asrd").symlink_to(CHECKOUT / "asrd")
    (place.folder / "asrd_clients").symlink_to(CHECKOUT / "clients" / "asrd_clients")
    place.environment["PYTHONPATH"] = str(place.folder)
    yield


def port_of_another_program(place: Place) -> Iterator[None]:
    """A web server, as many programs have one."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Quiet) as other:
        thread = threading.Thread(target=other.serve_forever, args=(0.02,), name="another program")
        thread.start()
        _on_port(place, other.server_port)
        try:
            yield
        finally:
            other.shutdown()
            thread.join(PATIENCE_S)


class _Quiet(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def port_of_another_asrd(place: Place) -> Iterator[None]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        number = free.getsockname()[1]
    flags = ["--source", "none", "--port", str(number), "--json"]
    with subprocess.Popen(
        place.command("run", *flags),
        env=place.variables(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as daemon:
        assert daemon.stdout is not None
        assert daemon.stdout.readline()
        _on_port(place, number)
        yield
        daemon.kill()


def _on_port(place: Place, number: int) -> None:
    place.flags += ["--port", str(number)]
    place.shown[str(number)] = "8765"


def open_tokens(place: Place) -> Iterator[None]:
    place.tokens.chmod(0o644)
    yield


def tokens_of_another_user(place: Place) -> Iterator[None]:
    require_worlds()
    os.chown(place.tokens, NOBODY, -1)
    place.world += ["ordinary"]
    place.shown["nobody"] = "root"
    yield


def link_to_nowhere(place: Place) -> Iterator[None]:
    place.tokens.unlink()
    (place.state / "tokens.json").symlink_to(place.folder / "gone")
    yield


def damaged_tokens(place: Place) -> Iterator[None]:
    place.tokens.write_text('{"tokens": [', encoding="ascii")
    yield


def folder_of_another_user(place: Place) -> Iterator[None]:
    """As after `sudo asrd run`."""
    require_worlds()
    place.state.mkdir(parents=True, mode=0o700)
    os.chown(place.state, NOBODY, -1)
    place.world += ["ordinary"]
    place.shown |= {"nobody": "root", f"chown -R {os.getuid()}": "chown -R 1000"}
    yield


def home_that_cannot_be_written(place: Place) -> Iterator[None]:
    require_worlds()
    place.home.chmod(0o500)
    place.world += ["ordinary"]
    yield
    place.home.chmod(0o700)


def full_disk(place: Place) -> Iterator[None]:
    require_worlds()
    place.world += [f"full={place.home}"]
    yield


def read_only_disk(place: Place) -> Iterator[None]:
    require_worlds()
    place.world += [f"readonly={place.home}"]
    yield


def misspelt_setting(place: Place) -> Iterator[None]:
    path = place.home / ".config" / "asrd" / "asrd.toml"
    path.parent.mkdir(parents=True)
    path.write_text("[server]\nprot = 8765\n", encoding="ascii")
    yield


# What is wrong, in the words of docs/TROUBLESHOOTING.md -> what makes it so.
FAULTS: Mapping[str, Maker] = {
    "PortAudio is missing": no_portaudio,
    "OpenMP is missing": no_openmp,
    "no microphone": no_microphone,
    "no such model folder": no_model_folder,
    "an empty model folder": empty_model_folder,
    "a model file that is cut short": cut_model,
    "a model file that has changed": changed_model,
    "a model that was not pulled": model_that_was_not_pulled,
    "nano did not come with asrd": no_nano,
    "another program has the port": port_of_another_program,
    "another asrd has the port": port_of_another_asrd,
    "others may read the tokens": open_tokens,
    "the tokens are another user's": tokens_of_another_user,
    "the token file is a link to nowhere": link_to_nowhere,
    "the token file is damaged": damaged_tokens,
    "asrd's folder is another user's": folder_of_another_user,
    "the home folder takes no files": home_that_cannot_be_written,
    "the disk is full": full_disk,
    "the disk is read-only": read_only_disk,
    "a misspelt setting": misspelt_setting,
}


@contextmanager
def made(name: str, folder: Path, cli: Cli | None = None) -> Iterator[Place]:
    """A place with the fault of that name."""
    home = folder / "home"
    home.mkdir()
    place = Place(folder, home, cli=cli)
    yield from _during(FAULTS[name], place)


def _during(maker: Maker, place: Place) -> Iterator[Place]:
    with contextmanager(maker)(place):
        yield place
