from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from asrd.bench.sets.made import ClipSpec, make_clip
from asrd.errors import ModelError, NativeError
from asrd.onnx_runtime import ort
from asrd.vad.silero import FRAME_SAMPLES, QUIET_PEAK, REST_FRAMES, SILERO_FILE, SileroDetector

SPEECH = make_clip(ClipSpec(seed=3, samples=100 * FRAME_SAMPLES))
NOISE = np.random.default_rng(0).normal(0, 0.05, 100 * FRAME_SAMPLES).astype(np.float32)
# Of `silero_vad_16k_sequence.onnx` in the package silero-vad 6.2.3.
SHA256 = "9ccdacc4719d8aa7e45a77536bfabec45a03ba1f2fad5e241ab4060b24238a85"


def probabilities(detector: SileroDetector, samples: np.ndarray) -> list[float]:
    return [detector.probability(frame) for frame in samples.reshape(-1, FRAME_SAMPLES)]


def test_the_file_is_the_published_one_and_its_licence_lies_beside_it() -> None:
    assert hashlib.sha256(SILERO_FILE.read_bytes()).hexdigest() == SHA256
    assert "MIT License" in SILERO_FILE.with_name("LICENSE.silero").read_text(encoding="utf-8")


def test_speech_is_told_from_noise() -> None:
    detector = SileroDetector(0.5)
    assert detector.frame_samples == FRAME_SAMPLES
    assert not any(detector.is_speech(frame) for frame in NOISE.reshape(-1, FRAME_SAMPLES))
    assert np.mean([detector.is_speech(frame) for frame in SPEECH.reshape(-1, FRAME_SAMPLES)]) > 0.3


def test_frame_by_frame_is_what_the_graph_says_to_all_at_once() -> None:
    samples = np.concatenate([NOISE, SPEECH])
    padded = np.concatenate([np.zeros(64, np.float32), samples])
    rows = np.stack([padded[at : at + 576] for at in range(0, len(samples), FRAME_SAMPLES)])
    state = np.zeros((1, 1, 128), np.float32)
    graph = ort.InferenceSession(str(SILERO_FILE), providers=["CPUExecutionProvider"])
    (expected,) = graph.run(["speech_probs"], {"input": rows, "h": state, "c": state})
    np.testing.assert_allclose(probabilities(SileroDetector(0.5), samples), expected, atol=1e-5)


def test_the_threshold_itself_is_speech() -> None:
    certain = probabilities(SileroDetector(0.5), SPEECH)[50]
    for threshold, expected in ((certain, True), (certain + 1e-6, False)):
        detector = SileroDetector(threshold)
        probabilities(detector, SPEECH[: 50 * FRAME_SAMPLES])
        assert detector.is_speech(SPEECH[50 * FRAME_SAMPLES : 51 * FRAME_SAMPLES]) is expected


def test_a_reset_forgets() -> None:
    fresh = probabilities(SileroDetector(0.5), SPEECH)
    detector = SileroDetector(0.5)
    probabilities(detector, NOISE)
    detector.reset()
    assert probabilities(detector, SPEECH) == fresh


class Counting:
    """Counts how often the graph is asked."""

    def __init__(self, detector: SileroDetector) -> None:
        self.runs = 0
        self._session, detector._session = detector._session, self

    def run(self, *asked: object) -> object:
        self.runs += 1
        return self._session.run(*asked)


@pytest.mark.parametrize(("peak", "runs"), [(QUIET_PEAK * 0.99, REST_FRAMES), (QUIET_PEAK, 200)])
def test_the_graph_rests_in_near_silence(peak: float, runs: int) -> None:
    detector = SileroDetector(0.5)
    counting = Counting(detector)
    frame = np.zeros(FRAME_SAMPLES, np.float32)
    frame[7] = -peak
    assert not any(detector.is_speech(frame) for _ in range(200))
    assert counting.runs == runs


def test_after_a_rest_it_begins_afresh() -> None:
    detector = SileroDetector(0.5)
    for frame in SPEECH.reshape(-1, FRAME_SAMPLES):
        detector.is_speech(frame)
    for _ in range(REST_FRAMES + 1):
        detector.is_speech(np.zeros(FRAME_SAMPLES, np.float32))
    speech = SPEECH.reshape(-1, FRAME_SAMPLES)
    again = [detector.is_speech(frame) for frame in speech]
    other = SileroDetector(0.5)
    assert again == [other.is_speech(frame) for frame in speech]


def test_a_sample_that_is_no_number_does_not_stay() -> None:
    detector = SileroDetector(0.5)
    unknown = np.full(FRAME_SAMPLES, np.nan, np.float32)
    assert not detector.is_speech(unknown)
    after = probabilities(detector, SPEECH)
    assert np.isfinite(after).all()
    assert max(after) > 0.9


def test_a_probability_that_is_no_number_resets_the_state() -> None:
    class Poisoned:
        def run(self, *_: object) -> tuple[np.ndarray, ...]:
            return np.full(1, np.nan, np.float32), np.full((1, 1, 128), np.nan), np.full((1, 1, 128), np.nan)

    fresh = probabilities(SileroDetector(0.5), SPEECH)
    detector = SileroDetector(0.5)
    healthy, detector._session = detector._session, Poisoned()
    assert not detector.is_speech(SPEECH[:FRAME_SAMPLES])
    detector._session = healthy
    assert probabilities(detector, SPEECH) == fresh


def test_a_closed_detector_says_so() -> None:
    detector = SileroDetector(0.5)
    detector.close()
    detector.close()
    with pytest.raises(NativeError, match="closed"):
        detector.is_speech(NOISE[:FRAME_SAMPLES])


def test_another_length_is_refused() -> None:
    with pytest.raises(NativeError, match=r"512.*\(100,\)"):
        SileroDetector(0.5).is_speech(NOISE[:100])


def test_a_bad_file_is_one_sentence(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.onnx"
    damaged.write_bytes(SILERO_FILE.read_bytes()[:100_000])
    for path in (tmp_path / "missing.onnx", damaged):
        with pytest.raises(ModelError, match="vad to webrtc") as refused:
            SileroDetector(0.5, path)
        assert str(path) in str(refused.value)
        assert "\n" not in str(refused.value)


def test_another_graph_is_refused(tmp_path: Path) -> None:
    from onnx import TensorProto, helper, save

    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "other", values[:1], values[1:])
    opset = helper.make_opsetid("", 17)
    save(helper.make_model(graph, opset_imports=[opset], ir_version=8), str(tmp_path / "other.onnx"))
    with pytest.raises(ModelError, match=r"\['x'\].*expected"):
        SileroDetector(0.5, tmp_path / "other.onnx")
