from __future__ import annotations

import pytest

from asrd.client.endpoint import Endpoint, address_url, checked_url, host_of, is_loopback
from asrd.errors import ConfigError


@pytest.mark.parametrize(
    ("host", "is_tls", "url"),
    [
        ("127.0.0.1", False, "ws://127.0.0.1:8765/v1/stream"),
        ("localhost", True, "wss://localhost:8765/v1/stream"),
        ("::1", False, "ws://[::1]:8765/v1/stream"),
        ("0.0.0.0", False, "ws://127.0.0.1:8765/v1/stream"),
        ("", False, "ws://127.0.0.1:8765/v1/stream"),
        ("::", True, "wss://[::1]:8765/v1/stream"),
    ],
)
def test_how_a_daemon_is_reached(host: str, is_tls: bool, url: str) -> None:
    assert address_url(host, 8765, is_tls=is_tls) == url
    assert checked_url(url) == url


@pytest.mark.parametrize(
    ("url", "checked"),
    [
        ("ws://localhost:1", "ws://localhost:1/v1/stream"),
        ("wss://example.org/", "wss://example.org/v1/stream"),
        ("wss://example.org:443/behind/a/proxy", "wss://example.org:443/behind/a/proxy"),
    ],
)
def test_urls(url: str, checked: str) -> None:
    assert checked_url(url) == checked


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("localhost:1", "no address of a daemon"),
        ("http://localhost:1", "write ws://HOST:PORT"),
        ("ws://", "no address"),
        ("ws://localhost:port", "no address of a daemon"),
        ("ws://[::1", "no address of a daemon"),
        ("ws://localhost:1/v1/stream?token=secret", "ASRD_TOKEN"),
        ("ws://localhost:1/v1/stream#secret", "ASRD_TOKEN"),
        ("ws://user:secret@localhost:1", "ASRD_TOKEN"),
        ("ws://user:secret@localhost:port", "no address of a daemon"),
        ("http://user:secret@localhost", "write ws://HOST:PORT"),
        ("ws://example.org", "use wss://"),
        ("ws://192.168.1.2:8765", "use wss://"),
        ("ws://127.0.0.1.example.org", "use wss://"),
        ("ws://localhost.example.org", "use wss://"),
    ],
)
def test_urls_that_are_refused(url: str, words: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        checked_url(url)
    assert words in str(refusal.value)
    assert "secret" not in str(refusal.value)


def test_loopback() -> None:
    assert all(map(is_loopback, ("localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "::1")))
    assert not any(map(is_loopback, ("example.org", "0.0.0.0", "192.168.0.1", "", "::", "localhost.example.org")))


def test_hosts() -> None:
    assert host_of("wss://example.org:1/x") == "example.org"


def test_the_token_is_in_no_text() -> None:
    assert "secret" not in repr(Endpoint("ws://localhost", token="secret"))
