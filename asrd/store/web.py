"""One GET request for a part of a file, and what may come back.

This is `urllib` of the standard library: it honours the proxy variables and the system's certificates, it needs no
further package, and what a larger client would add (pools, HTTP/2, cookies, encodings) is of no use for a few requests
of many megabytes each. Its own redirects are not used: they read a redirect's body without a limit, and go to ftp.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import ssl
import urllib.error
import urllib.request
from contextlib import closing
from typing import Final
from urllib.parse import urljoin, urlsplit

from asrd import __version__
from asrd.store.errors import AgainError, SourceError

_MAX_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_TRY_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_CONTENT_RANGE: Final = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")
_SECONDS: Final = re.compile(r"\d{1,9}")
PARTIAL: Final = 206
BEYOND_THE_END: Final = 416


class Answer:
    """What a source answered.

    Attributes:
        status: 200 (all of it), 206 (the part that was asked for) or 416 (it is not that long).
        first: position of its first byte.
        length: how many bytes it says will come; None if it does not say.
        total: length of the whole file; None if it is not said.
        etag: which version of the file this is, where that is said in a form that If-Range takes; otherwise "".
    """

    def __init__(self, response: http.client.HTTPResponse | None, status: int) -> None:
        self._response = response
        self.status = status
        self.first = 0
        self.length: int | None = None
        self.total: int | None = None
        self.etag = ""
        if response is not None:
            self._read_head(response)

    def read(self, most_bytes: int) -> bytes:
        """What has come, at most so many bytes; waits for the first. Empty at the end.

        Raises:
            AgainError: the connection broke or stalled.
        """
        assert self._response is not None
        try:
            return self._response.read1(most_bytes)
        except TimeoutError:
            raise AgainError("stopped sending") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise AgainError(f"broke off ({_reason(error)})") from None

    def close(self) -> None:
        """Close the connection."""
        if self._response is not None:
            self._response.close()

    def _read_head(self, response: http.client.HTTPResponse) -> None:
        head = response.headers
        if head.get("Content-Encoding", "identity").lower() != "identity":
            raise SourceError("sends the file in another encoding than asked for")
        etag = head.get("ETag", "")
        self.etag = etag if etag.startswith('"') and len(etag) < 500 else ""
        length = head.get("Content-Length", "")
        self.length = int(length) if re.fullmatch(r"\d{1,18}", length) else None
        if self.status != PARTIAL:
            self.total = self.length
            return
        part = _CONTENT_RANGE.fullmatch(head.get("Content-Range", ""))
        if part is None:
            raise SourceError("does not say which part of the file it sends")
        self.first, last, self.total = map(int, part.groups())
        if not self.first <= last < self.total:
            raise SourceError(f"sends an impossible part of the file ({part[0]})")
        self.length = last + 1 - self.first


class Web:
    """Sends requests: https, and http to hosts where that is allowed."""

    def __init__(self, plain_hosts: frozenset[str] = frozenset(), stall_s: float = 30.0) -> None:
        """`plain_hosts` may be asked without TLS beside this machine; `stall_s` is how long to wait for a byte."""
        self._plain_hosts = plain_hosts
        self._stall_s = stall_s
        self._opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.ProxyHandler(),
            urllib.request.HTTPHandler(),
            urllib.request.HTTPSHandler(context=ssl.create_default_context()),
        ):
            self._opener.add_handler(handler)

    def get(self, url: str, first: int, last: int | None, etag: str = "") -> Answer:
        """Ask for the bytes from `first` to `last` (None: the end) of the version `etag`.

        Raises:
            AgainError: not now.
            SourceError: never.
        """
        for _ in range(_MAX_REDIRECTS + 1):
            response = self._open(self._request(url, first, last, etag))
            if response.status not in _REDIRECTS:
                return _answer(response)
            with closing(response):
                url = self._next(url, response.headers.get("Location", ""))
        raise SourceError(f"redirects more than {_MAX_REDIRECTS} times")

    def _request(self, url: str, first: int, last: int | None, etag: str) -> urllib.request.Request:
        self._check(url)
        head = {
            "User-Agent": f"asrd/{__version__}",
            "Accept-Encoding": "identity",
            "Range": f"bytes={first}-{'' if last is None else last}",
        }
        if etag:
            head["If-Range"] = etag
        return urllib.request.Request(url, headers=head)

    def _open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        try:
            response = self._opener.open(request, timeout=self._stall_s)
        except TimeoutError:
            raise AgainError("does not answer") from None
        except urllib.error.URLError as error:
            raise _unreachable(error.reason) from None
        except (OSError, http.client.HTTPException) as error:
            raise _unreachable(error) from None
        except ValueError as error:
            raise SourceError(f"has an address that cannot be used ({error})") from None
        assert isinstance(response, http.client.HTTPResponse)
        return response

    def _next(self, url: str, location: str) -> str:
        if not location:
            raise SourceError("redirects without saying where")
        try:
            target = urljoin(url, location)
            was, now = urlsplit(url).scheme, urlsplit(target).scheme
        except ValueError:
            raise SourceError("redirects to no address") from None
        if now not in ("http", "https") or (was == "https" and now != "https"):
            raise SourceError(f"redirects from {was} to {now}, which is not followed")
        return target

    def _check(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            scheme, host = parts.scheme, parts.hostname or ""
        except ValueError:
            scheme, host = "", ""
        if not host or scheme not in ("http", "https"):
            raise SourceError("has an address that cannot be used")
        if scheme == "http" and host not in self._plain_hosts and not _is_this_machine(host):
            raise SourceError(f"is asked over http at {host}, without encryption: that is allowed for own mirrors only")


def _answer(response: http.client.HTTPResponse) -> Answer:
    status = response.status
    if status in (200, PARTIAL):
        try:
            return Answer(response, status)
        except SourceError:
            response.close()
            raise
    response.close()
    if status == BEYOND_THE_END:
        return Answer(None, status)
    said = f"answers {status} {http.client.responses.get(status, '')}".rstrip()
    if status in _TRY_AGAIN:
        after = response.headers.get("Retry-After", "")
        raise AgainError(said, float(after) if _SECONDS.fullmatch(after) else 0.0)
    raise SourceError(said)


def _unreachable(reason: object) -> AgainError | SourceError:
    if isinstance(reason, ssl.SSLCertVerificationError):
        return SourceError(
            f"has a certificate that is not trusted ({reason.verify_message}): SSL_CERT_FILE names a file with others"
        )
    if isinstance(reason, TimeoutError):
        return AgainError("does not answer")
    return AgainError(f"cannot be reached ({_reason(reason)})")


def _reason(error: object) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__)


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
