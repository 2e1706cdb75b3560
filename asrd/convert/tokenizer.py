"""Reads the tokenizer of a checkpoint: `tokenizer.json`, or `vocab.json` + `merges.txt` + `tokenizer_config.json`.

Token text is kept in the byte-to-unicode alphabet of GPT-2, as both the files and GGUF have it.
Reference for what becomes control, user-defined or unused: llama.cpp, `conversion/base.py`, `get_vocab_base`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from asrd.convert.checkpoint import read_json, read_text
from asrd.errors import ExportError

END_OF_TURN = "<|im_end|>"
END_OF_TEXT = "<|endoftext|>"
REQUIRED = (
    END_OF_TEXT,
    "<|im_start|>",
    END_OF_TURN,
    "<|audio_start|>",
    "<|audio_end|>",
    "<|audio_pad|>",
    "<asr_text>",
)
"""Added tokens without which no prompt can be built and no answer parsed."""


class TokenType(IntEnum):
    """`llama_token_type` of GGUF."""

    NORMAL = 1
    CONTROL = 3
    USER_DEFINED = 4
    UNUSED = 5


@dataclass(frozen=True)
class Vocabulary:
    """Tokens by id (padded to the embedding's rows), their types, and the BPE merges (`"left right"`)."""

    tokens: tuple[str, ...]
    types: tuple[TokenType, ...]
    merges: tuple[str, ...]

    def id_of(self, token: str) -> int:
        """Id of an added token, by its text."""
        return self.tokens.index(token)


@dataclass(frozen=True)
class _Added:
    text: str
    special: bool


def read_vocabulary(folder: Path, rows: int) -> Vocabulary:
    """The tokenizer in `folder`, padded with unused `[PADn]` tokens to the `rows` of the embedding.

    Raises `ExportError` when files are missing or contradict each other or the embedding.
    """
    if (folder / "tokenizer.json").is_file():
        base, merges, added = _from_tokenizer_json(folder / "tokenizer.json")
    else:
        base, merges, added = _from_vocab_files(folder)
    tokens = _by_id(folder, base, added)
    missing = [text for text in REQUIRED if text not in {token.text for token in added.values()}]
    if missing:
        raise ExportError(
            f"{folder}: the tokenizer has no added token {missing[0]}; use that of a Qwen3-ASR checkpoint"
        )
    largest = max(tokens)
    if largest >= rows:
        raise ExportError(
            f"{folder}: the tokenizer has ids up to {largest}, but the embedding has {rows} rows; "
            "use the tokenizer files that belong to these weights"
        )
    texts = tuple(tokens.get(i, f"[PAD{i}]") for i in range(rows))
    if len(set(texts)) != rows:
        raise ExportError(f"{folder}: the tokenizer has the same token twice; download its files again")
    types = tuple(_type_of(i, base_ids=tokens, added=added) for i in range(rows))
    return Vocabulary(texts, types, tuple(merges))


def _type_of(token_id: int, *, base_ids: Mapping[int, str], added: Mapping[int, _Added]) -> TokenType:
    if token_id in added:
        text = added[token_id].text
        looks_special = text.startswith("<|") and text.endswith("|>")
        return TokenType.CONTROL if added[token_id].special or looks_special else TokenType.USER_DEFINED
    return TokenType.NORMAL if token_id in base_ids else TokenType.UNUSED


def _by_id(folder: Path, base: Mapping[str, int], added: Mapping[int, _Added]) -> dict[int, str]:
    tokens = {int(token_id): text for text, token_id in base.items()}
    if len(tokens) != len(base):
        raise ExportError(f"{folder}: two tokens of the tokenizer share an id; download its files again")
    for token_id, token in added.items():
        if tokens.get(token_id, token.text) != token.text:
            raise ExportError(
                f"{folder}: id {token_id} is both {tokens[token_id]!r} and the added token {token.text!r}; "
                "use tokenizer files that belong together"
            )
        tokens[token_id] = token.text
    return tokens


def _from_vocab_files(folder: Path) -> tuple[dict[str, int], list[str], dict[int, _Added]]:
    base = read_json(folder / "vocab.json")
    decoder = read_json(folder / "tokenizer_config.json").get("added_tokens_decoder", {})
    added = {int(key): _Added(str(entry["content"]), bool(entry.get("special"))) for key, entry in decoder.items()}
    path = folder / "merges.txt"
    try:
        lines = read_text(path).split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ExportError(f"{path} cannot be read ({error}); download all files of the tokenizer") from error
    # Only the first line is a comment: "#" begins real merges as well.
    start = 1 if lines and lines[0].startswith("#version") else 0
    return base, [_merge(path, line.split(" ")) for line in lines[start:] if line.strip()], added


def _from_tokenizer_json(path: Path) -> tuple[dict[str, int], list[str], dict[int, _Added]]:
    raw = read_json(path)
    model = raw.get("model")
    if not isinstance(model, dict) or model.get("type", "BPE") != "BPE" or "vocab" not in model:
        raise ExportError(f"{path} is not a byte-level BPE tokenizer; use that of a Qwen3-ASR checkpoint")
    merges: Iterable[Any] = model.get("merges", [])
    pairs = [_merge(path, merge.split(" ") if isinstance(merge, str) else list(merge)) for merge in merges]
    added = {
        int(entry["id"]): _Added(str(entry["content"]), bool(entry.get("special")))
        for entry in raw.get("added_tokens", [])
    }
    return dict(model["vocab"]), pairs, added


def _merge(path: Path, parts: list[str]) -> str:
    parts = [part.rstrip("\r") for part in parts]
    if len(parts) != 2 or not all(parts):
        raise ExportError(f"{path}: {' '.join(parts)!r} is not a merge of two tokens; download it again")
    return " ".join(parts)
