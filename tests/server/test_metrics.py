from __future__ import annotations

import threading

import pytest
from prometheus_client.parser import text_string_to_metric_families

from asrd.server.metrics import METRICS, Kind, Metric, Metrics


def samples(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    found = {}
    for family in text_string_to_metric_families(metrics.text()):
        assert family.documentation
        for sample in family.samples:
            found[sample.name, tuple(sorted(sample.labels.items()))] = sample.value
    return found


def test_every_number_is_ours_and_has_help_and_a_type() -> None:
    lines = Metrics().text().splitlines()
    for metric in METRICS:
        assert metric.name.startswith("asrd_")
        assert f"# TYPE {metric.name} {metric.kind.value}" in lines
        assert f"# HELP {metric.name} {metric.help}" in lines
        assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER)
        assert metric.name.endswith("_seconds") == (metric.kind is Kind.HISTOGRAM)


def test_prometheus_reads_an_empty_registry() -> None:
    found = samples(Metrics())
    assert found["asrd_finals_total", ()] == 0.0
    assert found["asrd_connections", ()] == 0.0


def test_counters_and_gauges() -> None:
    metrics = Metrics()
    metrics.count("asrd_finals_total")
    metrics.count("asrd_gap_seconds_total", 1.25)
    metrics.count("asrd_refused_total", label="403")
    metrics.count("asrd_refused_total", 2, label="401")
    open_sessions = [3.0]
    metrics.source("asrd_sessions", lambda: open_sessions[0])
    open_sessions[0] = 2.0
    found = samples(metrics)
    assert found["asrd_finals_total", ()] == 1.0
    assert found["asrd_gap_seconds_total", ()] == 1.25
    assert found["asrd_refused_total", (("status", "403"),)] == 1.0
    assert found["asrd_refused_total", (("status", "401"),)] == 2.0
    assert found["asrd_sessions", ()] == metrics.value("asrd_sessions") == 2.0


def test_histograms_count_up_to_each_bound() -> None:
    metrics = Metrics()
    for seconds in (0.001, 0.005, 0.006, 0.3, 100.0):
        metrics.observe("asrd_pass_seconds", seconds, "final")
    found = samples(metrics)

    def bucket(bound: str) -> float:
        return found["asrd_pass_seconds_bucket", (("kind", "final"), ("le", bound))]

    assert [bucket(bound) for bound in ("0.005", "0.01", "0.25", "0.5", "30.0", "+Inf")] == [2, 3, 3, 4, 4, 5]
    assert found["asrd_pass_seconds_count", (("kind", "final"),)] == 5
    assert found["asrd_pass_seconds_sum", (("kind", "final"),)] == pytest.approx(100.312)


def test_numbers_may_be_asked_for_when_they_are_read() -> None:
    metrics = Metrics()
    heard = [1.0]
    metrics.source("asrd_audio_seconds_total", lambda: heard[0])
    metrics.source("asrd_passes_total", lambda: 7.0, "partial")
    heard[0] = 2.5
    assert samples(metrics)["asrd_audio_seconds_total", ()] == metrics.value("asrd_audio_seconds_total") == 2.5
    assert samples(metrics)["asrd_passes_total", (("kind", "partial"),)] == 7.0


def test_large_numbers_are_exact() -> None:
    metrics = Metrics()
    metrics.count("asrd_finals_total", 123_456_789_012)
    assert "asrd_finals_total 123456789012\n" in metrics.text()


def test_labels_are_escaped() -> None:
    metrics = Metrics([Metric("asrd_x_total", Kind.COUNTER, "x", "y")])
    metrics.count("asrd_x_total", label='a"b\\c\nd')
    assert samples(metrics) == {("asrd_x_total", (("y", 'a"b\\c\nd'),)): 1.0}


def test_misuse_is_a_bug() -> None:
    metrics = Metrics()
    with pytest.raises(KeyError):
        metrics.count("asrd_unknown_total")
    with pytest.raises(ValueError, match="is a gauge"):
        metrics.count("asrd_connections")
    with pytest.raises(ValueError, match="status label"):
        metrics.count("asrd_refused_total")
    with pytest.raises(ValueError, match="no label"):
        metrics.count("asrd_finals_total", label="x")
    with pytest.raises(ValueError, match="histogram"):
        metrics.source("asrd_pass_seconds", lambda: 0.0, "x")


def test_threads_may_feed_it() -> None:
    metrics = Metrics()

    def feed() -> None:
        for _ in range(2000):
            metrics.count("asrd_finals_total")
            metrics.observe("asrd_final_latency_seconds", 0.1)

    threads = [threading.Thread(target=feed) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = samples(metrics)
    assert found["asrd_finals_total", ()] == found["asrd_final_latency_seconds_count", ()] == 8000
