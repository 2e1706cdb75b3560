"""For how long a target is fuzzed, and from which seeds."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy, tuples

SECONDS_VARIABLE: Final = "ASRD_FUZZ_S"
SEED_VARIABLE: Final = "ASRD_FUZZ_SEED"
_ROUND_EXAMPLES: Final = 500  # of one seed
_SHORT: Final = settings(derandomize=True, phases=(Phase.explicit, Phase.generate, Phase.shrink))
_COMMON: Final[dict[str, Any]] = {
    "database": None,
    "deadline": None,  # the machine may be busy; what hangs is noticed by `child`, or by the limit of the whole run
    "print_blob": True,
    "suppress_health_check": list(HealthCheck),
}


@dataclass
class Ran:
    """What was done for a target."""

    name: str
    examples: int = 0
    seconds: float = 0.0
    rounds: int = 0


RAN: Final[list[Ran]] = []
"""Of this process, for the summary at its end."""


def seconds() -> float:
    """How long each target is fuzzed; 0: the short round."""
    return float(os.environ.get(SECONDS_VARIABLE) or 0.0)


def fuzz(name: str, check: Callable[..., None], *inputs: SearchStrategy[Any], examples: int) -> None:
    """Call `check` with inputs: the same few `examples` each time, or random ones for as long as the budget says."""
    ran = Ran(name)
    began_s = time.monotonic()

    def target(example: tuple[Any, ...]) -> None:
        if not is_over(ran, began_s):
            ran.examples += 1
            check(*example)

    target.__qualname__ = target.__name__ = name.replace(" ", "_")  # the short round's examples follow from it
    run_rounds(ran, began_s, examples, lambda chosen: chosen(given(tuples(*inputs))(_copied(target)))())


def is_over(ran: Ran, began_s: float) -> bool:
    """Whether the budget is spent; each target has one round at least."""
    return ran.rounds > 1 and time.monotonic() - began_s > seconds()


def run_rounds(ran: Ran, began_s: float, examples: int, run: Callable[[Callable[..., Any]], None]) -> None:
    """One short round, or random rounds until the budget is spent; `run` is given what chooses the examples."""
    RAN.append(ran)
    try:
        if not seconds():
            run(settings(_SHORT, max_examples=examples, **_COMMON))
        else:
            _run_random(ran, began_s, run)
    finally:
        ran.seconds = time.monotonic() - began_s


def _run_random(ran: Ran, began_s: float, run: Callable[[Callable[..., Any]], None]) -> None:
    number = int(os.environ.get(SEED_VARIABLE) or random.SystemRandom().getrandbits(32))
    long = settings(max_examples=_ROUND_EXAMPLES, **_COMMON)
    while not ran.rounds or time.monotonic() - began_s < seconds():
        ran.rounds += 1
        try:
            run(lambda test, number=number: seed(number)(long(test)))
        except BaseException:
            print(f"to see it again: {SECONDS_VARIABLE}={seconds():g} {SEED_VARIABLE}={number}")  # noqa: T201
            raise
        number += 1


def _copied(check: Callable[[Any], None]) -> Callable[[Any], None]:
    """Hypothesis marks the function that it is given, and takes it once."""

    def copy(example: Any) -> None:
        check(example)

    copy.__qualname__ = copy.__name__ = check.__name__
    return copy
