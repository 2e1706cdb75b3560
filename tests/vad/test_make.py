"""Detector and segmenter together, on synthetic speech."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from asrd.bench.sets.made import ClipSpec, make_clip
from asrd.errors import ConfigError
from asrd.options import SegmentOptions
from asrd.segment.events import Began, Ended
from asrd.segment.stream import StreamSegmenter
from asrd.vad.make import make_detector
from asrd.vad.silero import SileroDetector
from asrd.vad.webrtc import WebRtcDetector


def test_the_settings_choose_the_detector() -> None:
    webrtc = make_detector(replace(SegmentOptions(), vad="webrtc"))
    silero = make_detector(replace(SegmentOptions(), vad="silero", threshold=0.7))
    assert isinstance(webrtc, WebRtcDetector)
    assert isinstance(silero, SileroDetector)
    assert silero.threshold == 0.7


def test_another_name_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"'energy'.*webrtc or silero"):
        make_detector(replace(SegmentOptions(), vad="energy"))


@pytest.mark.parametrize("vad", ["webrtc", "silero"])
def test_speech_between_silences_is_an_utterance(vad: str) -> None:
    options = replace(SegmentOptions(), vad=vad)
    hiss = np.random.default_rng(0).normal(0, 1e-4, 16_000 * 6).astype(np.float32)
    hiss[32_000:64_000] += make_clip(ClipSpec(seed=3, samples=32_000))
    stream = StreamSegmenter(options, make_detector(options))
    events = [event for at in range(0, len(hiss), 1000) for event in stream.hear(hiss[at : at + 1000])]
    stream.close()
    starts = [event.start for event in events if isinstance(event, Began)]
    ends = [event.end for event in events if isinstance(event, Ended)]
    assert 32_000 - 16 * options.preroll_ms <= starts[0] < 32_000 + 3200
    assert starts[0] + 16_000 < ends[-1] <= 64_000 + 16 * (options.tail_pad_ms + 300)
    assert not stream.in_speech
