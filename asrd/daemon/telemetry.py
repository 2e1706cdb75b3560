"""What the pipeline does, as numbers for `/metrics`."""

from __future__ import annotations

from asrd.daemon.counters import Counters, Observer
from asrd.daemon.history import History
from asrd.daemon.pipeline import Pipeline
from asrd.geometry import seconds_of
from asrd.schedule.jobs import Kind
from asrd.server.metrics import Metrics


class PassMetrics(Observer):
    """Histograms of how long things take."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def passed(self, kind: Kind, seconds: float) -> None:
        """See `Observer`."""
        self._metrics.observe("asrd_pass_seconds", seconds, kind.value)

    def final(self, delay_s: float) -> None:
        """See `Observer`."""
        self._metrics.observe("asrd_final_latency_seconds", delay_s)


def feed(metrics: Metrics, pipeline: Pipeline, history: History) -> None:
    """Have the counters of the pipeline and the history read whenever the numbers are asked for."""
    counters: Counters = pipeline.counters
    metrics.source("asrd_audio_seconds_total", lambda: seconds_of(counters.audio_samples))
    metrics.source("asrd_decoder_positions_total", lambda: counters.work.decoder_positions)
    metrics.source("asrd_encoder_rows_total", lambda: counters.work.back_rows)
    metrics.source("asrd_history_written_total", lambda: history.state.written)
    metrics.source("asrd_history_lost_total", lambda: history.state.lost)
    for kind in Kind:
        metrics.source("asrd_passes_total", lambda kind=kind: counters.passes[kind], kind.value)  # type: ignore[misc]
