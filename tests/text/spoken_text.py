"""Made speech: invented sentences whose words have times as people speak them. The same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator

from asrd.text.subtitles import TimedText

_NOUNS = ("harbour", "kettle", "neighbour", "orchard", "umbrella", "carpenter", "afternoon", "telescope", "garden")
_VERBS = ("opened", "carried", "noticed", "repaired", "remembered", "painted", "counted", "followed", "described")
_LINKS = ("and", "but", "because", "while", "when", "so that", "although", "until")
_PLACES = ("by the river", "near the old mill", "on the second floor", "behind the bakery", "in the long grass")
_SHORT = ("Yes.", "No.", "I see.", "Not now.", "Wait a moment.", "Well, perhaps.", "Good.")


def speech(length_s: float, seed: int) -> list[list[TimedText]]:
    """Utterances of that many seconds together, each a list of words with times."""
    chance = random.Random(seed)
    utterances: list[list[TimedText]] = []
    now_s = 0.4
    while now_s < length_s:
        utterances.append([])
        began_s = now_s
        for _ in range(chance.randint(1, 4)):
            if now_s - began_s > 12.0:
                break
            utterances[-1] += _said(_sentence(chance), now_s, chance)
            now_s = utterances[-1][-1].end_s + chance.uniform(0.05, 0.55)
        now_s += chance.choice([0.3, 0.6, 1.0, 2.0, 4.0]) * chance.uniform(0.5, 1.5)
    return utterances


def _sentence(chance: random.Random) -> list[str]:
    if chance.random() < 0.15:
        return chance.choice(_SHORT).split()
    words = _clause(chance)
    for _ in range(chance.choice([0, 0, 1, 1, 2])):
        words[-1] += chance.choice([",", ",", ""])
        words += [*chance.choice(_LINKS).split(), *_clause(chance)]
    words[0] = words[0].capitalize()
    words[-1] += chance.choice("...?!")
    return words


def _clause(chance: random.Random) -> list[str]:
    words = ["the", chance.choice(_NOUNS), chance.choice(_VERBS), "a", chance.choice(_NOUNS)]
    return words + (chance.choice(_PLACES).split() if chance.random() < 0.4 else [])


def _said(words: list[str], now_s: float, chance: random.Random) -> Iterator[TimedText]:
    characters_per_s = chance.uniform(10.0, 17.0)
    for word in words:
        end_s = now_s + (len(word) + 1) / characters_per_s * chance.uniform(0.7, 1.3)
        yield TimedText(word, round(now_s, 3), round(end_s, 3))
        now_s = end_s + (chance.uniform(0.05, 0.3) if word.endswith(",") else 0.0)
