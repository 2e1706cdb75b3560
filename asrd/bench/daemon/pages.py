"""What a daemon tells of itself on its pages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from http.client import HTTPConnection
from typing import Final
from urllib.parse import urlsplit

from asrd.errors import AsrdError

_PATIENCE_S: Final = 30.0


def numbers_of(page: str, token: str) -> dict[str, float]:
    """The numbers of `/metrics`, by their names, labels included.

    Args:
        page: address of any page of the daemon.
        token: with the scope listen.

    Raises:
        AsrdError: it does not answer.
    """
    lines = [line for line in _get(page, token, "/metrics").splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def troubles_of(page: str, token: str) -> Sequence[str]:
    """Why the daemon is not well, in sentences, as `/healthz` has it; empty where it is well.

    Raises:
        AsrdError: it does not answer.
    """
    reasons: list[str] = json.loads(_get(page, token, "/healthz"))["reasons"]
    return reasons


def _get(page: str, token: str, path: str) -> str:
    address = urlsplit(page)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=_PATIENCE_S)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        return connection.getresponse().read().decode()
    except OSError as error:
        raise AsrdError(f"the daemon does not answer a request for {path} ({error}): look at its log") from None
    finally:
        connection.close()
