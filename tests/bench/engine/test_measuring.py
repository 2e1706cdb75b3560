"""One engine measured, in this process and in one of its own."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asrd.bench.engine.apart import measure_apart
from asrd.bench.engine.audio import Clips, clips_of, growing_audio, made_clips
from asrd.bench.engine.measuring import measure
from asrd.bench.engine.values import EngineRequest, Measured, measured_of
from asrd.bench.host.memory import peak_resident_bytes, resident_bytes
from asrd.bench.sets.table import read_table
from asrd.errors import AsrdError, AudioError

MIB = 2**20
MEASURING = "asrd.bench.engine.measuring"


def quiet(_: str) -> None:
    """Progress that nobody sees."""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Two clips, of 0.5 s and 1 s."""
    for name, samples in (("a", 8000), ("b", 16_000)):
        soundfile.write(tmp_path / f"{name}.wav", np.full(samples, 0.25 if name == "a" else 0.5), 16_000)
    (tmp_path / "two.tsv").write_text("a.wav\tone\nb.wav\ttwo\n", encoding="utf-8")
    return tmp_path / "two.tsv"


def test_an_engine_is_measured(tiny_model: Path, table: Path) -> None:
    told: list[str] = []
    clips = [*made_clips([2.0]), clips_of(read_table(table))]
    result = measure(EngineRequest(str(tiny_model), clips, growing_s=[3.0], repeats=2, threads=1), told.append)
    assert result.name == "tiny"
    assert [(one.name, one.audio_s) for one in result.offline] == [("2s", 2.0), ("two", 1.5)]
    for one in result.offline:
        assert len(one.seconds) == 2
        assert set(one.stages_s) == {"mel_s", "encode_s", "prefill_s", "decode_s"}
        for repeat, total in enumerate(one.seconds):
            assert 0 < sum(stage[repeat] for stage in one.stages_s.values()) <= total
    assert len(result.offline[1].tokens) == 2
    (grown,) = result.growing
    assert grown.unlike_offline == 0
    assert [len(passes) for passes in grown.pass_ms] == [6, 6]
    assert len(grown.pass_work) == 7  # the final too
    assert grown.pass_work[0].back_rows > 0
    assert grown.work.back_rows == sum(work.back_rows for work in grown.pass_work)
    assert result.head
    assert result.suffix
    assert result.resident_bytes is not None
    assert result.peak_resident_bytes is not None
    assert 20 * MIB < result.resident_bytes <= result.peak_resident_bytes + MIB  # the kernel counts the two apart
    assert resident_bytes() <= peak_resident_bytes() + MIB
    assert told == ["tiny: 2s", "tiny: two", "tiny: an utterance that grows to 3 s"]


def test_both_shortcuts_can_be_switched_off(tiny_model: Path) -> None:
    request = EngineRequest(str(tiny_model), growing_s=[4.0], repeats=1, threads=1, steady=True)
    whole, undrafted, uncached = (
        measure(one, quiet).growing[0]
        for one in (request, replace(request, verify_drafts=False), replace(request, reuse_windows=False))
    )
    assert whole.unlike_offline == undrafted.unlike_offline == uncached.unlike_offline == 0
    assert whole.work.draft_kept > undrafted.work.draft_kept == 0
    assert undrafted.work.decoder_batches > whole.work.decoder_batches
    assert uncached.work.front_chunks > whole.work.front_chunks == undrafted.work.front_chunks


def test_a_final_that_differs_is_counted(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from asrd.recognizer.utterance import Utterance

    final = Utterance.final
    monkeypatch.setattr(Utterance, "final", lambda self: replace(final(self), tokens=(1, 2, 3)))
    result = measure(EngineRequest(str(tiny_model), growing_s=[1.0], repeats=2, threads=1), quiet)
    assert result.growing[0].unlike_offline == 2


def test_what_was_measured_passes_between_processes(tiny_model: Path) -> None:
    told: list[str] = []
    request = EngineRequest(str(tiny_model), made_clips([1.0]), growing_s=[1.0], repeats=1, threads=1)
    result = measure_apart(MEASURING, request, told.append)
    assert isinstance(result, Measured)
    assert result.growing[0].work.decoder_positions > 0
    assert told[-1] == "tiny: an utterance that grows to 1 s"
    assert measured_of(json.loads(json.dumps(asdict(result)))) == result


def test_a_process_that_fails_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(AsrdError, match=r"ended with exit code 3: there is no model folder .*nothing") as raised:
        measure_apart(MEASURING, EngineRequest(str(tmp_path / "nothing")), quiet)
    assert "\n" not in str(raised.value)


def test_an_answer_longer_than_a_pipe_holds_arrives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = asdict(Measured("m" * 200_000))
    program = (
        f"import json, sys\njson.load(sys.stdin)\njson.dump({answer!r}, sys.stdout)\nsys.stderr.write('told\\n')\n"
    )
    (tmp_path / "long_answer.py").write_text(program, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    told: list[str] = []
    assert measure_apart("long_answer", EngineRequest(""), told.append).name == "m" * 200_000
    assert told == ["told"]


def test_growing_audio_is_clips_one_after_the_other(table: Path) -> None:
    files = clips_of(read_table(table)).files
    audio = growing_audio(4.0, files)
    assert len(audio) == 64_000
    loudness = [0.25, 0.5, 0.5, 0.25, 0.5, 0.5, 0.25, 0.5]
    assert np.allclose(audio.reshape(8, 8000).mean(axis=1), loudness, atol=1e-3)
    assert len(growing_audio(1.0, files)) == 16_000
    assert np.array_equal(growing_audio(2.0, ()), Clips("2s", made_s=2.0).read()[0])


def test_clips_without_a_sample_are_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "none.wav", np.zeros(0), 16_000)
    with pytest.raises(AudioError):
        growing_audio(1.0, [str(tmp_path / "none.wav")])
