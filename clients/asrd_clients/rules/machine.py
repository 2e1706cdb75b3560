"""Runs the programs of `program.py` over a text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

from asrd_clients.rules.program import Check, Fork, Found, Jump, Mark, Program, Take

Slots: TypeAlias = "tuple[int, ...]"
"""Where the whole match and its groups begin and end, as `re.Match.regs` flattened; -1 for a group not met."""
_Thread: TypeAlias = "tuple[int, Slots]"

STEPS_A_CHARACTER: Final = 100
"""A search may take so many steps for each character of its text; a pattern that needs more is not applied to it."""
_STEPS_AT_LEAST: Final = 10_000


class TooSlowError(Exception):
    """A pattern took more steps than a text of this length may cost."""


class Machine:
    """One program on one text."""

    def __init__(self, program: Program, text: str) -> None:
        self._steps = program.steps
        self._slots = 2 * (program.groups + 1)
        self._text = text
        self.spent = 0
        self._limit = _STEPS_AT_LEAST + STEPS_A_CHARACTER * len(text)

    def matches(self) -> Iterator[Slots]:
        """All matches from left to right, the very ones that `re.finditer` finds.

        Raises:
            TooSlowError: they took too many steps.
        """
        start, must_advance = 0, False
        while start <= len(self._text):
            found = self._search(start, must_advance=must_advance)
            if found is None:
                return
            yield found
            start, must_advance = found[1], found[0] == found[1]

    def _search(self, start: int, *, must_advance: bool) -> Slots | None:
        """The leftmost match at or after `start`; with `must_advance` not an empty one at `start` itself."""
        found: Slots | None = None
        threads: list[_Thread] = []
        for at in range(start, len(self._text) + 1):
            if found is None:
                blank = (-1,) * self._slots
                threads.append((0, (at, *blank[1:])))
            if not threads:
                break
            alive = self._follow(threads, at)
            threads = []
            character = self._text[at] if at < len(self._text) else ""
            for pc, slots in alive:
                step = self._steps[pc]
                if isinstance(step, Found):
                    if must_advance and at == start:
                        continue
                    found = (slots[0], at, *slots[2:])
                    break  # the threads behind this one are worth less
                if isinstance(step, Take) and character and step.test(character):
                    threads.append((pc + 1, slots))
        return found

    def _follow(self, threads: list[_Thread], at: int) -> list[_Thread]:
        """The threads at steps that take a character or are found, in order of their worth, each step once."""
        alive: list[_Thread] = []
        seen: set[int] = set()
        stack = threads[::-1]
        while stack:
            pc, slots = stack.pop()
            if pc in seen:
                continue
            seen.add(pc)
            self._count()
            step = self._steps[pc]
            if isinstance(step, Jump):
                stack.append((step.to, slots))
            elif isinstance(step, Fork):
                stack += ((step.second, slots), (step.first, slots))
            elif isinstance(step, Mark):
                stack.append((pc + 1, (*slots[: step.slot], at, *slots[step.slot + 1 :])))
            elif isinstance(step, Check):
                if step.condition(self._text, at):
                    stack.append((pc + 1, slots))
            else:
                alive.append((pc, slots))
        return alive

    def _count(self) -> None:
        self.spent += 1
        if self.spent > self._limit:
            raise TooSlowError
