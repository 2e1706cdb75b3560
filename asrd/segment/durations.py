"""The settings of the segmenter in samples and frames, and whether they fit each other."""

from __future__ import annotations

from dataclasses import dataclass

from asrd.errors import ConfigError
from asrd.geometry import samples_of
from asrd.options import SegmentOptions


@dataclass(frozen=True)
class Durations:
    """`SegmentOptions` as the state machine counts: `_frames` rounded up to whole frames, all else in samples."""

    onset_frames: int
    window_frames: int
    resume_frames: int
    preroll: int
    pause: int
    hangover: int
    tail_pad: int
    min_speech: int
    limit: int


def durations_of(options: SegmentOptions, frame_samples: int, lag_samples: int = 0) -> Durations:
    """The durations for frames of `frame_samples` samples.

    Raises:
        ConfigError: two settings contradict each other.
    """
    check_segment_options(options)

    def frames(duration_ms: int) -> int:
        return -(-samples_of(duration_ms / 1e3) // frame_samples)

    return Durations(
        onset_frames=frames(options.onset_ms),
        window_frames=frames(options.onset_window_ms),
        resume_frames=frames(options.resume_ms),
        preroll=samples_of(options.preroll_ms / 1e3),
        pause=samples_of(options.pause_ms / 1e3),
        # Counted from the true end of speech, which the detector tells late.
        hangover=max(
            samples_of(options.hangover_ms / 1e3) - lag_samples,
            samples_of(max(options.pause_ms, options.tail_pad_ms) / 1e3),
        ),
        tail_pad=samples_of(options.tail_pad_ms / 1e3),
        min_speech=samples_of(options.min_speech_ms / 1e3),
        limit=samples_of(options.max_utterance_s),
    )


def check_segment_options(options: SegmentOptions) -> None:
    """See that the settings fit each other; each one's own limits are the configuration's concern.

    Raises:
        ConfigError: two of them contradict each other.
    """
    _at_most("resume_ms", options.resume_ms, "onset_ms", options.onset_ms)
    _at_most("onset_ms", options.onset_ms, "onset_window_ms", options.onset_window_ms)
    _at_most("pause_ms", options.pause_ms, "hangover_ms", options.hangover_ms)
    _at_most("tail_pad_ms", options.tail_pad_ms, "hangover_ms", options.hangover_ms)
    half_ms = round(options.max_utterance_s * 1e3 / 2)
    beginning_ms = options.preroll_ms + options.onset_window_ms
    _at_most("preroll_ms and onset_window_ms together", beginning_ms, "half of max_utterance_s", half_ms)
    _at_most("min_speech_ms", options.min_speech_ms, "half of max_utterance_s", half_ms)


def _at_most(smaller: str, smaller_ms: int, larger: str, larger_ms: int) -> None:
    if smaller_ms > larger_ms:
        raise ConfigError(
            f"[segment] {smaller} ({smaller_ms} ms) must not exceed {larger} ({larger_ms} ms): "
            "make the one smaller or the other larger"
        )
