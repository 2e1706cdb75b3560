"""`asrd overlay`: an address for OBS, whose token can do nothing but listen."""

from __future__ import annotations

import asyncio
import json
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
from asrd.cli.overlay_address import Page, page_address
from asrd.server.listening import Address
from asrd.server.tokens import LISTENING, load
from tests.cli.commands import Cli, Ran, assert_one_line

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


def test_a_browser_is_opened(overlay: Overlay, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def browse(address: str) -> bool:
        seen.append(address)
        return True

    monkeypatch.setattr(webbrowser, "open", browse)
    ran = overlay("--open")
    assert (f"{seen[0]}\n", ran.err) == (ran.out, "")
    monkeypatch.setattr(webbrowser, "open", lambda address: False)
    assert "open the address yourself" in overlay("--open").err


def test_a_daemon_with_other_tokens(cli: Cli, daemon: DaemonProcess, tmp_path: Path) -> None:
    """The address would not work."""
    ran = cli("overlay", "--port", str(urlsplit(daemon.page).port), "--token-file", str(tmp_path / "other.json"))
    assert_one_line(ran, 1, "does not know the tokens of", "other.json", "--token-file")


def test_without_a_daemon(cli: Cli, tmp_path: Path) -> None:
    ran = cli("overlay", "--port", "9")
    path = tmp_path / "asrd" / "tokens.json"
    secret = load(path).secret_for(LISTENING, 0.0)
    assert ran.code == 0
    assert ran.out.startswith("http://127.0.0.1:9/overlay#token=")
    assert token_of(ran.out.strip()) not in (secret, "")
    assert load(path).find(token_of(ran.out.strip())) is not None
    assert ran.err.startswith("asrd: no daemon at ws://127.0.0.1:9/v1/stream (")
    assert "works as soon as `asrd run` listens there" in ran.err
    assert not json.loads(cli("overlay", "--port", "9", "--json").out)["is_running"]


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


def test_where_no_token_is_needed(cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASRD_SERVER_REQUIRE_TOKEN", "no")
    assert cli("overlay", "--port", "9").out == "http://127.0.0.1:9/overlay\n"
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
