from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrd.errors import Cancelled, ConfigError, NativeError
from asrd.llama.context import Context
from asrd.llama.library import load_library
from asrd.llama.model import Model
from asrd.model_folder import read_model_folder
from asrd.recognizer.decoding import LlamaDecoder
from asrd.recognizer.greedy import BATCH_OUTPUTS, BATCH_POSITIONS
from asrd.recognizer.protocols import DecodeRequest, RowSegment, Segment, TokenSegment
from asrd.stop import StopSignal
from asrd.text.prompt import build_prompt
from asrd.values import StopReason

GO = StopSignal()


@pytest.fixture(scope="module")
def decoder(tiny_model: Path) -> Iterator[LlamaDecoder]:
    with (
        Model(load_library(), read_model_folder(tiny_model).decoder.path) as model,
        Context(model, positions=1536, batch=BATCH_POSITIONS, outputs=BATCH_OUTPUTS, threads=1) as context,
    ):
        made = LlamaDecoder(model, context)
        made.measure_noise()
        yield made


def prompt_with(decoder: LlamaDecoder, *windows: RowSegment) -> list[Segment]:
    prompt = build_prompt(decoder)
    return [TokenSegment(prompt.head), *windows, TokenSegment(prompt.suffix)]


def window(decoder: LlamaDecoder, seed: int, rows: int = 104) -> RowSegment:
    values: Any = np.random.default_rng(seed).standard_normal((rows, decoder.width)) * 0.3
    return RowSegment(values.astype(np.float32))


def plain(decoder: LlamaDecoder, segments: list[Segment], max_tokens: int = 90, **more: Any) -> Any:
    decoder.reset()
    return decoder.decode(DecodeRequest(segments, max_tokens, **more), GO)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 40),
    windows=st.integers(1, 3),
    keep=st.integers(0, 90),
    wrong=st.lists(st.integers(0, 600), max_size=60),
    max_tokens=st.sampled_from([1, 31, 33, 90]),
)
def test_any_draft_gives_the_plain_text(
    decoder: LlamaDecoder, seed: int, windows: int, keep: int, wrong: list[int], max_tokens: int
) -> None:
    segments = prompt_with(decoder, *(window(decoder, 100 * seed + i) for i in range(windows)))
    expected = plain(decoder, segments, max_tokens)
    draft = [*expected.tokens[:keep], *wrong]
    found = decoder.decode(DecodeRequest(segments, max_tokens, draft=draft), GO)
    assert (found.tokens, found.stop) == (expected.tokens, expected.stop)
    assert found.work.draft_kept <= len(draft)


def test_a_right_draft_costs_its_positions_and_few_batches(decoder: LlamaDecoder) -> None:
    segments = prompt_with(decoder, window(decoder, 3), window(decoder, 4))
    expected = plain(decoder, segments)
    decoder.tolerance, tolerance = 0.0, decoder.tolerance
    found = decoder.decode(DecodeRequest(segments, 90, draft=expected.tokens), GO)
    decoder.tolerance = tolerance
    assert found.tokens == expected.tokens
    assert found.work.draft_kept == len(expected.tokens)
    assert found.work.decoder_positions == len(segments[-1]) + len(expected.tokens)
    assert found.work.decoder_batches <= 2 + -(-len(expected.tokens) // BATCH_OUTPUTS)


def test_a_close_decision_is_taken_the_plain_way(decoder: LlamaDecoder) -> None:
    segments = prompt_with(decoder, window(decoder, 5))
    expected = plain(decoder, segments)
    decoder.tolerance, tolerance = 1e9, decoder.tolerance
    found = decoder.decode(DecodeRequest(segments, 90, draft=expected.tokens), GO)
    decoder.tolerance = tolerance
    assert found.tokens == expected.tokens
    assert found.work.replays == 1


def test_the_tolerance_covers_the_measured_noise(decoder: LlamaDecoder) -> None:
    noise = decoder.measure_noise()
    assert decoder.tolerance == 8 * noise
    assert noise < 0.1


def test_kept_segments_are_not_evaluated_again(decoder: LlamaDecoder) -> None:
    first, second, third = (window(decoder, seed) for seed in (6, 7, 8))
    plain(decoder, prompt_with(decoder, first, second))
    text = decoder.decode(DecodeRequest(prompt_with(decoder, first, third), 5), GO)
    suffix = len(prompt_with(decoder)[-1])
    assert text.work.decoder_positions <= len(third) + suffix + 5
    assert text.tokens == plain(decoder, prompt_with(decoder, first, third), 5).tokens


def test_equal_rows_in_another_segment_are_evaluated_again(decoder: LlamaDecoder) -> None:
    first = window(decoder, 6)
    plain(decoder, prompt_with(decoder, first), 5)
    work = decoder.decode(DecodeRequest(prompt_with(decoder, RowSegment(first.rows)), 5), GO).work
    assert work.decoder_positions >= len(first)


def test_forced_tokens_begin_the_text(decoder: LlamaDecoder) -> None:
    segments = prompt_with(decoder, window(decoder, 9))
    free = plain(decoder, segments)
    same = plain(decoder, segments, forced=free.tokens[:4])
    assert same.tokens[:4] == free.tokens[:4]
    other = plain(decoder, segments, forced=(7, 8, 9))
    assert other.tokens[:3] == (7, 8, 9)
    drafted = decoder.decode(DecodeRequest(segments, 90, forced=(7, 8, 9), draft=other.tokens[3:]), GO)
    assert drafted.tokens == other.tokens


def test_long_forced_text_goes_in_several_batches(decoder: LlamaDecoder) -> None:
    segments = prompt_with(decoder, window(decoder, 9))
    forced = tuple(40 + i % 97 for i in range(300))
    found = plain(decoder, segments, 310, forced=forced)
    assert found.tokens[:300] == forced
    drafted = decoder.decode(DecodeRequest(segments, 310, forced=forced, draft=found.tokens[300:]), GO)
    assert drafted.tokens == found.tokens


def test_stops(decoder: LlamaDecoder) -> None:
    segments = prompt_with(decoder, window(decoder, 10))
    assert plain(decoder, segments, 3).stop is StopReason.LENGTH
    assert len(plain(decoder, segments, 3).tokens) == 3
    assert plain(decoder, segments).stop is StopReason.END


def test_a_loop_is_stopped(decoder: LlamaDecoder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A decoder that writes one token for ever, with and without a draft."""
    segments = prompt_with(decoder, window(decoder, 10))
    monkeypatch.setattr("asrd.recognizer.greedy.np.argmax", lambda _logits: 5)
    for draft in ((), (5,) * 10, (5,) * 60):
        decoder.tolerance, tolerance = 0.0, decoder.tolerance
        found = decoder.decode(DecodeRequest(segments, 90, draft=draft), GO)
        decoder.tolerance = tolerance
        assert (found.stop, found.tokens) == (StopReason.LOOP, (5,) * 21)


def test_cancel_leaves_the_decoder_usable(decoder: LlamaDecoder) -> None:
    segments = prompt_with(decoder, window(decoder, 11), window(decoder, 12))
    expected = plain(decoder, segments)
    stop = StopSignal()
    stop.set()
    decoder.reset()
    with pytest.raises(Cancelled):
        decoder.decode(DecodeRequest(segments, 90), stop)
    stop.clear()
    assert decoder.decode(DecodeRequest(segments, 90), stop).tokens == expected.tokens
    stop.set()
    with pytest.raises(Cancelled):
        decoder.decode(DecodeRequest(segments, 90, draft=expected.tokens), stop)
    assert decoder.decode(DecodeRequest(segments, 90, draft=expected.tokens), GO).tokens == expected.tokens


def test_cancel_between_tokens(decoder: LlamaDecoder, monkeypatch: pytest.MonkeyPatch) -> None:
    segments = prompt_with(decoder, window(decoder, 11))
    expected = plain(decoder, segments)
    stop, batches = StopSignal(), 0
    real = Context.decode_tokens

    def counting(self: Context, *args: Any, **kwargs: Any) -> None:
        nonlocal batches
        batches += 1
        real(self, *args, **kwargs)
        if batches == 4:
            stop.set()

    monkeypatch.setattr(Context, "decode_tokens", counting)
    decoder.reset()
    with pytest.raises(Cancelled):
        decoder.decode(DecodeRequest(segments, 90), stop)
    assert batches == 4
    monkeypatch.undo()
    assert decoder.decode(DecodeRequest(segments, 90), GO).tokens == expected.tokens


def test_what_does_not_fit_is_refused_before_any_work(decoder: LlamaDecoder) -> None:
    with pytest.raises(ConfigError, match="may take 2013 positions but the decoder has 1536"):
        decoder.decode(DecodeRequest([TokenSegment((5,) * 13)], 2000), GO)


def test_numbers_that_are_not_finite_are_refused(decoder: LlamaDecoder) -> None:
    broken = RowSegment(np.full((10, decoder.width), np.nan, np.float32))
    with pytest.raises(NativeError, match="not finite"):
        plain(decoder, prompt_with(decoder, broken))
