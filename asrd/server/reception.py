"""Answers HTTP requests: refuses, serves a page, or lets a WebSocket in."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from asrd.hub.hub import Hub
from asrd.options import ServerOptions
from asrd.server import guard
from asrd.server.connection import Admission, GuardedConnection
from asrd.server.guard import Door, Refusal
from asrd.server.metrics import CONTENT_TYPE, Metrics
from asrd.server.pages import PAGES, Page
from asrd.server.parts import Parts, Trouble
from asrd.server.quiet import LimitedLog
from asrd.server.tokens import NOBODY, Grant, Scope, TokenBook
from asrd.wire.commands import MAIN, MAX_REPLAY

LOGGER: Final = logging.getLogger(__name__)
_HARDENING: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Reception:
    """Decides about each request before it becomes anything."""

    def __init__(self, options: ServerOptions, parts: Parts, hub: Hub, tokens: TokenBook, metrics: Metrics) -> None:
        self._options = options
        self._parts = parts
        self._hub = hub
        self._tokens = tokens
        self._metrics = metrics
        self._admitted: set[GuardedConnection] = set()
        self._is_stopping = False
        self._log = LimitedLog(LOGGER)
        self.door = Door.of(options, None)

    def stop(self) -> None:
        """Let nobody in any more."""
        self._is_stopping = True

    def process_request(self, connection: ServerConnection, request: Request) -> Response | None:
        """The answer to a request; None lets the WebSocket handshake go on."""
        assert isinstance(connection, GuardedConnection)
        answer = self._answer(connection, request)
        if isinstance(answer, Refusal):
            self.count_refusal(answer)
            return _refused(answer)
        return answer

    def select_subprotocol(self, _connection: ServerConnection, offered: object) -> Subprotocol | None:
        """Ours, never the one that carries the token."""
        is_ours = isinstance(offered, list | tuple) and guard.SUBPROTOCOL in offered
        return Subprotocol(guard.SUBPROTOCOL) if is_ours else None

    def count_refusal(self, refusal: Refusal) -> None:
        """Count a request that was refused, and log it, without anything of what it said, if there are not many."""
        self._log.info("a request was refused: %d %s", refusal.status, refusal.reason)
        self._metrics.count("asrd_refused_total", label=str(refusal.status))

    def _answer(self, connection: GuardedConnection, request: Request) -> Response | Refusal | None:
        refusal = self._check(request)
        if refusal is not None:
            return refusal
        path, _, query = request.path.partition("?")
        if path == guard.STREAM_PATH:
            return self._admit(connection, request.headers, query)
        page = self._pages().get(path)
        return page(request.headers) if page is not None else Refusal(404, "there is no such page")

    def _check(self, request: Request) -> Refusal | None:
        headers = request.headers
        hosts, origins = headers.get_all("Host"), headers.get_all("Origin")
        refusal = (
            guard.check_target(request.path)
            or guard.check_host(hosts, self.door)
            or guard.check_origin(origins, hosts[0], self.door)
        )
        if refusal is None and not origins:
            return guard.check_fetch_site(_first(headers, "Sec-Fetch-Site"), _first(headers, "Sec-Fetch-Mode"))
        return refusal

    # The stream

    def _admit(self, connection: GuardedConnection, headers: Headers, query: str) -> Refusal | None:
        if self._is_stopping:
            return Refusal(503, "the daemon stops: try again later")
        grant = self._grant(headers)
        if isinstance(grant, Refusal):
            return grant
        wanted = self._wanted(query)
        if isinstance(wanted, Refusal):
            return wanted
        full = self._full(grant)
        if full is not None:
            return full
        session, replay = wanted
        connection.admission = Admission(grant, session, replay, _shown(headers) or "")
        if not connection.is_lost:  # as one can be before its request is looked at: then nothing gives the place back
            connection.on_lost = lambda: self._admitted.discard(connection)
            self._admitted.add(connection)
        return None

    def _full(self, grant: Grant) -> Refusal | None:
        places = self._options.max_connections
        if len(self._admitted) >= places:
            return Refusal(503, "there are as many connections as allowed: see server.max_connections")
        own = [one for one in self._admitted if one.admission is not None and one.admission.grant.name == grant.name]
        share = self._tokens.share(places, grant, Scope.LISTEN, time.time())
        if len(own) >= share:
            return Refusal(503, f"this token has its share of server.max_connections, {share}: close one of them")
        return None

    def _grant(self, headers: Headers) -> Grant | Refusal:
        """What the request's token allows; it must allow to listen."""
        shown = _shown(headers)
        if shown is None:
            is_open = not self._options.require_token or bool(self._options.unix_socket)
            return NOBODY if is_open else Refusal(401, "a token is needed: it is in the token file, see asrd doctor")
        self._tokens.refresh()
        grant = self._tokens.find(shown)
        if grant is None:
            return Refusal(401, "the token is not known: the right one is in the token file")
        if grant.has_expired(time.time()):
            return Refusal(401, "the token has expired")
        if Scope.LISTEN not in grant.scopes:
            return Refusal(403, f"the token lacks the scope {Scope.LISTEN.value}")
        return grant

    def _wanted(self, query: str) -> tuple[str, int | None] | Refusal:
        """The session and the number of finals that a client asks for in the query."""
        values = parse_qs(query, keep_blank_values=True, max_num_fields=None)
        if set(values) - {"session", "replay"} or any(len(value) != 1 for value in values.values()):
            return Refusal(400, "the address may have session and replay after the question mark, and nothing else")
        session = values.get("session", [MAIN])[0]
        if not self._hub.may_be_heard(session):
            return Refusal(404, "there is no such session")
        replay = values.get("replay", [None])[0]
        if replay is None:
            return session, None
        if not (replay.isascii() and replay.isdigit() and len(replay) < 10 and int(replay) <= MAX_REPLAY):
            return Refusal(400, f"replay must be a whole number from 0 to {MAX_REPLAY}")
        return session, int(replay)

    # Pages

    def _pages(self) -> Mapping[str, Callable[[Headers], Response | Refusal]]:
        return {
            **{path: partial(_document, page) for path, page in PAGES.items()},
            "/healthz": self._healthz,
            "/metrics": self._metrics_page,
        }

    def _healthz(self, headers: Headers) -> Response:
        """For anyone in words without names, so that a monitor needs no token; the sentences for those who have one."""
        troubles = [*self._parts.health(), *([Trouble("stopping", "the daemon stops")] if self._is_stopping else [])]
        told = {"status": "failing" if troubles else "ok", "states": [trouble.state for trouble in troubles]}
        if isinstance(self._grant(headers), Grant):
            told["reasons"] = [trouble.sentence for trouble in troubles]
        return _page(503 if troubles else 200, "application/json", json.dumps(told) + "\n")

    def _metrics_page(self, headers: Headers) -> Response | Refusal:
        grant = self._grant(headers)
        return grant if isinstance(grant, Refusal) else _page(200, CONTENT_TYPE, self._metrics.text())


def _document(page: Page, _headers: Headers) -> Response:
    """The same for everyone: a token in the address is read by the page's script alone."""
    return _page(200, "text/html; charset=utf-8", page.text, page.headers)


def _shown(headers: Headers) -> str | None:
    return guard.shown_token(headers.get_all("Authorization"), headers.get_all("Sec-WebSocket-Protocol"))


def _first(headers: Headers, name: str) -> str | None:
    values = headers.get_all(name)
    return values[0] if values else None


def _refused(refusal: Refusal) -> Response:
    extra = {
        HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": 'Bearer realm="asrd"'},
        HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "5"},
    }.get(HTTPStatus(refusal.status), {})
    return _page(refusal.status, "text/plain; charset=utf-8", f"{refusal.reason}\n", extra)


def _page(status: int, content_type: str, text: str, extra: Mapping[str, str] | None = None) -> Response:
    body = text.encode()
    headers = Headers({"Content-Type": content_type, "Content-Length": str(len(body)), "Connection": "close"})
    headers.update(_HARDENING)
    headers.update(extra or {})
    return Response(status, HTTPStatus(status).phrase, headers, body)
