"""`asrd overlay`: an address for OBS, whose token can do nothing but listen."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import trustme
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin, Subprotocol

from asrd.bench.daemon.process import DaemonProcess
from asrd.cli import overlay_browser
from asrd.cli.overlay_address import Page, page_address
from asrd.server.listening import Address
from asrd.server.tokens import LISTENING, load
from tests.cli.commands import Cli, Ran, assert_one_line, run_process
from tests.cli.faults import Place, require_worlds

ANSWER_S = 60


@pytest.fixture(scope="module")
def daemon(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaemonProcess]:
    folder = tmp_path_factory.mktemp("daemon")
    with DaemonProcess(["--source", "none", "--model", str(tiny_model)], folder) as started:
        yield started


@pytest.fixture(autouse=True)
def _no_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))


class Overlay:
    """The command, for the daemon."""

    def __init__(self, cli: Cli, daemon: DaemonProcess) -> None:
        self._cli = cli
        self._flags = ("--port", str(urlsplit(daemon.page).port), "--token-file", str(daemon.token_file))

    def __call__(self, *flags: str) -> Ran:
        return self._cli("overlay", *self._flags, *flags)


@pytest.fixture
def overlay(cli: Cli, daemon: DaemonProcess) -> Overlay:
    return Overlay(cli, daemon)


def token_of(address: str) -> str:
    return urlsplit(address).fragment.removeprefix("token=")


def as_the_page_does(address: str) -> Any:
    """The connection that the overlay's script makes in a browser."""
    parts = urlsplit(address.strip())
    return connect(
        f"ws://{parts.netloc}/v1/stream?replay=0",
        origin=Origin(f"http://{parts.netloc}"),
        subprotocols=[Subprotocol("asrd"), Subprotocol(f"token.{token_of(address.strip())}")],
        proxy=None,
    )


async def answer(connection: Any, **command: Any) -> Any:
    await connection.send(json.dumps(command))
    return json.loads(await asyncio.wait_for(connection.recv(), ANSWER_S))


def test_the_address_hears_and_does_nothing_else(overlay: Overlay, daemon: DaemonProcess) -> None:
    ran = overlay()
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"{daemon.page}overlay#token=")
    assert token_of(ran.out.strip()) != daemon.token

    async def visit() -> None:
        async with as_the_page_does(ran.out) as connection:
            assert json.loads(await asyncio.wait_for(connection.recv(), ANSWER_S))["type"] == "hello"
            for command in ({"type": "pause"}, {"type": "audio", "sample_rate": 16_000}):
                assert (await answer(connection, **command))["code"] == "forbidden"
            assert (await answer(connection, type="config", replay=0))["type"] == "hello"

    asyncio.run(visit())


def test_it_stays_the_same(overlay: Overlay, daemon: DaemonProcess) -> None:
    first = overlay()
    before = daemon.token_file.read_bytes()
    assert overlay() == first
    assert daemon.token_file.read_bytes() == before
    assert [token.grant.name for token in load(daemon.token_file).tokens] == ["default", "overlay"]


def test_revoking_it_ends_what_has_it_and_nothing_else(overlay: Overlay, daemon: DaemonProcess) -> None:
    address = overlay().out

    async def visit() -> None:
        async with as_the_page_does(address) as connection:
            await asyncio.wait_for(connection.recv(), ANSWER_S)
            ran = overlay("--revoke")
            assert (ran.code, ran.out) == (0, "")
            assert "within seconds" in ran.err
            with pytest.raises(ConnectionClosed) as closed:
                await asyncio.wait_for(connection.recv(), ANSWER_S)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4001
        with pytest.raises(InvalidStatus, match="401"):
            async with as_the_page_does(address):
                pass

    asyncio.run(visit())
    assert load(daemon.token_file).find(daemon.token) is not None
    assert "holds no token of the overlay" in overlay("--revoke").err
    assert overlay().out != address, "the next one is another"


def test_other_pages(overlay: Overlay, daemon: DaemonProcess) -> None:
    token = token_of(overlay().out.strip())
    assert overlay("--page").out == f"{daemon.page}#token={token}\n"
    assert overlay("--settings").out == f"{daemon.page}overlay/settings#token={token}\n"


def test_json(overlay: Overlay, daemon: DaemonProcess) -> None:
    address = overlay().out.strip()
    found = json.loads(overlay("--json").out)
    assert found == {"address": address, "is_running": True, "token_file": str(daemon.token_file)}
    assert json.loads(overlay("--json", "--revoke").out) == {"revoked": True, "token_file": str(daemon.token_file)}


BROWSER = """#!{python}
import os, pathlib, sys, urllib.parse, urllib.request
seen = pathlib.Path({seen!r})
(seen / "arguments").write_text("\\n".join(sys.argv[1:]))
commands = pathlib.Path("/proc", str(os.getppid()), "cmdline")
(seen / "parent").write_bytes(commands.read_bytes() if commands.exists() else b"")
page = pathlib.Path(urllib.request.url2pathname(urllib.parse.urlsplit(sys.argv[1]).path))
(seen / "mode").write_text(oct(page.stat().st_mode & 0o777))
(seen / "page.html").write_bytes(page.read_bytes())
sys.exit({code})
"""


class Desk:
    """A home folder with a browser in it that writes down what it is told, and what its parent was told."""

    def __init__(self, folder: Path) -> None:
        self._seen = folder / "seen"
        self._seen.mkdir()
        self._program = folder / "browser"
        self.home = folder / "my home"
        self.home.mkdir()

    def run(self, *flags: str, code: int = 0) -> Ran:
        self._program.write_text(
            BROWSER.format(python=sys.executable, seen=str(self._seen), code=code), encoding="utf-8"
        )
        self._program.chmod(0o700)
        folders: dict[str, Any] = dict.fromkeys(("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"), str(self.home))
        return run_process("overlay", *flags, BROWSER=f"{self._program} %s", **folders)

    def seen(self, name: str) -> str:
        return (self._seen / name).read_text(encoding="utf-8")

    def pages(self) -> list[Path]:
        return sorted(self.home.rglob("*.html"))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_browser_is_opened_and_no_command_line_has_the_token(desk: Desk, free_port: int) -> None:
    """Every user of the machine can read those of all programs."""
    ran = desk.run("--port", str(free_port), "--open")
    token = token_of(ran.out.strip())
    (page,) = desk.pages()
    assert ran.code == 0
    assert desk.seen("arguments") == page.as_uri()
    assert token not in desk.seen("arguments") + desk.seen("parent")
    assert f'content="0; url={ran.out.strip()}"' in desk.seen("page.html")
    assert desk.seen("mode") == oct(0o600)


def test_the_page_for_the_browser_goes_with_a_later_call(desk: Desk, free_port: int) -> None:
    flags = ("--port", str(free_port))
    desk.run(*flags, "--open")
    (first,) = desk.pages()
    desk.run(*flags, "--open")
    assert len(desk.pages()) == 2, "the first browser may still be starting"
    before = first.stat().st_mtime - 61
    os.utime(first, (before, before))
    own = desk.home / "asrd" / "asrd-open-of-the-user.html"
    own.touch()
    os.utime(own, (before, before))
    desk.run("--revoke")
    assert first not in desk.pages()
    assert len(desk.pages()) == 2
    assert own.exists()


def test_no_browser(desk: Desk, free_port: int) -> None:
    ran = desk.run("--port", str(free_port), "--open", code=1)
    assert ran.code == 0
    assert ran.err.endswith("asrd: no browser can be started from here: open the address yourself\n")
    assert desk.pages() == []


def test_no_place_for_the_page(overlay: Overlay, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda address: pytest.fail("a browser was started"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "state").write_text("a file in the place of the folder")
    ran = overlay("--open")
    assert (ran.code, ran.out[:7]) == (0, "http://")
    assert "no page for a browser can be written" in ran.err
    assert "open the address yourself" in ran.err


def test_where_browsers_are_snaps(overlay: Overlay, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """They can read neither hidden folders nor /tmp."""
    (tmp_path / "snaps").mkdir()
    seen: list[str] = []

    def browse(address: str) -> bool:
        seen.append(address)
        return True

    monkeypatch.setattr(overlay_browser, "_SNAPS", tmp_path / "snaps")
    monkeypatch.setattr(webbrowser, "open", browse)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "hidden"))
    overlay("--open")
    (page,) = tmp_path.glob("*.html")
    assert seen == [page.as_uri()]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A home folder whose modes count, whoever tests."""
    if os.geteuid() == 0:
        require_worlds()
    (tmp_path / "home").mkdir()
    made = Place(tmp_path, tmp_path / "home", world=["ordinary"] if os.geteuid() == 0 else [])
    yield made
    made.state.chmod(0o700)


def test_a_folder_that_lets_nobody_in(place: Place) -> None:
    assert place.tokens.exists()
    place.state.chmod(0)
    words = ("tokens.json cannot be read (Permission denied)", f"let yourself in: chmod u+rwX {place.state}\n")
    assert_one_line(place.run("overlay", "--revoke"), 2, *words)
    assert_one_line(place.run("overlay"), 2, *words)


def test_a_folder_that_takes_nothing(place: Place, free_port: int) -> None:
    assert place.tokens.exists()
    place.state.chmod(0o500)
    ran = place.run("overlay", "--port", str(free_port))
    remedy = f"let yourself in: chmod u+rwX {place.state}\n"
    assert_one_line(ran, 2, "tokens.json cannot be changed (Permission denied)", remedy)
    place.state.chmod(0o700)
    assert place.run("overlay", "--port", str(free_port)).code == 0


def test_a_file_that_may_only_be_read(place: Place, free_port: int) -> None:
    flags = ("overlay", "--port", str(free_port))
    first = place.run(*flags)
    (place.state / "tokens.json").chmod(0o400)
    assert place.run(*flags) == first
    remedy = f"chmod u+rwX {place.state}/tokens.json\n"
    assert_one_line(place.run("overlay", "--revoke"), 2, "cannot be changed (Permission denied)", remedy)


def test_a_daemon_with_other_tokens(cli: Cli, daemon: DaemonProcess, tmp_path: Path) -> None:
    """The address would not work."""
    ran = cli("overlay", "--port", str(urlsplit(daemon.page).port), "--token-file", str(tmp_path / "other.json"))
    assert_one_line(ran, 1, "does not know the tokens of", "other.json", "--token-file")


def test_without_a_daemon(cli: Cli, tmp_path: Path, free_port: int) -> None:
    ran = cli("overlay", "--port", str(free_port))
    path = tmp_path / "asrd" / "tokens.json"
    secret = load(path).secret_for(LISTENING, 0.0)
    assert ran.code == 0
    assert ran.out.startswith(f"http://127.0.0.1:{free_port}/overlay#token=")
    assert token_of(ran.out.strip()) not in (secret, "")
    assert load(path).find(token_of(ran.out.strip())) is not None
    assert ran.err.startswith(f"asrd: no daemon at ws://127.0.0.1:{free_port}/v1/stream (")
    assert "works as soon as `asrd run` listens there" in ran.err
    assert not json.loads(cli("overlay", "--port", str(free_port), "--json").out)["is_running"]


def test_a_certificate_for_another_name(cli: Cli, tiny_model: Path, tmp_path: Path) -> None:
    """As a daemon has that the network reaches: here only its name can be wrong, and the user knows the right one."""
    certificate = trustme.CA().issue_cert("studio.example")
    (tmp_path / "cert.pem").write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
    (tmp_path / "key.pem").write_bytes(certificate.private_key_pem.bytes())
    tls = [f"--server-tls-{part}={tmp_path / part}.pem" for part in ("cert", "key")]
    with DaemonProcess(["--source", "none", "--model", str(tiny_model), *tls], tmp_path) as daemon:
        port = str(urlsplit(daemon.page).port)
        settings = tmp_path / "asrd.toml"
        settings.write_text(f"[server]\ntls_cert = '{tmp_path}/cert.pem'\ntls_key = '{tmp_path}/key.pem'\n")
        flags = ("--config", settings, "--port", port, "--token-file", daemon.token_file)
        ran = cli("overlay", *flags)
        assert ran.code == 0
        assert ran.out.startswith(f"https://127.0.0.1:{port}/overlay#token=")
        assert "is not trusted for that name" in ran.err


def test_where_no_token_is_needed(cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free_port: int) -> None:
    monkeypatch.setenv("ASRD_SERVER_REQUIRE_TOKEN", "no")
    assert cli("overlay", "--port", str(free_port)).out == f"http://127.0.0.1:{free_port}/overlay\n"
    assert not (tmp_path / "asrd").exists()


def test_where_there_is_no_address(cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert_one_line(cli("overlay", "--port", "0"), 2, "any free port", "`asrd run` printed", "--port")
    monkeypatch.setenv("ASRD_SERVER_UNIX_SOCKET", str(tmp_path / "socket"))
    assert_one_line(cli("overlay"), 2, "Unix-domain socket", "no browser", "server.unix_socket")
    assert not (tmp_path / "asrd").exists()


def test_revoking_without_a_file(cli: Cli, tmp_path: Path) -> None:
    ran = cli("overlay", "--revoke")
    assert (ran.code, ran.out) == (0, "")
    assert "holds no token of the overlay" in ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("address", "found"),
    [
        (Address("", 1), "http://127.0.0.1:1/overlay#token=x"),
        (Address("0.0.0.0", 443, is_tls=True), "https://127.0.0.1:443/overlay#token=x"),
        (Address("::1", 8765), "http://[::1]:8765/overlay#token=x"),
        (Address("localhost", 8765), "http://localhost:8765/overlay#token=x"),
    ],
    ids=str,
)
def test_an_address_that_this_machine_reaches(address: Address, found: str) -> None:
    assert page_address(address, Page.OVERLAY, "x") == found
