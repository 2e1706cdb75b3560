"""A tokenizer for random checkpoints: byte-level BPE with the added tokens of Qwen3-ASR by their true text.

Token text uses GPT-2's byte-to-unicode alphabet (openai/gpt-2, `encoder.py`: printable bytes stand for themselves,
the others for the characters from U+0100 on), and the first 256 ids are its order, so that "\\n" has id 198 as in Qwen.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import gguf

from asrd.errors import ExportError

FULL_BASE = 151643
"""Ids before the first added token in the published vocabulary."""
FULL_ROWS = 151936
"""Rows of the published embedding."""

_PRINTABLE = (*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1))
_SPECIAL = ("endoftext", "im_start", "im_end")
_VISION = (
    *("object_ref_start", "object_ref_end", "box_start", "box_end", "quad_start", "quad_end"),
    *("vision_start", "vision_end", "vision_pad", "image_pad", "video_pad"),
)
_FILL_IN = ("fim_prefix", "fim_middle", "fim_suffix", "fim_pad", "repo_name", "file_sep")
_SPEECH = ("tts_pad", "tts_text_bos", "tts_text_eod", "tts_text_bos_single")
# Often enough that each is one token, as in the published vocabulary.
_WORDS = "system\nuser\nassistant\nlanguage\n English\n French\n German\n Chinese\n None\n" * 20
_PARAGRAPH = """
In the morning the small boat came back to the harbour with the first light of the day. Nobody on the quay had seen
such weather before, and the old sailor who kept the tower said that the wind would turn again before evening. We
listened to the water under the bridge and counted the seconds between one wave and the next. There was music in the
street, a dog was running after the children, and the woman who sold bread near the station asked them to be careful.
She told us that the road over the hill had been closed since the winter, so we would have to wait for the other train.
Later they opened the letter together: it was about a house with a garden, seven windows and a door that never quite
closed. What would you do with a place like that? I would write there, he said, and learn the names of the birds.
Everything that we hear is made of simple parts, and yet no two voices are the same; the speaker breathes, stops,
thinks about the next word, and goes on. It should be possible to follow every sentence while it is still being spoken.
"""


@dataclass(frozen=True)
class RandomTokenizer:
    """Base tokens by id, the merges (`"left right"`), and the added tokens as (id, text, special)."""

    base: tuple[str, ...]
    merges: tuple[str, ...]
    added: tuple[tuple[int, str, bool], ...]


def added_tokens() -> list[tuple[str, bool]]:
    """The added tokens of Qwen3-ASR in the order of their ids, each with its `special` flag; 63 tokens."""
    plain = ["<tool_call>", "</tool_call>", *(f"<|{name}|>" for name in _FILL_IN)]
    plain += ["<tool_response>", "</tool_response>", "<think>", "</think>"]
    speech = [("<|audio_start|>", True), ("<|audio_end|>", True), *((f"<{name}>", True) for name in _SPEECH)]
    blanks = [(f"<blank{index}>", False) for index in range(1, 28)]
    return [
        *((f"<|{name}|>", True) for name in (*_SPECIAL, *_VISION)),
        *((text, False) for text in plain),
        *speech,
        ("<non_speech>", False),
        ("<|audio_pad|>", True),
        *blanks,
        ("<asr_text>", False),
        ("<timestamp>", False),
    ]


def byte_alphabet() -> dict[int, str]:
    """GPT-2's character for each byte, in the order of the ids."""
    others = (byte for byte in range(256) if byte not in _PRINTABLE)
    return {byte: chr(byte) for byte in _PRINTABLE} | {byte: chr(256 + rank) for rank, byte in enumerate(others)}


def train_merges(text: str, limit: int) -> list[tuple[str, str]]:
    """Up to `limit` byte-pair merges for `text`, most frequent first, ties in alphabetical order.

    Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units", algorithm 1.
    """
    alphabet = byte_alphabet()
    pieces = Counter(re.findall(r" ?[A-Za-z]+|\S|\s", text))
    words = {tuple(alphabet[byte] for byte in piece.encode()): count for piece, count in pieces.items()}
    merges: list[tuple[str, str]] = []
    while len(merges) < limit:
        pairs: Counter[tuple[str, str]] = Counter()
        for word, count in words.items():
            for pair in pairwise(word):
                pairs[pair] += count
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        words = {_merged(word, best): count for word, count in words.items()}
    return merges


def _merged(word: tuple[str, ...], pair: tuple[str, str]) -> tuple[str, ...]:
    out: list[str] = []
    index = 0
    while index < len(word):
        if word[index : index + 2] == pair:
            out.append(pair[0] + pair[1])
            index += 2
        else:
            out.append(word[index])
            index += 1
    return tuple(out)


def small_tokenizer(merges: int = 700) -> RandomTokenizer:
    """256 bytes, up to that many merges, then the added tokens."""
    base, learned = _base(merges)
    return _with_added(base, learned)


def full_tokenizer(vocabulary: Path | None = None) -> RandomTokenizer:
    """151643 base tokens and the added tokens at their published ids.

    The base is that of the GGUF file `vocabulary` (a Qwen2 tokenizer), or the small one filled up with invented words.
    """
    if vocabulary is not None:
        return _with_added(*_read_gguf(vocabulary))
    base, merges = _base(700)
    taken = set(base)
    for word in _invented_words():
        if len(base) == FULL_BASE:
            break
        if word not in taken:
            base.append(word)
    return _with_added(base, merges)


def _base(limit: int) -> tuple[list[str], list[str]]:
    merges = train_merges(_WORDS + _PARAGRAPH, limit)
    tokens = dict.fromkeys(byte_alphabet().values()) | dict.fromkeys(left + right for left, right in merges)
    return list(tokens), [f"{left} {right}" for left, right in merges]


def _with_added(base: list[str], merges: list[str]) -> RandomTokenizer:
    added = tuple((len(base) + rank, text, special) for rank, (text, special) in enumerate(added_tokens()))
    return RandomTokenizer(tuple(base), tuple(merges), added)


def _invented_words() -> Iterator[str]:
    """Distinct pronounceable words with a leading space (`Ġ`): all of two syllables, then all of three, and so on."""
    syllables = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
    words = [f"Ġ{syllable}" for syllable in syllables]
    while True:
        words = [word + syllable for word in words for syllable in syllables]
        yield from words


def _read_gguf(path: Path) -> tuple[list[str], list[str]]:
    try:
        fields = gguf.GGUFReader(path).fields
        tokens, merges = (fields[f"tokenizer.ggml.{key}"].contents() for key in ("tokens", "merges"))
    except (OSError, KeyError, ValueError) as error:
        raise ExportError(f"{path} holds no GGUF vocabulary ({error!r}); give a Qwen2 vocabulary file") from error
    if len(tokens) < FULL_BASE:
        raise ExportError(f"{path} has {len(tokens)} tokens where {FULL_BASE} are needed; give a Qwen2 vocabulary file")
    return list(tokens[:FULL_BASE]), list(merges)
