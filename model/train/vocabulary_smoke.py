"""A vocabulary that needs no downloads, for smoke runs and tests: from the small tokenizer of random checkpoints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from asrd.convert.random_tokenizer import small_tokenizer
from model.train.vocabulary import ENGLISH, MULTILINGUAL, NanoVocabulary, WhisperTokenizer, build_vocabulary

SENTENCES: Final = (
    "In the morning the small boat came back to the harbour.",
    "Nobody on the quay had seen such weather before.",
    "There was music in the street, a dog was running after the children.",
    "She told us that the road over the hill had been closed since the winter.",
    "What would you do with a place like that?",
    "Everything that we hear is made of simple parts.",
)
_WORDS: Final = {"the": 0.05, "harbour": 0.001, "music": 0.002, "winter": 0.002, "zebra": 0.0001}


def write_tokenizer(path: Path, *, merges: int) -> None:
    """A `tokenizer.json` like Whisper's, with so many merges."""
    made = small_tokenizer(merges)
    ids = {piece: index for index, piece in enumerate(made.base)}
    model = {"type": "BPE", "vocab": ids, "merges": list(made.merges)}
    split = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    path.write_text(json.dumps({"version": "1.0", "model": model, "pre_tokenizer": split}), encoding="utf-8")


def smoke_vocabulary(folder: Path, *, size: int = 420) -> tuple[NanoVocabulary, WhisperTokenizer]:
    """A vocabulary of at most `size` pieces, and the tokenizer of the larger of its two sources."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizers = {}
    for kind, merges in ((MULTILINGUAL, 250), (ENGLISH, 400)):
        write_tokenizer(folder / f"{kind}.json", merges=merges)
        tokenizers[kind] = WhisperTokenizer(folder / f"{kind}.json")
    return build_vocabulary(tokenizers, SENTENCES, _WORDS, size=size), tokenizers[ENGLISH]
