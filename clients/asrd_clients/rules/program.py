"""Regular expressions as programs for a machine that follows all ways at once.

Python's own engine tries one way after another, which for some patterns takes longer than anybody lives, and cannot be
stopped. The machine of `machine.py` (K. Thompson's, with R. Pike's groups) never goes back: its time is bounded by the
length of the text times that of the program. What such a machine cannot do is refused: back references, and looking
around further than one character.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Final, TypeAlias

from asrd_clients.rules.refusal import RulesError

Test: TypeAlias = Callable[[str], bool]
"""Whether a character fits."""
Condition: TypeAlias = Callable[[str, int], bool]
"""Whether a position in a text fits."""

_LARGEST: Final = 1000  # instructions
# The standard library's parser has moved; it is what gives a pattern the meaning that Python gives it.
_PARSER: Final = "re._parser" if sys.version_info >= (3, 11) else "sre_parse"
_ENDLESS: Final = 4_000_000_000
_REFUSED: Final = {
    "GROUPREF": "refers back to a group",
    "GROUPREF_EXISTS": "depends on whether a group was found",
    "ATOMIC_GROUP": "has an atomic group",
    "POSSESSIVE_REPEAT": "has a possessive repeat",
}


@dataclass
class Take:
    """Take a character that fits."""

    test: Test


@dataclass
class Fork:
    """Go on at both places, rather at the first."""

    first: int
    second: int


@dataclass
class Jump:
    """Go on elsewhere."""

    to: int


@dataclass
class Mark:
    """Note the position: of a group's start (even) or end (odd)."""

    slot: int


@dataclass
class Check:
    """Go on if the position fits."""

    condition: Condition


@dataclass
class Found:
    """The whole pattern fits."""


Step: TypeAlias = "Take | Fork | Jump | Mark | Check | Found"


@dataclass(frozen=True)
class Program:
    """A pattern, ready to run.

    Attributes:
        steps: the instructions, the first one first.
        groups: how many groups there are.
        names: their numbers by name.
    """

    steps: tuple[Step, ...]
    groups: int
    names: dict[str, int]


def compile_program(pattern: str, *, ignore_case: bool) -> Program:
    """Translate a regular expression of Python's syntax.

    Raises:
        RulesError: it is none, or asks for what the machine does not do.
    """
    try:
        tree = import_module(_PARSER).parse(pattern, re.IGNORECASE if ignore_case else 0)
        return _translated(tree)
    except re.error as error:
        raise RulesError(f"it is no regular expression: {error}") from None
    except (RecursionError, OverflowError):
        raise RulesError("the regular expression is nested too deeply") from None


def _translated(tree: Any) -> Program:
    if tree.state.flags & ~(re.IGNORECASE | re.UNICODE | re.VERBOSE):
        raise RulesError("of the flags only i and x are understood; take the others out")
    compiler = _Compiler(ignore_case=bool(tree.state.flags & re.IGNORECASE))
    compiler.sequence(tree)
    compiler.put(Found())
    return Program(tuple(compiler.steps), tree.state.groups - 1, dict(tree.state.groupdict))


@dataclass
class _Compiler:
    ignore_case: bool
    steps: list[Step] = field(default_factory=list)

    def put(self, step: Step) -> int:
        if len(self.steps) >= _LARGEST:
            raise RulesError("the regular expression is too large; make its counted repeats smaller, or split it")
        self.steps.append(step)
        return len(self.steps) - 1

    def sequence(self, items: Iterable[tuple[Any, Any]]) -> None:
        for operation, argument in items:
            name = str(operation)
            if name in _REFUSED:
                raise RulesError(f"the regular expression {_REFUSED[name]}, which is not understood; do without")
            _EMITTERS[name](self, name, argument)

    def character(self, name: str, argument: Any) -> None:
        self.put(Take(_test_of(name, argument, ignore_case=self.ignore_case)))

    def branch(self, _name: str, argument: Any) -> None:
        _, ways = argument
        ends = []
        for way in ways[:-1]:
            fork = Fork(0, 0)
            self.put(fork)
            fork.first = len(self.steps)
            self.sequence(way)
            jump = Jump(0)
            self.put(jump)
            ends.append(jump)
            fork.second = len(self.steps)
        self.sequence(ways[-1])
        for jump in ends:
            jump.to = len(self.steps)

    def group(self, _name: str, argument: Any) -> None:
        number, added, removed, inner = argument
        if added or removed:
            raise RulesError("flags in a group are not understood; write (?i) at the start, or ignore_case = true")
        if number is not None:
            self.put(Mark(2 * number))
        self.sequence(inner)
        if number is not None:
            self.put(Mark(2 * number + 1))

    def repeat(self, name: str, argument: Any) -> None:
        least, most, inner = argument
        if int(most) > 1 and inner.getwidth()[0] == 0:
            raise RulesError("the regular expression repeats what may be empty; make the inner part need a character")
        is_greedy = name == "MAX_REPEAT"
        for _ in range(least):
            self.sequence(inner)
        is_endless = int(most) >= _ENDLESS
        forks = []
        for _ in range(1 if is_endless else int(most) - least):
            forks.append(self.put(Fork(0, 0)))
            self.sequence(inner)
        if is_endless:
            self.put(Jump(forks[0]))
        for fork in forks:
            self._close(fork, is_greedy=is_greedy)

    def place(self, _name: str, argument: Any) -> None:
        self.put(Check(_PLACES[str(argument)]))

    def look(self, name: str, argument: Any) -> None:
        direction, inner = argument
        if len(inner) != 1 or str(inner[0][0]) not in _SINGLE:
            raise RulesError("the regular expression looks around further than one character; use groups in its stead")
        test = _test_of(str(inner[0][0]), inner[0][1], ignore_case=self.ignore_case)
        self.put(Check(_neighbour(test, -1 if direction < 0 else 0, wanted=name == "ASSERT")))

    def nothing(self, _name: str, _argument: Any) -> None:
        self.put(Check(lambda _text, _at: False))

    def _close(self, start: int, *, is_greedy: bool) -> None:
        inside, outside = start + 1, len(self.steps)
        fork = self.steps[start]
        assert isinstance(fork, Fork)
        fork.first, fork.second = (inside, outside) if is_greedy else (outside, inside)


def _test_of(name: str, argument: Any, *, ignore_case: bool) -> Test:
    test = _SINGLE[name](argument)
    if not ignore_case:
        return test
    if name == "NOT_LITERAL":
        same = _in_any_case(lambda character: character == chr(argument))
        return lambda character: not same(character)
    if name == "IN" and str(argument[0][0]) == "NEGATE":
        listed = _in_any_case(_listed(argument[1:]))
        return lambda character: not listed(character)
    return _in_any_case(test)


def _in_any_case(test: Test) -> Test:
    return lambda character: test(character) or test(character.lower()) or test(character.upper())


def _literal(argument: Any) -> Test:
    wanted = chr(argument)
    return lambda character: character == wanted


def _not_literal(argument: Any) -> Test:
    wanted = chr(argument)
    return lambda character: character != wanted


def _any(_argument: Any) -> Test:
    return lambda character: character != "\n"


def _set(argument: Any) -> Test:
    if str(argument[0][0]) == "NEGATE":
        listed = _listed(argument[1:])
        return lambda character: not listed(character)
    return _listed(argument)


def _listed(entries: Any) -> Test:
    tests = [_ENTRIES[str(operation)](argument) for operation, argument in entries]
    return lambda character: any(test(character) for test in tests)


def _range(argument: Any) -> Test:
    low, high = argument
    return lambda character: len(character) == 1 and low <= ord(character) <= high


def _category(argument: Any) -> Test:
    return _CATEGORIES[str(argument)]


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


_CATEGORIES: Final[dict[str, Test]] = {
    "CATEGORY_DIGIT": str.isdecimal,
    "CATEGORY_NOT_DIGIT": lambda character: not character.isdecimal(),
    "CATEGORY_SPACE": str.isspace,
    "CATEGORY_NOT_SPACE": lambda character: not character.isspace(),
    "CATEGORY_WORD": _is_word,
    "CATEGORY_NOT_WORD": lambda character: not _is_word(character),
}
_ENTRIES: Final[dict[str, Callable[[Any], Test]]] = {"LITERAL": _literal, "RANGE": _range, "CATEGORY": _category}
_SINGLE: Final[dict[str, Callable[[Any], Test]]] = {
    "LITERAL": _literal,
    "NOT_LITERAL": _not_literal,
    "ANY": _any,
    "IN": _set,
}


def _neighbour(test: Test, offset: int, *, wanted: bool) -> Condition:
    def check(text: str, at: int) -> bool:
        beside = at + offset
        return (0 <= beside < len(text) and test(text[beside])) is wanted

    return check


def _at_border(text: str, at: int) -> bool:
    before = at > 0 and _is_word(text[at - 1])
    after = at < len(text) and _is_word(text[at])
    return before is not after


def _at_end(text: str, at: int) -> bool:
    return at == len(text) or (at == len(text) - 1 and text[at] == "\n")


_PLACES: Final[dict[str, Condition]] = {
    "AT_BEGINNING": lambda _text, at: at == 0,
    "AT_BEGINNING_STRING": lambda _text, at: at == 0,
    "AT_END": _at_end,
    "AT_END_STRING": lambda text, at: at == len(text),
    "AT_BOUNDARY": _at_border,
    "AT_NON_BOUNDARY": lambda text, at: len(text) > 0 and not _at_border(text, at),
}
_EMITTERS: Final[dict[str, Callable[[_Compiler, str, Any], None]]] = {
    **dict.fromkeys(_SINGLE, _Compiler.character),
    "BRANCH": _Compiler.branch,
    "SUBPATTERN": _Compiler.group,
    "MAX_REPEAT": _Compiler.repeat,
    "MIN_REPEAT": _Compiler.repeat,
    "AT": _Compiler.place,
    "ASSERT": _Compiler.look,
    "ASSERT_NOT": _Compiler.look,
    "FAILURE": _Compiler.nothing,
}
