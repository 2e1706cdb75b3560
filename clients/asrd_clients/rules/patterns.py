"""Replacements by regular expression."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from asrd_clients.rules.machine import Machine, Slots, TooSlowError
from asrd_clients.rules.program import Program, compile_program
from asrd_clients.rules.refusal import RulesError

LONGEST_PATTERN: Final = 1000
_LONGEST_RESULT: Final = 20_000  # characters; what makes more of an utterance is left out
_ESCAPE: Final = re.compile(r"\\(?:(\d{1,2})|g<(\w+)>|(.|$))", re.DOTALL)
_PLAIN_ESCAPES: Final = {"n": "\n", "t": "\t", "\\": "\\"}

Template: TypeAlias = "tuple[str | int, ...]"
"""What is typed for a match: texts, and numbers of groups."""


@dataclass(frozen=True)
class Pattern:
    """One regular expression and what is typed for its matches.

    Attributes:
        find: as the file has it.
        program: compiled.
        template: what is typed.
        language: the model's name for the language it is for; "" for all.
    """

    find: str
    program: Program
    template: Template
    language: str = ""


def compile_pattern(find: str, text: str, language: str, *, ignore_case: bool) -> Pattern:
    r"""A pattern of the rules file; in `text`, \1 and \g<name> are groups, \n and \t the keys Return and Tab.

    Raises:
        RulesError: the pattern or the text cannot be used.
    """
    if len(find) > LONGEST_PATTERN:
        raise RulesError(f"the regular expression is longer than {LONGEST_PATTERN} characters; split it")
    program = compile_program(find, ignore_case=ignore_case)
    return Pattern(find, program, _template(text, program), language)


def apply_patterns(patterns: Sequence[Pattern], text: str) -> str:
    """The text with all matches of all patterns replaced, one pattern after the other.

    Bounded in time: a pattern that takes too many steps on this text, or makes too much of it, leaves it as it is.
    """
    for pattern in patterns:
        text = _applied(pattern, text)
    return text


def _applied(pattern: Pattern, text: str) -> str:
    done: list[str] = []
    at = 0
    try:
        for found in Machine(pattern.program, text).matches():
            done += (text[at : found[0]], *_filled(pattern.template, text, found))
            at = found[1]
    except TooSlowError:
        return text
    result = "".join((*done, text[at:]))
    return result if len(result) <= _LONGEST_RESULT else text


def _filled(template: Template, text: str, found: Slots) -> list[str]:
    return [part if isinstance(part, str) else text[found[2 * part] : found[2 * part + 1]] for part in template]


def _template(text: str, program: Program) -> Template:
    parts: list[str | int] = []
    at = 0
    for escape in _ESCAPE.finditer(text):
        parts += (text[at : escape.start()], _part(escape, program))
        at = escape.end()
    return (*parts, text[at:])


def _part(escape: re.Match[str], program: Program) -> str | int:
    number, name, other = escape.groups()
    if number is not None or (name or "").isdecimal():
        group = int(number or name)
        if group > program.groups:
            raise RulesError(f"{escape.group()} is typed, but the regular expression has {program.groups} groups")
        return group
    if name is not None:
        if name not in program.names:
            raise RulesError(f"{escape.group()} is typed, but the regular expression has no group of that name")
        return program.names[name]
    if other not in _PLAIN_ESCAPES:
        raise RulesError(f"{escape.group()} cannot be typed; write a backslash as \\\\")
    return _PLAIN_ESCAPES[other]
