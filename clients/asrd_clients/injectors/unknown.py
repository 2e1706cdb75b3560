"""A desktop that tells nothing."""

from __future__ import annotations


class UnknownDesktop:
    """Nothing is known of the focus or of what the user presses."""

    def focus(self) -> str:
        """See `Desktop`."""
        return ""

    def user_acts(self) -> int:
        """See `Desktop`."""
        return -1

    def close(self) -> None:
        """See `Desktop`; nothing is held."""
