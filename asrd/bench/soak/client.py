"""A client whose messages are all taken into an account."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from asrd.bench.soak.account import Account

FloatArray = npt.NDArray[np.float32]
PATIENCE_S: Final = 300.0  # a session that was filled as fast as it goes has minutes of audio to recognise
_HEARD_SCALE: Final = np.float32(32_768)


class SoakClient:
    """One connection.

    Attributes:
        account: of everything that it heard.
        connection: the library's.
    """

    def __init__(self, connection: ClientConnection, who: str) -> None:
        self.connection = connection
        self.account = Account(who)

    async def next(self) -> dict[str, Any]:
        """The next message.

        Raises:
            ConnectionClosed: the connection has ended.
        """
        message: dict[str, Any] = json.loads(await self.connection.recv())
        self.account.take(message)
        return message

    async def until(self, *kinds: str) -> dict[str, Any]:
        """The next message of one of these types, whatever comes before."""
        while (message := await asyncio.wait_for(self.next(), PATIENCE_S))["type"] not in kinds:
            pass
        return message

    async def send(self, **command: object) -> None:
        """Send a command."""
        await self.connection.send(json.dumps(command))

    async def say(self, heard: FloatArray) -> None:
        """Send (n,) float32 at 16 kHz that went through 16 bits before; waits while the daemon takes no more."""
        await self.connection.send(np.rint(heard * _HEARD_SCALE).astype("<i2").tobytes())

    async def listen(self, seconds: float) -> None:
        """Listen for so long, or up to the connection's end.

        No `wait_for` around another one: before Python 3.12 the inner one may keep the end of the outer one to itself.
        """
        end_s = asyncio.get_running_loop().time() + seconds
        with suppress(ConnectionClosed, asyncio.TimeoutError):
            while (left_s := end_s - asyncio.get_running_loop().time()) > 0:
                await asyncio.wait_for(self.next(), left_s)

    async def rest(self) -> int:
        """Listen up to the connection's end: its close code, 1006 if there was none."""
        with suppress(ConnectionClosed):
            while True:
                await asyncio.wait_for(self.next(), PATIENCE_S)
        return self.connection.close_code or 1006


@asynccontextmanager
async def connected(url: str, token: str, who: str) -> AsyncIterator[SoakClient]:
    """Connect, without pings: behind minutes of audio that the daemon does not read yet they would come too late."""
    headers = {"Authorization": f"Bearer {token}"}
    async with connect(
        url,
        additional_headers=headers,
        max_size=None,
        compression=None,
        proxy=None,
        ping_interval=None,
        open_timeout=30.0,
    ) as connection:
        yield SoakClient(connection, who)
