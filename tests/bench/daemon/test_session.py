"""A client that speaks, against a daemon that says what a test wants."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from asrd.bench.daemon import session
from asrd.bench.daemon.script import Script
from asrd.bench.daemon.session import Record, speak
from asrd.bench.daemon.speaker import Speaker
from asrd.errors import AsrdError
from tests.client.fake_daemon import TOKEN, Client, FakeDaemon, final

SCRIPT = Script(np.linspace(-0.5, 0.5, 1600, dtype=np.float32), ())  # a tenth of a second: five blocks


def heard(daemon: FakeDaemon, script: Script = SCRIPT, *, in_real_time: bool = True) -> Record:
    return asyncio.run(speak(daemon.url, TOKEN, script, in_real_time=in_real_time))


@pytest.mark.parametrize("in_real_time", [True, False])
def test_all_is_said_and_all_is_heard(in_real_time: bool) -> None:
    frames: list[Any] = []

    async def listen(client: Client) -> None:
        await client.hello()
        async for frame in client._connection:
            frames.append(frame)
            if isinstance(frame, str) and json.loads(frame)["type"] == "close":
                await client.send(**final(1))
                await client.send(type="closed")
                await client.stay()

    with FakeDaemon([listen]) as daemon:
        record = heard(daemon, in_real_time=in_real_time)
    assert json.loads(frames[0]) == {"type": "audio", "sample_rate": 16_000, "encoding": "s16le"}
    audio = b"".join(frame for frame in frames if isinstance(frame, bytes))
    assert struct.unpack("<1600h", audio)[0] == -16_384
    assert len(audio) == 3200
    assert [message["type"] for _, message in record.messages] == ["hello", "final", "closed"]
    (at_s, _), = record.of("final")  # fmt: skip
    assert not in_real_time or at_s >= 0.1  # after the last sample was said
    assert (record.late_s > 0.0) is in_real_time


async def _refuses(client: Client) -> None:
    await client.send(type="error", code="overload", message="no room")
    await client.stay()


async def _stops(client: Client) -> None:
    await client.hello()
    await client.close()


async def _dies(client: Client) -> None:
    await client.hello()
    client.abort()


async def _hangs_up(client: Client) -> None:
    await client.hello()
    async for frame in client._connection:
        if isinstance(frame, str) and json.loads(frame)["type"] == "close":
            await client.close(1000, "")  # without a word of its end
            return


async def _never_ends(client: Client) -> None:
    await client.hello()
    await client.stay()


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        (_refuses, "refused a session .no room."),
        (_stops, "ended a session before all was said"),
        (_hangs_up, "ended a session before all was said: look"),
        (_dies, "ended a session before all was said"),
        (_never_ends, "did not end a session within 0 s"),
    ],
)
def test_a_session_that_goes_wrong_is_told(
    script: Callable[[Client], Any], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "_PATIENCE_S", 0.2)
    with FakeDaemon([script]) as daemon, pytest.raises(AsrdError, match=sentence):
        heard(daemon)


def test_no_more_is_said_when_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[int] = []
    say = Speaker.say

    async def noted(speaker: Speaker, samples: Any) -> None:
        said.append(len(samples))
        await say(speaker, samples)

    monkeypatch.setattr(Speaker, "say", noted)
    with FakeDaemon([_refuses]) as daemon, pytest.raises(AsrdError):
        heard(daemon, Script(np.zeros(5 * 16_000, np.float32), ()))
    assert sum(said) < 5 * 16_000


def test_no_daemon_at_all_is_told() -> None:
    with pytest.raises(AsrdError, match="ended a session before all was said"):
        asyncio.run(speak("ws://127.0.0.1:1/v1/stream", TOKEN, SCRIPT))
