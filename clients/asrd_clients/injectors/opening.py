"""Chooses a way to type by what the session offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from asrd_clients.injectors.interface import Desktop, InjectError, Injector, Method
from asrd_clients.injectors.options import DEFAULTS, InjectorOptions
from asrd_clients.injectors.session import Kind, Session, session
from asrd_clients.injectors.unknown import UnknownDesktop
from asrd_clients.injectors.ways import OPENERS, PURPOSE, open_watching

# What is tried, the best first.
_ORDER: Final[Mapping[Kind, tuple[Method, ...]]] = {
    Kind.MACOS: (Method.MACOS,),
    Kind.WINDOWS: (Method.WINDOWS,),
    Kind.WAYLAND: (Method.WTYPE, Method.YDOTOOL, Method.DOTOOL),
    Kind.X11: (Method.X11, Method.XDOTOOL),
    Kind.NONE: (),
}
_XWAYLAND: Final = (
    "typing through XWayland, which reaches X11 programs alone: install wtype (on GNOME and KDE ydotool with ydotoold) "
    "for all others"
)


@dataclass(frozen=True)
class Available:
    """Whether a way to type can be used here.

    Attributes:
        reason: what it does, or what is missing and what to do about it.
    """

    method: Method
    is_usable: bool
    reason: str


def open_injector(
    method: Method | None = None,
    options: InjectorOptions | None = None,
    notice: Callable[[str], None] | None = None,
) -> Injector:
    """Open a way to type; None: the best that the session offers.

    Args:
        method: which one.
        options: limits and waits.
        notice: is told in a sentence which way was chosen, if it was chosen here, and what it cannot do.

    Raises:
        InjectError: it cannot be used here, or none can.
    """
    options, say = options or DEFAULTS, notice or _say_nothing
    here = session()
    if method is not None:
        if method in (Method.X11, Method.XDOTOOL) and here.kind is Kind.WAYLAND:
            say(_XWAYLAND)
        return OPENERS[method](options)
    refusals: list[str] = []
    for one in _ORDER[here.kind]:
        opened = _opened(one, options, refusals)
        if opened is not None:
            say(f"typing with {one.value} ({here.kind.value})")
            return opened
    return _open_last(here, options, say, refusals)


def open_desktop() -> Desktop:
    """What can be known of the user's doings in this session; one that knows nothing rather than an error."""
    try:
        return open_watching(session().kind)
    except InjectError:
        return UnknownDesktop()


def available_methods() -> list[Available]:
    """Every way to type, the best for this session first; each is opened for a moment, and nothing is typed."""
    order = _ORDER[session().kind]
    return [_available(method) for method in (*order, *(one for one in Method if one not in order))]


def _available(method: Method) -> Available:
    refusals: list[str] = []
    opened = _opened(method, DEFAULTS, refusals)
    if opened is None:
        return Available(method, is_usable=False, reason=refusals[0].partition(": ")[2])
    opened.close()
    return Available(method, is_usable=True, reason=PURPOSE[method])


def _opened(method: Method, options: InjectorOptions, refusals: list[str]) -> Injector | None:
    """The injector, or None with another refusal in the list."""
    try:
        return OPENERS[method](options)
    except InjectError as error:
        refusals.append(f"{method.value}: {error}")
        return None


def _open_last(here: Session, options: InjectorOptions, say: Callable[[str], None], refusals: list[str]) -> Injector:
    """XWayland, the last that may work in a Wayland session, and else the error."""
    if here.kind is Kind.WAYLAND and here.has_x11:
        opened = _opened(Method.X11, options, refusals)
        if opened is not None:
            say(_XWAYLAND)
            return opened
    if here.kind is Kind.NONE:
        raise InjectError(
            "there is no graphical session here (neither WAYLAND_DISPLAY nor DISPLAY is set): run this in one, or use "
            "--method stdout"
        )
    raise InjectError(f"nothing can type in this {here.kind.value} session: {'; '.join(refusals)}")


def _say_nothing(_sentence: str) -> None:
    return
