"""The voice detector that the settings ask for."""

from __future__ import annotations

from asrd.errors import ConfigError
from asrd.options import SegmentOptions
from asrd.segment.detector import VoiceDetector
from asrd.vad.silero import SileroDetector
from asrd.vad.webrtc import WebRtcDetector


def make_detector(options: SegmentOptions) -> VoiceDetector:
    """A new detector, for one stream.

    Raises:
        ConfigError: there is no such detector.
        NativeError: it cannot be loaded.
    """
    if options.vad == "webrtc":
        return WebRtcDetector(options.aggressiveness)
    if options.vad == "silero":
        return SileroDetector(options.threshold)
    raise ConfigError(f"[segment] vad {options.vad!r} is not known: take webrtc or silero")
