"""The stages from what was said to what is typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from asrd.errors import ConfigError
from asrd.text.languages import LANGUAGES, language_name
from asrd_clients.rules.assembly import assemble
from asrd_clients.rules.clean import clean
from asrd_clients.rules.commands import Command
from asrd_clients.rules.editing import edit
from asrd_clients.rules.interface import Before, Rendered
from asrd_clients.rules.junction import join
from asrd_clients.rules.matching import Phrases, Piece, Spoken
from asrd_clients.rules.numbers import Numbers
from asrd_clients.rules.options import Commands, Options, Punctuation
from asrd_clients.rules.patterns import Pattern, apply_patterns
from asrd_clients.rules.replacing import Replacement, Replacements
from asrd_clients.rules.styles import Style, style_of
from asrd_clients.rules.tables import built_in
from asrd_clients.rules.tokens import Token, phrase_keys, tokens_of
from asrd_clients.rules.vocabulary import Corrector, Vocabulary

ANY: Final = ""
"""Stands for every language where rules are kept by language."""
LONGEST_SPEECH: Final = 5000
"""Characters, what is said in five minutes; a longer utterance is made harmless and typed as it is."""


@dataclass(frozen=True)
class RuleSet:
    """What a rules file says.

    Attributes:
        options: its settings.
        commands: by language, by phrase; None switches a built-in one off.
        replacements: in their order.
        patterns: in their order.
        vocabulary: names and terms.
    """

    options: Options = field(default_factory=Options)
    commands: Mapping[str, Mapping[str, Command | None]] = field(default_factory=dict)
    replacements: tuple[Replacement, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    vocabulary: Vocabulary = field(default_factory=Vocabulary)


class TextRules:
    """The rules of one file, ready for use; immutable, though it keeps what it prepared for each language."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        self._prepared: dict[str, _Stages] = {}

    @property
    def context(self) -> str:
        """Names and terms for the daemon's `context`, or ""."""
        return self._rules.vocabulary.context

    @property
    def rules(self) -> RuleSet:
        """What the rules are made of."""
        return self._rules

    def render(self, text: str, language: str, before: Before, *, is_growing: bool = False) -> Rendered:
        """What an utterance's text comes to; never raises, whatever the text.

        Args:
            text: what was said, of a final or of a partial on its way there.
            language: the model's name for the language, or a code; any other: as `language` in the rules file says.
            before: what stands before the cursor.
            is_growing: the text is a partial: words at its end that may yet become a command, such as `new`, are left
                out until it is known.
        """
        stages = self._stages(language)
        if len(text) > LONGEST_SPEECH:
            return stages.as_it_is(text, before)
        return stages.render(text, before, is_growing=is_growing)

    def _stages(self, language: str) -> _Stages:
        name = _known(language) or self._rules.options.language
        if name not in self._prepared:
            self._prepared[name] = _Stages.made(self._rules, name)
        return self._prepared[name]


@dataclass(frozen=True)
class _Stages:
    """Everything of one language, prepared."""

    options: Options
    style: Style
    phrases: Phrases
    numbers: Numbers | None
    corrector: Corrector
    replacements: Replacements
    patterns: tuple[Pattern, ...]

    @classmethod
    def made(cls, rules: RuleSet, language: str) -> _Stages:
        style = style_of(language)
        return cls(
            options=rules.options,
            style=replace(style, great=style.great | rules.vocabulary.names),
            phrases=Phrases(_commands(rules, language)),
            numbers=Numbers(language, rules.options.numbers_from) if rules.options.numbers else None,
            corrector=Corrector(rules.vocabulary, style.small),
            replacements=Replacements(one for one in rules.replacements if one.language in (ANY, language)),
            patterns=tuple(one for one in rules.patterns if one.language in (ANY, language)),
        )

    def render(self, text: str, before: Before, *, is_growing: bool) -> Rendered:
        tokens = tokens_of(clean(text))
        if is_growing:
            tokens = tokens[: len(tokens) - self._unfinished(tokens)]
        if self.numbers is not None:
            tokens = self.numbers.applied(tokens)
        pieces = self._worded(self.phrases.find(tokens, only_alone=self.options.commands is Commands.ALONE))
        take_back, parts = edit(pieces, keeps_marks=self.options.punctuation is Punctuation.ALL)
        utterance = assemble(parts, self.style, self.options)
        utterance = replace(utterance, text=apply_patterns(self.patterns, utterance.text))
        return Rendered(take_back, join(before.text, utterance, self.style, self.options))

    def _unfinished(self, tokens: Sequence[Token]) -> int:
        count = self.phrases.unfinished(tokens)
        can_be = self.options.commands is not Commands.ALONE or count == len(tokens)
        return count if can_be else 0

    def as_it_is(self, text: str, before: Before) -> Rendered:
        utterance = assemble([Token(clean(text))], self.style, self.options)
        return Rendered(0, join(before.text, utterance, self.style, self.options))

    def _worded(self, pieces: Sequence[Piece]) -> list[Piece]:
        """The pieces with the names and replacements of the rules in the words between the commands."""
        done: list[Piece] = []
        words: list[Token] = []
        for piece in pieces:
            if isinstance(piece, Spoken):
                done += self.replacements.applied(self.corrector.applied(words))
                words = []
                done.append(piece)
            else:
                words.append(piece)
        return done + list(self.replacements.applied(self.corrector.applied(words)))


def _commands(rules: RuleSet, language: str) -> dict[str, Command]:
    """The built-in commands with the file's added, replaced, and switched off."""
    if rules.options.commands is Commands.OFF:
        return {}
    found = {phrase_keys(phrase): (phrase, command) for phrase, command in built_in(language).items()}
    for name in (ANY, language):
        for phrase, own in rules.commands.get(name, {}).items():
            found.pop(phrase_keys(phrase), None)
            if own is not None:
                found[phrase_keys(phrase)] = (phrase, own)
    return dict(found.values())


def _known(language: str) -> str:
    """The model's name for a language, or "" for what is none."""
    if language in LANGUAGES:
        return language
    try:
        return language_name(language)
    except ConfigError:
        return ""
