"""What would be typed, for a look before it is."""

from __future__ import annotations

from collections.abc import Iterable

from asrd_clients.rules.interface import Before, Rules


def tried(rules: Rules, utterances: Iterable[str], language: str = "") -> str:
    """What is typed for several utterances said one after the other, what was taken back left out."""
    typed: list[str] = []
    for said in utterances:
        outcome = rules.render(said, language, Before("".join(typed)))
        if outcome.take_back:
            del typed[max(0, len(typed) - outcome.take_back) :]
            outcome = rules.render(said, language, Before("".join(typed)))
        typed.append(outcome.text)
    return "".join(typed)
