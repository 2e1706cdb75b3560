"""Figures from what was measured, against numbers worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from asrd.bench.engine.growing import draw_passes, report_flatness, report_growing, report_worth
from asrd.bench.engine.offline import report_against, report_memory, report_offline
from asrd.bench.engine.repeats import over_repeats, ratio_over_repeats
from asrd.bench.engine.values import Growing, Measured, Offline
from asrd.bench.outcome.collecting import Collector
from asrd.bench.outcome.result import Better, Kind, Measure
from asrd.values import Work

STAGES = {"mel_s": [0.1, 0.1], "encode_s": [0.5, 0.9], "prefill_s": [0.2, 0.4], "decode_s": [0.2, 0.4]}


def collector() -> Collector:
    return Collector("engine", "asrd bench engine")


def measure(out: Collector, name: str) -> Measure:
    return out.result("").measure(name)


def growing(pass_ms: Sequence[Sequence[float]], works: Sequence[Work], unlike: int = 0) -> Growing:
    return Growing(len(pass_ms[0]) * 10.0, 10.0, pass_ms, [*works, Work()], unlike)


def test_a_median_has_the_spread_of_its_repeats() -> None:
    found = over_repeats("x", [3.0, 1.0, 2.0], "s", Kind.TIME)
    assert (found.value, found.low, found.high, found.count) == (2.0, 1.0, 3.0, 3)
    alone = over_repeats("x", [3.0], "s", Kind.TIME)
    assert (alone.value, alone.low, alone.high) == (3.0, None, None)


def test_a_ratio_has_the_widest_spread_that_its_repeats_allow() -> None:
    found = ratio_over_repeats("x", [6.0, 8.0, 10.0], [1.0, 2.0, 4.0], Better.HIGHER)
    assert (found.value, found.low, found.high) == (4.0, 1.5, 10.0)
    assert (found.kind, found.better, found.unit) == (Kind.RATIO, Better.HIGHER, "x")
    alone = ratio_over_repeats("x", [6.0], [1.0, 2.0], Better.HIGHER)
    assert (alone.value, alone.low, alone.high) == (4.0, None, None)


def test_real_time_factor_and_shares() -> None:
    out = collector()
    report_offline(out, [Measured("m", offline=[Offline("10s", 10.0, [1.0, 2.0], STAGES, [7, 8])])])
    rtf = measure(out, "rtf.m.10s")
    assert rtf.value == pytest.approx(0.15)
    assert (rtf.low, rtf.high, rtf.kind) == (0.1, 0.2, Kind.TIME)
    encoder = measure(out, "share.m.10s.encoder")
    assert encoder.value == pytest.approx(47.5)
    assert (encoder.low, encoder.high) == (45.0, 50.0)
    assert (encoder.kind, encoder.better) == (Kind.TIME, Better.NEITHER)
    (table,) = out.tables
    assert table.rows[0][:5] == ["m", "10s", "10", "15", "0.15"]


def test_an_engine_that_tells_no_stages_has_none() -> None:
    out = collector()
    report_offline(out, [Measured("peer", offline=[Offline("10s", 10.0, [1.0])])])
    assert [one.name for one in out.measures] == ["rtf.peer.10s"]
    assert out.tables[0].rows[0][-4:] == ["-", "-", "-", "-"]


def test_memory_is_left_out_where_it_is_not_known() -> None:
    out = collector()
    report_memory(out, [Measured("m", 0.5, resident_bytes=2_000_000, peak_resident_bytes=3_000_000), Measured("once")])
    assert {one.name: one.value for one in out.measures} == {"load.m": 0.5, "resident.m": 2.0, "peak_resident.m": 3.0}
    assert out.tables[0].rows[1] == ["once", "-", "-", "-"]


def test_a_model_against_another_engine_of_the_same_run() -> None:
    out = collector()
    model = Measured("m", offline=[Offline("10s", 10.0, [1.0, 1.0])], peak_resident_bytes=200)
    report_against(out, [model], Measured("peer", offline=[Offline("10s", 10.0, [4.0, 6.0])], peak_resident_bytes=800))
    faster = measure(out, "times_faster.m.peer.10s")
    assert (faster.value, faster.low, faster.high, faster.better) == (5.0, 4.0, 6.0, Better.HIGHER)
    assert measure(out, "memory_share.m.peer").value == 0.25


def test_passes_and_counters_per_second_of_audio() -> None:
    works = [Work(mel_frames=400, back_rows=40, decoder_positions=80, draft_offered=8, draft_kept=6)] * 2
    out = collector()
    report_growing(out, [Measured("m", growing=[growing([[10.0, 30.0], [20.0, 40.0]], works)])])
    p50 = measure(out, "pass.m.20s.p50")
    assert (p50.value, p50.low, p50.high) == (25.0, 20.0, 30.0)
    assert measure(out, "work.m.20s.mel_frames").value == 40.0
    assert measure(out, "work.m.20s.back_rows").value == 4.0
    assert measure(out, "work.m.20s.decoder_positions").value == 8.0
    assert measure(out, "work.m.20s.decoder_positions").kind is Kind.COUNTER
    assert measure(out, "drafts_kept.m.20s").value == 75.0
    assert measure(out, "finals_unlike_offline.m.20s").is_kept
    assert out.tables[0].rows[0][-3:] == ["75 %", "0", "yes"]


def test_a_final_unlike_the_offline_text_breaks_a_bound() -> None:
    out = collector()
    report_growing(out, [Measured("m", growing=[growing([[1.0]], [Work()], unlike=1)])])
    (broken,) = out.result("").broken()
    assert broken.name == "finals_unlike_offline.m.10s"
    assert out.tables[0].rows[0][-1] == "NO"


def test_flatness_is_late_over_early() -> None:
    works = [Work(decoder_positions=value, back_rows=value) for value in (90, 90, 10, 20, 90, 90, 15, 30)]
    times = [[9.0, 9.0, 1.0, 3.0, 9.0, 9.0, 4.0, 2.0], [9.0, 9.0, 2.0, 2.0, 9.0, 9.0, 5.0, 5.0]]
    for repeats, broken in ((times, []), ([*times, times[1]], ["flatness.m.time"])):
        out = collector()
        report_flatness(out, [Measured("m", growing=[growing([[1.0]], [Work()]), growing(repeats, works)])])
        time = measure(out, "flatness.m.time")
        assert (time.low, time.high) == (1.5, 2.5)
        assert measure(out, "flatness.m.decoder_positions").value == 1.5
        assert [one.name for one in out.result("").broken()] == broken


def test_a_pass_that_costs_more_the_longer_the_utterance_breaks_the_bounds() -> None:
    growth = [float(index + 1) for index in range(120)]
    works = [Work(decoder_positions=int(value), back_rows=int(value)) for value in growth]
    out = collector()
    report_flatness(out, [Measured("m", growing=[growing([growth] * 3, works)])])
    assert len(out.result("").broken()) == 3


def test_a_shortcut_that_saves_what_there_is_nothing_of() -> None:
    out = collector()
    whole, without = (Measured(name, growing=[growing([[2.0]], [Work(decoder_positions=4)])]) for name in ("m", "x"))
    report_worth(out, whole, {"windows": without})
    assert measure(out, "worth.windows.m.10s.back_rows").value is None
    assert measure(out, "worth.windows.m.10s.decoder_positions").value == 1.0


def test_a_long_utterance_with_few_passes_says_nothing_of_flatness() -> None:
    out = collector()
    report_flatness(out, [Measured("m", growing=[Growing(60.0, 60.0, [[1.0]], [Work()] * 2, 0)])])
    assert out.measures == []
    assert len(out.notes) == 1


def test_a_short_utterance_says_nothing_of_flatness() -> None:
    out = collector()
    report_flatness(out, [Measured("m", growing=[growing([[1.0] * 5], [Work()] * 5)]), Measured("none")])
    assert out.measures == []
    assert [note.partition(":")[0] for note in out.notes] == ["m", "none"]


def test_the_picture_has_a_line_for_each_engine() -> None:
    out = collector()
    one = Growing(25.0, 10.0, [[1.0, 2.0, 3.0], [3.0, 4.0, 5.0], [2.0, 9.0, 4.0]], [Work()] * 4, 0)
    draw_passes(out, [Measured("m", growing=[one]), Measured("none")])
    (line,) = out.series[0].lines
    assert (line.label, list(line.x), list(line.y)) == ("m", [10.0, 20.0, 25.0], [2.0, 4.0, 4.0])


def test_the_worth_of_a_shortcut() -> None:
    work = Work(decoder_positions=10, decoder_batches=5, back_rows=4)
    more = Work(decoder_positions=20, decoder_batches=15, back_rows=4)
    out = collector()
    whole = Measured("m", growing=[growing([[1.0, 1.0], [2.0, 2.0]], [work, work])])
    without = Measured("m.no-drafts", growing=[growing([[4.0, 5.0], [6.0, 6.0]], [more, more])])
    report_worth(out, whole, {"drafts": without})
    time = measure(out, "worth.drafts.m.20s.time")
    assert (time.value, time.low, time.high) == (3.5, 2.25, 6.0)
    assert measure(out, "worth.drafts.m.20s.decoder_positions").value == 2.0
    assert measure(out, "worth.drafts.m.20s.decoder_batches").value == 3.0
    assert measure(out, "worth.drafts.m.20s.back_rows").value == 1.0
    assert out.tables[0].rows == [["drafts", "20", "3.5", "2.25 to 6", "2", "3", "1"]]
    report_worth(collector(), whole, {})
