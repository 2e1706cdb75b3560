from __future__ import annotations

import json
from pathlib import Path

import gguf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrd.convert.random_tokenizer import byte_alphabet
from asrd.llama.library import load_library
from asrd.llama.model import Model
from asrd.text.prompt import TEXT_TAG, build_prompt
from model.train.vocabulary import (
    ENGLISH,
    MULTILINGUAL,
    WINDOW,
    NanoVocabulary,
    WhisperTokenizer,
    load_vocabulary,
    save_vocabulary,
)
from model.train.vocabulary_smoke import SENTENCES, smoke_vocabulary, write_tokenizer

pytest.importorskip("tokenizers")

Made = tuple[NanoVocabulary, WhisperTokenizer]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return smoke_vocabulary(tmp_path_factory.mktemp("vocabulary"))


@pytest.fixture(scope="module")
def in_llama(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Model:
    path = tmp_path_factory.mktemp("gguf") / "vocabulary.gguf"
    vocabulary = made[0].gguf()
    writer = gguf.GGUFWriter(path, "qwen3")
    writer.add_block_count(1)
    writer.add_context_length(64)
    writer.add_embedding_length(64)
    writer.add_feed_forward_length(64)
    writer.add_head_count(1)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(list(vocabulary.tokens))
    writer.add_token_types([int(kind) for kind in vocabulary.types])
    writer.add_token_merges(list(vocabulary.merges))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return Model(load_library(), path, vocabulary_only=True)


def test_it_keeps_every_byte_and_the_size(made: Made) -> None:
    vocabulary = made[0]
    assert vocabulary.pieces[:256] == tuple(byte_alphabet().values())
    assert 256 < len(vocabulary.pieces) <= 420
    assert len(set(vocabulary.tokens)) == len(vocabulary)


def test_every_piece_can_be_merged_from_kept_ones(made: Made) -> None:
    vocabulary = made[0]
    merged = {merge.replace(" ", "") for merge in vocabulary.merges}
    assert all(piece in merged for piece in vocabulary.pieces[256:])
    assert all(part in vocabulary.ids for merge in vocabulary.merges for part in merge.split(" "))


def test_the_maps_name_the_same_pieces(made: Made) -> None:
    vocabulary, tokenizer = made
    for piece, index in zip(vocabulary.pieces, vocabulary.whisper[ENGLISH], strict=True):
        assert tokenizer.ids.get(piece, -1) == index
    assert -1 in vocabulary.whisper[MULTILINGUAL]


@settings(max_examples=50, deadline=None)
@given(text=st.text(max_size=40))
def test_any_text_survives(made: Made, text: str) -> None:
    vocabulary, tokenizer = made
    (pieces,) = tokenizer.split([text])
    assert vocabulary.text(vocabulary.encode_pieces(pieces)) == text
    assert vocabulary.text(vocabulary.tokenize(text)) == text


@settings(max_examples=50, deadline=None)
@given(text=st.text(alphabet=st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=40))
def test_llama_splits_text_likewise(made: Made, in_llama: Model, text: str) -> None:
    assert in_llama.tokenize(text) == made[0].tokenize(text)


def test_llama_builds_the_same_prompt(made: Made, in_llama: Model) -> None:
    for context in ("", *SENTENCES):
        for language in (None, "English"):
            expected = build_prompt(in_llama, context=context, language=language)
            assert build_prompt(made[0], context=context, language=language) == expected


def test_the_end_of_a_window_is_invisible(made: Made, in_llama: Model) -> None:
    vocabulary = made[0]
    assert in_llama.special_token(WINDOW) == vocabulary.window_id
    assert in_llama.piece(vocabulary.window_id, special=False) == b""
    assert in_llama.piece(vocabulary.ids[TEXT_TAG]) == TEXT_TAG.encode()
    assert vocabulary.text([vocabulary.window_id]) == ""


def test_saved_and_read_again(made: Made, tmp_path: Path) -> None:
    save_vocabulary(made[0], tmp_path / "a" / "vocabulary.json")
    assert load_vocabulary(tmp_path / "a" / "vocabulary.json") == made[0]


def test_another_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "v.json").write_text(json.dumps({"format": 0}), encoding="utf-8")
    with pytest.raises(ValueError, match=r"v\.json is no vocabulary of format 2"):
        load_vocabulary(tmp_path / "v.json")


def test_frequent_pieces_come_first(tmp_path: Path) -> None:
    small, _ = smoke_vocabulary(tmp_path, size=300)
    assert "Ġthe" in small.ids
    assert "Ġzebra" not in small.ids


def test_merges_of_both_kinds_are_read(tmp_path: Path) -> None:
    write_tokenizer(tmp_path / "t.json", merges=3)
    raw = json.loads((tmp_path / "t.json").read_text())
    raw["model"]["merges"] = [merge.split(" ") for merge in raw["model"]["merges"]]
    (tmp_path / "u.json").write_text(json.dumps(raw))
    assert WhisperTokenizer(tmp_path / "t.json").merges == WhisperTokenizer(tmp_path / "u.json").merges
