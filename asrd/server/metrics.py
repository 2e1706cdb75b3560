"""Counters, gauges and histograms in the Prometheus text format. May be fed by every thread.

Format: https://prometheus.io/docs/instrumenting/exposition_formats/ (text format 0.0.4).
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
Labels = tuple[tuple[str, str], ...]
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Kind(Enum):
    """What a number means."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True)
class Metric:
    """A number that is published.

    Attributes:
        name: ends with its unit; counters with `_total`.
        kind: of number.
        help: one line.
        label: the name of its one label, or "".
    """

    name: str
    kind: Kind
    help: str
    label: str = ""


METRICS: Final = (
    Metric("asrd_connections", Kind.GAUGE, "WebSocket connections that are open"),
    Metric("asrd_connections_total", Kind.COUNTER, "WebSocket connections that were opened"),
    Metric("asrd_refused_total", Kind.COUNTER, "Requests that were refused, by HTTP status", "status"),
    Metric("asrd_closed_total", Kind.COUNTER, "Connections that the daemon closed, by close code", "code"),
    Metric("asrd_messages_sent_total", Kind.COUNTER, "Messages sent to clients"),
    Metric("asrd_messages_received_total", Kind.COUNTER, "Messages of clients", "kind"),
    Metric("asrd_messages_dropped_total", Kind.COUNTER, "Levels and partials not sent, as newer ones replaced them"),
    Metric("asrd_sessions", Kind.GAUGE, "Sessions that are open, that of the daemon's own source included"),
    Metric("asrd_audio_seconds_total", Kind.COUNTER, "Audio that was heard"),
    Metric("asrd_gap_seconds_total", Kind.COUNTER, "Audio that was lost"),
    Metric("asrd_finals_total", Kind.COUNTER, "Finals that were published, with or without a listener"),
    Metric("asrd_partials_total", Kind.COUNTER, "Partials that were published"),
    Metric("asrd_dropped_utterances_total", Kind.COUNTER, "Utterances that came to nothing"),
    Metric("asrd_passes_total", Kind.COUNTER, "Passes of the recognizer", "kind"),
    Metric("asrd_decoder_positions_total", Kind.COUNTER, "Tokens and rows that the decoder evaluated"),
    Metric("asrd_encoder_rows_total", Kind.COUNTER, "Rows that the encoder computed"),
    Metric("asrd_pass_seconds", Kind.HISTOGRAM, "Computing time of a pass", "kind"),
    Metric("asrd_partial_lag_seconds", Kind.HISTOGRAM, "How far a partial was behind the newest audio"),
    Metric("asrd_final_latency_seconds", Kind.HISTOGRAM, "From the end of an utterance to its final"),
    Metric("asrd_history_written_total", Kind.COUNTER, "Finals written to the history"),
    Metric("asrd_history_lost_total", Kind.COUNTER, "Finals that could not be written to the history"),
)


@dataclass
class _Histogram:
    counts: list[int] = field(default_factory=lambda: [0] * (len(_SECONDS) + 1))
    total: float = 0.0

    def observe(self, seconds: float) -> None:
        self.counts[bisect_left(_SECONDS, seconds)] += 1
        self.total += seconds


class Metrics:
    """The numbers of a daemon; only those that `METRICS` names."""

    def __init__(self, metrics: Iterable[Metric] = METRICS) -> None:
        self._metrics = {metric.name: metric for metric in metrics}
        self._lock = threading.Lock()
        self._numbers: dict[tuple[str, Labels], float] = {}
        self._histograms: dict[tuple[str, Labels], _Histogram] = {}
        self._sources: dict[tuple[str, Labels], Callable[[], float]] = {}

    def count(self, name: str, amount: float = 1.0, label: str = "") -> None:
        """Add to a counter."""
        key = self._key(name, Kind.COUNTER, label)
        with self._lock:
            self._numbers[key] = self._numbers.get(key, 0.0) + amount

    def observe(self, name: str, seconds: float, label: str = "") -> None:
        """Add a value to a histogram."""
        key = self._key(name, Kind.HISTOGRAM, label)
        with self._lock:
            self._histograms.setdefault(key, _Histogram()).observe(seconds)

    def source(self, name: str, value: Callable[[], float], label: str = "") -> None:
        """Ask `value` for a gauge, or a counter kept elsewhere, when the numbers are read; it must return at once."""
        kind = self._metrics[name].kind
        if kind is Kind.HISTOGRAM:
            raise ValueError(f"{name} is a histogram and cannot be read from elsewhere")
        self._sources[self._key(name, kind, label)] = value

    def value(self, name: str, label: str = "") -> float:
        """A counter or gauge as it is now; 0 before the first event."""
        key = self._key(name, self._metrics[name].kind, label)
        if key in self._sources:
            return self._sources[key]()
        with self._lock:
            return self._numbers.get(key, 0.0)

    def text(self) -> str:
        """All numbers in the text format."""
        with self._lock:
            numbers = dict(self._numbers)
            histograms = {key: (list(one.counts), one.total) for key, one in self._histograms.items()}
        numbers.update({key: value() for key, value in list(self._sources.items())})
        lines: list[str] = []
        for metric in self._metrics.values():
            lines += [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} {metric.kind.value}"]
            if metric.kind is Kind.HISTOGRAM:
                lines += _histogram_lines(metric.name, histograms)
            else:
                lines += _number_lines(metric, numbers)
        return "\n".join(lines) + "\n"

    def _key(self, name: str, kind: Kind, label: str) -> tuple[str, Labels]:
        metric = self._metrics[name]
        if metric.kind is not kind or bool(metric.label) != bool(label):
            raise ValueError(f"{name} is a {metric.kind.value} with {metric.label or 'no'} label")
        return name, ((metric.label, label),) if label else ()


def _number_lines(metric: Metric, numbers: Mapping[tuple[str, Labels], float]) -> list[str]:
    found = {labels: value for (name, labels), value in numbers.items() if name == metric.name}
    if not found and not metric.label:
        found = {(): 0.0}
    return [f"{metric.name}{_shown(labels)} {value:.15g}" for labels, value in sorted(found.items())]


def _histogram_lines(name: str, histograms: Mapping[tuple[str, Labels], tuple[list[int], float]]) -> list[str]:
    lines = []
    for (owner, labels), (counts, total) in sorted(histograms.items()):
        if owner != name:
            continue
        so_far = 0
        for bound, count in zip((*map(str, _SECONDS), "+Inf"), counts, strict=True):
            so_far += count
            lines.append(f"{name}_bucket{_shown((*labels, ('le', bound)))} {so_far}")
        lines += [f"{name}_sum{_shown(labels)} {total:.15g}", f"{name}_count{_shown(labels)} {so_far}"]
    return lines


def _shown(labels: Labels) -> str:
    inside = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{inside}}}" if inside else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
