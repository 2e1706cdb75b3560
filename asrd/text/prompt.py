"""The prompt around the audio rows, as token ids.

    <|im_start|>system\\n{context}<|im_end|>\\n<|im_start|>user\\n<|audio_start|>   head
    {rows}
    <|audio_end|><|im_end|>\\n<|im_start|>assistant\\n[language X<asr_text>]       suffix

Source: the chat template of Qwen3-ASR (Apache-2.0). The system turn is there even when the context is empty.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from asrd.errors import ConfigError

TEXT_TAG = "<asr_text>"
MAX_CONTEXT_TOKENS = 10_000  # what the model was trained with


class Tokenizer(Protocol):
    """What the prompt needs of a vocabulary."""

    def tokenize(self, text: str) -> list[int]:
        """Token ids of plain text; names of control tokens in it stay text."""

    def special_token(self, name: str) -> int:
        """The id of a special token by its name."""


@dataclass(frozen=True)
class Prompt:
    """Token ids before and after the audio rows."""

    head: tuple[int, ...]
    suffix: tuple[int, ...]


def build_prompt(tokenizer: Tokenizer, *, context: str = "", language: str | None = None) -> Prompt:
    """The prompt for one utterance.

    Args:
        tokenizer: the decoder's vocabulary.
        context: bare text that helps with names and terms.
        language: the model's name of a language to force, or None to let the model tell.

    Raises:
        ConfigError: the context is longer than the model can use.
    """
    special: Callable[[str], int] = tokenizer.special_token
    start, end, newline = special("<|im_start|>"), special("<|im_end|>"), tokenizer.tokenize("\n")
    system = tokenizer.tokenize(f"system\n{context}")
    if len(system) > MAX_CONTEXT_TOKENS:
        raise ConfigError(f"the context is {len(system)} tokens long; the model takes at most {MAX_CONTEXT_TOKENS}")
    user = tokenizer.tokenize("user\n")
    # One call for the whole turn: a tokenizer may join what stands next to each other.
    assistant = tokenizer.tokenize("assistant\n" if language is None else f"assistant\nlanguage {language}")
    tag = [] if language is None else [special(TEXT_TAG)]
    return Prompt(
        head=(start, *system, end, *newline, start, *user, special("<|audio_start|>")),
        suffix=(special("<|audio_end|>"), end, *newline, start, *assistant, *tag),
    )
