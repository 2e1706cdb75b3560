"""Why a service cannot be installed, steered or looked at."""

from __future__ import annotations

from asrd.errors import AsrdError


class ServiceError(AsrdError):
    """The service manager is not there, refuses, or does not answer; or a file is in the way."""
