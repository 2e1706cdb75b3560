"""The ways to segment that a command line names."""

from __future__ import annotations

import pytest

from asrd.bench.vad.detectors import DETECTORS
from asrd.bench.vad.variants import Variant, read_variants
from asrd.errors import ConfigError
from asrd.options import SegmentOptions
from tests.bench.vad.signals import variant


def test_all_detectors_with_their_usual_values() -> None:
    names = [one.detector for one in read_variants("", [])]
    assert names == [*(f"silero 0.{n}" for n in (3, 4, 5, 6)), *(f"webrtc {n}" for n in (0, 1, 2, 3))]
    assert [one.detector for one in read_variants("webrtc", [])] == names[4:]


def test_every_detector_of_the_daemon_is_compared_and_so_is_the_default() -> None:
    choices = SegmentOptions.__dataclass_fields__["vad"].metadata["choices"]
    assert set(DETECTORS) == set(choices)
    assert Variant(SegmentOptions()) in read_variants("", [])


def test_variants_are_all_combinations() -> None:
    found = read_variants("silero:0.4, webrtc:2", ["onset_ms/onset_window_ms=30/30,90/180", "hangover_ms=500,700"])
    assert [one.name for one in found] == [
        f"{detector}.{onset}.{hangover}"
        for detector in ("silero-0.4", "webrtc-2")
        for onset in ("30-30", "90-180")
        for hangover in (500, 700)
    ]
    assert [one.options.resume_ms for one in found[:4]] == [30, 30, 60, 60]  # never more than the onset
    assert [(one.options.onset_ms, one.options.onset_window_ms) for one in found[2:4]] == [(90, 180)] * 2


def test_what_is_not_the_default_stands_in_the_name() -> None:
    assert variant(detector="silero:0.5").name == "silero-0.5.60-120.700"
    name = variant("preroll_ms=300", "resume_ms=40", "max_utterance_s=12.5").name
    assert name == "webrtc-3.60-120.700.resume_ms-40.preroll_ms-300.max_utterance_s-12.5"


def test_no_variant_twice() -> None:
    assert len(read_variants("silero:0.5,silero:0.50", ["hangover_ms=700,700"])) == 1


def test_the_answers_of_silero_serve_for_every_threshold() -> None:
    found = read_variants("silero:0.3,silero:0.5,webrtc:0,webrtc:3", [])
    assert [one.trace_key for one in found] == [("silero", None)] * 2 + [("webrtc", 0), ("webrtc", 3)]
    assert [one.threshold for one in found] == [0.3, 0.5, 0.5, 0.5]


@pytest.mark.parametrize(
    ("detectors", "varied", "words"),
    [
        ("energy:1", [], "'energy:1' is none of silero, webrtc"),
        ("sillero:0.5", [], "did you mean silero?"),
        ("webrtc:4", [], "--detectors webrtc = .*0 to 3"),
        ("webrtc:1.5", [], "--detectors webrtc"),
        ("silero:", [], "--detectors silero"),
        ("silero:nan", [], "--detectors silero"),
        ("silero:0.5,", [], "'' is none of"),
        ("", ["hangover=500"], "'hangover' is no setting .*did you mean hangover_ms"),
        ("", ["threshold=0.5"], "'threshold' is no setting"),
        ("", ["vad=silero"], "'vad' is no setting .*take one of onset_ms"),
        ("", ["hangover_ms"], "not of the form hangover_ms=N,..."),
        ("", ["hangover_ms="], "--vary hangover_ms"),
        ("", ["hangover_ms=500/600"], "not of the form hangover_ms=N,..."),
        ("", ["onset_ms/onset_window_ms=60"], "not of the form onset_ms/onset_window_ms=N/N,..."),
        ("", ["hangover_ms=10"], "--vary hangover_ms = .*50 to 10000"),
        ("", ["onset_ms/onset_window_ms=90/60"], "onset_ms .90 ms. must not exceed"),
        ("", ["hangover_ms=100"], "must not exceed hangover_ms"),
    ],
)
def test_what_cannot_be_tried_is_told(detectors: str, varied: list[str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read_variants(detectors, varied)
