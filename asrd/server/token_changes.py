"""Adds tokens to the token file and takes them out; a daemon that runs reads the file again by itself.

The file is never there half, and of two commands at once the second finds what the first has written: the file itself
is locked while its successor is made. What else stands in it stays as it is.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from asrd.errors import ConfigError
from asrd.plain_file import replace_plain
from asrd.server.access import access_remedy
from asrd.server.tokens import TOKEN_BYTES, Scope, TokenBook, TokenFile, load


def token_named(path: Path, name: str, scopes: frozenset[Scope]) -> str:
    """The token of that name that opens exactly `scopes`; it is made if there is none, and so is the file.

    Raises:
        ConfigError: the file cannot be used or changed.
    """
    secret = _secret(TokenFile(path), name, scopes)
    if secret is not None:
        return secret  # also from a file that may only be read
    with _locked(path) as document:
        secret = _secret(load(path), name, scopes)  # another process may have been first
        if secret is None:
            secret = secrets.token_urlsafe(TOKEN_BYTES)
            entry = {"name": name, "token": secret, "scopes": [scope.value for scope in Scope if scope in scopes]}
            _replace(path, {**document, "tokens": [*document["tokens"], entry]})
    return secret


def remove_tokens(path: Path, name: str) -> int:
    """Take all tokens of that name out; returns how many there were: none where there is no file.

    Raises:
        ConfigError: the file cannot be used or changed.
    """
    try:
        if all(token.grant.name != name for token in load(path).tokens):
            return 0
    except FileNotFoundError:
        return 0
    with _locked(path) as document:
        entries = document["tokens"]
        kept = [entry for entry in entries if entry.get("name") != name]
        if len(kept) < len(entries):
            _replace(path, {**document, "tokens": kept})
        return len(entries) - len(kept)


def _secret(book: TokenBook, name: str, scopes: frozenset[Scope]) -> str | None:
    now_s = time.time()
    for token in book.tokens:
        if (token.grant.name, token.grant.scopes) == (name, scopes) and not token.grant.has_expired(now_s):
            return token.secret
    return None


@contextmanager
def _locked(path: Path) -> Iterator[dict[str, Any]]:
    """The file as it is written; nobody else changes it meanwhile."""
    with ExitStack() as opened:
        try:
            while True:
                load(path)  # says what is wrong with it, and mends its mode
                file = opened.enter_context(path.open("r+b"))
                fcntl.flock(file, fcntl.LOCK_EX)
                if os.path.samestat(os.fstat(file.fileno()), path.stat()):  # else it was replaced before it was locked
                    break
                opened.close()
            load(path)
            document: dict[str, Any] = json.load(file)
        except OSError as error:
            raise _unchanged(path, error, path) from None
        yield document


def _replace(path: Path, document: dict[str, Any]) -> None:
    target = path.resolve()  # what a link points to is replaced, not the link
    try:
        replace_plain(target, (json.dumps(document, indent=2) + "\n").encode())
    except OSError as error:
        raise _unchanged(path, error, target.parent) from None


def _unchanged(path: Path, error: OSError, blocker: Path) -> ConfigError:
    remedy = access_remedy(blocker, error) or "see server.token_file in the configuration"
    return ConfigError(f"the token file {path} cannot be changed ({error.strerror}): {remedy}")
