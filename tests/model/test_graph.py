"""nano's ONNX files against the same Whisper in torch, and against plain Python."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from asrd.geometry import CHUNK_ROWS, WINDOW_ROWS, rows_of
from model.train.graph import HIDDEN_WIDTH, build_backend
from model.train.mel import mel_map, padded_window, whisper_mel
from model.train.parts import LoopGuard, Reading, SpeechHead
from model.train.tiny import SIZES, random_whisper
from model.train.window import FrontEnd, Inside, WindowReader
from tests.model.reading import NANO_IDS, WIDTH, speech_like, tiny_code, tiny_reading

Array = NDArray[np.float32]
FRAMES = (37, 100, 163, 507, 800)


@pytest.fixture(scope="module")
def front() -> FrontEnd:
    return FrontEnd()


@pytest.fixture(scope="module")
def reader() -> WindowReader:
    return WindowReader(build_backend(random_whisper(), tiny_reading(), None, tiny_code(), "fp32"))


def frames_in(hidden: Array) -> Array:
    frames = hidden.reshape(-1, 80)
    heard: Array = frames[np.abs(frames).max(axis=1) > 0]
    return heard


@pytest.mark.parametrize("frames", FRAMES)
def test_the_front_end_carries_every_frame_as_whispers_mel(front: FrontEnd, frames: int) -> None:
    mel = speech_like(frames)
    (hidden,) = front.windows(mel)
    assert hidden.shape == (rows_of(frames), HIDDEN_WIDTH)
    np.testing.assert_allclose(frames_in(hidden), whisper_mel(mel), atol=2e-5)


def test_the_mel_map_is_not_negative_and_close() -> None:
    from asrd.mel.filterbank import mel_filters
    from model.train.mel import whisper_filters

    wanted = whisper_filters()
    assert (mel_map() >= 0).all()
    assert np.linalg.norm(mel_filters() @ mel_map() - wanted) < 0.05 * np.linalg.norm(wanted)


def torch_tokens(mel: Array, reading: Reading, most: int) -> list[int]:
    """Columns of a plain greedy decode in torch, the whole text read again at every step."""
    import torch

    from model.train.finetune import encode_audio
    from model.train.whisper import torch_whisper

    model: Any = torch_whisper(random_whisper())
    scaled = whisper_mel(mel)
    frames = max(min(len(scaled) + reading.silence_frames + 1, reading.most_frames), len(scaled)) // 2 * 2
    features = torch.from_numpy(padded_window(scaled, frames)[:frames].T[None].copy())
    columns: list[int] = []
    allowed = np.array([*reading.writable, reading.end])
    with torch.inference_mode():
        states = encode_audio(model, features)
        while len(columns) < most:
            ids = [*reading.prompt, *(int(allowed[column]) for column in columns)]
            hidden = model.model.decoder(input_ids=torch.tensor([ids]), encoder_hidden_states=states)
            logits = model.proj_out(hidden.last_hidden_state)[0, -1].numpy()[allowed]
            if not columns:
                logits[np.isin(allowed, reading.begin_suppressed)] = -np.inf
            column = int(logits.argmax())
            if allowed[column] == reading.end:
                break
            columns.append(column)
    return columns


@pytest.mark.torch
@pytest.mark.parametrize("frames", FRAMES)
def test_the_graph_writes_what_torch_writes(front: FrontEnd, reader: WindowReader, frames: int) -> None:
    mel, reading = speech_like(frames, seed=frames), tiny_reading()
    limit = rows_of(frames) - 1
    columns = torch_tokens(mel, reading, limit)
    spelled = [int(index) for column in columns for index in reading.spelling[column] if index >= 0]
    inside = reader.read(front.windows(mel)[0])
    assert len(set(columns)) > 2, "the random model says nothing worth comparing"
    assert inside.tokens == spelled[:limit]


@pytest.mark.parametrize("frames", FRAMES)
def test_rows_are_those_of_the_row_code(front: FrontEnd, reader: WindowReader, frames: int) -> None:
    inside = reader.read(front.windows(speech_like(frames))[0])
    assert inside.rows.shape == (rows_of(frames), WIDTH)
    np.testing.assert_allclose(inside.rows, tiny_code().rows(inside.tokens, len(inside.rows)), atol=1e-5)


def test_a_window_of_nothing_but_padding_is_read(reader: WindowReader) -> None:
    inside = reader.read(np.zeros((CHUNK_ROWS, HIDDEN_WIDTH), np.float32))
    assert inside.rows.shape == (CHUNK_ROWS, WIDTH)
    assert np.isfinite(inside.rows).all()


def test_one_row_has_no_room_for_text(front: FrontEnd, reader: WindowReader) -> None:
    hidden = front.windows(speech_like(60))[0][:1]
    inside = reader.read(hidden)
    assert inside.tokens == []
    np.testing.assert_allclose(inside.rows, tiny_code().none[None])


@pytest.mark.parametrize(("bias", "speaks"), [(1e6, True), (-1e6, False)])
def test_without_speech_every_row_is_none(front: FrontEnd, bias: float, speaks: bool) -> None:
    head = SpeechHead(np.zeros(2 * SIZES.width, np.float32), bias)
    reader = WindowReader(build_backend(random_whisper(), tiny_reading(), head, tiny_code(), "fp32"))
    inside = reader.read(front.windows(speech_like(300))[0])
    assert bool(inside.tokens) == speaks
    if not speaks:
        np.testing.assert_array_equal(inside.rows, np.tile(tiny_code().none, (rows_of(300), 1)))


def test_the_speech_head_reads_mean_and_maximum(front: FrontEnd, reader: WindowReader) -> None:
    hidden = front.windows(speech_like(300))[0]
    pooled = reader.read(hidden).pooled()
    weight = np.random.default_rng(5).normal(size=2 * SIZES.width).astype(np.float32)
    logit = float(pooled @ weight)
    for shift in (-0.01, 0.01):
        head = SpeechHead(weight, -logit + shift)
        heard = WindowReader(build_backend(random_whisper(), tiny_reading(), head, tiny_code(), "fp32")).read(hidden)
        assert bool(heard.tokens) == (shift > 0)


def stopped(tokens: list[int], guard: LoopGuard, rows: int) -> list[int]:
    """The guard in plain Python: the text without the copies, up to where the loop is seen."""
    for count in range(1, len(tokens) + 1):
        surplus = 0
        is_hasty = count * CHUNK_ROWS > guard.hasty * rows
        for period in range(1, guard.longest + 1):
            counts = guard.hasty_repeats if is_hasty else guard.repeats
            copies = min(counts[min(period, len(counts)) - 1], guard.repeats[min(period, len(guard.repeats)) - 1])
            tail = tokens[max(0, count - period * copies) : count]
            if len(tail) == period * copies and tail == tail[:period] * copies:
                surplus = max(surplus, period * (copies - 1))
        if surplus:
            return tokens[: count - surplus]
    return tokens


@pytest.mark.parametrize(
    "guard",
    [
        LoopGuard(repeats=(2,), hasty_repeats=(2,), longest=30),
        LoopGuard(repeats=(3, 2), hasty_repeats=(3, 2), longest=30),
        LoopGuard(repeats=(4, 3, 2), hasty_repeats=(4, 3, 2), longest=30),
        LoopGuard(repeats=(30,), hasty_repeats=(2,), hasty=2, longest=20),
        LoopGuard(repeats=(30,), hasty_repeats=(2,), hasty=5, longest=20),
    ],
)
def test_the_loop_guard_cuts_to_one_copy(front: FrontEnd, guard: LoopGuard) -> None:
    whisper = random_whisper(seed=3)
    # Without positions the text depends less on where it is, so that it falls into loops.
    whisper.tensors["decoder.embed_positions.weight"][:] *= 0.005
    cut = 0
    for seed in range(8):
        hidden = front.windows(speech_like(800, seed))[0]
        free = _columns(whisper, tiny_reading(), hidden)
        guarded = _columns(whisper, tiny_reading(guard), hidden)
        assert guarded == stopped(free, guard, len(hidden))
        cut += guarded != free
    assert cut, "no loop came up, so nothing was tested"


def _columns(whisper: Any, reading: Reading, hidden: Array) -> list[int]:
    """Columns instead of nano's ids: each is spelled by itself."""
    columns = np.arange(len(reading.writable), dtype=np.int16)[:, None]
    reading = replace(reading, spelling=columns)
    inside: Inside = WindowReader(build_backend(whisper, reading, None, tiny_code(), "fp32")).read(hidden)
    return inside.tokens


def test_int8_stays_close(front: FrontEnd) -> None:
    fp32, int8 = (
        WindowReader(build_backend(random_whisper(), tiny_reading(), None, tiny_code(), precision))
        for precision in ("fp32", "int8")
    )
    hidden = front.windows(speech_like(500))[0]
    exact, rounded = fp32.read(hidden), int8.read(hidden)
    error = np.sqrt(np.mean((exact.encoded - rounded.encoded) ** 2) / np.mean(exact.encoded**2))
    assert error < 0.1
    assert len(rounded.tokens) <= WINDOW_ROWS - 1
    assert all(0 <= token < NANO_IDS for token in rounded.tokens)
