from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asrd.convert.checkpoint import Checkpoint
from asrd.convert.random_tokenizer import FULL_BASE, added_tokens, full_tokenizer, small_tokenizer, train_merges
from asrd.convert.tokenizer import REQUIRED, TokenType, Vocabulary, read_vocabulary
from asrd.errors import ExportError
from tests.convert.variants import TOKENIZER_FILES


@pytest.fixture(scope="module")
def rows(tiny_checkpoint: Path) -> int:
    with Checkpoint(tiny_checkpoint) as checkpoint:
        return checkpoint.config.decoder.vocab_size


@pytest.fixture
def folder(tiny_checkpoint: Path, tmp_path: Path) -> Path:
    for name in TOKENIZER_FILES:
        shutil.copyfile(tiny_checkpoint / name, tmp_path / name)
    return tmp_path


def edit(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    value = json.loads(path.read_text(encoding="utf-8"))
    change(value)
    path.write_text(json.dumps(value), encoding="utf-8")


def kind_of(vocabulary: Vocabulary, token: str) -> TokenType:
    return vocabulary.types[vocabulary.id_of(token)]


def test_types_of_tokens(folder: Path, rows: int) -> None:
    vocabulary = read_vocabulary(folder, rows)
    assert len(vocabulary.tokens) == len(vocabulary.types) == rows
    assert kind_of(vocabulary, "<|im_end|>") is TokenType.CONTROL
    assert kind_of(vocabulary, "<|fim_pad|>") is TokenType.CONTROL  # not marked special, but looks so
    assert kind_of(vocabulary, "<asr_text>") is TokenType.USER_DEFINED
    assert kind_of(vocabulary, "system") is TokenType.NORMAL
    assert vocabulary.tokens[198] == "Ċ"
    assert vocabulary.tokens[-1] == f"[PAD{rows - 1}]"
    assert vocabulary.types[-1] is TokenType.UNUSED


def test_merges_that_begin_with_a_hash_are_kept(folder: Path, rows: int) -> None:
    path = folder / "merges.txt"
    path.write_text(path.read_text(encoding="utf-8") + "# #\n", encoding="utf-8")
    assert read_vocabulary(folder, rows).merges[-1] == "# #"


@pytest.mark.parametrize("as_pairs", [False, True])
def test_tokenizer_json_says_the_same(folder: Path, rows: int, as_pairs: bool) -> None:
    expected = read_vocabulary(folder, rows)
    vocab = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    decoder = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))["added_tokens_decoder"]
    merges = [merge.split(" ") if as_pairs else merge for merge in expected.merges]
    value = {
        "model": {"type": "BPE", "vocab": vocab, "merges": merges},
        "added_tokens": [{"id": int(key), **entry} for key, entry in decoder.items()],
    }
    (folder / "tokenizer.json").write_text(json.dumps(value), encoding="utf-8")
    for name in TOKENIZER_FILES:
        (folder / name).unlink()
    assert read_vocabulary(folder, rows) == expected


def test_more_tokens_than_rows_are_refused(folder: Path, rows: int) -> None:
    with pytest.raises(ExportError, match=r"ids up to .*but the embedding has 500 rows"):
        read_vocabulary(folder, 500)


@pytest.mark.parametrize("token", REQUIRED)
def test_missing_added_token_is_named(folder: Path, rows: int, token: str) -> None:
    def drop(settings: dict[str, Any]) -> None:
        decoder = settings["added_tokens_decoder"]
        settings["added_tokens_decoder"] = {k: entry for k, entry in decoder.items() if entry["content"] != token}

    edit(folder / "tokenizer_config.json", drop)
    with pytest.raises(ExportError) as caught:
        read_vocabulary(folder, rows)
    assert token in str(caught.value)


def test_contradicting_ids_are_refused(folder: Path, rows: int) -> None:
    edit(folder / "vocab.json", lambda vocab: vocab.update({"stray": 700}))
    with pytest.raises(ExportError, match="id 700 is both 'stray' and"):
        read_vocabulary(folder, rows)


def test_shared_ids_are_refused(folder: Path, rows: int) -> None:
    edit(folder / "vocab.json", lambda vocab: vocab.update({"stray": 5}))
    with pytest.raises(ExportError, match="share an id"):
        read_vocabulary(folder, rows)


@pytest.mark.parametrize("name", TOKENIZER_FILES)
def test_missing_file_is_named(folder: Path, rows: int, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ExportError, match=name):
        read_vocabulary(folder, rows)


def test_bad_merge_is_shown(folder: Path, rows: int) -> None:
    path = folder / "merges.txt"
    path.write_text(path.read_text(encoding="utf-8") + "a b c\n", encoding="utf-8")
    with pytest.raises(ExportError, match="'a b c' is not a merge"):
        read_vocabulary(folder, rows)


def test_published_ids() -> None:
    added = dict(zip((text for text, _ in added_tokens()), range(FULL_BASE, FULL_BASE + 100), strict=False))
    assert {text: added[text] for text in (*REQUIRED, "<timestamp>")} == {
        "<|endoftext|>": 151643,
        "<|im_start|>": 151644,
        "<|im_end|>": 151645,
        "<|audio_start|>": 151669,
        "<|audio_end|>": 151670,
        "<|audio_pad|>": 151676,
        "<asr_text>": 151704,
        "<timestamp>": 151705,
    }


def test_full_tokenizer_is_filled_with_distinct_words() -> None:
    tokenizer = full_tokenizer()
    assert len(set(tokenizer.base)) == len(tokenizer.base) == FULL_BASE
    assert tokenizer.added[0][:2] == (FULL_BASE, "<|endoftext|>")


def test_prompt_words_are_single_tokens() -> None:
    base = small_tokenizer().base
    assert all(word in base for word in ("system", "user", "assistant", "language", "ĠEnglish", "ĠNone"))


def test_merges_are_learned_by_frequency() -> None:
    assert train_merges("aab aab aab ab", 2) == [("a", "b"), ("a", "ab")]
