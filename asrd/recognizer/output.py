"""From tokens to text, with the place of every token in it."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from asrd.text.transcript import Transcript, parse_transcript


@dataclass(frozen=True)
class Output:
    """A decode's tokens as text.

    Attributes:
        transcript: language and text.
        token_ends: for the end of each token that ends a character, how much of the text it completes -> how many
            tokens that are; empty where the text is not literally what the tokens say (repetition was repaired).
    """

    transcript: Transcript
    token_ends: dict[int, int]


def read_output(tokens: Sequence[int], piece: Callable[[int], bytes], forced_language: str | None) -> Output:
    """Join the tokens' bytes, decode them (half a character at the end waits for its rest), and parse the text."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    raw, ends = "", {}
    for count, token in enumerate(tokens, 1):
        raw += decoder.decode(piece(token))
        if not decoder.getstate()[0]:
            ends[len(raw)] = count
    transcript = parse_transcript(raw, forced_language=forced_language)
    if transcript.start < 0:
        return Output(transcript, {})
    shifted = {end - transcript.start: count for end, count in ends.items()}
    return Output(transcript, {end: count for end, count in shifted.items() if 0 <= end <= len(transcript.text)})
