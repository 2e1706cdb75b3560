"""Tokens: what clients show to be let in, and the file that they are kept in.

The file is JSON, mode 0600, and is made with one token at the first start::

    {"tokens": [{"name": "default", "token": "...", "scopes": ["listen", "audio", "control"]},
                {"name": "guest", "token": "...", "scopes": ["listen"], "expires": "2027-01-31T12:00:00Z"}]}
"""

from __future__ import annotations

import errno
import hmac
import json
import logging
import os
import secrets
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from enum import Enum
from pathlib import Path
from typing import Any, Final

from asrd.errors import ConfigError
from asrd.plain_file import PRIVATE_MODE, open_plain, written_beside
from asrd.server.access import access_remedy, user_name

LOGGER: Final = logging.getLogger(__name__)
TOKEN_BYTES: Final = 32
MIN_TOKEN_CHARACTERS: Final = 16
_MAX_FILE_BYTES: Final = 1 << 20
_TOKEN_CHARACTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")


class Scope(Enum):
    """What a token opens."""

    LISTEN = "listen"  # hear what is said
    AUDIO = "audio"  # send audio, and hear what was said in it
    CONTROL = "control"  # start, stop, pause and configure the daemon's own microphone


ALL_SCOPES: Final = frozenset(Scope)
LISTENING: Final = frozenset({Scope.LISTEN})


@dataclass(frozen=True)
class Grant:
    """What its holder may do.

    Attributes:
        name: for logs and answers, never the token; tokens of one name count as one where places are shared out.
        scopes: what it opens.
        expires_s: seconds of the wall clock since 1970 from which on it opens nothing; None: never.
    """

    name: str
    scopes: frozenset[Scope] = ALL_SCOPES
    expires_s: float | None = None

    def has_expired(self, now_s: float) -> bool:
        """Whether it opens nothing any more."""
        return self.expires_s is not None and now_s >= self.expires_s


@dataclass(frozen=True)
class Token:
    """A grant and the secret that gives it; the secret is in no `repr`."""

    grant: Grant
    secret: str = field(repr=False)


NOBODY: Final = Grant("none")  # of clients that need no token


class TokenBook:
    """All tokens that are valid or were."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tuple(tokens)

    def refresh(self) -> None:
        """See whether there are others now."""

    def share(self, places: int, grant: Grant, scope: Scope, now_s: float) -> int:
        """How many of so many places, which `scope` opens, the holder of `grant` may take.

        All, if no other token could want one; three quarters beside tokens that open nothing but listening, as that of
        the overlay does, if this one opens more; half beside others.
        """
        valid = [one.grant for one in self.tokens if scope in one.grant.scopes and not one.grant.has_expired(now_s)]
        if len({one.name for one in valid}) < 2:
            return places
        others = [one.scopes for one in valid if one.name != grant.name]
        if grant.scopes > LISTENING and all(scopes == LISTENING for scopes in others):
            return max(1, places - max(1, places // 4))
        return (places + 1) // 2

    def find(self, shown: str) -> Grant | None:
        """The grant of a token, expired or not; how long it takes does not tell how much of it is right."""
        found = None
        for token in self.tokens:
            if hmac.compare_digest(token.secret.encode(), shown.encode("utf-8", "replace")):
                found = token.grant
        return found

    def secret_for(self, scopes: frozenset[Scope], now_s: float) -> str | None:
        """The first token that opens all of `scopes`: for clients that may read the file."""
        for token in self.tokens:
            if scopes <= token.grant.scopes and not token.grant.has_expired(now_s):
                return token.secret
        return None

    def __len__(self) -> int:
        return len(self.tokens)


class TokenFile(TokenBook):
    """The tokens of a file, read again when it has changed.

    A file that is gone, or cannot be used, changes nothing and is told once: whoever edits it is not locked out by a
    slip. To take a token back, take its entry out.
    """

    def __init__(self, path: Path) -> None:
        """Read it; without one, make a new one with one token that opens everything.

        Raises:
            ConfigError: the file cannot be read, made, or understood, or belongs to someone else.
        """
        self._path = path
        try:
            stamp, book = _stamp(path), load(path)
        except FileNotFoundError:
            _make(path)
            stamp, book = _stamp(path), load(path)
        super().__init__(book.tokens)
        self._stamp = self._seen = stamp  # of what was read, and of what was there the last time

    def refresh(self) -> None:
        """Read the file again if it is another, or was written since; one that cannot be used, each time anew."""
        before, self._seen = self._seen, _stamp(self._path)  # before it is read: what is written meanwhile comes next
        if self._seen == self._stamp:
            return
        try:
            self.tokens = load(self._path).tokens
        except (ConfigError, FileNotFoundError) as error:
            if self._seen != before:
                LOGGER.error("the tokens stay as they were: %s", error)
        else:
            self._stamp = self._seen
            LOGGER.info("%s has changed and was read again: %d tokens", self._path, len(self))


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes when a file is written or replaced; None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def load(path: Path) -> TokenBook:
    """The tokens of a file. A mode that lets others read it is repaired, with a warning.

    Raises:
        ConfigError: the file cannot be read or understood, or belongs to someone else.
        FileNotFoundError: there is none.
    """
    try:
        with open_plain(path) as file:
            _repair_mode(file.fileno(), path)
            data = file.read(_MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM):
            _check_owner(path)
        raise ConfigError(
            f"the token file {path} cannot be read ({error.strerror}): "
            f"{access_remedy(path, error) or 'see server.token_file'}"
        ) from None
    if len(data) > _MAX_FILE_BYTES:
        raise ConfigError(f"the token file {path} is longer than {_MAX_FILE_BYTES} bytes: this is no token file")
    return TokenBook(_parse(data, path))


def _repair_mode(descriptor: int, path: Path) -> None:
    status = os.fstat(descriptor)
    _check_owned(path, status)
    mode = stat.S_IMODE(status.st_mode)
    if mode & ~PRIVATE_MODE:
        os.fchmod(descriptor, PRIVATE_MODE)
        LOGGER.error(  # shown by every command: who was let in so far is for the user to judge
            "%s could be read by others (mode %04o) and is now 0600; if someone may have read it, "
            "delete it and start again: a new token will be made",
            path,
            mode,
        )


def _check_owner(path: Path) -> None:
    """Of a file that cannot be opened, if at least its owner can be seen."""
    with suppress(OSError):
        _check_owned(path, path.stat())


def _check_owned(path: Path, status: os.stat_result) -> None:
    if status.st_uid != os.getuid():
        raise ConfigError(
            f"the token file {path} belongs to another user ({user_name(status.st_uid)}): remove it, "
            "and a new one will be made, or choose another one with server.token_file"
        )


def _make(path: Path) -> None:
    """Write the file, with one token."""
    entry = {
        "name": "default",
        "token": secrets.token_urlsafe(TOKEN_BYTES),
        "scopes": [scope.value for scope in Scope],
    }
    content = (json.dumps({"tokens": [entry]}, indent=2) + "\n").encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with written_beside(path, content) as work:
            _appear(work, path)
    except OSError as error:
        raise ConfigError(
            f"the token file {path} cannot be made ({error.strerror}): "
            f"{access_remedy(path, error) or 'see server.token_file in the configuration'}"
        ) from None


def _appear(work: Path, path: Path) -> None:
    """Give the finished file its name, unless another process was first: then that one's tokens count."""
    try:
        os.link(work, path)
    except FileExistsError:
        if not path.exists():
            raise ConfigError(f"the token file {path} is a link that leads nowhere: remove it") from None
        return
    LOGGER.info("%s was made: clients find their token in it", path)


def _parse(data: bytes, path: Path) -> list[Token]:
    try:
        entries = json.loads(data)["tokens"]
        if not isinstance(entries, list):
            raise TypeError
    except (ValueError, TypeError, KeyError, RecursionError):
        raise ConfigError(
            f'the token file {path} is not JSON of the form {{"tokens": [...]}}: '
            "repair it, or delete it and start again: a new one will be made"
        ) from None
    return [_token(entry, number, f"the token file {path}, entry {number}") for number, entry in enumerate(entries, 1)]


def _token(entry: Any, number: int, where: str) -> Token:
    """A token of the file; its errors never show the secret."""
    if not isinstance(entry, dict):
        raise ConfigError(f'{where} is no object such as {{"token": "...", "scopes": ["listen"]}}')
    unknown = set(entry) - {"name", "token", "scopes", "expires"}
    if unknown:
        raise ConfigError(f"{where} has an unknown key: it may have name, token, scopes and expires")
    secret = entry.get("token")
    if not isinstance(secret, str) or len(secret) < MIN_TOKEN_CHARACTERS or set(secret) - _TOKEN_CHARACTERS:
        raise ConfigError(
            f"{where} needs a token of at least {MIN_TOKEN_CHARACTERS} letters, digits and any of - _ . ~"
        )
    name = entry.get("name", "")
    if not isinstance(name, str):
        raise ConfigError(f"{where}: the name must be a text")
    scopes, expires_s = _scopes(entry.get("scopes"), where), _expiry(entry.get("expires"), where)
    return Token(Grant(name or f"token {number}", scopes, expires_s), secret)


def _scopes(value: Any, where: str) -> frozenset[Scope]:
    known = {scope.value: scope for scope in Scope}
    if not isinstance(value, list) or not value or any(not isinstance(one, str) or one not in known for one in value):
        raise ConfigError(f"{where}: scopes must be a list of {', '.join(known)}")
    return frozenset(known[one] for one in value)


def _expiry(value: Any, where: str) -> float | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))  # before 3.11, Python did not read the Z
    except (ValueError, AttributeError):
        raise ConfigError(f"{where}: expires must be a time such as 2027-01-31T12:00:00Z") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
