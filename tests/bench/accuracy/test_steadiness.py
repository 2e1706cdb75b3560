"""The stabiliser replayed over kept passes, and what is counted of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from asrd.bench.accuracy.hearing import Ways, hear, settle_until
from asrd.bench.accuracy.steadiness import Pass, Shown, replay, steadiness_of
from asrd.bench.figures.stability import Stability
from asrd.bench.sets.demo import write_demo_set
from asrd.bench.sets.table import read_table
from asrd.geometry import SAMPLE_RATE_HZ, samples_of, seconds_of
from asrd.recognizer.engine import Recognizer
from asrd.shipped import shipped_model
from asrd.source.file import FloatArray
from asrd.values import EngineOptions, UtteranceOptions

NEVER = samples_of(1000.0)


def passes(*texts: str, ends: bool = True) -> list[Pass]:
    """One a second, each token a letter, or none that ends anywhere."""
    return [
        Pass(second * SAMPLE_RATE_HZ, text, tuple(range(len(text) + 1)) if ends else ())
        for second, text in enumerate(texts, 1)
    ]


def committed(margin_s: float, said: list[Pass], settle: int = NEVER) -> list[str]:
    return [one.committed for one in replay(said, margin_s, settle)]


def test_a_longer_margin_commits_later() -> None:
    said = passes("a", "a b", "a b c", "a b c d")
    assert committed(0.3, said) == ["", "a", "a b", "a b c"]
    assert committed(2.0, said) == ["", "", "a", "a b"]
    assert [one.tail for one in replay(said, 2.0, NEVER)] == ["a", "a b", " b c", " c d"]


def test_what_a_cut_may_take_is_not_committed() -> None:
    said = passes("a", "a b", "a b c", "a b c d")
    assert committed(0.3, said, settle=2 * SAMPLE_RATE_HZ) == ["", "a", "a b", "a b"]


def test_commits_end_where_a_token_ends() -> None:
    assert committed(0.3, passes("a", "a b", "a b c", ends=False)) == ["", "", ""]


def test_what_is_counted_of_one_utterance() -> None:
    shown = [
        Shown(1 * SAMPLE_RATE_HZ, "", "Make"),
        Shown(2 * SAMPLE_RATE_HZ, "", "Make tea."),
        Shown(3 * SAMPLE_RATE_HZ, "Make", " tea, pleas"),
        Shown(4 * SAMPLE_RATE_HZ, "Make tea", " please now"),
    ]
    found = steadiness_of(shown, "Make tea, please.", 5 * SAMPLE_RATE_HZ)
    # As shown: "tea." -> "tea," -> "tea" -> "tea,", "pleas" -> "please" -> "please.", "now" goes.
    assert found.as_shown == Stability(
        words=3, erased=1 + 2 + 3, unstable=1 + 2 + 3, erased_committed=0, commit_errors=0
    )
    assert found.as_words == Stability(words=3, erased=1 + 1, unstable=1 + 1, erased_committed=0, commit_errors=0)
    assert found.delays_s == (2.0, 2.0, 1.0)  # of make, tea, please, which came with the fourth pass
    assert found.late_words == 1
    assert found.erased_letters == 0


def test_a_committed_word_may_go_on_but_not_change() -> None:
    goes_on = [Shown(16000, "light", ""), Shown(32000, "light-roast,", "")]
    changes = [Shown(16000, "light", ""), Shown(32000, "like", "")]
    found = [steadiness_of(shown, "x", 48000) for shown in (goes_on, changes)]
    assert [one.erased_letters for one in found] == [0, 3]
    assert [one.as_shown.erased_committed for one in found] == [1, 1]


def test_a_final_without_words() -> None:
    found = steadiness_of([Shown(16000, "", "hm")], "", 16000)
    assert (found.as_shown, found.delays_s, found.late_words) == (Stability(), (), 0)


def test_real_passes_replayed_are_what_the_recognizer_shows(tmp_path: Path) -> None:
    """The shipped model over the beginning of the demo clip: committed text and tail of every pass."""
    samples = read_table(write_demo_set(tmp_path)).clips[0].samples()[: samples_of(2.5)]
    with Recognizer.open(shipped_model(), EngineOptions(threads=1)) as recognizer:
        heard = hear(recognizer, samples, Ways((0.3, 1.0), is_segmented=True))
        for margin_s in (0.3, 1.0):
            shown = [(one.committed, one.tail) for one in replay(heard.passes, margin_s, settle_until(EngineOptions()))]
            assert shown == shown_by(recognizer, samples, heard.passes, margin_s)
            assert any(committed for committed, _ in shown)
    assert heard.streamed.text == heard.offline.text
    assert "Good morning" in heard.offline.text
    assert heard.audio_s == seconds_of(len(samples))
    assert heard.segmented is not None
    assert (heard.segmented.finals, heard.segmented.differing) == (1, 0)
    assert "Good morning" in heard.segmented.joined.text


def shown_by(
    recognizer: Recognizer, samples: FloatArray, said: Sequence[Pass], margin_s: float
) -> list[tuple[str, str]]:
    utterance = recognizer.utterance(UtteranceOptions(unstable_margin_s=margin_s))
    done, shown = 0, []
    for one in said:
        utterance.append(samples[done : one.samples])
        now = utterance.hypothesis()
        shown.append((now.committed, now.tail))
        done = one.samples
    utterance.abandon()
    return shown
