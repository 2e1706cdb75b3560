"""A connection to the X server, whose failures are sentences."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from Xlib.display import Display
from Xlib.error import ConnectionClosedError, DisplayError, XauthError, XError, xerror_class

from asrd_clients.injectors.interface import InjectError


def connect(name: str | None = None) -> Display:
    """A connection to the display of a name, or that of DISPLAY. Errors of requests without a reply are dropped.

    Raises:
        InjectError: there is none, or it refuses.
    """
    shown = name or os.environ.get("DISPLAY", "")
    try:
        display = Display(name)
    except DisplayError:
        raise InjectError(
            f"no X server answers at DISPLAY={shown!r}: run this in the graphical session, or use --method stdout"
        ) from None
    except (XauthError, OSError, AssertionError) as error:
        raise InjectError(f"the X server at DISPLAY={shown!r} refuses: {error}; check DISPLAY and XAUTHORITY") from None
    display.set_error_handler(_ignore)  # a window may go at any moment; the default prints
    # python-xlib 0.33 takes some of the protocol's own errors for those of the RANDR extension, fails to read them, and
    # then waits for ever; while the server is grabbed, so would all programs.
    display.display.error_classes.update(xerror_class)
    return display


@contextmanager
def talking() -> Iterator[None]:
    """Turns what goes wrong with the server into an error.

    Raises:
        InjectError: the connection broke, or a request was refused.
    """
    try:
        yield
    except (ConnectionClosedError, OSError) as error:
        raise InjectError(f"the X server is gone ({error}): the session has ended") from None
    except XError as error:
        raise InjectError(f"the X server refused a request ({type(error).__name__}): try again") from None


def close(display: Any) -> None:
    """Close a connection that may be broken already."""
    try:
        display.close()
    except (ConnectionClosedError, OSError, AttributeError, TypeError):
        return  # what python-xlib raises when the server went first


def _ignore(_error: Any, _request: Any) -> int:
    return 1
