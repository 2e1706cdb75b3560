"""A web server on this machine that serves files as servers do, or wrongly in every way that was thought of."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Seen(NamedTuple):
    """A request that came."""

    path: str
    range: str
    if_range: str
    host: str


@dataclass
class Served:
    """A file."""

    data: bytes
    etag: str = '"one"'


class Request(BaseHTTPRequestHandler):
    """A request, with the ways to answer it."""

    protocol_version = "HTTP/1.1"
    server: _Server
    file: Served
    first: int
    end: int
    is_partial: bool

    def do_GET(self) -> None:
        self.close_connection = True
        state = self.server.state
        head = self.headers
        with state.lock:
            state.seen.append(Seen(self.path, head.get("Range", ""), head.get("If-Range", ""), head.get("Host", "")))
            fault = state.faults.pop(0) if state.faults else state.always
            state.open += 1
            state.most_open = max(state.most_open, state.open)
        try:
            self.file = state.files.get(self.path.partition("?")[0]) or Served(b"")
            self._read_range()
            if fault is not None:
                fault(self)
            elif self.path.partition("?")[0] not in state.files:
                self.status(404)
            elif self.is_partial and self.first >= len(self.file.data):
                self.status(416, **{"Content-Range": f"bytes */{len(self.file.data)}"})
            else:
                self.answer()
        except (BrokenPipeError, ConnectionResetError):
            pass
        finally:
            with state.lock:
                state.open -= 1

    def _read_range(self) -> None:
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        condition = self.headers.get("If-Range", "")
        self.is_partial = found is not None and condition in ("", self.file.etag)
        self.first, self.end = 0, len(self.file.data)
        if found and self.is_partial:
            self.first = int(found[1])
            self.end = min(self.end, int(found[2]) + 1) if found[2] else self.end

    def head(self, **changed: str | None) -> None:
        """The head of a right answer, but for what is changed; None leaves a line away."""
        self.send_response_only(206 if self.is_partial else 200)
        lines: dict[str, str | None] = {"Content-Length": str(self.end - self.first), "ETag": self.file.etag}
        if self.is_partial:
            lines["Content-Range"] = f"bytes {self.first}-{self.end - 1}/{len(self.file.data)}"
        for name, value in (lines | {name.replace("_", "-"): value for name, value in changed.items()}).items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()

    def answer(self, **changed: str | None) -> None:
        self.head(**changed)
        self.wfile.write(self.file.data[self.first : self.end])

    def status(self, code: int, **lines: str) -> None:
        self.send_response_only(code)
        for name, value in ({"Content-Length": "0"} | lines).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def log_message(self, *_: Any) -> None: ...


Fault = Callable[[Request], None]


@dataclass
class State:
    """What the server has, what it is to do wrong, and what it has seen."""

    files: dict[str, Served] = field(default_factory=dict)
    faults: list[Fault | None] = field(default_factory=list)  # one for each request to come; None: no fault
    always: Fault | None = None  # after those
    seen: list[Seen] = field(default_factory=list)
    open: int = 0
    most_open: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    ending: threading.Event = field(default_factory=threading.Event)
    url: str = ""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    state: State

    def handle_error(self, *_: Any) -> None: ...


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[State]:
    """A server while the block lasts."""
    state = State()
    server = _Server(("127.0.0.1", 0), Request)
    server.state = state
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    state.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02))
    thread.start()
    try:
        yield state
    finally:
        state.ending.set()
        server.shutdown()
        server.server_close()
        thread.join()


def cut_after(count: int) -> Fault:
    def fault(request: Request) -> None:
        request.head()
        request.wfile.write(request.file.data[request.first : request.end][:count])
        request.connection.shutdown(socket.SHUT_RDWR)

    return fault


def cut_before_the_head(request: Request) -> None:
    request.connection.shutdown(socket.SHUT_RDWR)


def stall_after(count: int) -> Fault:
    def fault(request: Request) -> None:
        request.head()
        request.wfile.write(request.file.data[request.first : request.end][:count])
        request.wfile.flush()
        request.server.state.ending.wait(30)

    return fault


def silent(request: Request) -> None:
    request.server.state.ending.wait(30)


def corrupt(position: int) -> Fault:
    """One bit of the file is wrong."""

    def fault(request: Request) -> None:
        data = bytearray(request.file.data)
        data[position] ^= 1
        request.file = Served(bytes(data), request.file.etag)
        request.answer()

    return fault


def status(code: int, **lines: str) -> Fault:
    return lambda request: request.status(code, **lines)


def redirect(location: str, code: int = 302) -> Fault:
    return lambda request: request.status(code, Location=location)


def head(**changed: str | None) -> Fault:
    """A right answer, but for lines of its head."""
    return lambda request: request.answer(**changed)


def length_off_by(count: int) -> Fault:
    """The head says that more comes than does, or less."""
    return lambda request: request.answer(Content_Length=str(max(0, request.end - request.first + count)))


def ignore_range(request: Request) -> None:
    request.is_partial, request.first, request.end = False, 0, len(request.file.data)
    request.answer()


def without_length(request: Request) -> None:
    request.is_partial, request.first, request.end = False, 0, len(request.file.data)
    request.answer(Content_Length=None, ETag=None)


def whole(fault: Fault) -> Fault:
    """`fault` of a server that sends no parts."""

    def changed(request: Request) -> None:
        request.is_partial, request.first, request.end = False, 0, len(request.file.data)
        fault(request)

    return changed


def in_drops(count: int) -> Fault:
    """So many bytes at a time."""

    def fault(request: Request) -> None:
        request.head()
        for first in range(request.first, request.end, count):
            request.wfile.write(request.file.data[first : min(first + count, request.end)])
            request.wfile.flush()

    return fault


def endless(request: Request) -> None:
    """More bytes than the file has, and never an end."""
    request.send_response_only(200)
    request.end_headers()
    while not request.server.state.ending.is_set():
        request.wfile.write(bytes(100_000))
