"""Address tokens: control tokens with which nano's decoder tells which row of which window it copies next.

    <|w.0|> t(0) .. t(8) <|w.1|> t(9) .. t(17) <|w.2|> ..

Window `w` counts from the beginning of the utterance; `<|w.g|>` stands before the tokens of rows GROUP g and on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from asrd.geometry import WINDOW_ROWS

GROUP: Final = 9
"""Text tokens behind an address: the address itself says which row is first, eight heads say how far back it is."""
GROUPS: Final = -(-WINDOW_ROWS // GROUP)
WINDOWS: Final = 8
"""Windows of an utterance that can be addressed: 64 s. What comes later is left out."""


def address(window: int, group: int) -> str:
    """The name of an address token."""
    return f"<|{window}.{group}|>"


ADDRESSES: Final = tuple(address(window, group) for window in range(WINDOWS) for group in range(GROUPS))


def addressed(window: int, tokens: Sequence[str]) -> Iterator[str]:
    """`tokens` of a window, the one that ends it included, with the addresses between them."""
    for index, token in enumerate(tokens):
        if index % GROUP == 0:
            yield address(window, index // GROUP)
        yield token
