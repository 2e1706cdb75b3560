from __future__ import annotations

import pytest

from asrd.errors import ConfigError
from asrd.options import ServerOptions
from asrd.server.guard import (
    Door,
    check_bind,
    check_fetch_site,
    check_host,
    check_origin,
    check_target,
    is_loopback,
    offered_subprotocols,
    shown_token,
)

OPTIONS = ServerOptions(
    hosts=("studio.lan", "proxy.lan:443"), origins=("https://app.example/", "chrome-extension://abc")
)
DOOR = Door.of(OPTIONS, 8765)
TLS_DOOR = Door.of(ServerOptions(tls_cert="c", tls_key="k"), 443)
UNIX_DOOR = Door.of(ServerOptions(unix_socket="/run/asrd"), None)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost", "LOCALHOST"])
def test_loopback_needs_nothing(host: str) -> None:
    assert is_loopback(host)
    check_bind(ServerOptions(host=host, require_token=False))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.1.5", "localhost.evil.example", "studio", "0", "127.1"])
def test_other_addresses_need_a_token_and_tls(host: str) -> None:
    with pytest.raises(ConfigError, match="TLS") as both:
        check_bind(ServerOptions(host=host, require_token=False))
    assert "require_token" in str(both.value)
    with pytest.raises(ConfigError, match="TLS"):
        check_bind(ServerOptions(host=host))
    with pytest.raises(ConfigError, match="require_token"):
        check_bind(ServerOptions(host=host, tls_cert="c", tls_key="k", require_token=False))
    check_bind(ServerOptions(host=host, tls_cert="c", tls_key="k"))


@pytest.mark.parametrize("options", [ServerOptions(tls_cert="c"), ServerOptions(tls_key="k", unix_socket="/s")])
def test_a_certificate_needs_its_key(options: ServerOptions) -> None:
    with pytest.raises(ConfigError, match="is set but"):
        check_bind(options)


def test_a_unix_socket_is_not_the_network() -> None:
    check_bind(ServerOptions(host="0.0.0.0", unix_socket="/run/asrd", require_token=False))


@pytest.mark.parametrize("target", ["/", "/v1/stream?replay=1", "/any%2Fthing"])
def test_good_targets(target: str) -> None:
    assert check_target(target) is None


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("http://127.0.0.1:8765/", 403),
        ("http://evil.example/", 403),
        ("*", 403),
        ("", 403),
        ("//evil.example/", 404),
        ("/a\\b", 404),
        ("/#x", 404),
    ],
)
def test_bad_targets(target: str, status: int) -> None:
    refusal = check_target(target)
    assert refusal is not None
    assert refusal.status == status


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8765", "localhost:8765", "LocalHost:8765", "[::1]:8765", "studio.lan:8765", "proxy.lan:443"]
)
def test_our_hosts(host: str) -> None:
    assert check_host([host], DOOR) is None


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:8765",
        "127.0.0.1",
        "127.0.0.1:80",
        "127.0.0.1:8766",
        "127.0.0.1:08765",
        "127.0.0.1.evil.example:8765",
        "localhost.:8765",
        "localhost:8765:8765",
        "[::1]",
        "[::2]:8765",
        "proxy.lan:8765",  # configured with another port
        "user@localhost:8765",
        "",
        ":8765",
    ],
)
def test_other_hosts_are_refused(host: str) -> None:
    refusal = check_host([host], DOOR)
    assert refusal is not None
    assert refusal.status == 403


@pytest.mark.parametrize("hosts", [[], ["127.0.0.1:8765", "127.0.0.1:8765"]])
def test_exactly_one_host(hosts: list[str]) -> None:
    refusal = check_host(hosts, DOOR)
    assert refusal is not None
    assert refusal.status == 400


def test_the_default_port_need_not_be_named() -> None:
    assert check_host(["localhost"], TLS_DOOR) is None
    assert check_host(["localhost:443"], TLS_DOOR) is None
    assert check_host(["localhost"], Door.of(ServerOptions(), 443)) is not None  # there, http means 80


def test_the_address_listened_on_is_ours() -> None:
    door = Door.of(ServerOptions(host="FD00::5", tls_cert="c", tls_key="k"), 8765)
    assert check_host(["[fd00::5]:8765"], door) is None
    assert check_host(["fd00::5:8765"], door) is not None


def test_an_empty_host_is_nobodys_even_if_we_listen_everywhere() -> None:
    assert check_host([":8765"], Door.of(ServerOptions(host="", tls_cert="c", tls_key="k"), 8765)) is not None


def test_any_host_over_a_unix_socket() -> None:
    assert check_host(["asrd"], UNIX_DOOR) is None


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8765", "HTTPS://App.Example", "chrome-extension://abc"])
def test_our_origins(origin: str) -> None:
    assert check_origin([origin], "127.0.0.1:8765", DOOR) is None


def test_programs_have_no_origin() -> None:
    assert check_origin([], "127.0.0.1:8765", DOOR) is None


@pytest.mark.parametrize(
    "origins",
    [
        ["null"],
        ["NULL"],
        [""],
        ["https://evil.example"],
        ["http://127.0.0.1"],
        ["http://127.0.0.1:8766"],
        ["https://127.0.0.1:8765"],
        ["http://localhost:8765"],  # ours, but not where the request went
        ["http://127.0.0.1:8765.evil.example"],
        ["http://127.0.0.1:8765@evil.example"],
        ["http://127.0.0.1:8765/path"],
        ["http://127.0.0.1:99999999"],
        ["file://"],
        ["chrome-extension://abcd"],
        ["https://app.example.evil.example"],
        ["http://127.0.0.1:8765", "http://127.0.0.1:8765"],
        ["http://127.0.0.1:8765, https://evil.example"],
    ],
)
def test_other_origins_are_refused(origins: list[str]) -> None:
    refusal = check_origin(origins, "127.0.0.1:8765", DOOR)
    assert refusal is not None
    assert refusal.status == 403


def test_origins_with_tls() -> None:
    assert check_origin(["https://localhost"], "localhost:443", TLS_DOOR) is None
    assert check_origin(["https://localhost:443"], "localhost", TLS_DOOR) is None
    assert check_origin(["http://localhost"], "localhost", TLS_DOOR) is not None


def test_null_cannot_even_be_configured() -> None:
    assert check_origin(["null"], "127.0.0.1:8765", Door.of(ServerOptions(origins=("null",)), 8765)) is not None


def test_a_host_that_is_no_address_has_no_pages() -> None:
    assert check_origin(["nonsense"], "127.0.0.1:x", DOOR) is not None


def test_a_unix_socket_has_no_pages() -> None:
    assert check_origin(["http://localhost"], "localhost", UNIX_DOOR) is not None


@pytest.mark.parametrize(
    ("site", "mode", "is_allowed"),
    [
        (None, None, True),
        ("none", "navigate", True),
        ("same-origin", "cors", True),
        ("cross-site", "navigate", True),
        ("cross-site", "no-cors", False),
        ("same-site", "no-cors", False),
        ("cross-site", None, False),
    ],
)
def test_what_other_sites_embed(site: str | None, mode: str | None, is_allowed: bool) -> None:
    assert (check_fetch_site(site, mode) is None) == is_allowed


@pytest.mark.parametrize(
    ("authorizations", "subprotocols", "token"),
    [
        ([], [], None),
        (["Bearer abc"], [], "abc"),
        (["bearer   abc "], [], "abc"),
        (["Basic abc"], [], None),
        (["Bearer"], [], ""),
        ([], ["asrd"], None),
        ([], ["asrd, token.abc"], "abc"),
        ([], ["asrd", "token.a.b"], "a.b"),
        (["Bearer one"], ["token.two"], "one"),
    ],
)
def test_where_the_token_is(authorizations: list[str], subprotocols: list[str], token: str | None) -> None:
    assert shown_token(authorizations, subprotocols) == token


def test_lists_of_subprotocols() -> None:
    assert offered_subprotocols(["a, b", " c ,,"]) == ["a", "b", "c"]
