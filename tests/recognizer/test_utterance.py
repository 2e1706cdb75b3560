"""An utterance that grows, against the plain offline pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrd.bench.sets.made import ClipSpec, make_clip
from asrd.convert.export import ExportOptions, export
from asrd.errors import AudioError, Cancelled, ConfigError, NativeError
from asrd.geometry import CHUNK_FRAMES, frames_of, rows_of
from asrd.recognizer.engine import Recognizer
from asrd.stop import StopSignal
from asrd.values import EngineOptions, Hypothesis, UtteranceOptions, Work
from tests.conftest import ONE_THREAD

FloatArray = npt.NDArray[np.float32]
EAGER = UtteranceOptions(unstable_margin_s=0.0)


@pytest.fixture(scope="module")
def short(tiny_model: Path) -> Iterator[Recognizer]:
    """The tiny model with a limit of 6 s, so that clips of some seconds are cut."""
    with Recognizer.open(tiny_model, replace(ONE_THREAD, max_utterance_s=6.0)) as opened:
        yield opened


def clip(seconds: float, seed: int = 1) -> FloatArray:
    return make_clip(ClipSpec(seed, round(seconds * 16_000)))


def grow(
    recognizer: Recognizer, samples: FloatArray, steps: list[int], options: UtteranceOptions | None = None
) -> list[Hypothesis]:
    """Feed pieces of `steps` samples in turn, ask for a hypothesis after each (a negative step asks for none)."""
    utterance, shown, heard, turn = recognizer.utterance(options), [], 0, 0
    while heard < len(samples):
        step = steps[turn % len(steps)]
        turn += 1
        utterance.append(samples[heard : heard + abs(step)])
        heard += abs(step)
        if step > 0:
            shown.append(utterance.hypothesis())
    return [*shown, utterance.final()]


STEPS = st.lists(st.integers(500, 40_000).flatmap(lambda n: st.sampled_from([n, n, -n])), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 20), samples=st.integers(400, 250_000), steps=STEPS)
def test_any_schedule_ends_in_the_offline_text(short: Recognizer, seed: int, samples: int, steps: list[int]) -> None:
    audio = clip(samples / 16_000, seed)
    offline = short.transcribe(audio)
    *shown, final = grow(short, audio, steps, EAGER)
    assert (final.tokens, final.text, final.language) == (offline.tokens, offline.text, offline.language)
    assert final.samples == offline.samples == samples
    assert (final.committed, final.tail, final.is_final) == (final.text, "", True)
    committed = ""
    for hypothesis in shown:
        assert hypothesis.committed.startswith(committed)
        committed = hypothesis.committed


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 20), step=st.integers(4000, 50_000))
def test_every_hypothesis_is_the_offline_text_of_the_audio_so_far(recognizer: Recognizer, seed: int, step: int) -> None:
    audio = clip(10, seed)
    utterance = recognizer.utterance()
    for start in range(0, len(audio), step):
        utterance.append(audio[start : start + step])
        hypothesis = utterance.hypothesis()
        offline = recognizer.transcribe(audio[: start + step])
        assert (hypothesis.tokens, hypothesis.text) == (offline.tokens, offline.text)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 20), samples=st.integers(400, 250_000), steps=STEPS)
def test_a_consistent_final_begins_with_what_was_committed(
    short: Recognizer, seed: int, samples: int, steps: list[int]
) -> None:
    *shown, final = grow(short, clip(samples / 16_000, seed), steps, replace(EAGER, final="consistent"))
    committed = ""
    for hypothesis in [*shown, final]:
        assert hypothesis.committed.startswith(committed)
        committed = hypothesis.committed
    assert final.text == committed


def test_something_is_committed_before_the_end(recognizer: Recognizer) -> None:
    """The properties above would hold for a stabiliser that commits nothing."""
    *shown, final = grow(recognizer, clip(9, 4), [1600], replace(EAGER, final="consistent"))
    assert any(hypothesis.committed for hypothesis in shown)
    best = recognizer.transcribe(clip(9, 4))
    assert final.tokens != best.tokens, "this clip was chosen because its committed words differ from the best text"


def test_one_utterance_leaves_nothing_for_the_next(recognizer: Recognizer) -> None:
    recognizer.decoder.reset()
    alone = grow(recognizer, clip(5, 2), [8000])
    head = len(recognizer.prepare(None)[1].head)
    for context in ("", "harbour bread"):
        grow(recognizer, clip(12, 3), [8000], UtteranceOptions(context=context))
        after = grow(recognizer, clip(5, 2), [8000])
        assert [h.tokens for h in alone] == [h.tokens for h in after]
        kept = head if not context else 0  # of the prompt: the same tokens have the same KV
        assert after[0].work.decoder_positions == alone[0].work.decoder_positions - kept
        assert [h.work for h in alone[1:]] == [h.work for h in after[1:]]


def test_utterances_may_take_turns(recognizer: Recognizer) -> None:
    clips = [clip(7, 6), clip(9, 7)]
    offline = [recognizer.transcribe(audio).tokens for audio in clips]
    utterances = [recognizer.utterance() for _ in clips]
    for start in range(0, 9 * 16_000, 8000):
        for utterance, audio in zip(utterances, clips, strict=True):
            utterance.append(audio[start : start + 8000])
            utterance.hypothesis()
    assert [utterance.final().tokens for utterance in utterances] == offline


def test_drafts_change_the_cost_and_nothing_else(tiny_model: Path, recognizer: Recognizer) -> None:
    with Recognizer.open(tiny_model, replace(ONE_THREAD, verify_drafts=False)) as plain:
        expected = grow(plain, clip(10, 8), [4000])
    found = grow(recognizer, clip(10, 8), [4000])
    assert [h.tokens for h in found] == [h.tokens for h in expected]
    assert sum(h.work.draft_kept for h in found) > 0
    assert sum(h.work.draft_kept for h in expected) == 0


@pytest.mark.parametrize("verify_drafts", [True, False])
def test_reused_windows_change_the_cost_and_nothing_else(tiny_model: Path, *, verify_drafts: bool) -> None:
    options, audio = replace(ONE_THREAD, verify_drafts=verify_drafts), clip(20, 8)  # longer than the limit of 18 s
    with Recognizer.open(tiny_model, options) as reusing:
        found = grow(reusing, audio, [16_000])
    with Recognizer.open(tiny_model, replace(options, reuse_windows=False)) as plain:
        expected = grow(plain, audio, [16_000])
        offline = plain.transcribe(audio)
    assert [h.tokens for h in found] == [h.tokens for h in expected]
    assert found[-1].tokens == offline.tokens
    assert [h.committed for h in found] == [h.committed for h in expected]
    assert sum(h.work.back_rows for h in expected) > sum(h.work.back_rows for h in found)


def test_without_reuse_every_pass_computes_all_rows_again(tiny_model: Path) -> None:
    with Recognizer.open(tiny_model, replace(ONE_THREAD, reuse_windows=False)) as plain:
        *shown, _ = grow(plain, with_floor(clip(17, 2)), [8000])
        prompt = plain.prepare(None)[1]
        for number, hypothesis in enumerate(shown):
            frames, work = frames_of(hypothesis.samples), hypothesis.work
            assert work.front_chunks == -(-frames // CHUNK_FRAMES)
            assert work.back_rows == rows_of(frames)
            head = 0 if number else len(prompt.head)  # whose KV depends on no audio
            assert work.decoder_positions >= head + work.back_rows + len(prompt.suffix)


def test_asking_again_costs_nothing(recognizer: Recognizer) -> None:
    utterance = recognizer.utterance()
    utterance.append(clip(4))
    first = utterance.hypothesis()
    again = utterance.hypothesis()
    final = utterance.final()
    assert first.work.decoder_positions > 0
    assert again.work == final.work == Work()
    assert first.tokens == again.tokens == final.tokens
    assert utterance.final() is final


def test_cancel_at_any_point_and_go_on(recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch) -> None:
    audio, stop = clip(10, 9), StopSignal()
    offline = recognizer.transcribe(audio).tokens
    for allowed in range(0, 40, 3):
        utterance, calls = recognizer.utterance(), 0
        utterance.append(audio[:80_000])
        utterance.hypothesis()
        utterance.append(audio[80_000:])
        context = recognizer.decoder.context
        decode = context._decode

        def counting(*args: object, _decode: object = decode, _allowed: int = allowed, **kwargs: object) -> None:
            nonlocal calls
            calls += 1
            if calls > _allowed:
                stop.set()
            _decode(*args, **kwargs)  # type: ignore[operator]

        monkeypatch.setattr(context, "_decode", counting)
        try:
            utterance.hypothesis(stop)
        except Cancelled:
            assert calls > allowed
        monkeypatch.undo()
        stop.clear()
        assert utterance.final(stop).tokens == offline, f"cancelled after {allowed} batches"


def test_a_forced_language_is_told_to_the_model_and_back(recognizer: Recognizer) -> None:
    forced = recognizer.transcribe(clip(4), UtteranceOptions(language="de"))
    assert forced.language == "German"
    assert forced.tokens != recognizer.transcribe(clip(4)).tokens
    assert grow(recognizer, clip(4), [8000], UtteranceOptions(language="de"))[-1].tokens == forced.tokens


def test_context_reaches_the_model(recognizer: Recognizer) -> None:
    options = UtteranceOptions(context="harbour sailor")
    with_context = recognizer.transcribe(clip(4), options)
    assert with_context.tokens != recognizer.transcribe(clip(4)).tokens
    assert grow(recognizer, clip(4), [8000], options)[-1].tokens == with_context.tokens


def test_a_context_without_room_is_refused(recognizer: Recognizer) -> None:
    with pytest.raises(ConfigError, match=r"there is room for \d+: shorten it or raise context_tokens"):
        recognizer.utterance(UtteranceOptions(context="word " * 2000))


@pytest.mark.parametrize("seconds", [0, 1.9, 1201])
def test_a_limit_out_of_range_is_refused(tiny_model: Path, seconds: float) -> None:
    with pytest.raises(ConfigError, match="it must lie between 2 and 1200"):
        Recognizer.open(tiny_model, EngineOptions(max_utterance_s=seconds))


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (np.array([0.0, np.nan, 0.0]), "sample 1 of 3 is not a finite number"),
        (np.array([np.inf]), "sample 0 of 1 is not a finite number"),
        (np.zeros((2, 800)), r"mono samples of shape \(n,\), not \(2, 800\)"),
    ],
)
def test_bad_samples_are_refused_and_leave_the_utterance_as_it_was(
    recognizer: Recognizer, bad: npt.NDArray[np.float64], sentence: str
) -> None:
    with pytest.raises(AudioError, match=sentence):
        recognizer.transcribe(bad)
    utterance = recognizer.utterance()
    utterance.append(clip(3))
    with pytest.raises(AudioError, match=sentence):
        utterance.append(bad)
    assert utterance.final().tokens == recognizer.transcribe(clip(3)).tokens


@pytest.mark.parametrize("samples", [0, 1, 159, 160, 399])
def test_audio_shorter_than_a_frame(recognizer: Recognizer, samples: int) -> None:
    with pytest.raises(AudioError, match=rf"^{samples} samples \(.* ms\) of audio are too few: at least 400"):
        recognizer.transcribe(np.ones(samples, np.float32))
    utterance = recognizer.utterance()
    utterance.append(np.ones(samples, np.float32))
    assert utterance.hypothesis().text == ""
    assert utterance.final().text == ""


@pytest.mark.parametrize(
    "audio",
    [np.zeros(20_000), np.sign(np.sin(np.arange(20_000) * 0.2)), np.full(20_000, 1e-38), np.full(20_000, 100.0)],
    ids=["zeros", "square wave", "tiny", "far too loud"],
)
def test_extreme_audio_is_recognised_alike_by_both_paths(
    recognizer: Recognizer, audio: npt.NDArray[np.float64]
) -> None:
    samples = audio.astype(np.float32)
    assert grow(recognizer, samples, [3000])[-1].tokens == recognizer.transcribe(samples).tokens


def test_no_more_audio_after_the_final(recognizer: Recognizer) -> None:
    utterance = recognizer.utterance()
    utterance.append(clip(2))
    utterance.final()
    with pytest.raises(AudioError, match="is final"):
        utterance.append(clip(1))
    assert utterance.hypothesis() is utterance.final()


@pytest.mark.parametrize("decoder", ["q8_0", "q4_0"])
def test_long_audio_with_several_threads(tiny_checkpoint: Path, tmp_path: Path, decoder: str) -> None:
    """Behind 256 positions llama.cpp evaluates a single token by another kernel, if there is more than one thread."""
    export(tiny_checkpoint, tmp_path / "m", ExportOptions(encoder="int8", decoder=decoder))
    with Recognizer.open(tmp_path / "m", EngineOptions(threads=2)) as threaded:
        assert threaded.decoder.tolerance < 0.01
        for seed in range(4):
            audio = clip(17.9, seed)
            assert len(threaded.transcribe(audio).tokens) > 40
            assert grow(threaded, audio, [8000])[-1].tokens == threaded.transcribe(audio).tokens


def test_a_reused_buffer_does_no_harm(short: Recognizer) -> None:
    audio, buffer = clip(15, 5), np.empty(8000, np.float32)
    utterance = short.utterance()
    for start in range(0, len(audio), 8000):
        buffer[:] = audio[start : start + 8000]
        utterance.append(buffer)
    assert utterance.final().tokens == short.transcribe(audio).tokens


def test_a_final_without_passes_has_words_over_its_audio(recognizer: Recognizer) -> None:
    utterance = recognizer.utterance()
    utterance.append(clip(4))
    words = utterance.final().words
    assert 0 <= words[0].start < 8000
    assert 3 * 16_000 < words[-1].end <= 4 * 16_000
    assert all(word.start < word.end for word in words)


def test_a_closed_recognizer_says_so(tiny_model: Path) -> None:
    closed = Recognizer.open(tiny_model, ONE_THREAD)
    utterance = closed.utterance()
    utterance.append(clip(2))
    closed.close()
    for use in (utterance.hypothesis, utterance.final, closed.utterance, closed.decoder.reset):
        with pytest.raises(NativeError, match="was closed"):
            use()
    with pytest.raises(NativeError, match="was closed"):
        closed.transcribe(clip(2))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (EngineOptions(threads=-1), "threads is -1; it must lie between 0 and 512"),
        (EngineOptions(context_tokens=-5000), "context_tokens is -5000; it must lie between 0 and 10000"),
        (EngineOptions(gpu_layers=-2), "gpu_layers is -2"),
    ],
)
def test_engine_options_out_of_range(tiny_model: Path, options: EngineOptions, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        Recognizer.open(tiny_model, options)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (UtteranceOptions(final="worst"), "final is 'worst'; it must be one of best, consistent"),  # type: ignore[arg-type]
        (UtteranceOptions(unstable_margin_s=float("nan")), "unstable_margin_s is nan; it must lie between 0 and 60"),
        (UtteranceOptions(context="\udcff"), "bytes that are not UTF-8"),
    ],
)
def test_utterance_options_out_of_range(recognizer: Recognizer, options: UtteranceOptions, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        recognizer.utterance(options)


def test_integers_are_no_samples(recognizer: Recognizer) -> None:
    with pytest.raises(AudioError, match=r"floating-point numbers with full scale 1\.0, not int16"):
        recognizer.transcribe(np.ones(8000, np.int16))


def test_words_have_places_within_the_audio(recognizer: Recognizer) -> None:
    for hypothesis in grow(recognizer, clip(9, 4), [8000], EAGER):
        assert [word.text for word in hypothesis.words] == hypothesis.text.split()
        edges = [edge for word in hypothesis.words for edge in (word.start, word.end)]
        assert edges == sorted(edges)
        assert all(0 <= edge <= hypothesis.samples for edge in edges)


def test_words_begin_when_speech_does(recognizer: Recognizer) -> None:
    audio = np.concatenate([np.zeros(16_000, np.float32), clip(3), np.zeros(8000, np.float32)])
    utterance = recognizer.utterance()
    utterance.append(audio)
    words = utterance.final().words
    assert 15_000 < words[0].start < 32_000
    assert 40_000 < words[-1].end < 64_800


def test_words_of_later_pieces_lie_after_the_cut(short: Recognizer) -> None:
    final = grow(short, clip(20, 3), [8000])[-1]
    edges = [edge for word in final.words for edge in (word.start, word.end)]
    assert edges == sorted(edges)
    assert edges[-1] > 12 * 16_000


def test_a_pass_costs_a_window_the_suffix_and_the_text(recognizer: Recognizer) -> None:
    prompt = recognizer.prepare(None)[1]
    *shown, _ = grow(recognizer, with_floor(clip(17, 2)), [8000])
    for number, hypothesis in enumerate(shown):
        work = hypothesis.work
        text = len(hypothesis.tokens) + work.draft_offered
        head = 0 if number else len(prompt.head)
        assert work.front_chunks <= 2
        # Once in eight seconds a window is finished, and the next one begins in the same pass.
        assert work.back_rows <= 104 + 14
        assert work.decoder_positions <= head + work.back_rows + (len(prompt.suffix) + text) * (1 + work.replays)


def with_floor(audio: FloatArray) -> FloatArray:
    """With noise 30 dB below full scale: nothing lies 80 dB below the loudest."""
    return (audio + 0.03 * np.random.default_rng(0).standard_normal(len(audio))).astype(np.float32)


@pytest.mark.parametrize("seconds", [0.3, 2.0, 4.9])
def test_a_cut_from_outside_gives_the_text_of_the_audio_before_it(recognizer: Recognizer, seconds: float) -> None:
    audio, at = clip(5), round(seconds * 16_000)
    utterance = recognizer.utterance(EAGER)
    for start in range(0, len(audio), 20_000):
        utterance.append(audio[start : start + 20_000])
        utterance.hypothesis()
    utterance.truncate(at)
    final = utterance.final()
    assert final.tokens == recognizer.transcribe(audio[:at]).tokens
    assert final.samples == at


def test_a_cut_must_lie_in_the_last_piece(short: Recognizer) -> None:
    utterance = short.utterance()
    utterance.append(clip(9))  # the limit of 6 s has cut it
    for wrong in (0, -1, 1, 9 * 16_000 + 1):
        with pytest.raises(AudioError, match="cannot be cut at"):
            utterance.truncate(wrong)
    utterance.truncate(9 * 16_000)
    utterance.final()
    with pytest.raises(AudioError, match="cannot be cut at"):
        utterance.truncate(9 * 16_000)


def test_an_abandoned_utterance_leaves_nothing_for_the_next(recognizer: Recognizer) -> None:
    utterance = recognizer.utterance()
    utterance.append(clip(3))
    utterance.hypothesis()
    held = recognizer.decoder.context
    utterance.abandon()
    utterance.abandon()
    assert recognizer.transcribe(clip(2, 5)).tokens == grow(recognizer, clip(2, 5), [9000])[-1].tokens
    assert held is recognizer.decoder.context
