"""Tokens that a command adds to the file of a daemon, or takes out again."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import stat
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest

from asrd.errors import ConfigError
from asrd.server import token_changes
from asrd.server.token_changes import remove_tokens, token_named
from asrd.server.tokens import ALL_SCOPES, LISTENING, Grant, Scope, TokenFile, load
from tests.server.harness import SECRET
from tests.server.test_shares import entry, write


def document(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_it_is_made_once(tmp_path: Path) -> None:
    path = write(tmp_path / "tokens", entry("one", SECRET))
    secret = token_named(path, "overlay", LISTENING)
    before = path.read_bytes()
    assert token_named(path, "overlay", LISTENING) == secret
    assert path.read_bytes() == before
    assert load(path).find(secret) == Grant("overlay", LISTENING)
    assert load(path).find(SECRET) == Grant("one", ALL_SCOPES)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in tmp_path.iterdir()] == ["tokens"]


def test_without_a_file_there_is_one_with_the_daemons_own_token_first(tmp_path: Path) -> None:
    path = tmp_path / "state" / "tokens"
    token_named(path, "overlay", LISTENING)
    assert [token.grant.name for token in TokenFile(path).tokens] == ["default", "overlay"]
    assert load(path).secret_for(LISTENING, 0.0) == document(path)["tokens"][0]["token"], "our clients keep theirs"


@pytest.mark.parametrize(
    "other",
    [{"scopes": ["listen", "control"]}, {"expires": "1999-01-01T00:00:00Z"}, {"name": "not the overlay"}],
    ids=lambda other: next(iter(other)),
)
def test_another_is_not_taken_for_it(tmp_path: Path, other: dict[str, Any]) -> None:
    path = write(tmp_path / "tokens", {**entry("overlay", SECRET), "scopes": ["listen"], **other})
    secret = token_named(path, "overlay", LISTENING)
    assert secret != SECRET
    assert len(load(path)) == 2


def test_what_else_is_written_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    written = {"note": "écrit à la main", "tokens": [entry("one", SECRET, expires="2099-01-31T12:00:00Z")]}
    path.write_text(json.dumps(written), encoding="utf-8")
    path.chmod(0o600)
    token_named(path, "overlay", LISTENING)
    assert document(path)["note"] == written["note"]
    assert document(path)["tokens"][0] == written["tokens"][0]
    assert remove_tokens(path, "overlay") == 1
    assert document(path) == written


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    path = tmp_path / "link"
    path.symlink_to(write(tmp_path / "tokens", entry("one", SECRET)))
    token_named(path, "overlay", LISTENING)
    assert path.is_symlink()
    assert len(load(tmp_path / "tokens")) == 2


def test_all_of_the_name_are_taken_out_and_no_other(tmp_path: Path) -> None:
    path = write(tmp_path / "tokens", entry("one", SECRET))
    first = token_named(path, "overlay", LISTENING)
    second = token_named(path, "overlay", frozenset({Scope.LISTEN, Scope.AUDIO}))
    assert remove_tokens(path, "overlay") == 2
    assert [load(path).find(secret) for secret in (first, second)] == [None, None]
    before = path.stat()
    assert remove_tokens(path, "overlay") == 0
    assert path.stat().st_ino == before.st_ino, "nothing was written"
    assert remove_tokens(tmp_path / "none", "overlay") == 0
    assert not (tmp_path / "none").exists()


def test_a_loose_mode_does_not_come_back(tmp_path: Path) -> None:
    path = write(tmp_path / "tokens", entry("one", SECRET))
    path.chmod(0o644)
    before = os.umask(0)
    try:
        token_named(path, "overlay", LISTENING)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_many_at_once_lose_nothing(tmp_path: Path) -> None:
    """Each adds what it adds to what the others have written, and all find one token of one name."""
    path = tmp_path / "tokens"
    names = [f"guest {number % 6}" for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        secrets = list(pool.map(lambda name: token_named(path, name, LISTENING), names))
    assert len(load(path)) == 1 + 6
    assert len(set(secrets)) == 6
    assert all(load(path).find(secret) == Grant(name, LISTENING) for name, secret in zip(names, secrets, strict=True))


def test_the_second_waits_for_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "tokens", entry("one", SECRET))
    may_go_on, is_there = threading.Event(), threading.Event()
    replace = token_changes._replace

    def slowly(*values: Any) -> None:
        is_there.set()
        may_go_on.wait(60)
        replace(*values)

    with ThreadPoolExecutor(2) as pool:
        with monkeypatch.context() as patch:
            patch.setattr(token_changes, "_replace", slowly)
            first = pool.submit(token_named, path, "first", LISTENING)
            assert is_there.wait(60)
        second = pool.submit(token_named, path, "second", LISTENING)
        assert not wait([second], timeout=0.2).done, "it took what the first has not finished"
        may_go_on.set()
        assert first.result(60) != second.result(60)
    assert [token.grant.name for token in load(path).tokens] == ["one", "first", "second"]


def test_a_file_that_is_none_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    path.write_text("{")
    for change in (lambda: token_named(path, "overlay", LISTENING), lambda: remove_tokens(path, "overlay")):
        with pytest.raises(ConfigError, match="delete it and start again"):
            change()
    assert path.read_text() == "{"


def test_a_folder_that_takes_nothing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "link"
    path.symlink_to(write(tmp_path / "tokens", entry("one", SECRET)))
    before = path.read_bytes()
    really_open = os.open

    def refuse(path: str, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_CREAT:
            raise PermissionError(errno.EACCES, "Permission denied")
        return really_open(path, flags, mode)

    monkeypatch.setattr(os, "open", refuse)
    remedy = f"let yourself in: chmod u+rwX {tmp_path}"
    with pytest.raises(ConfigError, match=rf"link cannot be changed \(Permission denied\): {re.escape(remedy)}$"):
        token_named(path, "overlay", LISTENING)
    with pytest.raises(ConfigError, match=re.escape(remedy)):
        remove_tokens(path, "one")
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert {found.name for found in tmp_path.iterdir()} == {"tokens", "link"}


def test_what_is_there_is_found_without_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "tokens", entry("one", SECRET))
    secret = token_named(path, "overlay", LISTENING)
    path.chmod(0o400)
    monkeypatch.setattr(fcntl, "flock", lambda *_: pytest.fail("it was locked, which needs the right to write"))
    assert token_named(path, "overlay", LISTENING) == secret
    assert remove_tokens(path, "another") == 0


@pytest.mark.parametrize("name", ["loop", "tokens/x", "x" * 300], ids=["a loop of links", "below a file", "too long"])
def test_only_a_file_that_is_not_there_holds_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    write(tmp_path / "tokens", entry("one", SECRET))
    with pytest.raises(ConfigError, match=r"the token file .* cannot be read"):
        remove_tokens(tmp_path / name, "overlay")
