"""Finds spoken commands among the words, however the model punctuated and capitalised them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from asrd_clients.rules.characters import COMMAS, DASHES, PAUSE_MARKS
from asrd_clients.rules.commands import Command, Deed
from asrd_clients.rules.tokens import Token, key_of, phrase_keys

# What a model may write between the words of a command: new-line, "new, line"; and where nothing else was said, "New.
# Line." as well.
_LINKS: Final = frozenset(",-，、")
_LINKS_ALONE: Final = PAUSE_MARKS | frozenset(DASHES)
_MOST_MARKS: Final = 3  # a model writes no more at the end of what it heard so far
# With one of these right beside it, a word is part of a larger one: knee-cap.
_JOINERS: Final = frozenset("-'’/\\_@&+")


@dataclass(frozen=True)
class Spoken:
    """A command where it was said.

    Attributes:
        command: what it does.
        end: the index of the token after it.
    """

    command: Command
    end: int


Piece: TypeAlias = "Token | Spoken"


@dataclass
class _Node:
    following: dict[str, _Node] = field(default_factory=dict)
    command: Command | None = None


class Phrases:
    """The commands of one language, to be looked up word by word."""

    def __init__(self, commands: Mapping[str, Command]) -> None:
        self._root = _Node()
        self._longest = 0
        for phrase, command in commands.items():
            keys = phrase_keys(phrase)
            self._longest = max(self._longest, len(keys))
            node = self._root
            for key in keys:
                node = node.following.setdefault(key, _Node())
            node.command = command

    def find(self, tokens: Sequence[Token], *, only_alone: bool = False) -> list[Piece]:
        """The tokens, with the commands among them in place of their words.

        Of two commands that begin at one word the longer one counts. The words behind the command `literal` are words.

        Args:
            tokens: the utterance.
            only_alone: take commands only from an utterance that holds nothing else.
        """
        alone = list(_Scan(self._root, tokens, is_alone=True).pieces(until_word=True))
        if alone and not _is_word(alone[-1]):
            commands: list[Piece] = [piece for piece in alone if isinstance(piece, Spoken)]
            return commands or alone  # marks between nothing but commands are the model's alone
        return list(tokens) if only_alone else list(_Scan(self._root, tokens, is_alone=False).pieces())

    def unfinished(self, tokens: Sequence[Token]) -> int:
        """How many tokens at the end may yet grow into a command, as `new` may into `new line`; 0 if none may.

        The commas before them count as well: the command would take them away.
        """
        tail = tokens[-(2 * self._longest + _MOST_MARKS) :]
        scan = _Scan(self._root, tail, is_alone=False)
        first = next((at for at in range(len(tail)) if scan.is_open(at)), None)
        if first is None:
            return 0
        while first and tail[first - 1].text in COMMAS:
            first -= 1
        return len(tail) - first


class _Scan:
    """One walk over an utterance."""

    def __init__(self, root: _Node, tokens: Sequence[Token], *, is_alone: bool) -> None:
        self._root = root
        self._tokens = tokens
        self._keys = [None if token.is_mark else key_of(token.text) for token in tokens]
        self._is_alone = is_alone
        self._links = _LINKS_ALONE if is_alone else _LINKS

    def pieces(self, *, until_word: bool = False) -> Iterator[Piece]:
        """What the utterance is made of, up to its first ordinary word (and with it) if so asked."""
        at = 0
        while at < len(self._tokens):
            spoken, end = self._longest_at(at)
            if spoken is None:
                yield from self._tokens[at:end]
                if until_word and not self._tokens[at].is_mark:
                    return
                at = end
            elif spoken.command.effect is Deed.LITERAL:
                words, at = self._literal(at, spoken.end)
                yield from words
                if until_word:
                    return
            else:
                yield spoken
                at = spoken.end

    def is_open(self, first: int) -> bool:
        """Whether everything from `first` on is the beginning of a longer command, marks at its end not counted."""
        return any(node.following and self._is_over(end) for node, end in self._walk(first))

    def _is_over(self, end: int) -> bool:
        """Whether nothing but marks follows, and few of them."""
        rest = self._tokens[end:]
        return len(rest) <= _MOST_MARKS and all(token.text in _LINKS_ALONE for token in rest)

    def _longest_at(self, first: int) -> tuple[Spoken | None, int]:
        """The longest command that begins at `first`, if one does, and where to go on.

        A phrase that is no command because of its neighbours is passed over as a whole: in "um ponto e vírgula" the
        last word is no command either.
        """
        found, passed = None, first + 1
        for node, end in self._walk(first):
            if node.command is not None:
                passed = end
                if self._is_meant(node.command, first, end):
                    found = Spoken(node.command, end)
        return found, passed

    def _walk(self, first: int) -> Iterator[tuple[_Node, int]]:
        """The phrases, whole or begun, that the words from `first` on make, and where each ends."""
        node, at = self._root, first
        while at < len(self._tokens):
            key = self._keys[at]
            following = node.following.get(key) if key is not None else None
            if following is None:
                return
            node, at = following, at + 1
            yield node, at
            while at < len(self._tokens) and self._tokens[at].text in self._links:
                at += 1

    def _is_meant(self, command: Command, first: int, end: int) -> bool:
        if command.alone and not self._is_alone:
            return False
        if self._is_part(first, end):
            return False
        before = self._keys[first - 1] if first else None
        after = self._keys[end] if end < len(self._keys) else None
        return before not in command.not_after and after not in command.not_before

    def _is_part(self, first: int, end: int) -> bool:
        """Whether the words are joined to their neighbours by a hyphen or the like."""
        tokens = self._tokens
        is_tail = first > 1 and tokens[first - 1].text in _JOINERS and not tokens[first].gap + tokens[first - 1].gap
        is_head = end + 1 < len(tokens) and tokens[end].text in _JOINERS and not tokens[end].gap + tokens[end + 1].gap
        return is_tail or is_head

    def _literal(self, first: int, end: int) -> tuple[Sequence[Token], int]:
        """The tokens that `literal` leaves, and where to go on; it is an ordinary word unless a command follows it."""
        following = end
        while following < len(self._tokens) and self._tokens[following].text in self._links:
            following += 1
        ends = [at for node, at in self._walk(following) if node.command is not None]
        if not ends:
            return self._tokens[first:end], end
        # The space before `literal` is the one that its words get.
        words = list(self._tokens[following : ends[-1]])
        words[0] = Token(words[0].text, self._tokens[first].gap)
        return words, ends[-1]


def _is_word(piece: Piece) -> bool:
    return isinstance(piece, Token) and not piece.is_mark
