"""One token does not take all the places, and one that is taken back opens nothing any more."""

from __future__ import annotations

import json
import logging
import os
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from asrd.server.parts import Timings
from asrd.server.tokens import LISTENING, NOBODY, Grant, Scope, Token, TokenBook, TokenFile
from tests.server.harness import (
    LISTENER,
    SECRET,
    SPEAKER,
    House,
    Listener,
    eventually,
    in_loop,
    raw,
    raw_socket,
    running,
    upgrade,
    with_options,
)

AUDIO = '{"type":"audio","sample_rate":16000}'
LOOKS_OFTEN = Timings(ping_s=0.02, ping_timeout_s=20.0)


def entry(name: str, secret: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "token": secret, "scopes": ["listen", "audio", "control"], **more}


def write(path: Path, *entries: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"tokens": entries}), encoding="utf-8")
    path.chmod(0o600)
    return path


async def status_of(house: House, stack: AsyncExitStack, secret: str) -> int:
    connection = await stack.enter_async_context(raw(house.port))
    await connection.send(upgrade(house.port, secret))
    return (await connection.head())[0]


ONE, BRIEF = Token(Grant("one"), SECRET), Token(Grant("brief", expires_s=5.0), LISTENER)
OVERLAY = Token(Grant("overlay", LISTENING), LISTENER)


def shares(book: TokenBook, grant: Grant, scope: Scope = Scope.LISTEN, now_s: float = 0.0) -> list[int]:
    return [book.share(places, grant, scope, now_s) for places in (1, 2, 3, 4, 16)]


def test_shares() -> None:
    every, half = [1, 2, 3, 4, 16], [1, 1, 2, 2, 8]
    assert shares(TokenBook([ONE]), ONE.grant) == every
    assert shares(TokenBook([ONE, BRIEF]), ONE.grant) == half
    assert shares(TokenBook([ONE, BRIEF]), ONE.grant, now_s=5.0) == every, "one that has expired wants no place"
    assert shares(TokenBook([ONE, Token(Grant("one"), LISTENER)]), ONE.grant) == every, "two of one name are one"
    assert shares(TokenBook([]), NOBODY) == every


def test_a_listener_takes_little_from_who_may_do_more() -> None:
    book = TokenBook([ONE, OVERLAY])
    assert shares(book, ONE.grant) == [1, 1, 2, 3, 12]
    assert shares(book, OVERLAY.grant) == [1, 1, 2, 2, 8]
    assert shares(TokenBook([OVERLAY, Token(Grant("guest", LISTENING), SPEAKER)]), OVERLAY.grant) == [1, 1, 2, 2, 8]
    assert shares(TokenBook([ONE, OVERLAY, BRIEF]), ONE.grant) == [1, 1, 2, 2, 8]


def test_who_may_send_no_audio_takes_no_session() -> None:
    assert shares(TokenBook([ONE, OVERLAY]), ONE.grant, Scope.AUDIO) == [1, 2, 3, 4, 16]
    assert shares(TokenBook([ONE, OVERLAY, BRIEF]), ONE.grant, Scope.AUDIO) == [1, 1, 2, 2, 8]


@in_loop
async def test_the_overlays_token_leaves_the_others_their_places() -> None:
    """Typist, captions and live text beside the overlay, where four may connect; and four streams where four may be."""
    book = TokenBook([ONE, OVERLAY])
    async with (
        running(with_options(max_connections=4), tokens=book, most=16, max_sessions=4) as house,
        AsyncExitStack() as stack,
    ):
        assert [await status_of(house, stack, SECRET) for _ in range(4)] == [101] * 3 + [503]
        assert await status_of(house, stack, LISTENER) == 101
    async with running(tokens=book, most=16, max_sessions=4) as house, AsyncExitStack() as stack:
        for _ in range(4):
            client = await stack.enter_async_context(house.client())
            await client.send(AUDIO)
            assert (await client.next())["type"] == "hello"


@in_loop
async def test_one_token_takes_half_of_the_connections() -> None:
    async with running(with_options(max_connections=6)) as house, AsyncExitStack() as stack:
        assert [await status_of(house, stack, SPEAKER) for _ in range(5)] == [101] * 3 + [503] * 2
        async with house.client():
            assert await status_of(house, stack, LISTENER) == 101


@in_loop
async def test_a_connection_that_is_gone_before_its_request_is_looked_at_keeps_no_place() -> None:
    """Under TLS the end may come in the same turn of the loop as the request."""
    async with running(with_options(max_connections=1)) as house:
        reception = house.server._reception
        async with raw_socket(house.port):
            (gone,) = reception._admitted
        await eventually(lambda: gone.is_lost)
        assert gone.request is not None
        assert reception.process_request(gone, gone.request) is None
        async with house.client():
            pass


@in_loop
async def test_it_is_told_why() -> None:
    async with running(with_options(max_connections=2)) as house, house.client(), raw(house.port) as other:
        await other.send(upgrade(house.port, SECRET))
        await other.head()
        assert b"this token has its share of server.max_connections, 1:" in await other.ended()


@in_loop
async def test_one_token_takes_half_of_the_sessions() -> None:
    async with running(most=16, max_sessions=4) as house, AsyncExitStack() as stack:
        first, second, third, other = [
            await stack.enter_async_context(house.client(token=secret)) for secret in (SECRET, SECRET, SECRET, SPEAKER)
        ]
        for client in (first, second, other):
            await client.send(AUDIO)
            assert (await client.next())["type"] == "hello"
        await third.send(AUDIO)
        refused = await third.next()
        assert (refused["type"], refused["code"]) == ("error", "overload")
        assert "this token has its share of pipeline.max_sessions, 2:" in refused["message"]
        await first.send('{"type":"close"}')
        await first.until("closed")
        await third.send(AUDIO)
        assert (await third.next())["type"] == "hello"


@in_loop
async def test_a_token_that_is_taken_back_ends_its_connections(tmp_path: Path) -> None:
    path = write(tmp_path / "tokens", entry("one", SECRET), entry("two", SPEAKER))
    async with (
        running(timings=LOOKS_OFTEN, tokens=TokenFile(path)) as house,
        house.client(token=SPEAKER) as kept,
        house.client() as client,
        AsyncExitStack() as stack,
    ):
        write(path, entry("two", SPEAKER), entry("one", LISTENER))  # the name stays, the secret is another
        code, reason = await client.closed()
        assert code == 4001
        assert "not in the token file any more" in reason
        assert await status_of(house, stack, SECRET) == 401
        assert await status_of(house, stack, LISTENER) == 101
        await works(kept)


@in_loop
async def test_a_new_token_counts_at_the_next_connection(tmp_path: Path) -> None:
    path = write(tmp_path / "tokens", entry("one", SECRET))
    async with running(tokens=TokenFile(path)) as house, AsyncExitStack() as stack:
        assert await status_of(house, stack, SPEAKER) == 401
        write(path, entry("one", SECRET), entry("two", SPEAKER))
        assert await status_of(house, stack, SPEAKER) == 101


@in_loop
async def test_without_a_token_nothing_is_taken_back() -> None:
    class Looks(TokenBook):
        count = 0

        def refresh(self) -> None:
            self.count += 1

    book = Looks([])
    async with (
        running(with_options(require_token=False), LOOKS_OFTEN, book) as house,
        house.client(token=None) as client,
    ):
        await eventually(lambda: book.count > 3)
        await works(client)


async def works(client: Listener) -> None:
    await client.send('{"type":"config","replay":0}')
    assert (await client.next())["type"] == "hello"


def test_a_file_that_cannot_be_used_changes_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write(tmp_path / "tokens", entry("one", SECRET))
    book = TokenFile(path)
    caplog.clear()
    for spoil in (lambda: path.write_text("{", encoding="utf-8"), path.unlink):
        spoil()
        for _ in range(3):
            book.refresh()
        assert book.find(SECRET) == Grant("one")
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2
    assert SECRET not in caplog.text
    write(path, entry("two", SPEAKER))
    book.refresh()
    assert (book.find(SECRET), book.find(SPEAKER)) == (None, Grant("two"))


def test_a_file_of_the_same_length_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path / "tokens", entry("one", SECRET))
    book = TokenFile(path)
    path.write_text(path.read_text().replace("one", "two"))
    os.utime(path, ns=(1, 1))
    book.refresh()
    assert book.find(SECRET) == Grant("two")
    other = write(tmp_path / "other", entry("six", SECRET))
    os.utime(other, ns=(1, 1))
    other.replace(path)
    book.refresh()
    assert book.find(SECRET) == Grant("six")


def test_a_file_that_says_it_is_as_old_as_before_is_read_if_it_is_longer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(tmp_path / "tokens", entry("one", SECRET))
    os.utime(path, ns=(1, 1))
    book = TokenFile(path)
    write(path, entry("longer", SECRET))
    os.utime(path, ns=(1, 1))
    caplog.set_level(logging.INFO)
    for _ in range(3):
        book.refresh()
    assert book.find(SECRET) == Grant("longer")
    assert caplog.text.count("was read again") == 1, "it is read once"


def test_tokens_without_a_name_are_told_apart(tmp_path: Path) -> None:
    book = TokenFile(write(tmp_path / "tokens", entry("", SECRET), entry("", SPEAKER)))
    assert [token.grant.name for token in book.tokens] == ["token 1", "token 2"]


@in_loop
async def test_what_is_changed_beside_a_token_ends_no_connection(tmp_path: Path) -> None:
    """It is called otherwise now, stands at another place, and opens the same for longer."""
    path = write(tmp_path / "tokens", entry("", LISTENER), entry("", SECRET, expires="2099-01-01T00:00:00Z"))
    book = Watched(path)
    async with running(timings=LOOKS_OFTEN, tokens=book) as house, house.client() as client:
        write(path, entry("", SECRET, expires="2098-01-01T00:00:00Z"), entry("two", SPEAKER))
        await looked_twice(book)
        write(path, entry("three", SECRET))
        await looked_twice(book)
        await works(client)


@in_loop
async def test_a_token_that_expires_sooner_now_ends_its_connections(tmp_path: Path) -> None:
    path = write(tmp_path / "tokens", entry("one", SECRET, expires="2099-01-01T00:00:00Z"))
    async with running(timings=LOOKS_OFTEN, tokens=TokenFile(path)) as house, house.client() as client:
        write(path, entry("one", SECRET, expires="1999-01-01T00:00:00Z"))
        assert await client.closed() == (4001, "the token has expired")


@in_loop
async def test_a_token_that_opens_something_else_now_ends_its_connections(tmp_path: Path) -> None:
    path = write(tmp_path / "tokens", entry("one", SECRET))
    async with running(timings=LOOKS_OFTEN, tokens=TokenFile(path)) as house, house.client() as client:
        write(path, entry("one", SECRET, scopes=["listen"]))
        code, reason = await client.closed()
        assert (code, "opens something else" in reason) == (4001, True)


class Watched(TokenFile):
    looks = 0

    def refresh(self) -> None:
        super().refresh()
        self.looks += 1


async def looked_twice(book: Watched) -> None:
    before = book.looks
    await eventually(lambda: book.looks >= before + 2)


def test_a_file_that_could_not_be_used_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It need not change for that: the trouble may have been with its owner, or with this process."""
    path = write(tmp_path / "tokens", entry("one", SECRET))
    book = TokenFile(path)
    write(path, entry("two", SPEAKER))
    with monkeypatch.context() as patch:
        patch.setattr("os.getuid", lambda: -1)
        for _ in range(3):
            book.refresh()
    assert caplog.text.count("the tokens stay as they were") == 1
    assert book.find(SECRET) is not None
    book.refresh()
    assert (book.find(SECRET), book.find(SPEAKER)) == (None, Grant("two"))


def test_every_loss_of_the_file_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write(tmp_path / "tokens", entry("one", SECRET))
    book = TokenFile(path)
    for _ in range(2):
        path.rename(tmp_path / "away")
        book.refresh()
        book.refresh()
        (tmp_path / "away").rename(path)
        book.refresh()
    assert caplog.text.count("the tokens stay as they were") == 2
