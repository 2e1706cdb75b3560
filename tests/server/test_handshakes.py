"""Who is cut off when too many connections are in their TLS handshake."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from asrd.server.handshakes import HandshakeSocket


class Door:
    """A socket with two places, five connections that wait to be accepted, and what it has accepted."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.socket = stack.enter_context(HandshakeSocket(socket.create_server(("127.0.0.1", 0)), 2))
        address = self.socket.getsockname()
        self.clients = [stack.enter_context(closing(socket.create_connection(address))) for _ in range(5)]

    def accept(self) -> socket.socket:
        return self._stack.enter_context(self.socket.accept()[0])

    def cut_off(self) -> list[int]:
        """Which clients."""
        return [number for number, client in enumerate(self.clients) if _has_ended(client)]


def _has_ended(client: socket.socket) -> bool:
    client.settimeout(0.0)
    try:
        return client.recv(1) == b""
    except BlockingIOError:
        return False


@pytest.fixture
def door() -> Iterator[Door]:
    with ExitStack() as stack:
        yield Door(stack)


def test_the_one_that_waits_longest_goes(door: Door) -> None:
    for _ in range(4):
        door.accept()
    assert door.cut_off() == [0, 1]


def test_those_that_are_through_stay(door: Door) -> None:
    door.socket.done(door.accept().fileno())
    for _ in range(3):
        door.accept()
    assert door.cut_off() == [1]


def test_those_that_have_failed_take_no_place(door: Door) -> None:
    door.accept()
    second = door.accept()
    second.close()
    taken = os.open(os.devnull, os.O_RDONLY)  # or the next connection would get its descriptor
    try:
        door.accept()
        assert door.cut_off() == [1], "it was closed, and nobody else"
        door.accept()
        assert door.cut_off() == [0, 1]
    finally:
        os.close(taken)


def test_a_descriptor_that_is_used_again_has_not_waited(door: Door) -> None:
    first = door.accept()
    descriptor = first.fileno()
    door.accept()
    first.close()
    assert door.accept().fileno() == descriptor
    door.accept()
    assert door.cut_off() == [0, 1], "the first was closed, the second has waited longest"


def test_at_the_end_everyone_is_cut_off_who_waits(door: Door) -> None:
    door.socket.done(door.accept().fileno())
    door.accept()
    door.accept().close()
    door.socket.clear()
    assert door.cut_off() == [1, 2]
