"""Steering a daemon's microphone: one short connection, a command or two, and what became of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from asrd.client.connection import Conversation, LostError, Message, conversing
from asrd.client.endpoint import Endpoint
from asrd.client.errors import ConnectError
from asrd.errors import AsrdError

CHANGE_S: Final = 10.0  # a Bluetooth microphone takes up to 5 s for its first sound
STAYS_S: Final = 2.0  # a microphone that is to be closed says so at once
ANSWER_S: Final = 5.0
_OPEN: Final = frozenset({"listening", "speech", "overload"})
_CLOSED: Final = frozenset({"idle", "paused"})
_TROUBLE: Final = frozenset({"mic_lost", "mic_permission", "stopping"})


class SteerError(AsrdError):
    """The daemon refused, or the microphone did not do what was asked."""


class Wish(Enum):
    """What can be asked for, by its command's name."""

    TOGGLE = "toggle"  # hear nothing if it listens, else listen
    START = "start"  # listen: takes a pause back, and opens the microphone under the policy on-demand
    STOP = "stop"  # close the microphone, under the policy on-demand
    PAUSE = "pause"  # hear nothing until resume, whatever the policy
    RESUME = "resume"


@dataclass(frozen=True)
class Outcome:
    """How the daemon stands afterwards.

    Attributes:
        state: a word of the protocol: listening, speech, idle, paused, mic_lost, mic_permission ...
        message: the daemon's sentence about it, or "".
        is_reached: whether it is what was asked for; if not, the microphone is in trouble.
    """

    state: str
    message: str = ""
    is_reached: bool = True


@dataclass(frozen=True)
class _Plan:
    """Commands, and the states that fulfil the wish."""

    commands: tuple[str, ...]
    goal: frozenset[str]
    limit_s: float = CHANGE_S

    @property
    def opens(self) -> bool:
        """Whether the microphone is to be heard afterwards."""
        return bool(self.goal & _OPEN)


# `resume` and `start` together open the microphone under every policy: what does not apply does nothing. Likewise
# `pause` closes it under every policy, so that `toggle` need not know which one holds.
_LISTEN: Final = _Plan(("resume", "start"), _OPEN)
_HUSH: Final = _Plan(("pause",), frozenset({"paused"}))
_PLANS: Final = {
    Wish.START: _LISTEN,
    Wish.STOP: _Plan(("stop",), _CLOSED, STAYS_S),
    Wish.PAUSE: _HUSH,
    Wish.RESUME: _Plan(("resume",), _OPEN | {"idle"}),
}
_ASK_BACK: Final[Message] = {"type": "config", "replay": 0}  # is answered with a `hello`, after what was sent before it


async def steer(endpoint: Endpoint, wish: Wish, limit_s: float | None = None) -> Outcome:
    """Ask, and wait for what comes of it: at most `limit_s`, by default as long as the wish may take.

    What was being said when the microphone is closed is still recognised: its final comes.

    Raises:
        ConnectError: the daemon is not there, or refuses this client.
        SteerError: it refuses the command, or nothing changes.
        ConfigError: the endpoint's certificates cannot be used.
    """
    try:
        async with conversing(endpoint, "") as conversation:
            now = _Now()
            now.take(await anext(conversation.messages))
            plan = _plan(wish, now.outcome.state)
            await _send(conversation, *({"type": command} for command in plan.commands))
            try:
                await asyncio.wait_for(now.settle(conversation.messages, plan), limit_s or plan.limit_s)
            except asyncio.TimeoutError:
                raise SteerError(_why_not(wish, now.outcome)) from None
            return replace(now.outcome, is_reached=now.outcome.state in plan.goal)
    except LostError as error:
        raise ConnectError(f"{error}: start it with `asrd run`, or check the address") from None


async def send_context(endpoint: Endpoint, context: str) -> None:
    """Set the text that helps with names and terms, for the daemon's own source.

    Raises:
        ConnectError: the daemon is not there, or refuses this client.
        SteerError: it refuses the context, or gives no answer.
        ConfigError: the endpoint's certificates cannot be used.
    """
    async with conversing(endpoint, "") as conversation:
        await anext(conversation.messages)
        await _send(conversation, {"type": "config", "session": "main", "context": context})
        try:
            await asyncio.wait_for(_answer(conversation.messages), ANSWER_S)
        except asyncio.TimeoutError:
            raise SteerError(f"{endpoint.name} gave no answer within {ANSWER_S:g} s") from None


class _Now:
    """How the daemon stands, as far as it was told."""

    def __init__(self) -> None:
        self.outcome = Outcome("")

    def take(self, message: Message) -> None:
        """Learn from a message.

        Raises:
            SteerError: a command was refused.
        """
        if message["type"] == "error":
            raise _refusal(message)
        if message["type"] in ("hello", "status"):
            same = message.get("state") == self.outcome.state
            said = str(message.get("message", self.outcome.message if same else ""))
            self.outcome = Outcome(str(message.get("state", "")), said)

    async def settle(self, messages: AsyncIterator[Message], plan: _Plan) -> None:
        """Wait until the commands were answered and the goal is reached, or cannot be."""
        is_answered = False
        async for message in messages:
            self.take(message)
            is_answered = is_answered or message["type"] == "hello"
            if is_answered and (self.outcome.state in plan.goal or (plan.opens and self.outcome.state in _TROUBLE)):
                return


async def _answer(messages: AsyncIterator[Message]) -> None:
    async for message in messages:
        if message["type"] == "error":
            raise _refusal(message)
        if message["type"] == "hello":
            return


async def _send(conversation: Conversation, *commands: Message) -> None:
    for command in (*commands, _ASK_BACK):
        await conversation.send(command)


def _plan(wish: Wish, state: str) -> _Plan:
    if wish is not Wish.TOGGLE:
        return _PLANS[wish]
    return _LISTEN if state in _CLOSED else _HUSH


def _refusal(message: Message) -> SteerError:
    said = str(message.get("message", "it gave no reason"))
    hint = ": --token-file names a file with such a token" if message.get("code") == "forbidden" else ""
    return SteerError(f"the daemon refused: {said}{hint}")


def _why_not(wish: Wish, outcome: Outcome) -> str:
    if wish is Wish.STOP:
        return "the microphone stays open, as audio.policy is not on-demand: `asrd pause` closes it until `asrd resume`"
    said = f" ({outcome.message})" if outcome.message else ""
    return f"the daemon goes on saying {outcome.state}{said}: `asrd doctor` looks for the reason"
