"""Which words of one text stand in another. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def matches(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of places with equal words, ascending on both sides: a longest common subsequence, as early as can be."""
    longest = _longest(one, other)
    found = []
    first = second = 0
    while first < len(one) and second < len(other):
        if one[first] == other[second]:
            found.append((first, second))
            first, second = first + 1, second + 1
        elif longest[first + 1][second] >= longest[first][second + 1]:
            first += 1
        else:
            second += 1
    return found


def _longest(one: Sequence[str], other: Sequence[str]) -> list[list[int]]:
    """Length of the longest common subsequence of `one[i:]` and `other[j:]`, for every i and j."""
    table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i in reversed(range(len(one))):
        for j in reversed(range(len(other))):
            table[i][j] = table[i + 1][j + 1] + 1 if one[i] == other[j] else max(table[i + 1][j], table[i][j + 1])
    return table
