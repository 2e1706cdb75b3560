"""What a pass costs, in counters: the real pipeline with logits as steady as those of a trained model."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from asrd.bench.engine.steady import ROWS_PER_S, TOKENS_PER_S, SteadySpeaker
from asrd.geometry import FRAMES_PER_S, WINDOW_ROWS
from asrd.recognizer.engine import Recognizer
from asrd.values import FinalMode, Hypothesis, UtteranceOptions, Work
from tests.conftest import ONE_THREAD

STEP = 8000
WINDOW_SAMPLES = 8 * 16_000


@pytest.fixture
def speaker(tiny_model: Path) -> Iterator[Recognizer]:
    with Recognizer.open(tiny_model, ONE_THREAD) as recognizer:
        SteadySpeaker(recognizer)
        yield recognizer


def steady(seconds: float) -> npt.NDArray[np.float32]:
    return (np.random.default_rng(0).standard_normal(round(seconds * 16_000)) * 0.1).astype(np.float32)


def grow(recognizer: Recognizer, seconds: float) -> list[Hypothesis]:
    utterance, shown, audio = recognizer.utterance(UtteranceOptions()), [], steady(seconds)
    for start in range(0, len(audio), STEP):
        utterance.append(audio[start : start + STEP])
        shown.append(utterance.hypothesis())
    return [*shown, utterance.final()]


def total(hypotheses: list[Hypothesis]) -> Work:
    return sum((hypothesis.work for hypothesis in hypotheses), Work())


def test_the_speaker_is_heard(speaker: Recognizer) -> None:
    *shown, final = grow(speaker, 10)
    assert final.tokens == speaker.transcribe(steady(10)).tokens
    assert len(final.tokens) == int(TOKENS_PER_S * 10)
    assert len(shown[9].tokens) == int(TOKENS_PER_S * 65 / ROWS_PER_S)
    assert shown[-1].committed.split()[:5] == final.text.split()[:5]


def test_a_pass_evaluates_a_window_the_suffix_and_the_text(speaker: Recognizer) -> None:
    suffix = len(speaker.prepare(None)[1].suffix)
    shown = grow(speaker, 17)[1:-1]
    for before, hypothesis in pairwise(shown):
        fresh_tokens = len(hypothesis.tokens) - len(before.tokens)
        work = hypothesis.work
        assert work.draft_kept == len(before.tokens)
        # Its last frame waits for 41 more samples; then the window is finished and the next one has begun.
        finished = (hypothesis.samples - 41) // WINDOW_SAMPLES > (before.samples - 41) // WINDOW_SAMPLES
        rows = work.back_rows
        assert rows <= WINDOW_ROWS + finished * ROWS_PER_S
        assert work.decoder_positions <= rows + suffix + work.draft_offered + fresh_tokens
        assert work.front_chunks <= 2
        assert work.mel_frames <= FRAMES_PER_S * STEP // 16_000 + 1


def test_a_minute_costs_no_more_per_second_than_fifteen(speaker: Recognizer) -> None:
    short, long = total(grow(speaker, 15)), total(grow(speaker, 60))
    assert long.decoder_positions / 60 <= 1.1 * short.decoder_positions / 15
    assert long.back_rows / 60 <= 1.1 * short.back_rows / 15
    assert long.front_chunks / 60 <= 1.1 * short.front_chunks / 15
    assert long.mel_frames / 60 <= 1.1 * short.mel_frames / 15


def test_drafts_turn_steps_into_batches(speaker: Recognizer) -> None:
    work = total(grow(speaker, 15))
    assert work.draft_kept == work.draft_offered
    assert work.decoder_batches < 0.25 * work.draft_kept


def test_a_final_after_a_pause_costs_nothing_or_one_draft(speaker: Recognizer) -> None:
    *shown, final = grow(speaker, 12)
    assert final.work == Work()
    assert final.tokens == shown[-1].tokens


@pytest.mark.parametrize("final", ["best", "consistent"])
def test_a_cut_neither_loses_nor_doubles_words(speaker: Recognizer, final: FinalMode) -> None:
    """What was committed before a cut must lie before it: the next piece says the rest again."""
    audio = steady(30)
    audio[13 * 16_000 + 2000 : 13 * 16_000 + 6000] = 0  # the quietest place, nearly 5 s before the limit of 18 s
    utterance = speaker.utterance(UtteranceOptions(final=final))
    committed = 0
    for start in range(0, len(audio), STEP):
        utterance.append(audio[start : start + STEP])
        hypothesis = utterance.hypothesis()
        committed = max(committed, len(hypothesis.committed.split()))
        # A speaker of 3.3 words a second cannot have said more, whatever was cut.
        assert len(hypothesis.committed.split()) <= TOKENS_PER_S * hypothesis.samples / 16_000
    assert committed > 50
    assert utterance.final().tokens == speaker.transcribe(audio).tokens
