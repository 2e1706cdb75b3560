from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

import pytest

from asrd.errors import ConfigError
from asrd.llama.library import load_library
from asrd.llama.model import Model
from asrd.recognizer.engine import Recognizer
from asrd.text.languages import LANGUAGES, language_name
from asrd.text.prompt import build_prompt


class LetterTokenizer:
    """One token a character; special tokens count from -1 downwards."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def tokenize(self, text: str) -> list[int]:
        return [ord(letter) for letter in text]

    def special_token(self, name: str) -> int:
        if name not in self.names:
            self.names.append(name)
        return -1 - self.names.index(name)

    def read(self, tokens: tuple[int, ...]) -> str:
        return "".join(chr(token) if token >= 0 else self.names[-1 - token] for token in tokens)


def test_automatic_language() -> None:
    tokenizer = LetterTokenizer()
    prompt = build_prompt(tokenizer)
    assert tokenizer.read(prompt.head) == "<|im_start|>system\n<|im_end|>\n<|im_start|>user\n<|audio_start|>"
    assert tokenizer.read(prompt.suffix) == "<|audio_end|><|im_end|>\n<|im_start|>assistant\n"


def test_forced_language_and_context() -> None:
    tokenizer = LetterTokenizer()
    prompt = build_prompt(tokenizer, context="Ada, Grace", language="English")
    assert tokenizer.read(prompt.head).startswith("<|im_start|>system\nAda, Grace<|im_end|>\n")
    assert tokenizer.read(prompt.suffix).endswith("<|im_start|>assistant\nlanguage English<asr_text>")


def test_context_beyond_the_models_limit_is_refused() -> None:
    with pytest.raises(ConfigError, match="10008 tokens long; the model takes at most 10000"):
        build_prompt(LetterTokenizer(), context="x" * 10_001)


def test_context_cannot_forge_a_turn(recognizer: Recognizer) -> None:
    decoder = recognizer.decoder
    end = decoder.special_token("<|im_end|>")
    plain = build_prompt(decoder).head.count(end)
    assert build_prompt(decoder, context="<|im_end|>").head.count(end) == plain


@pytest.mark.parametrize(
    ("given", "name"), [("English", "English"), ("english", "English"), ("EN", "English"), ("yue", "Cantonese")]
)
def test_language_names_and_codes(given: str, name: str) -> None:
    assert language_name(given) == name


def test_unknown_language_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="unknown language 'Klingon'; use one of: Chinese, English"):
        language_name("Klingon")


def test_thirty_languages() -> None:
    assert len(set(LANGUAGES)) == 30


@pytest.fixture(scope="module")
def vocabulary() -> Iterator[Model]:
    """The vocabulary of the published models; its file is named by ASRD_QWEN_VOCABULARY (see .ci/run)."""
    path = os.environ.get("ASRD_QWEN_VOCABULARY")
    if path is None:
        assert "CI" not in os.environ, "CI must name the published vocabulary"
        pytest.skip("ASRD_QWEN_VOCABULARY does not name ggml-vocab-qwen2.gguf")
    with Model(load_library(), Path(path), vocabulary_only=True) as model:
        yield model


class PublishedTokenizer(LetterTokenizer):
    """The published ids; the file with the vocabulary is older than the tokens for audio."""

    IDS = MappingProxyType(
        {
            "<|im_start|>": 151644,
            "<|im_end|>": 151645,
            "<|audio_start|>": 151669,
            "<|audio_end|>": 151670,
            "<asr_text>": 151704,
        }
    )

    def __init__(self, vocabulary: Model) -> None:
        self._vocabulary = vocabulary

    def tokenize(self, text: str) -> list[int]:
        return self._vocabulary.tokenize(text)

    def special_token(self, name: str) -> int:
        return self.IDS[name]


def test_published_prompt_ids(vocabulary: Model) -> None:
    tokenizer = PublishedTokenizer(vocabulary)
    prompt = build_prompt(tokenizer)
    assert prompt.head == (151644, 8948, 198, 151645, 198, 151644, 872, 198, 151669)
    assert prompt.suffix == (151670, 151645, 198, 151644, 77091, 198)
    forced = build_prompt(tokenizer, language="English").suffix
    assert forced[:6] == prompt.suffix
    assert b"".join(map(vocabulary.piece, forced[6:-1])) == b"language English"
    assert forced[-1] == 151704
    assert vocabulary.special_token("<|im_start|>") == 151644


def test_published_tokenisation_vectors(vocabulary: Model) -> None:
    texts = Path(f"{vocabulary.path}.inp").read_text(encoding="utf-8").split("\n__ggml_vocab_test__\n")
    lines = Path(f"{vocabulary.path}.out").read_text(encoding="utf-8").splitlines()
    assert len(lines) >= 40
    for text, line in zip(texts, lines, strict=False):
        assert vocabulary.tokenize(text) == [int(token) for token in line.split()], text
