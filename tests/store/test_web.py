"""Redirects, encryption, proxies, mirrors: whom a pull talks to."""

from __future__ import annotations

import os
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from asrd.errors import ConfigError
from asrd.store.errors import AgainError, SourceError
from asrd.store.manifest import Download
from asrd.store.sources import plain_hosts, sources
from asrd.store.web import Web
from tests.store import server as faults
from tests.store.server import Served, State, serving

DATA = bytes(range(256))


@pytest.fixture
def file(server: State) -> State:
    server.files["/file"] = Served(DATA)
    return server


def read(web: Web, url: str) -> bytes:
    answer = web.get(url, 10, 19)
    try:
        return answer.read(100)
    finally:
        answer.close()


class TestRedirects:
    @pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
    def test_followed_with_the_range(self, file: State, code: int) -> None:
        file.faults = [faults.redirect("/file?signature=1", code)]
        assert read(Web(), f"{file.url}/elsewhere") == DATA[10:20]
        assert file.seen[1].range == "bytes=10-19"

    def test_five_and_no_more(self, file: State) -> None:
        file.faults = [faults.redirect("/file")] * 5
        assert read(Web(), f"{file.url}/file") == DATA[10:20]
        file.seen.clear()
        file.always = faults.redirect("/file")
        with pytest.raises(SourceError, match="more than 5 times"):
            Web().get(f"{file.url}/file", 0, None)
        assert len(file.seen) == 6

    @pytest.mark.parametrize("target", ["ftp://127.0.0.1/file", "file:///etc/passwd", "data:,x", "javascript:1"])
    def test_to_another_scheme(self, file: State, target: str) -> None:
        file.always = faults.redirect(target)
        with pytest.raises(SourceError, match="is not followed"):
            Web().get(f"{file.url}/file", 0, None)

    @pytest.mark.parametrize("target", ["", "http://", "http://[", "http://[::1/x"])
    def test_to_nowhere(self, file: State, target: str) -> None:
        file.always = faults.redirect(target)
        with pytest.raises(SourceError, match=r"redirects|address"):
            Web().get(f"{file.url}/file", 0, None)

    def test_to_http_elsewhere(self, file: State) -> None:
        """Nothing is sent there: the name is not even looked up."""
        file.always = faults.redirect("http://models.invalid/file")
        with pytest.raises(SourceError, match=r"http at models\.invalid"):
            Web().get(f"{file.url}/file", 0, None)

    def test_a_body_without_end_is_not_read(self, file: State) -> None:
        def endless(request: faults.Request) -> None:
            request.send_response_only(302)
            request.send_header("Location", "/file")
            request.end_headers()
            while not request.server.state.ending.is_set():
                request.wfile.write(bytes(10_000))

        file.faults = [endless]
        assert read(Web(), f"{file.url}/file") == DATA[10:20]


class TestPlain:
    def test_not_beyond_this_machine(self) -> None:
        with pytest.raises(SourceError, match="without encryption"):
            Web().get("http://models.invalid/file", 0, None)

    @pytest.mark.parametrize(
        "url", ["ftp://127.0.0.1/file", "file:///etc/passwd", "nonsense", "http://[::1", "https://"]
    )
    def test_no_address(self, url: str) -> None:
        with pytest.raises(SourceError, match="address"):
            Web().get(url, 0, None)

    @pytest.mark.parametrize("url", ["http://127.0.0.1:99999/", "http://127.0.0.1:x/"])
    def test_no_port(self, url: str) -> None:
        with pytest.raises((SourceError, AgainError)):
            Web().get(url, 0, None)

    def test_an_answer_that_is_none(self, file: State) -> None:
        def nonsense(request: faults.Request) -> None:
            request.wfile.write(b"\0" * 1000)

        file.always = nonsense
        with pytest.raises(AgainError, match="cannot be reached"):
            Web().get(f"{file.url}/file", 0, None)

    def test_a_head_without_end(self, file: State) -> None:
        def endless(request: faults.Request) -> None:
            request.send_response_only(200)
            for number in range(200):
                request.send_header(f"X-{number}", "y")
            request.end_headers()

        file.always = endless
        with pytest.raises(AgainError):
            Web().get(f"{file.url}/file", 0, None)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))


@pytest.fixture
def encrypted(authority: trustme.CA) -> Iterator[State]:
    """A server with a certificate for 127.0.0.1 and models.invalid."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1", "models.invalid").configure_cert(context)
    with serving(context) as state:
        state.files["/file"] = Served(DATA)
        yield state


class TestEncryption:
    def test_trusted(self, encrypted: State, trusted: None) -> None:
        assert read(Web(), f"{encrypted.url}/file") == DATA[10:20]

    def test_not_trusted(self, encrypted: State) -> None:
        with pytest.raises(SourceError, match=r"not trusted.*SSL_CERT_FILE"):
            Web().get(f"{encrypted.url}/file", 0, None)
        assert encrypted.seen == []

    def test_of_another_host(self, encrypted: State, trusted: None) -> None:
        with pytest.raises(SourceError, match="not trusted"):
            Web().get(f"{encrypted.url.replace('127.0.0.1', 'localhost')}/file", 0, None)

    def test_never_back_to_plain(self, encrypted: State, trusted: None, file: State) -> None:
        encrypted.always = faults.redirect(f"{file.url}/file")
        with pytest.raises(SourceError, match="from https to http"):
            Web().get(f"{encrypted.url}/file", 0, None)
        assert file.seen == []

    def test_plain_to_encrypted(self, encrypted: State, trusted: None, file: State) -> None:
        file.always = faults.redirect(f"{encrypted.url}/file")
        assert read(Web(), f"{file.url}/file") == DATA[10:20]


class TestProxy:
    def test_plain(self, file: State, monkeypatch: pytest.MonkeyPatch) -> None:
        """The proxy is asked for the whole address; the mirror's name is never looked up here."""
        file.files["http://models.invalid/file"] = Served(DATA)
        monkeypatch.setenv("http_proxy", file.url)
        assert read(Web(frozenset({"models.invalid"})), "http://models.invalid/file") == DATA[10:20]
        assert file.seen[0].path == "http://models.invalid/file"
        assert file.seen[0].host == "models.invalid"

    def test_not_for_those_in_no_proxy(self, file: State, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert read(Web(), f"{file.url}/file") == DATA[10:20]

    def test_encrypted(self, encrypted: State, trusted: None, monkeypatch: pytest.MonkeyPatch) -> None:
        """Through a tunnel: the proxy sees the name of the host and no more."""
        asked: list[bytes] = []
        listener = socket.create_server(("127.0.0.1", 0))
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{listener.getsockname()[1]}")
        thread = threading.Thread(target=_tunnel, args=(listener, encrypted.url, asked), daemon=True)
        thread.start()
        assert read(Web(), "https://models.invalid/file") == DATA[10:20]
        listener.close()
        assert asked[0].startswith(b"CONNECT models.invalid:443 ")
        assert b"/file" not in asked[0]

    def test_it_refuses(self, file: State, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("http_proxy", file.url)
        file.always = faults.status(407)
        with pytest.raises(SourceError, match="407"):
            Web(frozenset({"models.invalid"})).get("http://models.invalid/file", 0, None)


def _tunnel(listener: socket.socket, url: str, asked: list[bytes]) -> None:
    client, _ = listener.accept()
    asked.append(client.recv(10_000))
    client.sendall(b"HTTP/1.1 200 go on\r\n\r\n")
    server = socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])))
    threading.Thread(target=_copy, args=(server, client), daemon=True).start()
    _copy(client, server)
    client.close()
    server.close()


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(10_000):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


FILE = "https://huggingface.co/some/model/resolve/1/x.gguf"
DOWNLOAD = Download("x", (FILE, "https://example.invalid/x.gguf"), "0" * 64, 1, 1, is_archive=False)


class TestMirrors:
    def test_none(self) -> None:
        assert sources(DOWNLOAD, {}) == DOWNLOAD.urls
        assert sources(DOWNLOAD, {"ASRD_MIRROR": "", "HF_ENDPOINT": " "}) == DOWNLOAD.urls

    def test_own(self) -> None:
        assert sources(DOWNLOAD, {"ASRD_MIRROR": "https://m.invalid/a/"})[0] == "https://m.invalid/a/x.gguf"
        assert sources(DOWNLOAD, {"ASRD_MIRROR": "https://m.invalid/a/"})[1:] == DOWNLOAD.urls

    def test_endpoint_stands_in_for_one_host(self) -> None:
        found = sources(DOWNLOAD, {"HF_ENDPOINT": "https://m.invalid"})
        assert found == ("https://m.invalid/some/model/resolve/1/x.gguf", "https://example.invalid/x.gguf")

    def test_plain_only_where_it_was_named_so(self) -> None:
        assert plain_hosts({}) == frozenset()
        assert plain_hosts({"ASRD_MIRROR": "https://m.invalid"}) == frozenset()
        both = {"ASRD_MIRROR": "http://m.invalid:80/x", "HF_ENDPOINT": "http://h.invalid"}
        assert plain_hosts(both) == {"m.invalid", "h.invalid"}

    @pytest.mark.parametrize("variable", ["ASRD_MIRROR", "HF_ENDPOINT"])
    @pytest.mark.parametrize(
        "value",
        [
            "m.invalid",
            "ftp://m.invalid",
            "https://",
            "https://me:secret@m.invalid",
            "https://m/?q",
            "https://[",
            "http://a b",
        ],
    )
    def test_no_address(self, variable: str, value: str) -> None:
        with pytest.raises(ConfigError, match=variable) as caught:
            sources(DOWNLOAD, {variable: value})
        assert "secret" not in str(caught.value)


def test_no_variable_of_a_proxy_is_left_from_outside() -> None:
    assert not any("proxy" in name.lower() for name in os.environ)
