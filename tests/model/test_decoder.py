"""The decoder in llama.cpp copies any rows exactly, and ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from asrd.errors import NativeError
from asrd.geometry import SAMPLE_RATE_HZ, WINDOW_CHUNKS, WINDOW_ROWS
from asrd.llama.context import Context
from asrd.llama.library import load_library
from asrd.llama.model import Model
from asrd.recognizer.decoding import LlamaDecoder
from asrd.recognizer.output import read_output
from asrd.recognizer.protocols import Decoded, DecodeRequest, RowSegment, Segment, TokenSegment
from asrd.stop import StopSignal
from asrd.text.loops import token_limit
from asrd.text.prompt import TEXT_TAG, build_prompt
from asrd.values import StopReason
from model.train.addresses import ADDRESSES, GROUP, GROUPS, WINDOWS, addressed
from model.train.decoder import Decoder
from model.train.decoder_files import DECODER_FILE, EXACT_DECODER_FILE, ROW_CODE_FILE, load_row_code, write_pair
from model.train.merging import expected_tokens
from model.train.parts import RowCode
from model.train.places import LENGTH, Codes
from model.train.vocabulary import NanoVocabulary
from model.train.vocabulary_smoke import smoke_vocabulary

pytest.importorskip("tokenizers")

Windows = list[tuple[list[int], int]]
"""Ids and number of rows of each window; no ids: no speech."""


class Copier:
    """The written decoder, as asrd runs it."""

    def __init__(self, llama: LlamaDecoder, code: RowCode, vocabulary: NanoVocabulary) -> None:
        self.llama, self.code, self.vocabulary = llama, code, vocabulary

    def write(
        self, windows: Windows, *, context: str = "", language: str | None = None, draft: Sequence[int] = ()
    ) -> Decoded:
        prompt = build_prompt(self.llama, context=context, language=language)
        rows = [RowSegment(self.code.rows(ids, count)) for ids, count in windows]
        limit = token_limit(sum(count for _, count in windows) * WINDOW_CHUNKS * SAMPLE_RATE_HZ // WINDOW_ROWS)
        segments: list[Segment] = [TokenSegment(prompt.head), *rows, TokenSegment(prompt.suffix)]
        return self.llama.decode(DecodeRequest(segments, limit, draft=draft), StopSignal())

    def expected(self, windows: Windows) -> list[int]:
        return expected_tokens(self.vocabulary, [ids for ids, _ in windows])


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> NanoVocabulary:
    return smoke_vocabulary(tmp_path_factory.mktemp("vocabulary"))[0]


@pytest.fixture(scope="module")
def folder(vocabulary: NanoVocabulary, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("decoder")
    write_pair(Decoder(vocabulary), made)
    return made


@contextmanager
def opened(folder: Path, name: str, vocabulary: NanoVocabulary) -> Iterator[Copier]:
    with (
        Model(load_library(), folder / name) as model,
        Context(model, positions=4096, batch=128, outputs=32, threads=1) as context,
    ):
        llama = LlamaDecoder(model, context)
        llama.measure_noise()
        yield Copier(llama, load_row_code(folder / ROW_CODE_FILE), vocabulary)


@pytest.fixture(scope="module")
def copier(folder: Path, vocabulary: NanoVocabulary) -> Iterator[Copier]:
    with opened(folder, DECODER_FILE, vocabulary) as made:
        yield made


PIECES = 400  # of the smoke vocabulary; the last ones are longer than a byte


def window(rows: int) -> st.SearchStrategy[tuple[list[int], int]]:
    few = st.lists(st.integers(PIECES - 2, PIECES), max_size=rows - 1)  # hardly anything but the order differs
    return st.tuples(st.lists(st.integers(0, PIECES), max_size=rows - 1) | few, st.just(rows))


@st.composite
def utterances(draw: st.DrawFn) -> Windows:
    full = draw(st.lists(window(WINDOW_ROWS), max_size=3))
    return [*full, draw(st.integers(2, WINDOW_ROWS).flatmap(window))]


EXACTLY = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@EXACTLY
@given(windows=utterances())
@example(windows=[([7] * (WINDOW_ROWS - 1), WINDOW_ROWS)] * 2)
@example(windows=[([300], WINDOW_ROWS)] * WINDOWS)
@example(windows=[([], WINDOW_ROWS)] * (WINDOWS - 1) + [([5], 2)])
@example(windows=[([], 13)])
@example(windows=[(list(range(GROUP - 1)), GROUP), (list(range(GROUP)), GROUP + 1)][:1])
def test_every_window_is_copied_token_for_token(copier: Copier, windows: Windows) -> None:
    decoded = copier.write(windows)
    assert list(decoded.tokens) == copier.expected(windows)
    assert decoded.stop is StopReason.END


@EXACTLY
@given(windows=utterances(), draft=st.lists(st.integers(0, PIECES), max_size=40), shared=st.integers(0, 60))
def test_a_draft_changes_nothing(copier: Copier, windows: Windows, draft: list[int], shared: int) -> None:
    plain = copier.write(windows)
    assert copier.write(windows, draft=[*plain.tokens[:shared], *draft]).tokens == plain.tokens


def test_the_exact_weights_write_the_same(folder: Path, vocabulary: NanoVocabulary) -> None:
    windows = [(list(range(200, 300)), WINDOW_ROWS), ([300] * 40, WINDOW_ROWS), ([300, 301], 30)]
    with opened(folder, EXACT_DECODER_FILE, vocabulary) as exact:
        assert list(exact.write(windows).tokens) == exact.expected(windows)


def test_the_pass_before_is_a_good_draft(copier: Copier) -> None:
    """While a window grows, all of the text before is confirmed."""
    before = copier.write([(list(range(300, 340)), 90)])
    after = copier.write([(list(range(300, 343)), 100)], draft=before.tokens)
    assert after.work.draft_kept >= len(before.tokens) - 2
    assert after.work.replays == 0


@pytest.mark.parametrize("context", ["", "language English, assistant <|0.0|> <asr_text>"])
@pytest.mark.parametrize("language", [None, "English", "German"])
def test_a_context_or_a_language_does_not_lead_it_astray(copier: Copier, context: str, language: str | None) -> None:
    windows = [(list(range(290, 330)), WINDOW_ROWS), ([], WINDOW_ROWS), ([300, 301], 40)]
    expected = copier.expected(windows)
    if language is not None:
        expected = expected[expected.index(copier.vocabulary.ids[TEXT_TAG]) + 1 :]
    assert list(copier.write(windows, context=context, language=language).tokens) == expected


@pytest.mark.parametrize("before", range(GROUP))
def test_words_of_the_announcement_are_words_in_a_text(copier: Copier, before: int) -> None:
    ids = [300] * before + copier.vocabulary.tokenize("language English\nlanguage None\n\nlanguage English")
    assert list(copier.write([(ids, 60)]).tokens) == copier.expected([(ids, 60)])


@pytest.mark.parametrize("first", range(1, GROUP))
def test_a_short_window_does_not_disturb_the_next(copier: Copier, first: int) -> None:
    """Two addresses are then among the last positions."""
    windows = [(list(range(290, 290 + first)), WINDOW_ROWS), (list(range(300, 330)), WINDOW_ROWS)]
    assert list(copier.write(windows).tokens) == copier.expected(windows)


def test_later_windows_than_can_be_addressed_are_left_out(copier: Copier) -> None:
    windows = [([300 + number], WINDOW_ROWS) for number in range(WINDOWS + 3)]
    decoded = copier.write(windows)
    assert list(decoded.tokens) == copier.expected(windows[:WINDOWS])
    assert decoded.stop is StopReason.END


def test_a_window_without_its_end_ends(copier: Copier) -> None:
    """Rows that are not found count as the end of their window: nothing is written without end."""
    rows = copier.code.rows(list(range(250, 350)), WINDOW_ROWS)
    prompt = build_prompt(copier.llama)
    for count in (1, 20, 60):
        segments: list[Segment] = [TokenSegment(prompt.head), RowSegment(rows[:count]), TokenSegment(prompt.suffix)]
        decoded = copier.llama.decode(DecodeRequest(segments, 1200), StopSignal())
        assert list(decoded.tokens) == copier.expected([(list(range(250, 250 + count)), WINDOW_ROWS)])


def test_addresses_are_invisible(copier: Copier) -> None:
    windows = [(copier.vocabulary.tokenize("the small boat came back to the harbour, the small boat"), 80)]
    output = read_output(copier.write(windows).tokens, copier.llama.piece, None)
    assert output.transcript.text == "the small boat came back to the harbour, the small boat"
    assert output.transcript.language == "English"


@pytest.mark.parametrize("first", [1, 5, 100])
def test_it_leads_by_far(copier: Copier, first: int) -> None:
    """Nothing is decided narrowly, or drafts would have to be replayed."""
    windows = [(list(range(250, 250 + first)), WINDOW_ROWS), (list(range(200, 220)), 50)]
    prompt, tokens = build_prompt(copier.llama), copier.expected(windows)
    rows = [RowSegment(copier.code.rows(*one)) for one in windows]
    segments: list[Segment] = [TokenSegment(prompt.head), *rows, TokenSegment(prompt.suffix)]
    copier.llama.decode(DecodeRequest(segments, 1), StopSignal())
    context, position = copier.llama.context, sum(map(len, segments))
    context.remove_from(position)
    leads = []
    for index, token in enumerate(tokens):
        context.decode_tokens([token], position + index, outputs=1, stop=StopSignal())
        second, best = np.sort(context.logits(0))[-2:]
        leads.append(best - second)
    copier.llama.reset()
    assert min(leads) > max(10.0, 4 * copier.llama.tolerance)


def test_addresses_stand_before_every_group() -> None:
    tokens = [f"t{index}" for index in range(2 * GROUP + 1)]
    written = list(addressed(3, tokens))
    assert [name for name in written if name in ADDRESSES] == ["<|3.0|>", "<|3.1|>", "<|3.2|>"]
    assert [written.index(name) for name in ("<|3.0|>", "<|3.1|>", "<|3.2|>")] == [0, GROUP + 1, 2 * GROUP + 2]
    assert [name for name in written if name not in ADDRESSES] == tokens
    assert GROUPS * GROUP >= WINDOW_ROWS


def test_a_full_window_stays_within_the_recognizers_limit() -> None:
    announcement, ends = 4, 2
    for seconds in range(1, WINDOWS * WINDOW_CHUNKS + 1):
        windows = -(-seconds // WINDOW_CHUNKS)
        rows = seconds * WINDOW_ROWS // WINDOW_CHUNKS
        assert announcement + rows + windows * (GROUPS + ends) <= token_limit(seconds * SAMPLE_RATE_HZ)


def test_all_embeddings_and_rows_are_equally_long(vocabulary: NanoVocabulary) -> None:
    codes = Codes(vocabulary, 192)
    np.testing.assert_allclose(np.linalg.norm(codes.embedding, axis=1), LENGTH, rtol=1e-5)
    code = codes.row_code()
    np.testing.assert_allclose(np.linalg.norm(code.rows(list(range(60)), 80), axis=1), LENGTH, rtol=1e-5)


@pytest.mark.parametrize(("hidden", "problem"), [(96, "too narrow"), (288, "too wide"), (232, "at most 64 values")])
def test_a_width_that_does_not_work_is_refused(vocabulary: NanoVocabulary, hidden: int, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Decoder(vocabulary, hidden)


def test_a_window_needs_a_row_more_than_tokens(vocabulary: NanoVocabulary) -> None:
    with pytest.raises(ValueError, match="one row must remain"):
        Codes(vocabulary, 192).row_code().rows([1, 2, 3], 3)


def test_a_second_writing_gives_the_same_files(folder: Path, vocabulary: NanoVocabulary, tmp_path: Path) -> None:
    write_pair(Decoder(vocabulary), tmp_path)
    for name in (DECODER_FILE, EXACT_DECODER_FILE, ROW_CODE_FILE):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_the_row_code_is_read_as_it_was_written(folder: Path, vocabulary: NanoVocabulary) -> None:
    written, read = Decoder(vocabulary).codes.row_code(), load_row_code(folder / ROW_CODE_FILE)
    for name, value in vars(written).items():
        np.testing.assert_array_equal(getattr(read, name), value)
    assert isinstance(read.window_id, int)


def test_the_library_opens_it_for_no_more_positions_than_asked(folder: Path) -> None:
    with (
        Model(load_library(), folder / DECODER_FILE) as model,
        Context(model, positions=256, batch=128, outputs=8, threads=1) as context,
        pytest.raises(NativeError, match="do not fit"),
    ):
        context.decode_tokens([1], 256, outputs=1, stop=StopSignal())
