"""What a check of `asrd doctor` finds, and how a check is run so that nothing it does can end the others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from asrd.cli.held_up import has_ended
from asrd.errors import AsrdError

Level = Literal["ok", "warn", "FAIL"]
LIMIT_S: Final = 20.0


@dataclass(frozen=True)
class Finding:
    """One line.

    Attributes:
        level: warn: it works, but not as it might; FAIL: it does not.
        what: was looked at.
        message: what was found, and what to do about it.
    """

    level: Level
    what: str
    message: str


@dataclass(frozen=True)
class Check:
    """Something to look at.

    Attributes:
        what: for its lines.
        look: finds something, in any number of lines.
        limit_s: how long it may take.
        needs: the check without whose success this one could only say the same again; "" for none.
    """

    what: str
    look: Callable[[], Sequence[Finding]]
    limit_s: float = LIMIT_S
    needs: str = ""


def carry_out(check: Check) -> Sequence[Finding]:
    """Run a check, in a thread of its own; whatever it raises is a finding.

    One that does not end in time, as in a native library that hangs, is left to itself: see `asrd.cli.held_up`.
    """
    found: list[Finding] = []

    def run() -> None:
        try:
            found.extend(check.look())
        except AsrdError as error:
            found.append(Finding("FAIL", check.what, str(error)))
        except Exception as error:  # noqa: BLE001 - the other checks go on
            found.append(Finding("FAIL", check.what, f"the check failed: {type(error).__name__}: {error}"))

    thread = threading.Thread(target=run, name=f"doctor-{check.what}", daemon=True)
    thread.start()
    if not has_ended(thread, check.limit_s):
        sentence = f"the check did not end within {check.limit_s:g} s: what it looks at hangs; start it again"
        return [Finding("FAIL", check.what, sentence)]
    return found
