"""Why the daemon closes a connection: the codes of RFC 6455 where one fits, 4000 and up where none does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_MAX_REASON_BYTES: Final = 123  # RFC 6455, 5.5: a control frame carries 125 bytes, two of them the code


@dataclass(frozen=True)
class Closing:
    """A close frame.

    Attributes:
        code: for programs.
        reason: for people.
    """

    code: int
    reason: str

    def __post_init__(self) -> None:
        if len(self.reason.encode()) > _MAX_REASON_BYTES:
            shortened = self.reason.encode()[:_MAX_REASON_BYTES].decode("utf-8", "ignore")
            object.__setattr__(self, "reason", shortened)


def going_away(reason: str) -> Closing:
    """The daemon stops."""
    return Closing(1001, reason)


def broken_text(reason: str) -> Closing:
    """A text message is no JSON (the library uses the same code for broken UTF-8)."""
    return Closing(1007, reason)


TOO_BIG: Final = Closing(1009, "a command is too long")  # the library says it of messages
FLOOD: Final = Closing(1008, "too many messages")
BUG: Final = Closing(1011, "internal error, see the daemon's log")
UNRESPONSIVE: Final = Closing(1011, "no answer to pings")
TOKEN_EXPIRED: Final = Closing(4001, "the token has expired")
TOKEN_REVOKED: Final = Closing(4001, "the token is not in the token file any more, or opens something else")
SLOW: Final = Closing(4008, "slow client: reconnect with ?replay=N for the last N finals")
