"""When a microphone is to be open, and what its state is: decided from what is seen, without a clock or a thread.

`MicrophoneWatch.decide` is asked now and then and answers with one `Verb`; the supervisor carries it out and says how
it went (`opened`, `failed`). Between, `state` and `message` are what people are to be told.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from asrd.errors import ConfigError
from asrd.events import State

LOOK_S: Final = 0.5  # how often an open microphone is looked at
FIRST_LOOK_S: Final = 0.1  # likewise until its first block has come
SILENT_S: Final = 1.0  # no block for so long: the device is gone
# PulseAudio's null sink needs up to 2.2 s for its first block, Bluetooth headsets as long.
FIRST_BLOCK_S: Final = 5.0
SLEPT_S: Final = 2.0  # the two clocks may drift apart by less than this between two looks
HEALTHY_S: Final = 5.0  # a microphone that worked for so long is tried again at once
MAX_RETRY_S: Final = 5.0


class PolicyKind(Enum):
    """When the microphone is open."""

    ALWAYS = "always"
    IDLE = "idle"  # until nobody has used it for `idle_s`
    ON_DEMAND = "on-demand"  # between `start` and `stop`


@dataclass(frozen=True)
class Policy:
    """The microphone's policy; `idle_s` matters to `IDLE` alone."""

    kind: PolicyKind = PolicyKind.ALWAYS
    idle_s: float = 0.0


def parse_policy(text: str) -> Policy:
    """`always`, `idle:SECONDS` or `on-demand`.

    Raises:
        ConfigError: it is none of these.
    """
    kind, _, seconds = text.strip().partition(":")
    if text.strip() in (PolicyKind.ALWAYS.value, PolicyKind.ON_DEMAND.value):
        return Policy(PolicyKind(kind))
    try:
        idle_s = float(seconds)
    except ValueError:
        idle_s = 0.0
    if kind != PolicyKind.IDLE.value or not 1.0 <= idle_s <= 86_400.0:
        raise ConfigError(
            f"audio.policy is {text!r}: it must be always, on-demand, or idle:SECONDS with 1 to 86400 seconds"
        )
    return Policy(PolicyKind.IDLE, idle_s)


@dataclass(frozen=True)
class Seen:
    """What is seen of an open microphone.

    Attributes:
        is_active: PortAudio expects blocks to come.
        has_heard: a block came since it was opened.
        silent_s: seconds since the last block, or since it was opened.
        zeros_s: for how long all samples were zero to the last bit.
        default: what the system's default microphone is; None where that needs no watching.
    """

    is_active: bool
    has_heard: bool
    silent_s: float
    zeros_s: float = 0.0
    default: object = None


class Verb(Enum):
    """What is to be done."""

    NOTHING = "nothing"
    OPEN = "open"
    CLOSE = "close"  # not wanted now; no audio is lost by it
    REOPEN = "reopen"  # close, and open at once
    DROP = "drop"  # close what is lost; it is tried again later


class MicrophoneWatch:
    """One microphone under one policy.

    Attributes:
        state: what the microphone is doing.
        message: the same as a sentence.
    """

    def __init__(self, policy: Policy, *, zeros_s: float, retry_s: float, asks_permission: bool) -> None:
        """`asks_permission`: zeros mean that the system has not granted the use of the microphone (macOS)."""
        self._policy = policy
        self._zeros_s = zeros_s
        self._retry_s = retry_s
        self._asks_permission = asks_permission
        self._is_paused = False
        self._is_started = False
        self._used_s: float | None = None
        self._looked_s: float | None = None
        self._asleep_s: float | None = None
        self._name: str | None = None  # of the open microphone
        self._default: object = None
        self._opened_s = 0.0
        self._has_heard = False  # since it was opened
        self._retry_at_s: float | None = None
        self._failures = 0
        self.state = State.IDLE
        self.message = "the microphone has not been opened yet"

    def start(self) -> None:
        """Open it, under `ON_DEMAND`."""
        self._is_started = True

    def stop(self) -> None:
        """Close it, under `ON_DEMAND`."""
        self._is_started = False

    def pause(self) -> None:
        """Close it until `resume`."""
        self._is_paused = True

    def resume(self) -> None:
        """Take `pause` back; under `IDLE` that is a use."""
        self._is_paused = False
        self._used_s = None

    def used(self, now_s: float) -> None:
        """Somebody was listening at `now_s`."""
        self._used_s = now_s

    def decide(self, now_s: float, asleep_s: float, seen: Seen | None) -> Verb:
        """What is to be done at `now_s`.

        Args:
            now_s: seconds on a clock that stands still while the computer sleeps.
            asleep_s: a value that grows by the length of every sleep.
            seen: the open microphone; None if none is open.
        """
        is_late = self._looked_s is not None and now_s - self._looked_s > LOOK_S + SILENT_S
        slept_s = 0.0 if self._asleep_s is None else asleep_s - self._asleep_s
        self._looked_s, self._asleep_s = now_s, asleep_s
        if not self._is_wanted(now_s):
            return self._rest(seen)
        if seen is None:
            return Verb.OPEN if self._retry_at_s is None or now_s >= self._retry_at_s else Verb.NOTHING
        if slept_s >= SLEPT_S:
            self._tell(State.MIC_LOST, f"the computer slept for {slept_s:.0f} s; opening the microphone again")
            return Verb.REOPEN
        reason = self._lost(seen, is_late)
        if reason is not None:
            return self._lose(now_s, reason)
        return self._listen(seen)

    def opened(self, now_s: float, name: str, default: object = None) -> None:
        """The microphone `name` was opened while `default` was the system's default."""
        self._name, self._default, self._opened_s = name, default, now_s
        self._has_heard = False
        self._retry_at_s = None

    def failed(self, now_s: float, reason: str) -> None:
        """It could not be opened; `reason` is a sentence without an end."""
        self._name = None
        self._retry_later(now_s)
        self._tell(State.MIC_LOST, f"{reason}; it is tried again until it works")

    def wait_s(self, now_s: float) -> float | None:
        """For how long nothing has to be decided unless a command comes; None: for as long as none comes."""
        if not self._is_wanted(now_s):
            return None
        if self._name is not None:
            return LOOK_S if self._has_heard else FIRST_LOOK_S
        return max(0.0, (self._retry_at_s or now_s) - now_s)

    def _is_wanted(self, now_s: float) -> bool:
        if self._is_paused:
            return False
        if self._policy.kind is PolicyKind.ON_DEMAND:
            return self._is_started
        if self._policy.kind is PolicyKind.IDLE:
            if self._used_s is None:  # the first look counts as a use
                self._used_s = now_s
            return now_s - self._used_s < self._policy.idle_s
        return True

    def _rest(self, seen: Seen | None) -> Verb:
        self._name = None
        self._retry_at_s, self._failures = None, 0
        if self._is_paused:
            self._tell(State.PAUSED, "the microphone is closed until resume")
        elif self._policy.kind is PolicyKind.IDLE:
            self._tell(State.IDLE, f"the microphone is closed: not used for {self._policy.idle_s:g} s")
        else:
            self._tell(State.IDLE, "the microphone is closed until start")
        return Verb.NOTHING if seen is None else Verb.CLOSE

    def _lost(self, seen: Seen, is_late: bool) -> str | None:
        """Why the microphone is lost, if it is."""
        if not seen.is_active:
            return f"the microphone {self._name!r} was unplugged, or its sound service has ended"
        # If this very thread was held up, the callback may have been as well: the next look tells.
        limit_s = SILENT_S if seen.has_heard else FIRST_BLOCK_S
        if seen.silent_s > limit_s and not is_late:
            return f"the microphone {self._name!r} delivers no audio"
        return None

    def _lose(self, now_s: float, reason: str) -> Verb:
        is_healthy = now_s - self._opened_s >= HEALTHY_S
        self._name = None
        if is_healthy:
            self._failures = 0
            self._retry_at_s = now_s
        else:
            self._retry_later(now_s)
        self._tell(State.MIC_LOST, f"{reason}; it is opened again as soon as it is back")
        return Verb.DROP

    def _retry_later(self, now_s: float) -> None:
        self._retry_at_s = now_s + min(self._retry_s * 2**self._failures, max(MAX_RETRY_S, self._retry_s))
        self._failures = min(self._failures + 1, 10)

    def _listen(self, seen: Seen) -> Verb:
        self._has_heard = seen.has_heard
        if seen.default != self._default:
            self._tell(self.state, "changing over to the system's new default microphone")
            return Verb.REOPEN
        if seen.zeros_s >= self._zeros_s:
            self._tell(*self._about_zeros())
        elif seen.has_heard:
            self._tell(State.LISTENING, f"listening to {self._name!r}")
        return Verb.NOTHING

    def _about_zeros(self) -> tuple[State, str]:
        if self._asks_permission:
            return State.MIC_PERMISSION, (
                f"the microphone {self._name!r} gives only zeros: allow its use in System Settings, "
                "Privacy & Security, Microphone, or take the mute off"
            )
        return State.MIC_LOST, (
            f"the microphone {self._name!r} gives only zeros: it is muted, or nothing is connected to it; "
            "it stays open, and sound is heard as soon as it comes"
        )

    def _tell(self, state: State, message: str) -> None:
        self.state, self.message = state, message
