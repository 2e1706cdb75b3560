from __future__ import annotations

import sys

import numpy as np
import pytest

from asrd.bench.sets.made import ClipSpec, make_clip
from asrd.errors import ConfigError, NativeError
from asrd.vad.webrtc import FRAME_MS, WebRtcDetector, pcm16

SPEECH = make_clip(ClipSpec(seed=3, samples=32_000))


def judge(detector: WebRtcDetector, samples: np.ndarray) -> list[bool]:
    size = detector.frame_samples
    return [detector.is_speech(samples[at : at + size]) for at in range(0, len(samples) - size + 1, size)]


@pytest.mark.parametrize("frame_ms", [10, 20, 30])
@pytest.mark.parametrize("aggressiveness", range(4))
def test_speech_is_told_from_silence(aggressiveness: int, frame_ms: int) -> None:
    detector = WebRtcDetector(aggressiveness, frame_ms)
    assert detector.frame_samples == 16 * frame_ms
    assert not any(judge(detector, np.zeros(16_000, np.float32)))
    assert np.mean(judge(detector, SPEECH)) > 0.5


def test_a_reset_forgets() -> None:
    noise = np.random.default_rng(0).normal(0, 0.05, 64_000).astype(np.float32)
    fresh = judge(WebRtcDetector(2), SPEECH)
    detector = WebRtcDetector(2)
    judge(detector, noise)
    assert judge(detector, SPEECH) != fresh  # it had adapted to the noise
    detector.reset()
    assert judge(detector, SPEECH) == fresh


def test_every_16_bit_sample_comes_back() -> None:
    samples = np.arange(-32_768, 32_768, dtype=np.int16)
    assert pcm16((samples / 32_768).astype(np.float32)) == samples.tobytes()


def test_what_is_outside_of_full_scale_is_clipped_and_no_number_is_silence() -> None:
    samples = np.array([1.0, 2.0, np.inf, 3e38, -1.0, -2.0, -np.inf, np.nan], np.float32)
    assert np.frombuffer(pcm16(samples), np.int16).tolist() == [32_767] * 4 + [-32_768] * 3 + [0]


def test_a_closed_detector_says_so() -> None:
    detector = WebRtcDetector(0)
    detector.close()
    detector.close()
    with pytest.raises(NativeError, match="closed"):
        detector.is_speech(np.zeros(detector.frame_samples, np.float32))


def test_another_length_is_refused() -> None:
    with pytest.raises(NativeError, match=f"{16 * FRAME_MS}.*100"):
        WebRtcDetector(0).is_speech(np.zeros(100, np.float32))


@pytest.mark.parametrize(("aggressiveness", "frame_ms"), [(4, 20), (-1, 20), (2, 15)])
def test_settings_that_do_not_exist_are_refused(aggressiveness: int, frame_ms: int) -> None:
    with pytest.raises(ConfigError, match=f"{aggressiveness}.*{frame_ms} ms"):
        WebRtcDetector(aggressiveness, frame_ms)


def test_a_missing_package_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "webrtcvad", None)
    with pytest.raises(NativeError, match=r"pip install .*webrtcvad-wheels>=") as refused:
        WebRtcDetector(2)
    assert "\n" not in str(refused.value)
