"""Clients of a running daemon: they know its protocol and nothing of its inside.

What is exported here is public. `asrd.find_daemon` tells where the daemon is::

    import asyncio
    from asrd import find_daemon
    from asrd.client import Stream

    async def show() -> None:
        async for message in Stream(find_daemon()).messages():
            if message["type"] == "final":
                print(message["text"])

    asyncio.run(show())
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asrd.lazy import lazily

if TYPE_CHECKING:
    from asrd.client.connection import Message
    from asrd.client.endpoint import Endpoint
    from asrd.client.errors import ConnectError
    from asrd.client.steering import Outcome, SteerError, Wish, steer
    from asrd.client.stream import Stream, Wanted

__all__ = ["ConnectError", "Endpoint", "Message", "Outcome", "SteerError", "Stream", "Wanted", "Wish", "steer"]

__getattr__ = lazily(
    __name__,
    {
        "ConnectError": "asrd.client.errors",
        "Endpoint": "asrd.client.endpoint",
        "Message": "asrd.client.connection",
        "Outcome": "asrd.client.steering",
        "SteerError": "asrd.client.steering",
        "Stream": "asrd.client.stream",
        "Wanted": "asrd.client.stream",
        "Wish": "asrd.client.steering",
        "steer": "asrd.client.steering",
    },
)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
