"""One vocabulary for Whisper's answers, the rows and the decoder: the pieces of Whisper's byte-level BPE that English
needs, and the control tokens of asrd's prompt.

Whisper's multilingual models and its English ones (whose pieces are GPT-2's) have different pieces and ids. The
vocabulary holds what either needs, so that a decoder fits both.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from asrd.convert.random_tokenizer import byte_alphabet
from asrd.convert.tokenizer import REQUIRED, TokenType, Vocabulary
from asrd.text.prompt import TEXT_TAG
from model.train.addresses import ADDRESSES

FORMAT: Final = 2
WINDOW: Final = "<|window|>"
"""Control token after the last piece of every window: invisible in the text, as the addresses are."""
CONTROL: Final = (*(name for name in REQUIRED if name.startswith("<|")), WINDOW, *ADDRESSES)
MULTILINGUAL: Final = "multilingual"
ENGLISH: Final = "english"
_PROMPT_WORDS: Final = ("system", "user", "assistant", "language", " English", " None")
_WORD_LIST: Final = 40_000  # words of `wordfreq` that are counted
# Qwen2's split of a text before merging (llama.cpp, `src/unicode.cpp`), with Python's classes of letters and digits.
_WORD: Final = re.compile(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\w]?[^\W\d_]+|\d| ?(?:[^\s\w]|_)+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_CAPITAL_SHARE: Final = 0.1  # of a listed word's occurrences that begin a sentence or a title


@dataclass(frozen=True)
class NanoVocabulary:
    """Pieces by id (GPT-2's byte alphabet), then the control tokens, then the text tag.

    Attributes:
        pieces: text of ids 0 to P - 1; the first 256 are the single bytes.
        merges: byte-pair merges (`"left right"`) that lead from bytes to pieces.
        whisper: for each kind of Whisper, the id of every piece there, or -1.
    """

    pieces: tuple[str, ...]
    merges: tuple[str, ...]
    whisper: Mapping[str, tuple[int, ...]] = field(repr=False)

    @property
    def tokens(self) -> tuple[str, ...]:
        """All tokens by id."""
        return (*self.pieces, *CONTROL, TEXT_TAG)

    def __len__(self) -> int:
        return len(self.pieces) + len(CONTROL) + 1

    @cached_property
    def ids(self) -> dict[str, int]:
        """Id of every token by its text."""
        return {token: index for index, token in enumerate(self.tokens)}

    @property
    def window_id(self) -> int:
        """Id of the token that ends a window."""
        return self.ids[WINDOW]

    def encode_pieces(self, pieces: Iterable[str]) -> list[int]:
        """Ids of pieces as Whisper's tokenizer gives them; one that is not kept is spelled by merging its bytes."""
        return [index for piece in pieces for index in ([self.ids[piece]] if piece in self.ids else self._merge(piece))]

    def tokenize(self, text: str) -> list[int]:
        """Ids of plain text, as llama.cpp splits and merges it."""
        alphabet = byte_alphabet()
        words = ("".join(alphabet[byte] for byte in word.encode()) for word in _WORD.findall(text))
        return [index for word in words for index in self._merge(word)]

    def special_token(self, name: str) -> int:
        """The id of a control token or the text tag."""
        return self.ids[name]

    def text(self, ids: Iterable[int]) -> str:
        """The text of `ids`, without control tokens."""
        data = bytes(self._bytes[letter] for i in ids if i < len(self.pieces) for letter in self.pieces[i])
        return data.decode("utf-8", errors="replace")

    def gguf(self) -> Vocabulary:
        """The same for the GGUF writer."""
        types = [TokenType.NORMAL] * len(self.pieces) + [TokenType.CONTROL] * len(CONTROL) + [TokenType.USER_DEFINED]
        return Vocabulary(self.tokens, tuple(types), self.merges)

    @cached_property
    def _bytes(self) -> dict[str, int]:
        return {letter: byte for byte, letter in byte_alphabet().items()}

    @cached_property
    def _ranks(self) -> dict[tuple[str, str], int]:
        return {(left, right): rank for rank, (left, right) in enumerate(merge.split(" ") for merge in self.merges)}

    def _merge(self, word: str) -> list[int]:
        """Ids of `word` (GPT-2's alphabet), merged from its bytes."""
        parts = list(word)
        while True:
            ranks = [(self._ranks.get(pair, len(self.merges)), place) for place, pair in enumerate(pairwise(parts))]
            rank, place = min(ranks, default=(len(self.merges), 0))
            if rank == len(self.merges):
                return [self.ids[part] for part in parts]
            parts[place : place + 2] = [parts[place] + parts[place + 1]]


class WhisperTokenizer:
    """The `tokenizer.json` of a Whisper, as published with its weights in CTranslate2's format."""

    def __init__(self, path: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer: Any = Tokenizer.from_file(str(path))
        model = json.loads(path.read_text(encoding="utf-8"))["model"]
        self.ids: dict[str, int] = model["vocab"]
        self.merges: list[tuple[str, str]] = [_pair(merge) for merge in model["merges"]]

    def split(self, texts: Sequence[str]) -> Iterator[list[str]]:
        """The pieces of each text."""
        for encoding in self._tokenizer.encode_batch(list(texts), add_special_tokens=False):
            yield encoding.tokens


def _pair(merge: str | Sequence[str]) -> tuple[str, str]:
    left, right = merge.split(" ") if isinstance(merge, str) else merge
    return left, right


def count_pieces(tokenizer: WhisperTokenizer, texts: Sequence[str], words: Mapping[str, float]) -> dict[str, float]:
    """Share of each piece: the mean of its share in `texts` and in the word list `words` (word: frequency)."""
    in_texts: Counter[str] = Counter()
    for pieces in tokenizer.split([f" {text}" for text in texts]):
        in_texts.update(pieces)
    in_words: dict[str, float] = {}
    for form, share in ((str.lower, 1.0 - _CAPITAL_SHARE), (str.capitalize, _CAPITAL_SHARE)):
        split = tokenizer.split([f" {form(word)}" for word in words])
        for pieces, frequency in zip(split, words.values(), strict=True):
            for piece in pieces:
                in_words[piece] = in_words.get(piece, 0.0) + share * frequency
    shares: dict[str, float] = {}
    for counts in (in_texts, in_words):
        total = sum(counts.values()) or 1.0
        for piece, count in counts.items():
            shares[piece] = shares.get(piece, 0.0) + 0.5 * count / total
    return shares


def build_vocabulary(
    tokenizers: Mapping[str, WhisperTokenizer], texts: Sequence[str], words: Mapping[str, float], *, size: int
) -> NanoVocabulary:
    """The bytes, what must be there, and the most frequent pieces, up to `size` pieces.

    A piece comes with all the pieces that its merges need, so that a tokenizer can reach it.
    """
    parents = {kind: _parents(tokenizer) for kind, tokenizer in tokenizers.items()}
    kept = dict.fromkeys(byte_alphabet().values())
    wanted: list[tuple[float, str, str]] = []
    for kind, tokenizer in tokenizers.items():
        for pieces in tokenizer.split([*_PROMPT_WORDS, *_numbers()]):
            wanted.extend((-1.0, piece, kind) for piece in pieces)
        shares = count_pieces(tokenizer, texts, words)
        wanted.extend((-share, piece, kind) for piece, share in shares.items())
    for _, piece, kind in sorted(wanted):
        family = _family(piece, parents[kind])
        if all(member in tokenizers[kind].ids for member in family) and len(kept | family) <= size:
            kept.update(family)
    merges = dict.fromkeys(
        f"{left} {right}"
        for tokenizer in tokenizers.values()
        for left, right in tokenizer.merges
        if left in kept and right in kept and left + right in kept
    )
    maps = {kind: tuple(tokenizer.ids.get(piece, -1) for piece in kept) for kind, tokenizer in tokenizers.items()}
    return NanoVocabulary(tuple(kept), tuple(merges), maps)


def _numbers() -> list[str]:
    """Forms of numbers that speech is written down with."""
    plain = [str(number) for number in (*range(100), *range(100, 1000, 50), *range(1900, 2031), 1000, 2000)]
    return [form for number in plain for form in (number, f" {number}")] + ["1st", "2nd", "3rd", "4th", " $5", "%", "°"]


def _parents(tokenizer: WhisperTokenizer) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for left, right in tokenizer.merges:
        found.setdefault(left + right, (left, right))
    return found


def _family(piece: str, parents: Mapping[str, tuple[str, str]]) -> dict[str, None]:
    """`piece` and all pieces that it is merged from, except single bytes."""
    family: dict[str, None] = {}
    waiting = [piece]
    while waiting:
        member = waiting.pop()
        if len(member) > 1 and member not in family:
            family[member] = None
            waiting.extend(parents.get(member, ()))
    return family


def listed_words(count: int = _WORD_LIST) -> dict[str, float]:
    """The most frequent English words with their frequencies; from the package `wordfreq`, used for the choice only."""
    from wordfreq import top_n_list, word_frequency

    return {word: word_frequency(word, "en") for word in top_n_list("en", count)}


def save_vocabulary(vocabulary: NanoVocabulary, path: Path) -> None:
    """Write `path` as JSON."""
    value = {
        "format": FORMAT,
        "pieces": list(vocabulary.pieces),
        "control": list(CONTROL),
        "text_tag": TEXT_TAG,
        "window_id": vocabulary.window_id,
        "merges": list(vocabulary.merges),
        "whisper": {kind: list(ids) for kind, ids in vocabulary.whisper.items()},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False) + "\n", encoding="utf-8")


def load_vocabulary(path: Path) -> NanoVocabulary:
    """Read what `save_vocabulary` wrote.

    Raises:
        ValueError: it is of another format.
    """
    value = json.loads(path.read_text(encoding="utf-8"))
    if value.get("format") != FORMAT or tuple(value.get("control", ())) != CONTROL:
        raise ValueError(f"{path} is no vocabulary of format {FORMAT}; make it again")
    maps = {kind: tuple(ids) for kind, ids in value["whisper"].items()}
    return NanoVocabulary(tuple(value["pieces"]), tuple(value["merges"]), maps)


def read_texts(speech: Path) -> list[str]:
    """The sentences and the transcripts of the training sets under `speech`, without duplicates."""
    lines = read_sentences(speech)
    for table in sorted(speech.glob("train-*.tsv")):
        lines.extend(line.split("\t")[1] for line in table.read_text(encoding="utf-8").splitlines())
    return [line for line in dict.fromkeys(line.strip() for line in lines) if line]


def read_sentences(speech: Path) -> list[str]:
    """The lines of the sentences under `speech`."""
    return (speech / "text" / "sentences-cc0.txt").read_text(encoding="utf-8").splitlines()


def make_vocabulary(speech: Path, tokenizer_files: Mapping[str, Path], target: Path, *, size: int = 12_000) -> None:
    """Stage: choose the pieces and write `target`."""
    tokenizers = {kind: WhisperTokenizer(path) for kind, path in tokenizer_files.items()}
    save_vocabulary(build_vocabulary(tokenizers, read_texts(speech), listed_words(), size=size), target)


def run(*, smoke: bool) -> None:
    """The stage: `vocabulary.json` in the build folder."""
    from model.train.speech import BUILD, SPEECH

    if smoke:
        from model.train.vocabulary_smoke import smoke_vocabulary

        save_vocabulary(smoke_vocabulary(BUILD / "smoke" / "tokenizers")[0], BUILD / "smoke" / "vocabulary.json")
        return
    from model.train.settings import WHISPER_FOLDERS

    files = {
        MULTILINGUAL: WHISPER_FOLDERS["base"] / "tokenizer.json",
        ENGLISH: WHISPER_FOLDERS["tiny.en"] / "tokenizer.json",
    }
    make_vocabulary(SPEECH, files, BUILD / "vocabulary.json")
