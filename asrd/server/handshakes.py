"""Connections whose TLS handshake is not through: asyncio tells nobody of them, so the listening socket counts them."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any


class HandshakeSocket(socket.socket):
    """A listening socket with places for handshakes. When they are taken, whoever waits longest is cut off.

    So connections that say nothing cannot keep out those that do, and cannot take all descriptors.
    """

    def __init__(self, bound: socket.socket, places: int) -> None:
        """Takes over a socket that is bound."""
        super().__init__(bound.family, bound.type, bound.proto, fileno=bound.detach())
        self._places = places
        self._waiting: dict[int, socket.socket] = {}  # by descriptor, the oldest first

    def accept(self) -> tuple[socket.socket, Any]:
        """See `socket.socket`; called by the loop."""
        accepted, address = super().accept()
        self.done(accepted.fileno())  # of a connection that has failed since
        self._waiting[accepted.fileno()] = accepted
        if len(self._waiting) > self._places:
            self._waiting = {number: one for number, one in self._waiting.items() if one.fileno() == number}
        if len(self._waiting) > self._places:
            self._cut_off_longest()
        return accepted, address

    def done(self, descriptor: int) -> None:
        """The handshake of the connection with this descriptor is through."""
        self._waiting.pop(descriptor, None)

    def clear(self) -> None:
        """Cut off everyone: from Python 3.12.1 on, asyncio's server does not end before they do."""
        while self._waiting:
            self._cut_off_longest()

    def _cut_off_longest(self) -> None:
        longest = self._waiting.pop(next(iter(self._waiting)))
        with suppress(OSError):  # the other end was first
            longest.shutdown(socket.SHUT_RDWR)  # the loop notices, and closes it
