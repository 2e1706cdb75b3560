"""Steering against a daemon that says what a test wants, and against a real one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from asrd.bench.daemon.process import DaemonProcess
from asrd.client.endpoint import Endpoint
from asrd.client.errors import ConnectError
from asrd.client.steering import Outcome, SteerError, Wish, send_context, steer
from tests.client.fake_daemon import TOKEN, Client, FakeDaemon, Script

QUICK_S = 0.3


def answers(state: str, replies: dict[str, Sequence[dict[str, Any]]], asked: list[str]) -> Script:
    """A daemon in a state: to each command it says what is listed; `config` is answered with `hello` as it stands."""

    async def script(client: Client) -> None:
        now = state
        await greet(client, now)
        async for frame in client._connection:
            command = json.loads(frame)
            name = command["type"] if "context" not in command else f"context {command['context']}"
            asked.append(name)
            for reply in replies.get(name, ()):
                now = reply.get("state", now)
                await client.send(**reply)
            if command.get("replay") == 0:
                await greet(client, now)

    return script


async def greet(client: Client, state: str) -> None:
    await client.send(
        type="hello",
        protocol=1,
        session="main",
        version="1",
        run="r",
        model={},
        sample_rate=16000,
        state=state,
        recent=[],
    )
    await client.send(type="status", state=state, message=f"it is {state}")


def status(state: str, message: str = "") -> dict[str, Any]:
    return {"type": "status", "state": state, "message": message or f"now {state}"}


IDLE = status("idle")


def run(
    state: str, wish: Wish, replies: dict[str, Sequence[dict[str, Any]]], limit_s: float | None = None
) -> tuple[Outcome, list[str]]:
    asked: list[str] = []
    with FakeDaemon([answers(state, replies, asked)]) as daemon:
        outcome = asyncio.run(steer(Endpoint(daemon.url, token=TOKEN), wish, limit_s))
    return outcome, [name for name in asked if name != "config"]


@pytest.mark.parametrize(
    ("state", "wish", "replies", "asked", "outcome"),
    [
        ("listening", Wish.TOGGLE, {"pause": [status("paused")]}, ["pause"], "paused"),
        ("speech", Wish.TOGGLE, {"pause": [status("paused")]}, ["pause"], "paused"),
        ("mic_lost", Wish.TOGGLE, {"pause": [status("paused")]}, ["pause"], "paused"),
        ("paused", Wish.TOGGLE, {"resume": [status("listening")]}, ["resume", "start"], "listening"),
        ("idle", Wish.TOGGLE, {"start": [status("listening")]}, ["resume", "start"], "listening"),
        ("paused", Wish.TOGGLE, {"resume": [IDLE], "start": [status("listening")]}, ["resume", "start"], "listening"),
        ("listening", Wish.START, {}, ["resume", "start"], "listening"),
        ("speech", Wish.START, {}, ["resume", "start"], "speech"),
        ("speech", Wish.STOP, {"stop": [status("idle")]}, ["stop"], "idle"),
        ("paused", Wish.STOP, {}, ["stop"], "paused"),
        ("paused", Wish.PAUSE, {}, ["pause"], "paused"),
        ("paused", Wish.RESUME, {"resume": [status("idle")]}, ["resume"], "idle"),
        ("idle", Wish.RESUME, {}, ["resume"], "idle"),
    ],
)  # fmt: skip
def test_a_wish_comes_true(
    state: str, wish: Wish, replies: dict[str, Sequence[dict[str, Any]]], asked: list[str], outcome: str
) -> None:
    found, commands = run(state, wish, replies)
    assert (found.state, found.is_reached) == (outcome, True)
    assert commands == asked


def test_the_daemons_sentence_is_kept() -> None:
    assert run("listening", Wish.PAUSE, {"pause": [status("paused", "closed until resume")]})[0].message == (
        "closed until resume"
    )
    assert run("paused", Wish.PAUSE, {})[0].message == "it is paused"


def test_a_microphone_in_trouble_is_no_success() -> None:
    outcome, _ = run("paused", Wish.START, {"resume": [status("mic_lost", "it was unplugged")]})
    assert outcome == Outcome("mic_lost", "it was unplugged", is_reached=False)


def test_a_refusal_is_told() -> None:
    for code, hint in (("forbidden", "--token-file"), ("unavailable", "no microphone")):
        error = {"type": "error", "code": code, "message": "no microphone"}
        with pytest.raises(SteerError, match=hint):
            run("listening", Wish.PAUSE, {"pause": [error]})


def test_a_refusal_counts_though_the_state_is_what_was_wanted() -> None:
    error = {"type": "error", "code": "forbidden", "message": "start needs a token with the scope control"}
    with pytest.raises(SteerError, match="scope control"):
        run("listening", Wish.START, {"resume": [error]})


def test_nothing_changes_for_too_long() -> None:
    with pytest.raises(SteerError, match="goes on saying listening"):
        run("listening", Wish.PAUSE, {}, QUICK_S)
    with pytest.raises(SteerError, match="asrd pause"):
        run("listening", Wish.STOP, {}, QUICK_S)


def test_a_late_change_is_waited_for() -> None:
    asked: list[str] = []

    async def slow(client: Client) -> None:
        await greet(client, "idle")
        asked.extend([json.loads(await client._connection.recv())["type"] for _ in range(3)])
        await greet(client, "idle")
        await asyncio.sleep(0.1)
        await client.send(**status("listening"))
        await client.stay()

    with FakeDaemon([slow]) as daemon:
        assert asyncio.run(steer(Endpoint(daemon.url), Wish.START)).state == "listening"
    assert asked == ["resume", "start", "config"]


def test_no_daemon() -> None:
    with pytest.raises(ConnectError, match="asrd run"):
        asyncio.run(steer(Endpoint("ws://127.0.0.1:9/v1/stream"), Wish.TOGGLE))


def test_a_daemon_that_goes_meanwhile() -> None:
    async def leaves(client: Client) -> None:
        await greet(client, "listening")
        await client.close()

    with FakeDaemon([leaves]) as daemon, pytest.raises(ConnectError, match="the daemon stops"):
        asyncio.run(steer(Endpoint(daemon.url), Wish.PAUSE))


def test_context() -> None:
    asked: list[str] = []
    with FakeDaemon([answers("listening", {}, asked)]) as daemon:
        asyncio.run(send_context(Endpoint(daemon.url), "Anna Meyer"))
    assert asked == ["context Anna Meyer", "config"]


def test_context_refused() -> None:
    error = {"type": "error", "code": "forbidden", "message": "config needs a token with the scope control"}
    with (
        FakeDaemon([answers("listening", {"context names": [error]}, [])]) as daemon,
        pytest.raises(SteerError, match="scope control"),
    ):
        asyncio.run(send_context(Endpoint(daemon.url), "names"))


def test_a_real_daemon(tmp_path: Path) -> None:
    with DaemonProcess(["--demo"], tmp_path) as daemon:
        endpoint = Endpoint(daemon.url, token=daemon.token)

        def state_after(wish: Wish) -> str:
            return asyncio.run(steer(endpoint, wish)).state

        asyncio.run(send_context(endpoint, "Anna Meyer"))
        assert state_after(Wish.PAUSE) == "paused"
        assert state_after(Wish.PAUSE) == "paused"
        assert state_after(Wish.TOGGLE) in ("listening", "speech")
        assert state_after(Wish.TOGGLE) == "paused"
        assert state_after(Wish.RESUME) in ("listening", "speech")
        assert state_after(Wish.START) in ("listening", "speech")
        assert state_after(Wish.PAUSE) == "paused"


def test_pausing_in_mid_speech_gives_the_final_of_what_was_said(tmp_path: Path) -> None:
    """The demonstration clip speaks from its first second on."""
    from contextlib import aclosing

    from asrd.client.stream import Stream, Wanted

    async def talk(endpoint: Endpoint) -> list[str]:
        async with aclosing(Stream(endpoint, Wanted()).messages()) as messages:
            kinds: list[str] = []
            async for message in messages:
                kinds.append(message["type"])
                if message["type"] == "partial" and message["end"] > 1.5 and "asked" not in kinds:
                    kinds.append("asked")
                    kinds.append((await steer(endpoint, Wish.PAUSE)).state)
                if message["type"] == "final":
                    return kinds
        return kinds

    with DaemonProcess(["--demo"], tmp_path) as daemon:
        kinds = asyncio.run(asyncio.wait_for(talk(Endpoint(daemon.url, token=daemon.token)), 60.0))
    assert "paused" in kinds
    assert kinds[-1] == "final"
