"""Error rates of a set as figures, rows and a list of the worst."""

from __future__ import annotations

import pytest

from asrd.bench.accuracy.rates import OFFLINE, SEGMENTED, STREAMED, SetRates, Way
from asrd.bench.outcome.collecting import Collector
from asrd.bench.outcome.result import Better, Kind
from tests.bench.needs import NEEDS_TEXT2NUM

pytestmark = NEEDS_TEXT2NUM
CLIPS = ["one", "two", "three"]
REFERENCES = ["make me a coffee", "stop", "two cups, please"]


def added(*ways: Way) -> Collector:
    collector = Collector("accuracy", "asrd")
    SetRates("dev", CLIPS, REFERENCES).add(collector, ways, audio_s=10.0)
    return collector


def test_figures_of_the_ways() -> None:
    collector = added(
        Way(OFFLINE, ["Make me a coffee.", "Stop!", "2 cups please"], 0.5),
        Way(SEGMENTED, ["Make a coffee", "Stop it", "2 cups please"], 1.0),
        Way("peer", ["", "stop", "to cups please"]),
    )
    found = collector.result("")
    offline, segmented, peer = (found.measure(f"wer.dev.{name}") for name in (OFFLINE, SEGMENTED, "peer"))
    assert (offline.value, offline.low, offline.high, offline.count) == (0.0, 0.0, 0.0, 3)
    assert segmented.value == pytest.approx(100 * 2 / 8)
    assert peer.value == pytest.approx(100 * 5 / 8)
    assert (peer.kind, peer.better) == (Kind.RATIO, Better.LOWER)
    assert found.measure("wer.dev.segmenting_cost").value == pytest.approx(25.0)
    less = found.measure("wer.dev.peer_less_asrd")
    assert less.value == pytest.approx(62.5)
    assert less.better is Better.NEITHER
    assert less.low is not None
    assert less.high is not None
    assert less.low <= 62.5 <= less.high
    assert found.measure("rtf.dev.segmented").value == 0.1
    assert found.measure("rtf.dev.segmented").kind is Kind.TIME
    assert "rtf.dev.peer" not in [one.name for one in found.measures]


def test_the_table() -> None:
    (table,) = added(
        Way(OFFLINE, ["make me a tea now", "", "2 cups please"], 0.5), Way(STREAMED, REFERENCES, 2.0)
    ).tables
    assert table.title == "dev: 3 clips, 8 words"
    assert [row[0] for row in table.rows] == ["offline", "streamed", "streamed - offline"]
    assert list(table.rows[0][2:]) == ["1", "1", "1", "0.050"]
    assert table.rows[0][1].startswith("37.50 (")
    assert table.rows[2][1].startswith("-37.50 (")


def test_characters_where_no_spaces_are_written() -> None:
    collector = Collector("accuracy", "asrd")
    SetRates("dev", ["a"], ["今日は晴れ"]).add(collector, [Way(OFFLINE, ["今日、晴れ"])], 1.0)
    assert collector.result("").measure("cer.dev.offline").value == pytest.approx(20.0)
    assert collector.tables[0].title == "dev: 1 clips, 5 characters"


def test_the_worst_come_first() -> None:
    clips = [f"clip-{number:02}" for number in range(15)]
    references = ["a b"] * 12 + ["a b c d", "z", "a b c d e f g h i j"]
    texts = ["a b", "a x", "x y", "a"] + ["a x"] * 8 + ["x y c d", "z", "x y z d e f g h i j"]
    rates = SetRates("dev", clips, references)
    table = rates.worst(rates.scored(Way(STREAMED, texts)))
    assert [row[0] for row in table.rows[:4]] == ["clip-02", "clip-12", "clip-01", "clip-03"]
    assert len(table.rows) == 10
    assert list(table.rows[0]) == ["clip-02", "100", "a b", "x y"]
    assert "clip-00" not in [row[0] for row in table.rows]


def test_only_clips_with_errors_are_bad_and_no_text_is_a_dash() -> None:
    rates = SetRates("dev", ["a", "b"], ["One.", "two"])
    assert rates.worst(rates.scored(Way(STREAMED, ["1", ""]))).rows == [["b", "100", "2", "-"]]
