from __future__ import annotations

import json
import logging
import os
import re
import stat
from pathlib import Path
from typing import Any

import pytest

from asrd.errors import ConfigError
from asrd.server.tokens import ALL_SCOPES, Grant, Scope, Token, TokenBook, TokenFile, load

SECRET = "s3cret_-.~" + "x" * 10


def written(path: Path, entries: Any, mode: int = 0o600) -> Path:
    path.write_text(json.dumps({"tokens": entries}))
    path.chmod(mode)
    return path


def secret_in(path: Path) -> str:
    return str(json.loads(path.read_text())["tokens"][0]["token"])


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_first_start_makes_a_file_that_only_its_owner_reads(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    path = tmp_path / "state" / "asrd" / "tokens"
    book = TokenFile(path)
    assert (mode_of(path), mode_of(path.parent)) == (0o600, 0o700)
    secret = secret_in(path)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", secret)  # 32 bytes
    assert book.find(secret) == Grant("default", ALL_SCOPES)
    assert list(path.parent.iterdir()) == [path]
    assert caplog.text == ""  # nothing had to be repaired


def test_the_mode_does_not_depend_on_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        TokenFile(tmp_path / "new" / "tokens")
    finally:
        os.umask(before)
    assert (mode_of(tmp_path / "new"), mode_of(tmp_path / "new" / "tokens")) == (0o700, 0o600)


def test_the_second_start_keeps_it(tmp_path: Path) -> None:
    TokenFile(tmp_path / "tokens")
    before = (tmp_path / "tokens").read_bytes()
    TokenFile(tmp_path / "tokens")
    assert (tmp_path / "tokens").read_bytes() == before


def test_every_file_has_another_token(tmp_path: Path) -> None:
    for name in "ab":
        TokenFile(tmp_path / name)
    assert secret_in(tmp_path / "a") != secret_in(tmp_path / "b")


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604, 0o700, 0o777])
def test_a_loose_mode_is_repaired_and_said(tmp_path: Path, mode: int, caplog: pytest.LogCaptureFixture) -> None:
    path = written(tmp_path / "tokens", [{"token": SECRET, "scopes": ["listen"]}], mode)
    assert load(path).find(SECRET) is not None
    assert mode_of(path) == 0o600
    assert f"mode {mode:04o}" in caplog.text
    assert "delete it" in caplog.text


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_strict_mode_is_left_alone(tmp_path: Path, mode: int, caplog: pytest.LogCaptureFixture) -> None:
    load(written(tmp_path / "tokens", [], mode))
    assert mode_of(tmp_path / "tokens") == mode
    assert caplog.text == ""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_a_file_of_someone_else_is_refused(tmp_path: Path) -> None:
    os.chown(written(tmp_path / "tokens", []), 12_345, -1)
    with pytest.raises(ConfigError, match="belongs to another user"):
        load(tmp_path / "tokens")


def test_scopes_and_expiry(tmp_path: Path) -> None:
    entry = {"name": "guest", "token": SECRET, "scopes": ["listen", "audio"], "expires": "2027-01-31T12:00:00Z"}
    grant = load(written(tmp_path / "tokens", [entry])).find(SECRET)
    assert grant == Grant("guest", frozenset({Scope.LISTEN, Scope.AUDIO}), 1_801_396_800.0)
    assert not grant.has_expired(1_801_396_799.0)
    assert grant.has_expired(1_801_396_800.0)
    assert not Grant("").has_expired(1e12)


@pytest.mark.parametrize("expires", ["2027-01-31T12:00:00", "2027-01-31T14:00:00+02:00"])
def test_time_zones(tmp_path: Path, expires: str) -> None:
    entry = {"token": SECRET, "scopes": ["listen"], "expires": expires}
    grant = load(written(tmp_path / "tokens", [entry])).find(SECRET)
    assert grant is not None
    assert grant.expires_s == 1_801_396_800.0


@pytest.mark.parametrize("shown", ["", "x", SECRET[:-1], SECRET + "x", SECRET.upper(), "schlüssel", "\udcff"])
def test_only_the_whole_token_is_found(shown: str) -> None:
    book = TokenBook([Token(Grant("one"), SECRET), Token(Grant("two"), "other" * 5)])
    assert book.find(shown) is None
    assert book.find(SECRET) == Grant("one")
    assert book.find("other" * 5) == Grant("two")


def test_an_empty_book_lets_nobody_in(tmp_path: Path) -> None:
    book = load(written(tmp_path / "tokens", []))
    assert len(book) == 0
    assert book.find("") is None


def test_a_token_for_our_own_clients() -> None:
    listen = frozenset({Scope.LISTEN})
    book = TokenBook(
        [
            Token(Grant("old", ALL_SCOPES, 10.0), "a" * 20),
            Token(Grant("listener", listen), "b" * 20),
            Token(Grant("all"), "c" * 20),
        ]
    )
    assert book.secret_for(listen, now_s=5.0) == "a" * 20
    assert book.secret_for(listen, now_s=10.0) == "b" * 20
    assert book.secret_for(ALL_SCOPES, now_s=10.0) == "c" * 20
    assert TokenBook([]).secret_for(listen, now_s=0.0) is None


@pytest.mark.parametrize(
    "entry",
    [
        SECRET,
        {},
        {"token": SECRET},
        {"token": SECRET, "scopes": []},
        {"token": SECRET, "scopes": "listen"},
        {"token": SECRET, "scopes": ["listen", "fly"]},
        {"token": SECRET, "scopes": [["listen"]]},
        {"token": "short", "scopes": ["listen"]},
        {"token": SECRET + " ", "scopes": ["listen"]},
        {"token": 12, "scopes": ["listen"]},
        {"token": SECRET, "scopes": ["listen"], "name": 1},
        {"token": SECRET, "scopes": ["listen"], "expires": "tomorrow"},
        {"token": SECRET, "scopes": ["listen"], "expires": 1},
        {"token": SECRET, "scopes": ["listen"], "expire": "2027-01-31"},
    ],
    ids=str,
)
def test_a_wrong_entry_is_named_without_its_secret(tmp_path: Path, entry: Any) -> None:
    good = {"token": "g" * 20, "scopes": ["listen"]}
    with pytest.raises(ConfigError, match="entry 2") as error:
        load(written(tmp_path / "tokens", [good, entry]))
    assert SECRET not in str(error.value)
    assert str(tmp_path / "tokens") in str(error.value)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b'{"tokens": 1}', b"\xff", b"[" * 5000])
def test_a_wrong_file_is_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "tokens"
    path.write_bytes(data)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="delete it and start again"):
        TokenFile(path)
    assert path.read_bytes() == data


def test_places_where_no_file_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be"):
        TokenFile(tmp_path / "file" / "tokens")
    with pytest.raises(ConfigError, match="token file"):
        TokenFile(tmp_path)
    with pytest.raises(ConfigError, match="no plain file"):
        load(Path(os.devnull))


def test_a_huge_file_is_no_token_file(tmp_path: Path) -> None:
    (tmp_path / "tokens").write_bytes(b" " * (1 << 20) + b"{}")
    with pytest.raises(ConfigError, match="longer than"):
        load(tmp_path / "tokens")


def test_the_secret_is_in_no_repr(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    caplog.set_level(logging.DEBUG)
    token = Token(Grant("one"), SECRET)
    book = TokenBook([token])
    assert SECRET not in repr(token) + repr(book) + repr(vars(book)) + str(token.grant)
    TokenFile(tmp_path / "tokens")
    assert secret_in(tmp_path / "tokens") not in caplog.text


def test_a_link_that_leads_nowhere_is_said(tmp_path: Path) -> None:
    (tmp_path / "tokens").symlink_to(tmp_path / "gone")
    with pytest.raises(ConfigError, match="a link that leads nowhere"):
        TokenFile(tmp_path / "tokens")
    assert [path.name for path in tmp_path.iterdir()] == ["tokens"]
