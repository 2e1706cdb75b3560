"""Clients that do what they like, step by step."""

from __future__ import annotations

import asyncio
import json
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from hypothesis import strategies as st

from tests.fuzz.damage import changed, damaged, texts, values
from tests.fuzz.test_wire import COMMANDS, HEAD
from tests.server.harness import (
    BINARY,
    CLOSE,
    DEAF,
    EXPIRED,
    LISTENER,
    PING,
    SECRET,
    SPEAKER,
    TEXT,
    Raw,
    frame,
    upgrade,
)
from tests.wire.schemas import Json, valid_message

PONG: Final = 10


@dataclass(frozen=True)
class Come:
    """A connection is made, and a handshake is sent, perhaps a damaged one, perhaps half of it."""

    token: str | None
    path: str = "/v1/stream"
    head: bytes | None = None
    cut: int = 0

    def sent(self, port: int) -> bytes:
        whole = upgrade(port, self.token, self.path) if self.head is None else self.head.replace(b"8765", b"%d" % port)
        return whole[: -self.cut] if self.cut else whole


@dataclass(frozen=True)
class Say:
    """A visitor sends bytes, in so many parts."""

    who: int
    data: bytes
    parts: int = 1


@dataclass(frozen=True)
class Leave:
    """A visitor goes: by a reset, or by sending no more."""

    who: int
    is_reset: bool


@dataclass(frozen=True)
class Publish:
    """Something is said into the daemon's own microphone."""


Step = Come | Say | Leave | Publish


@dataclass
class Visitor:
    """A connection, and what came on it."""

    raw: Raw
    messages: list[Json] = field(default_factory=list)
    code: int = 0
    reason: str = ""

    async def listen(self) -> None:
        """Take everything apart until the end."""
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.LimitOverrunError):
            status, _ = await self.raw.head()
            if status != 101:
                await self.raw.ended()
                return
            while True:
                opcode, payload = await self.raw.next_frame()
                assert opcode in (TEXT, CLOSE, PING, PONG)
                if opcode == TEXT:
                    self.messages.append(valid_message(payload))
                elif opcode == CLOSE and len(payload) >= 2:
                    (self.code,) = struct.unpack("!H", payload[:2])
                    self.reason = payload[2:].decode()


def steps() -> st.SearchStrategy[list[Step]]:
    """What happens in one evening: at first somebody comes."""
    come = st.builds(Come, st.sampled_from((SECRET, LISTENER, SPEAKER)))
    any_come = come | st.builds(
        Come,
        st.sampled_from((None, SECRET, DEAF, EXPIRED, "x")),
        st.sampled_from(
            ("/v1/stream", "/v1/stream?replay=3", "/v1/stream?session=client-1", "/", "/metrics", "/v1/%00")
        ),
        st.none() | damaged(HEAD, 120) | st.just(HEAD + b"the rest"),
        st.sampled_from((0, 0, 2, 40)),
    )
    say = st.builds(Say, st.integers(0, 7), _frames(), st.sampled_from((1, 1, 2, 9)))
    leave = st.builds(Leave, st.integers(0, 7), st.booleans())
    step = st.one_of(say, say, say, say, any_come, leave, st.just(Publish()))
    return st.builds(lambda first, rest: [first, *rest], come, st.lists(step, max_size=25))


def _frames() -> st.SearchStrategy[bytes]:
    sound = st.sampled_from(COMMANDS).map(lambda command: frame(TEXT, json.dumps(command).encode()))
    near = (st.sampled_from(COMMANDS).flatmap(changed) | values()).map(
        lambda value: frame(TEXT, json.dumps(value).encode())
    )
    sounds = st.integers(0, 3000).map(lambda count: frame(BINARY, bytes(range(1, 251)) * (count // 250 + 1)))
    control = st.builds(frame, st.sampled_from((PING, PONG)), st.binary(max_size=130))
    pieces = st.lists(st.builds(_piece, st.sampled_from((0, 0, 0, TEXT, BINARY)), st.binary(max_size=9), st.booleans()))
    odd = st.builds(_headed, st.integers(0, 255), st.integers(0, 255), st.binary(max_size=20))
    long = st.builds(
        _says, st.sampled_from((TEXT, BINARY)), st.sampled_from((1 << 20, (1 << 20) + 1, 1 << 40, 1 << 63))
    )
    return st.one_of(sound, sound, near, sounds, sounds, control, pieces.map(b"".join), _closes(), odd, long)


def _piece(opcode: int, payload: bytes, fin: bool) -> bytes:
    return frame(opcode, payload, fin=fin)


def _says(opcode: int, length: int) -> bytes:
    return frame(opcode, b"", says=length)


def _headed(first: int, second: int, rest: bytes) -> bytes:
    return bytes((first, second)) + rest


def _closes() -> st.SearchStrategy[bytes]:
    codes = st.sampled_from((0, 999, 1000, 1001, 1004, 1005, 1006, 1011, 1015, 2999, 3000, 4999, 5000, 0xFFFF))
    reasons = texts().map(lambda text: text.encode("utf-8", "surrogatepass")[:123])
    told = st.builds(lambda code, reason: struct.pack("!H", code) + reason, codes, reasons)
    return (told | st.sampled_from((b"", b"\x03"))).map(lambda payload: frame(CLOSE, payload))


def close_codes(data: bytes) -> set[int]:
    """Codes of close frames that may be in what a visitor sent: the daemon repeats them."""
    return {int.from_bytes(data[at : at + 2], "big") for at in range(len(data) - 1)} if b"\x88" in data else set()
