"""Why a client ends."""

from __future__ import annotations

from asrd.errors import AsrdError


class ConnectError(AsrdError):
    """The daemon cannot be reached, refuses this client, or is none."""
