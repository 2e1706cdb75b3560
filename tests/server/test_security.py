"""Who is let in, and who is not."""

from __future__ import annotations

import gc
import logging
import socket
import ssl
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import trustme
from websockets.asyncio.client import connect, unix_connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from asrd.errors import ConfigError
from asrd.events import FinalEvent
from asrd.server.handshakes import HandshakeSocket
from asrd.server.listening import AddressTakenError
from asrd.server.parts import Timings
from asrd.server.quiet import LimitedLog, QuietLogger
from asrd.server.tokens import ALL_SCOPES, Grant, Token, TokenBook
from tests.server.harness import (
    ANY_PORT,
    DEAF,
    EXPIRED,
    LISTENER,
    SECRET,
    Listener,
    ask,
    eventually,
    get,
    head_of,
    in_loop,
    raw,
    running,
    socket_path,
    upgrade,
    with_options,
)

# Before 3.11, Python's asyncio left TLS transports that the other end closed to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed transport <asyncio.sslproto:ResourceWarning")

FINAL = FinalEvent("main", 1, "A secret thought.", "English", 0, 16_000)
PAGES = ("/", "/overlay", "/healthz", "/metrics", "/v1/stream")


async def handshake(port: int, token: str | None = SECRET, **headers: str) -> tuple[int, dict[str, str], str]:
    return await ask(port, upgrade(port, token, **headers))


async def status_of(port: int, token: str | None = SECRET, **headers: str) -> int:
    """Of a handshake; 101 if it succeeds."""
    async with raw(port) as connection:
        await connection.send(upgrade(port, token, **headers))
        status, _ = await connection.head()
        return status


# Origin and Host


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost:1", "file://", "http://127.0.0.1.evil.example"]
)
@in_loop
async def test_pages_of_others_are_kept_out_even_with_a_token(origin: str) -> None:
    async with running() as house:
        assert await status_of(house.port, Origin=origin) == 403
        for page in PAGES:
            status, headers, _ = await get(house.port, page, Origin=origin, Authorization=f"Bearer {SECRET}")
            assert status == 403
            assert "access-control-allow-origin" not in headers
        assert house.server.metrics.value("asrd_refused_total", "403") == 1 + len(PAGES)


@in_loop
async def test_our_own_page_is_let_in() -> None:
    async with running(with_options(origins=("https://app.example",))) as house:
        assert await status_of(house.port, Origin=f"http://127.0.0.1:{house.port}") == 101
        assert await status_of(house.port, Origin="https://app.example") == 101
        assert (
            await status_of(house.port, Host=f"localhost:{house.port}", Origin=f"http://localhost:{house.port}") == 101
        )


@pytest.mark.parametrize("host", ["evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.evil.example:{port}"])
@in_loop
async def test_a_name_that_was_rebound_to_us_is_refused(host: str) -> None:
    async with running() as house:
        name = host.format(port=house.port)
        assert await status_of(house.port, Host=name, Origin=f"http://{name}") == 403
        for page in PAGES:
            assert (await get(house.port, page, Host=name))[0] == 403


@in_loop
async def test_a_request_without_a_host_is_refused() -> None:
    async with running() as house:
        assert (await ask(house.port, b"GET / HTTP/1.1\r\n\r\n"))[0] == 400
        two = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{house.port}\r\nHost: evil.example\r\n\r\n"
        assert (await ask(house.port, two.encode()))[0] == 400


@pytest.mark.parametrize(
    "target", ["http://absolute/", "http://127.0.0.1:8765/v1/stream", "https://evil.example/healthz"]
)
@in_loop
async def test_an_absolute_target_is_refused(target: str) -> None:
    async with running() as house:
        assert (await ask(house.port, upgrade(house.port, path=target)))[0] == 403


@in_loop
async def test_another_site_cannot_embed_our_pages() -> None:
    async with running() as house:
        sneaky = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors"}
        assert (await get(house.port, "/healthz", **sneaky))[0] == 403
        assert (await get(house.port, "/", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate"))[0] == 200


# Tokens


@pytest.mark.parametrize(
    ("token", "status", "said"),
    [
        (None, 401, "token file"),
        ("", 401, "token file"),
        ("wrong", 401, "not known"),
        (SECRET[:-1], 401, "not known"),
        (SECRET + "a", 401, "not known"),
        (EXPIRED, 401, "expired"),
        (DEAF, 403, "listen"),
    ],
)
@in_loop
async def test_without_the_right_token_nobody_listens(token: str | None, status: int, said: str) -> None:
    async with running() as house:
        answered, headers, text = await handshake(house.port, token)
        assert answered == status
        assert said in text or token == ""
        assert ("www-authenticate" in headers) == (status == 401)
        authorization = {"Authorization": f"Bearer {token}"} if token else {}
        assert (await get(house.port, "/metrics", **authorization))[0] == status


@pytest.mark.parametrize("query", [f"?token={SECRET}", f"?access_token={SECRET}"])
@in_loop
async def test_a_token_in_the_address_of_the_stream_does_not_count(query: str) -> None:
    async with running() as house:
        assert (await ask(house.port, upgrade(house.port, None, "/v1/stream" + query)))[0] == 401


@in_loop
async def test_a_token_as_subprotocol_is_never_sent_back() -> None:
    async with running() as house:
        offered = [Subprotocol("asrd"), Subprotocol(f"token.{LISTENER}")]
        async with connect(house.server.address.url, subprotocols=offered, proxy=None) as connection:
            assert connection.subprotocol == "asrd"
            assert connection.response is not None
            assert LISTENER not in str(connection.response.headers)
            assert (await Listener(connection).next())["type"] == "hello"
        status, headers, _ = await handshake(house.port, None, Sec_WebSocket_Protocol="asrd, token.wrong")
        assert (status, "sec-websocket-protocol" in headers) == (401, False)


@in_loop
async def test_without_tokens_on_loopback_if_the_configuration_says_so() -> None:
    async with running(with_options(require_token=False)) as house:
        assert await status_of(house.port, None) == 101
        assert await status_of(house.port, "wrong") == 401
        assert await status_of(house.port, None, Origin="https://evil.example") == 403
        assert (await get(house.port, "/metrics"))[0] == 200


@in_loop
async def test_a_token_that_expires_ends_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = [100.0]
    monkeypatch.setattr("time.time", lambda: now_s[0])
    book = TokenBook([Token(Grant("brief", ALL_SCOPES, expires_s=200.0), SECRET)])
    async with (
        running(timings=Timings(ping_s=0.02, ping_timeout_s=20.0), tokens=book) as house,
        house.client() as client,
    ):
        now_s[0] = 200.0
        assert await client.closed() == (4001, "the token has expired")


# What is not HTTP as we know it


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE"])
@in_loop
async def test_only_get(method: str) -> None:
    async with running() as house:
        request = head_of(f"{method} /healthz HTTP/1.1", {"Host": f"127.0.0.1:{house.port}", "Content-Length": "5"})
        status, headers, _ = await ask(house.port, request + b"hello")
        assert (status, headers["allow"]) == (405, "get")


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nX: " + b"x" * 9000 + b"\r\n\r\n",
        b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: xxxxxxxxxxxxxxxx\r\n" * 2000,
    ],
    ids=["line", "path", "lines"],
)
@in_loop
async def test_an_oversized_head_is_refused(head: bytes) -> None:
    async with running() as house:
        assert (await ask(house.port, head))[0] == 431
        assert await status_of(house.port) == 101


@pytest.mark.parametrize(
    "path", ["/nothing", "/v1/stream/", "/V1/STREAM", "/../etc/passwd", "/overlay/", "/%2e%2e", "//"]
)
@in_loop
async def test_other_paths_are_not_there(path: str) -> None:
    async with running() as house:
        assert (await get(house.port, path))[0] == 404


@in_loop
async def test_the_stream_is_a_websocket() -> None:
    async with running() as house:
        status, headers, _ = await get(house.port, "/v1/stream", Authorization=f"Bearer {SECRET}")
        assert (status, headers["upgrade"]) == (426, "websocket")


# Logs


@in_loop
async def test_no_token_and_no_text_in_any_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("websockets.client").setLevel(logging.CRITICAL)  # that is the test's own end
    async with running() as house:
        async with house.client() as client:
            house.server.publish(FINAL)
            await client.next()
            await client.send('{"type":"config","context":"A secret name."}')
            await client.send(f'{{"type":"{SECRET}"}}')
            await client.until("error")
        await get(house.port, f"/overlay?token={SECRET}")
        await ask(house.port, upgrade(house.port, None, f"/v1/stream?token={SECRET}"))
        await handshake(house.port, None, Sec_WebSocket_Protocol=f"asrd, token.{SECRET}x")
        await ask(house.port, head_of(f"POST /overlay?token={SECRET} HTTP/1.1", {}))
        await ask(house.port, head_of("GET / HTTP/1.1", {"Authorization": f"Bearer {SECRET}", "X": "x" * 9000}))
        async with raw(house.port) as connection:  # not HTTP at all: the library gives up by itself
            await connection.send(f"GET /overlay?token={SECRET} HTTP/0.9\r\nA: b\r\n\r\n".encode())
            await connection.ended()
    logging.getLogger("websockets.client").setLevel(logging.NOTSET)
    assert "client 1 has come (token: all)" in caplog.text
    assert "a request was refused: 401" in caplog.text
    for secret in (SECRET, "secret thought", "secret name", "Bearer", "token.", "/overlay"):
        assert secret not in caplog.text


# TLS, Unix-domain sockets, ports


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def certificate(authority: trustme.CA, tmp_path: Path) -> Iterator[dict[str, str]]:
    issued = authority.issue_cert("localhost", "127.0.0.1")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    for blob in issued.cert_chain_pems:
        blob.write_to_path(tmp_path / "cert.pem", append=True)
    yield {"tls_cert": str(tmp_path / "cert.pem"), "tls_key": str(tmp_path / "key.pem")}
    gc.collect()  # here, not in the middle of another test


def test_tls(authority: trustme.CA, certificate: dict[str, str]) -> None:
    context = ssl.create_default_context()
    authority.configure_trust(context)

    @in_loop
    async def scenario() -> None:
        async with running(with_options(**certificate)) as house:
            assert house.server.address.url.startswith("wss://127.0.0.1:")
            async with house.client(ssl=context) as client:
                house.server.publish(FINAL)
                assert (await client.next())["type"] == "final"
            port = house.port
            async with house.client(ssl=context, headers={"Origin": f"https://127.0.0.1:{port}"}):
                pass
            with pytest.raises(InvalidStatus) as refused:
                async with house.client(ssl=context, headers={"Origin": f"http://127.0.0.1:{port}"}):
                    pass
            assert refused.value.response.status_code == 403

    scenario()


def test_tls_handshakes_that_fail(authority: trustme.CA, certificate: dict[str, str]) -> None:
    context = ssl.create_default_context()
    authority.configure_trust(context)

    @in_loop
    async def scenario() -> None:
        async with running(with_options(**certificate)) as house:
            with pytest.raises(ssl.SSLCertVerificationError):
                async with house.client(ssl=ssl.create_default_context()):
                    pass
            async with raw(house.port) as plain:  # no TLS
                await plain.send(upgrade(house.port))
                assert b"101" not in await plain.ended()
            async with house.client(ssl=context):
                pass

    scenario()


def test_tls_handshakes_that_say_nothing_do_not_keep_others_out(
    authority: trustme.CA, certificate: dict[str, str]
) -> None:
    context = ssl.create_default_context()
    authority.configure_trust(context)

    @in_loop
    async def scenario() -> None:
        patient = Timings(open_s=60.0, close_s=0.3)
        async with (
            running(with_options(max_connections=1, **certificate), patient) as house,
            AsyncExitStack() as stack,
        ):
            door = house.server._listener.socket if house.server._listener else None
            assert isinstance(door, HandshakeSocket)
            silent = [await stack.enter_async_context(raw(house.port)) for _ in range(40)]
            async with house.client(ssl=context) as client:
                assert [await one.ended() for one in silent[:25]] == [b""] * 25, "16 may wait, the client among them"
                assert len(door._waiting) == 15, "the client does not wait any more"
                house.server.publish(FINAL)
                assert (await client.next())["type"] == "final"

    scenario()


def test_handshakes_that_have_failed_take_no_place(authority: trustme.CA, certificate: dict[str, str]) -> None:
    @in_loop
    async def scenario() -> None:
        patient = Timings(open_s=60.0, close_s=0.3)
        async with running(with_options(max_connections=1, **certificate), patient) as house, raw(house.port) as silent:
            for _ in range(40):
                async with raw(house.port) as plain:
                    await plain.send(b"no TLS\r\n\r\n")
                    await plain.ended()
            assert not silent.reader.at_eof()

    scenario()


def test_handshakes_that_say_nothing_do_not_hold_up_the_end(authority: trustme.CA, certificate: dict[str, str]) -> None:
    @in_loop
    async def scenario() -> None:
        async with AsyncExitStack() as stack:
            async with running(with_options(**certificate), Timings(open_s=60.0, close_s=60.0)) as house:
                door = house.server._listener.socket if house.server._listener else None
                assert isinstance(door, HandshakeSocket)
                silent = [await stack.enter_async_context(raw(house.port)) for _ in range(3)]
                await eventually(lambda: len(door._waiting) == 3)
            assert [await one.ended() for one in silent] == [b""] * 3, "long before their time is over"

    scenario()


def test_tls_1_2_is_the_least(authority: trustme.CA, certificate: dict[str, str]) -> None:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_2

    @in_loop
    async def scenario() -> None:
        async with running(with_options(**certificate)) as house:
            async with house.client(ssl=context):
                pass
            assert house.server._listener is not None
            assert house.server._listener.tls is not None
            assert house.server._listener.tls.minimum_version == ssl.TLSVersion.TLSv1_2

    scenario()


def refused_to_start(match: str, **options: Any) -> None:
    @in_loop
    async def scenario() -> None:
        with pytest.raises(ConfigError, match=match):
            async with running(with_options(**options)):
                pass

    scenario()


def test_tls_files_that_cannot_be_used(certificate: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "junk").write_text("junk")
    refused_to_start("tls_key .*missing cannot be read", tls_cert=certificate["tls_cert"], tls_key="missing")
    refused_to_start("tls_cert .*missing cannot be read", tls_cert="missing", tls_key=certificate["tls_key"])
    refused_to_start("in PEM form", tls_cert=str(tmp_path / "junk"), tls_key=certificate["tls_key"])
    refused_to_start("in PEM form", tls_cert=certificate["tls_cert"], tls_key=str(tmp_path / "junk"))
    refused_to_start("is set but tls_key is not", tls_cert=certificate["tls_cert"])


def test_the_key_of_another_certificate(certificate: dict[str, str], tmp_path: Path, authority: trustme.CA) -> None:
    other = tmp_path / "other.pem"
    authority.issue_cert("localhost").private_key_pem.write_to_path(other)
    refused_to_start("are not a certificate and its", tls_cert=certificate["tls_cert"], tls_key=str(other))


def test_the_network_is_not_let_in_unprotected(certificate: dict[str, str]) -> None:
    refused_to_start("lets the network in", host="0.0.0.0")
    refused_to_start("lets the network in", host="0.0.0.0", require_token=False, **certificate)

    @in_loop
    async def scenario() -> None:
        async with running(with_options(host="0.0.0.0", **certificate)) as house:
            assert house.server.address.host == "0.0.0.0"

    scenario()


@in_loop
async def test_a_port_that_is_taken() -> None:
    async with running() as house:
        assert house.port > 0
        taken = f"port {house.port}: another program listens there.*choose another port"
        with pytest.raises(AddressTakenError, match=taken) as caught:
            async with running(with_options(port=house.port)):
                pass
        assert caught.value.exit_code == 5


def test_an_address_that_is_not_ours(certificate: dict[str, str]) -> None:
    refused_to_start("no such address", host="192.0.2.1", **certificate)


@in_loop
async def test_ipv6_where_there_is_some() -> None:
    try:
        async with running(with_options(host="::1")) as house:
            assert house.server.address.url == f"ws://[::1]:{house.port}/v1/stream"
            async with house.client():
                pass
    except ConfigError as error:
        pytest.skip(f"this machine has no IPv6 loopback: {error}")


def test_a_unix_domain_socket(tmp_path: Path) -> None:
    path = socket_path(tmp_path)
    options = with_options(unix_socket=path)

    @in_loop
    async def scenario() -> None:
        async with running(options) as house:
            assert str(house.server.address) == path
            assert Path(path).stat().st_mode & 0o777 == 0o600
            async with unix_connect(path, house.server.address.url) as connection:
                client = Listener(connection)
                await client.next()
                house.server.publish(FINAL)
                assert (await client.next())["type"] == "final"
                await client.send('{"type":"pause"}')
                await client.send('{"type":"dance"}')
                await client.next()
                assert house.capture.calls == ["pause"]
            with pytest.raises(InvalidStatus):
                async with unix_connect(path, house.server.address.url, origin="http://localhost"):
                    pass
            with pytest.raises(AddressTakenError, match="another daemon listens"):
                async with running(options):
                    pass
            async with unix_connect(path, house.server.address.url):
                pass  # the second one did not take it away
        assert not Path(path).exists()

    scenario()


def test_a_socket_that_was_left_behind_is_replaced(tmp_path: Path) -> None:
    path = socket_path(tmp_path)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(path)

    @in_loop
    async def scenario() -> None:
        async with running(with_options(unix_socket=path)) as house, unix_connect(path, house.server.address.url):
            pass

    scenario()


def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "precious"
    path.write_text("precious")
    refused_to_start("no socket", unix_socket=str(path))
    assert path.read_text() == "precious"
    refused_to_start("cannot listen on", unix_socket=str(tmp_path / "missing" / "s"))
    refused_to_start("cannot listen on", unix_socket=str(tmp_path / ("x" * 200)))


@in_loop
async def test_a_stopped_server_is_gone() -> None:
    async with running(ANY_PORT) as house:
        async with house.client() as client:
            await house.server.stop("Bye.")
            assert await client.closed() == (1001, "Bye.")
        with pytest.raises((OSError, InvalidHandshake, ConnectionClosed)):
            async with house.client():
                pass
        await house.server.stop("Bye again.")


def test_a_traceback_of_the_library_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    try:
        raise ValueError(f"invalid request line: GET /overlay?token={SECRET}")
    except ValueError:
        QuietLogger().error("opening handshake failed", exc_info=True)
    QuietLogger().info("not worth a line")
    assert "opening handshake failed" in caplog.text
    assert SECRET not in caplog.text
    assert "not worth" not in caplog.text


@in_loop
async def test_many_refusals_do_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with running() as house:
        for _ in range(60):
            await handshake(house.port, "wrong")
        assert house.server.metrics.value("asrd_refused_total", "401") == 60
    assert 20 <= caplog.text.count("a request was refused") < 40


@in_loop
async def test_a_client_that_comes_again_and_again_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with running() as house:
        for _ in range(40):
            async with house.client():
                pass
    assert 20 <= caplog.text.count(" has come") + caplog.text.count(" has gone") < 40


def test_lines_that_were_left_out_are_counted(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    now_s = [0.0]
    monkeypatch.setattr("asrd.server.quiet.time.monotonic", lambda: now_s[0])
    log = LimitedLog(logging.getLogger("asrd.test"))
    for number in range(25):
        log.info("line %d", number)
    assert [record.getMessage() for record in caplog.records] == [f"line {number}" for number in range(20)]
    for number in (25, 26):
        now_s[0] += 1.0
        log.info("line %d", number)
    told = [record.getMessage() for record in caplog.records[20:]]
    assert told == ["5 lines about clients were left out", "line 25", "line 26"]
