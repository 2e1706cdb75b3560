"""Free keys that have a character for the moment.

A program that gets a key looks it up in the keyboard map as it is when the program comes to it. So a key must not get
another character while a press of it may still wait in some program: keys are lent in one go for a whole piece of
text, the one whose last press is the longest ago first, and never before that press has settled: the program has said
that it is past it, or, where programs do not answer, some time has gone by. Two processes that do this do not take the
same key: the map is read and changed while the server is grabbed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from asrd_clients.injectors.interface import InjectError
from asrd_clients.injectors.options import Clock, InjectorOptions
from asrd_clients.injectors.x11.answering import Asker
from asrd_clients.injectors.x11.keymap import ALPHABETIC, EMPTY, Key, Keymap, State, Stroke
from asrd_clients.injectors.x11.keysyms import keysym_of
from asrd_clients.injectors.x11.xkb import Xkb

Letters = tuple[int, int]  # keysyms of a small and a capital letter


class BorrowedKeys:
    """How characters are typed: on keys of the layout, or on free ones.

    Attributes:
        keymap: as it is now.
    """

    def __init__(self, display: Any, xkb: Xkb, asker: Asker, clock: Clock, options: InjectorOptions) -> None:
        self._display = display
        self._xkb = xkb
        self._asker = asker
        self._clock = clock
        self._settle_s = options.settle_ms / 1000
        self._answer_s = options.answer_s
        self._lent: dict[int, Letters] = {}  # by keycode
        self._pressed_s: dict[int, float] = {}
        self._table: dict[State, dict[str, Stroke]] = {}
        self.keymap: Keymap = xkb.keymap()
        self.holders: Mapping[int, int] = self.keymap.holders()

    def refresh(self) -> None:
        """Read the map again if the server told of a change, such as another layout."""
        if self._drain():
            self._read()
            self._lent = {code: pair for code, pair in self._lent.items() if self._has(code, pair)}

    def prepare(self, text: str, state: State) -> str:
        """Lend keys for as much of a text as there are keys for; returns that beginning of it.

        Raises:
            InjectError: there is no free key at all.
        """
        known = self._strokes(state)
        room = len(self._lent) + len(self.keymap.free())
        wanted: set[Letters] = set()
        for position, character in enumerate(text):
            if character not in known or known[character].keycode in self._lent:
                wanted.add(letters(character))
                if len(wanted) > room:
                    text = text[: max(position, 1)]
                    break
        self._make_typable(text, state)
        return text

    def strokes(self, text: str, state: State) -> list[Stroke]:
        """The keys for a text that was prepared; changes the map only if the keyboard's state has changed since.

        Raises:
            InjectError: there is no free key for a character.
        """
        self._make_typable(text, state)
        known = self._strokes(state)
        found = [known[c] for c in text]
        now_s = self._clock.monotonic_s()
        for stroke in found:
            if stroke.keycode in self._lent:
                self._pressed_s[stroke.keycode] = now_s
        return found

    def give_back(self) -> None:
        """Take the characters off the keys, when the last press has settled."""
        self._settle(self._lent)
        with self._grabbed():
            self._read()
            self._set(dict.fromkeys(code for code, pair in self._lent.items() if self._has(code, pair)))
        self._lent.clear()

    def _make_typable(self, text: str, state: State) -> None:
        characters = list(dict.fromkeys(text))
        missing = [c for c in characters if c not in self._strokes(state)]
        if missing:
            self._lend(list(dict.fromkeys(map(letters, missing))), characters, state)
        if any(c not in self._strokes(state) for c in characters):
            raise InjectError(
                "this keyboard has no free key for a character of the text: use --method clipboard; if an `asrd type` "
                "was killed before, setxkbmap with your layout frees its keys"
            )

    def _lend(self, pairs: list[Letters], characters: list[str], state: State) -> None:
        self._settle(self._reused(len(pairs), characters, state))
        with self._grabbed():
            self._read()
            free, reused = self.keymap.free(), self._reused(len(pairs), characters, state)
            self._set(dict(zip([*free, *reused], pairs, strict=False)))
            self._read()
        self._drain()  # that was us

    def _reused(self, count: int, characters: list[str], state: State) -> list[int]:
        """Lent keys that get other characters, if so many are needed: those that were pressed the longest ago."""
        known = self._strokes(state)
        needed = {known[c].keycode for c in characters if c in known}
        oldest = sorted(set(self._lent) - needed, key=lambda code: self._pressed_s.get(code, 0.0))
        return oldest[: max(0, count - len(self.keymap.free()))]

    @contextmanager
    def _grabbed(self) -> Iterator[None]:
        """Nobody else changes the map meanwhile."""
        self._display.grab_server()
        try:
            yield
        finally:
            self._display.ungrab_server()
            self._display.sync()

    def _settle(self, codes: Iterable[int]) -> None:
        last_s = max((self._pressed_s.get(code, 0.0) for code in codes), default=0.0)
        wait_s = last_s + self._settle_s - self._clock.monotonic_s()
        if last_s and not self._asker.wait(self._answer_s) and wait_s > 0:
            self._clock.sleep(wait_s)

    def _set(self, wanted: Mapping[int, Letters | None]) -> None:
        """Change keys, all in one request: each request makes every program read the map again.

        So the keys between them are set to what they are already. The server must be grabbed, or the map as it was
        read may be old.
        """
        if not wanted:
            return
        first, last = min(wanted), max(wanted)
        keys = [
            _key(wanted[code]) if code in wanted else self.keymap.keys.get(code, EMPTY)
            for code in range(first, last + 1)
        ]
        self._xkb.set_keys(first, keys, self.keymap.keycodes)
        for code, pair in wanted.items():
            if pair:
                self._lent[code] = pair

    def _read(self) -> None:
        self.keymap = self._xkb.keymap()
        self.holders = self.keymap.holders()
        self._table.clear()

    def _strokes(self, state: State) -> dict[str, Stroke]:
        if state not in self._table:
            self._table[state] = self.keymap.strokes(state)
        return self._table[state]

    def _drain(self) -> bool:
        """Whether the server told of a change."""
        has_changed = False
        while self._display.pending_events():
            self._display.next_event()
            has_changed = True
        return has_changed

    def _has(self, code: int, pair: Letters) -> bool:
        key = self.keymap.keys.get(code)
        return key is not None and key.keysyms == pair


def letters(character: str) -> Letters:
    """Keysyms of a character as a small and as a capital letter; twice the same where it has no case."""
    lower, capital = character.lower(), character.upper()
    is_pair = len(lower) == len(capital) == 1 and capital.lower() == lower and lower.upper() == capital
    if is_pair and character in (lower, capital):
        return keysym_of(lower), keysym_of(capital)
    return keysym_of(character), keysym_of(character)


def _key(pair: Letters | None) -> Key:
    """A key for a small and a capital letter; None: one that types nothing.

    Both are given even where a character has no case, so that Caps Lock is the key's business, not the program's.
    """
    return EMPTY if pair is None else Key((ALPHABETIC,) * 4, 1, 2, pair)
