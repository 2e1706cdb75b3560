"""The ways to segment that are compared: detectors with their own setting, and the settings of the segmenter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import product
from typing import Any, Final

from asrd.bench.vad.detectors import DETECTORS, Detector
from asrd.config.checking import value_of_text
from asrd.config.definition import by_name
from asrd.errors import ConfigError
from asrd.options import SegmentOptions
from asrd.segment.durations import check_segment_options
from asrd.text.suggest import did_you_mean

_TABLE: Final = "segment"
_ANSWER_LIMIT: Final = 0.5  # of answers that are 0 or 1
_NAMED: Final = ("onset_ms", "onset_window_ms", "hangover_ms")  # in every name, after the detector
_OF_DETECTORS: Final = ("vad", *(detector.setting for detector in DETECTORS.values()))
_VARIED: Final = tuple(field.name for field in fields(SegmentOptions) if field.name not in _OF_DETECTORS)


@dataclass(frozen=True)
class Variant:
    """One way to segment: all of its settings."""

    options: SegmentOptions

    @property
    def kind(self) -> Detector:
        """Its detector."""
        return DETECTORS[self.options.vad]

    @property
    def setting(self) -> float:
        """The value of the detector's own setting."""
        value: float = getattr(self.options, self.kind.setting)
        return value

    @property
    def detector(self) -> str:
        """The detector and its setting, such as `silero 0.5`."""
        return f"{self.options.vad} {self.setting:g}"

    @property
    def name(self) -> str:
        """Detector, onset and its window, hangover, both in ms, then what else is not the default.

        As in `silero-0.5.60-120.700` or `webrtc-3.60-120.700.preroll_ms-300`.
        """
        options = self.options
        parts = [
            f"{options.vad}-{self.setting:g}",
            f"{options.onset_ms}-{options.onset_window_ms}",
            f"{options.hangover_ms}",
        ]
        return ".".join([*parts, *(f"{name}-{getattr(options, name):g}" for name in self._unusual())])

    @property
    def trace_key(self) -> tuple[str, float | None]:
        """Equal for those that the same answers of a detector serve."""
        return self.options.vad, None if self.kind.is_threshold else self.setting

    @property
    def threshold(self) -> float:
        """From which answer on a frame is voiced."""
        return self.setting if self.kind.is_threshold else _ANSWER_LIMIT

    def _unusual(self) -> list[str]:
        usual = replace(SegmentOptions(), resume_ms=_resume_ms(self.options.onset_ms))
        return [name for name in _VARIED if name not in _NAMED and getattr(self.options, name) != getattr(usual, name)]


def read_variants(detectors: str, varied: Sequence[str]) -> list[Variant]:
    """All combinations, in the default settings otherwise.

    Args:
        detectors: names with a value of their own setting, as in `silero:0.5,webrtc:3`; a name alone stands for all
            values that are usually compared, and "" for all detectors.
        varied: settings with the values to try, as in `hangover_ms=500,700`; or several that change together, as in
            `onset_ms/onset_window_ms=30/30,60/120`.

    Raises:
        ConfigError: something in it is unknown or out of its limits, or the settings of one variant contradict each
            other.
    """
    tried = [_tried(text) for text in varied]
    variants = []
    for chosen in _detectors(detectors or ",".join(DETECTORS)):
        for changes in product(*tried):
            merged = {name: value for change in changes for name, value in change.items()}
            resume_ms = _resume_ms(merged.get("onset_ms", SegmentOptions.onset_ms))
            options = replace(SegmentOptions(), **{"resume_ms": resume_ms, **merged, **chosen})
            check_segment_options(options)
            variants.append(Variant(options))
    return list(dict.fromkeys(variants))


def _detectors(text: str) -> list[dict[str, Any]]:
    """For each detector what it changes of the default settings."""
    found = []
    for part in text.split(","):
        name, colon, value = part.strip().partition(":")
        if name not in DETECTORS:
            raise ConfigError(f"--detectors: {part!r} is none of {', '.join(DETECTORS)}{did_you_mean(name, DETECTORS)}")
        kind = DETECTORS[name]
        values = [value] if colon else [f"{one:g}" for one in kind.compared]
        found += [{"vad": name, kind.setting: _value(kind.setting, one, f"--detectors {name}")} for one in values]
    return found


def _tried(text: str) -> list[Mapping[str, Any]]:
    """For each value of one `--vary` what it changes of the default settings."""
    left, equals, right = text.partition("=")
    names = left.split("/")
    for name in names:
        if name not in _VARIED:
            raise ConfigError(f"--vary: {name!r} is no setting of [{_TABLE}] that can be varied{_hint(name)}")
    found: list[Mapping[str, Any]] = []
    for values in right.split(","):
        parts = values.split("/")
        if not equals or len(parts) != len(names):
            raise ConfigError(f"--vary: {text!r} is not of the form {left}={'/'.join(['N'] * len(names))},...")
        found.append({name: _value(name, part, f"--vary {name}") for name, part in zip(names, parts, strict=True)})
    return found


def _value(name: str, text: str, where: str) -> Any:
    return value_of_text(by_name()[f"{_TABLE}.{name}"], text, where)


def _hint(name: str) -> str:
    return did_you_mean(name, _VARIED) or f": take one of {', '.join(_VARIED)}"


def _resume_ms(onset_ms: int) -> int:
    """As by default, but never more than the onset, which it must not exceed."""
    return min(SegmentOptions.resume_ms, onset_ms)
