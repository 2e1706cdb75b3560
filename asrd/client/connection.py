"""One connection to a daemon: messages come out, everything that goes wrong becomes one of two errors."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect, unix_connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus, WebSocketException

from asrd import __version__
from asrd.client.endpoint import Endpoint
from asrd.client.errors import ConnectError

Message = dict[str, Any]
PROTOCOL: Final = 1
OPEN_S: Final = 10.0
CLOSE_S: Final = 1.0
MAX_MESSAGE_BYTES: Final = 64 << 20  # a `hello` carries finals, as many bytes as the daemon is configured for
_TEMPORARY: Final = frozenset({408, 425, 429})
_LIBRARY_LOG: Final = logging.getLogger("asrd.client.websocket")
_LIBRARY_LOG.setLevel(logging.INFO)  # below that, the library logs headers and messages: the token and the text
_SHOWN_CHARACTERS: Final = 200


class LostError(ConnectError):
    """The connection failed or ended; another attempt may succeed. The message says why."""


class TokenRefusedError(ConnectError):
    """The daemon is there and does not let this token in, or wants one."""


class UntrustedError(ConnectError):
    """The daemon's certificate is not trusted here, or not one of the name that was asked for."""


@dataclass(frozen=True)
class Conversation:
    """Both directions of a connection.

    Attributes:
        messages: what the daemon says; the first is `hello` with all finals that it keeps.
    """

    messages: AsyncIterator[Message]
    _connection: ClientConnection

    async def send(self, command: Message) -> None:
        """Send a command; what comes of it is told by the messages."""
        await self._connection.send(json.dumps(command))


@asynccontextmanager
async def opened(endpoint: Endpoint, session: str) -> AsyncIterator[AsyncIterator[Message]]:
    """Connect to listen alone, and yield the messages; raises what `conversing` raises."""
    async with conversing(endpoint, session) as conversation:
        yield conversation.messages


@asynccontextmanager
async def conversing(endpoint: Endpoint, session: str) -> AsyncIterator[Conversation]:
    """Connect, and yield both directions.

    Raises:
        LostError: the daemon is not there, has no room, or the connection ended.
        ConnectError: the daemon refuses this client, or is none.
        ConfigError: the endpoint's certificates or token file cannot be used.
    """
    try:
        async with (
            _connect(endpoint, endpoint.stream_url(session)) as connection,
            aclosing(_messages(connection, endpoint)) as messages,
        ):
            yield Conversation(messages, connection)
    except ConnectionClosed as error:
        raise LostError(_why_closed(error)) from None
    except InvalidStatus as error:
        raise _refusal(error, endpoint) from None
    except ssl.SSLCertVerificationError as error:
        raise UntrustedError(
            f"the certificate of {endpoint.name} is not trusted ({error.verify_message}): give --ca FILE"
        ) from None
    except InvalidMessage as error:
        if isinstance(error.__cause__, EOFError | OSError):
            raise LostError(f"{endpoint.name} hung up before it answered") from None
        raise ConnectError(
            f"{endpoint.name} gives no answer that could be understood: is it asrd (`asrd doctor` tells), and with TLS "
            "(wss://) or without?"
        ) from None
    except WebSocketException as error:
        raise ConnectError(f"{endpoint.name} is no daemon of asrd ({error}): check the address") from None
    except (OSError, asyncio.TimeoutError) as error:
        raise LostError(f"no daemon at {endpoint.name} ({_reason(error)})") from None


class _Direct(connect):
    """Follows no redirect: it would show the token to another server, and perhaps send it in the clear."""

    def process_redirect(self, exc: Exception) -> Exception:
        """See the base class; a redirect stays the refusal that it is."""
        return exc


def _connect(endpoint: Endpoint, url: str) -> connect:
    token = endpoint.shown_token()
    options: dict[str, Any] = {
        "additional_headers": {"Authorization": f"Bearer {token}"} if token else None,
        "user_agent_header": f"asrd/{__version__}",
        "open_timeout": OPEN_S,
        "close_timeout": CLOSE_S,
        "compression": None,
        "max_size": MAX_MESSAGE_BYTES,
        "logger": _LIBRARY_LOG,
    }
    if endpoint.unix_socket:
        return unix_connect(endpoint.unix_socket, url, **options)
    return _Direct(url, ssl=endpoint.tls(), proxy=None, **options)


async def _messages(connection: ClientConnection, endpoint: Endpoint) -> AsyncGenerator[Message, None]:
    async def received() -> Message:
        return _parsed(await connection.recv(), endpoint)

    first = await asyncio.wait_for(received(), OPEN_S)
    if first["type"] != "hello" or first.get("protocol") != PROTOCOL:
        raise ConnectError(
            f"{endpoint.name} begins with {str(first['type'])[:40]!r}, protocol {str(first.get('protocol'))[:40]}, and "
            f"this asrd understands protocol {PROTOCOL}: use the same release on both sides"
        )
    yield first
    while True:
        yield await received()


def _parsed(frame: str | bytes, endpoint: Endpoint) -> Message:
    try:
        message = json.loads(frame)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(frame, str) or not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise ConnectError(f"{endpoint.name} sends what is no message of asrd: check the address")
    return message


def _refusal(error: InvalidStatus, endpoint: Endpoint) -> ConnectError:
    status = error.response.status_code
    body = bytes(error.response.body or b"").decode("utf-8", "replace").strip()
    reason = " ".join(body[:_SHOWN_CHARACTERS].split()) or error.response.reason_phrase
    if status >= 500 or status in _TEMPORARY:
        return LostError(f"{endpoint.name} takes nobody now: {status}, {reason}")
    if status == 401:
        shown = "the token that was shown is refused" if endpoint.shown_token() else "a token is needed"
        return TokenRefusedError(f"{endpoint.name}: {shown} ({reason}): give ASRD_TOKEN, or --token-file FILE")
    return ConnectError(f"{endpoint.name} refuses this client: {status}, {reason}")


def _why_closed(error: ConnectionClosed) -> str:
    frame = error.rcvd or error.sent
    if frame is None:
        return "the connection broke off"
    return f"the connection was closed ({frame.reason or frame.code})"


def _reason(error: BaseException) -> str:
    if isinstance(error, asyncio.TimeoutError):
        return "no answer"
    if isinstance(error, OSError) and error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)  # asyncio's own text repeats the address
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
