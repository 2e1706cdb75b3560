"""`asrd doctor`: how `asrd type` would type here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from asrd.cli.doctor_finding import Finding
from asrd_clients.injectors.interface import InjectError
from asrd_clients.injectors.opening import available_methods, open_injector
from asrd_clients.injectors.session import Kind, session

WHAT: Final = "typing"


def typing() -> Sequence[Finding]:
    """The way that `asrd type` would choose, the others that there are, and why not the rest.

    Every way is opened for a moment, and nothing is typed. The daemon needs none of them, so that nothing here fails:
    where there is no graphical session, that is how a server is.
    """
    notices: list[str] = []
    try:
        injector = open_injector(notice=notices.append)
    except InjectError as error:
        if session().kind is Kind.NONE:
            return [Finding("ok", WHAT, f"`asrd type` has nowhere to type: {error}")]
        findings, chosen = [Finding("warn", WHAT, f"`asrd type` cannot type: {error}")], None
    else:
        chosen = injector.method
        injector.close()
        findings = [Finding("ok", WHAT, f"`asrd type` types by --method {chosen.value}: {'; '.join(notices)}")]
    for one in available_methods():
        if one.method is not chosen:
            begin = "possible" if one.is_usable else "not possible"
            findings.append(Finding("ok", WHAT, f"{begin}: --method {one.method.value}: {one.reason}"))
    return findings
