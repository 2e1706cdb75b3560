from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from asrd.cli.passes import offline, streamed
from asrd.daemon.sources import DEMO_CLIP
from asrd.recognizer.engine import Recognizer
from asrd.source.file import read_audio
from asrd.values import EngineOptions, UtteranceOptions
from tests.cli.commands import RATE_HZ, Cli, assert_one_line, run_process, speech, write_wav


@pytest.fixture
def text(cli: Cli, clip: Path, tiny_model: Path) -> str:
    """What the tiny model says about the clip, whatever that means."""
    ran = cli.transcribe(clip, "--model", tiny_model)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.strip()
    return ran.out


class TestFormatsOfAudio:
    @pytest.mark.parametrize(
        ("kind", "subtype"),
        [("WAV", "PCM_24"), ("WAV", "PCM_32"), ("WAV", "FLOAT"), ("FLAC", "PCM_16"), ("AIFF", "PCM_16")],
    )
    @pytest.mark.parametrize("channels", [1, 2, 6])
    def test_the_same_samples_give_the_same_text(
        self, kind: str, subtype: str, channels: int, cli: Cli, text: str, tiny_model: Path, tmp_path: Path
    ) -> None:
        path = tmp_path / "clip.audio"
        samples = np.stack([speech(3.0)] * channels, axis=1)
        soundfile.write(path, samples, RATE_HZ, format=kind, subtype=subtype)
        ran = cli.transcribe(path, "--model", tiny_model)
        assert (ran.code, ran.out, ran.err) == (0, text, "")

    @pytest.mark.parametrize(
        ("kind", "subtype"), [("WAV", "PCM_U8"), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", None)]
    )
    @pytest.mark.parametrize("rate_hz", [8_000, 44_100, 48_000])
    def test_others_are_read(
        self, kind: str, subtype: str | None, rate_hz: int, cli: Cli, tiny_model: Path, tmp_path: Path
    ) -> None:
        if (subtype, rate_hz) == ("OPUS", 44_100):
            pytest.skip("Opus has no 44.1 kHz")
        path = tmp_path / "clip.audio"
        soundfile.write(path, np.repeat(speech(1.0), 3), rate_hz, format=kind, subtype=subtype)
        ran = cli.transcribe(path, "--model", tiny_model, "--json")
        assert (ran.code, ran.err) == (0, "")
        assert json.loads(ran.out)["sample_rate_hz"] == rate_hz

    @pytest.mark.parametrize("name", ["-", "/dev/stdin"])
    def test_standard_input(self, name: str, text: str, clip: Path, tiny_model: Path) -> None:
        ran = run_process("transcribe", name, "--threads", "1", "--model", tiny_model, stdin=clip.read_bytes())
        assert (ran.code, ran.out, ran.err) == (0, text, "")


class TestText:
    def test_by_the_module_as_by_the_function(self, clip: Path, tiny_model: Path, text: str) -> None:
        ran = run_process("transcribe", clip, "--threads", "1", ASRD_MODEL=str(tiny_model))
        assert (ran.code, ran.out, ran.err) == (0, text, "")

    def test_several_files_are_named(self, cli: Cli, clip: Path, tiny_model: Path, text: str, tmp_path: Path) -> None:
        other = write_wav(tmp_path / "other.wav", speech(1.5, seed=8))
        ran = cli.transcribe(clip, other, "--model", tiny_model)
        first, second = ran.out.splitlines()
        assert first == f"{clip}: {text.strip()}"
        assert second.startswith(f"{other}: ")

    @pytest.mark.parametrize("interval_s", ["0.3", "1.7", "60"])
    def test_stream_writes_the_offline_text(
        self, interval_s: str, cli: Cli, clip: Path, tiny_model: Path, text: str
    ) -> None:
        ran = cli.transcribe(clip, "--model", tiny_model, "--stream", "--interval", interval_s)
        assert (ran.code, ran.out, ran.err) == (0, text, "")

    def test_consistent_stream(self, cli: Cli, clip: Path, tiny_model: Path) -> None:
        ran = cli.transcribe(clip, "--model", tiny_model, "--stream", "--final", "consistent")
        assert (ran.code, ran.err) == (0, "")
        assert ran.out

    def test_a_forced_language_is_the_prompt(self, cli: Cli, clip: Path, tiny_model: Path) -> None:
        by_code = cli.transcribe(clip, "--model", tiny_model, "--language", "de", "--json")
        by_name = cli.transcribe(clip, "--model", tiny_model, "--language", "GERMAN", "--json")
        assert json.loads(by_code.out)["language"] == "German"
        assert json.loads(by_code.out)["text"] == json.loads(by_name.out)["text"]

    def test_a_long_context_finds_room(self, cli: Cli, clip: Path, tiny_model: Path) -> None:
        assert cli.transcribe(clip, "--model", tiny_model, "--context", "Ada Lovelace, " * 60).code == 0


@pytest.fixture(scope="module")
def short_pieces(tiny_model: Path) -> Any:
    """The tiny model with a limit of 2 s, so that a few seconds make several pieces."""
    with Recognizer.open(tiny_model, EngineOptions(threads=1, max_utterance_s=2.0)) as opened:
        yield opened


class TestPieces:
    @pytest.mark.parametrize("language", [None, "English"])
    def test_piece_by_piece_is_transcribe(self, short_pieces: Recognizer, language: str | None) -> None:
        options = UtteranceOptions(language=language)
        samples = speech(9.0)
        expected = short_pieces.transcribe(samples, options)
        found = offline(short_pieces, samples, options).hypothesis
        for name in ("text", "language", "tokens", "samples", "committed", "tail", "is_final", "stop", "work"):
            assert getattr(found, name) == getattr(expected, name), name

    def test_a_stream_is_transcribe(self, short_pieces: Recognizer) -> None:
        samples = speech(7.0)
        expected = short_pieces.transcribe(samples)
        spoken = streamed(short_pieces, samples, UtteranceOptions(), 8000)
        assert (spoken.hypothesis.text, spoken.hypothesis.tokens) == (expected.text, expected.tokens)
        assert spoken.hypothesis.work.mel_frames >= expected.work.mel_frames

    def test_words_cover_the_pieces_in_order(self, short_pieces: Recognizer) -> None:
        samples = speech(9.0)
        spoken = offline(short_pieces, samples, UtteranceOptions())
        assert "".join(word.text for word in spoken.words) == "".join(spoken.hypothesis.text.split())
        times = [time_s for word in spoken.words for time_s in (word.start_s, word.end_s)]
        assert times == sorted(times)
        assert 7.0 < times[-1] <= 9.0

    def test_words_stand_where_there_is_speech(self, recognizer: Recognizer) -> None:
        demo = read_audio(DEMO_CLIP).samples[: 5 * RATE_HZ]  # its first sentence: from 0.83 to 4.25 s
        words = offline(recognizer, np.concatenate([np.zeros(RATE_HZ, np.float32), demo]), UtteranceOptions()).words
        assert words[0].start_s == pytest.approx(1.83, abs=0.06)
        assert words[-1].end_s == pytest.approx(5.25, abs=0.06)

    def test_a_last_piece_too_short_to_hear(self, short_pieces: Recognizer) -> None:
        samples = speech(2.02)
        samples[31_950:31_990] = 0.0  # the quietest place, at the end of the search
        assert (
            offline(short_pieces, samples, UtteranceOptions()).hypothesis.text == short_pieces.transcribe(samples).text
        )


class TestJson:
    def test_an_object_a_line(self, cli: Cli, clip: Path, tiny_model: Path, text: str) -> None:
        ran = cli.transcribe(clip, clip, "--model", tiny_model, "--json")
        first, second = map(json.loads, ran.out.splitlines())
        assert first["file"] == second["file"] == str(clip)
        assert first["text"] == text.rstrip("\n")
        assert first["duration_s"] == 3.0
        assert (first["sample_rate_hz"], first["channels"]) == (RATE_HZ, 1)
        assert first["model"] == "tiny"
        assert first["stop"] in ("end", "length", "loop")
        assert set(first["timing"]) == {"mel_s", "encode_s", "prefill_s", "decode_s", "total_s"}
        assert first["work"]["mel_frames"] == 300
        assert first["elapsed_s"] > 0
        assert first["real_time_factor"] == pytest.approx(first["elapsed_s"] / 3.0, abs=1e-3)
        assert isinstance(first["language"], str)
        assert "words" not in first  # offline there are no times of words

    def test_a_stream_has_words(self, cli: Cli, clip: Path, tiny_model: Path) -> None:
        value = json.loads(cli.transcribe(clip, "--model", tiny_model, "--stream", "--format", "json").out)
        assert "".join(word["text"] for word in value["words"]) == "".join(value["text"].split())
        times = [word[name] for word in value["words"] for name in ("start_s", "end_s")]
        assert times == sorted(times)
        assert 0 <= times[0] <= times[-1] <= 3.0

    def test_work_of_a_stream_counts_all_passes(self, cli: Cli, clip: Path, tiny_model: Path) -> None:
        plain, stream = (
            json.loads(cli.transcribe(clip, "--model", tiny_model, "--json", *how).out)["work"]
            for how in ((), ("--stream",))
        )
        assert stream["decoder_batches"] > plain["decoder_batches"]
        assert plain["mel_frames"] <= stream["mel_frames"] < 2 * plain["mel_frames"]


class TestSubtitles:
    TIME = r"\d\d:\d\d:\d\d"

    @pytest.mark.parametrize("how", [(), ("--stream",)], ids=["offline", "stream"])
    def test_srt(self, how: tuple[str, ...], cli: Cli, clip: Path, tiny_model: Path, text: str) -> None:
        ran = cli.transcribe(clip, "--model", tiny_model, "--format", "srt", *how)
        blocks = [block.split("\n", 2) for block in ran.out.rstrip("\n").split("\n\n")]
        assert [number for number, _, _ in blocks] == [str(n + 1) for n in range(len(blocks))]
        assert all(re.fullmatch(rf"{self.TIME},\d{{3}} --> {self.TIME},\d{{3}}", times) for _, times, _ in blocks)
        assert "".join("".join(lines.split()) for _, _, lines in blocks) == "".join(text.split())

    def test_vtt(self, cli: Cli, clip: Path, tiny_model: Path) -> None:
        ran = cli.transcribe(clip, "--model", tiny_model, "--format", "vtt")
        assert re.match(rf"WEBVTT\n\n{self.TIME}\.\d{{3}} --> {self.TIME}\.\d{{3}}\n", ran.out)

    def test_one_file_at_a_time(self, cli: Cli, clip: Path, tiny_model: Path) -> None:
        assert_one_line(cli.transcribe(clip, clip, "--model", tiny_model, "--format", "srt"), 2, "one audio file")


class TestOutputFile:
    def test_written_as_a_whole(self, cli: Cli, clip: Path, tiny_model: Path, text: str, tmp_path: Path) -> None:
        path = tmp_path / "out.txt"
        ran = cli.transcribe(clip, "--model", tiny_model, "-o", path)
        assert (ran.code, ran.out, ran.err) == (0, "", "")
        assert path.read_text(encoding="utf-8") == text
        assert list(tmp_path.iterdir()) == [path]

    def test_replaced_through_a_link_with_its_mode(
        self, cli: Cli, clip: Path, tiny_model: Path, text: str, tmp_path: Path
    ) -> None:
        path, link = tmp_path / "real.txt", tmp_path / "link.txt"
        path.write_text("old", encoding="utf-8")
        path.chmod(0o640)
        link.symlink_to(path)
        assert cli.transcribe(clip, "--model", tiny_model, "-o", link).code == 0
        assert link.is_symlink()
        assert path.read_text(encoding="utf-8") == text
        assert stat.S_IMODE(path.stat().st_mode) == 0o640

    def test_unchanged_when_the_model_is_bad(self, cli: Cli, clip: Path, tmp_path: Path) -> None:
        path = tmp_path / "out.txt"
        path.write_text("old", encoding="utf-8")
        assert_one_line(cli.transcribe(clip, "--model", tmp_path / "no", "-o", path), 3, "no model folder")
        assert path.read_text(encoding="utf-8") == "old"
        assert list(tmp_path.iterdir()) == [path]

    def test_unchanged_when_interrupted(
        self, cli: Cli, clip: Path, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        calls = []

        def interrupt(*_: object, **__: object) -> str:
            calls.append(1)
            if len(calls) > 1:
                raise KeyboardInterrupt
            return "first"

        path = tmp_path / "out.txt"
        path.write_text("old", encoding="utf-8")
        monkeypatch.setattr("asrd.cli.transcribe_run.render", interrupt)
        ran = cli.transcribe(clip, clip, "--model", tiny_model, "-o", path)
        assert (ran.code, ran.out, ran.err) == (130, "", "")
        assert path.read_text(encoding="utf-8") == "old"
        assert list(tmp_path.iterdir()) == [path]

    def test_keeps_what_worked(self, cli: Cli, clip: Path, tiny_model: Path, text: str, tmp_path: Path) -> None:
        path = tmp_path / "out.txt"
        ran = cli.transcribe(tmp_path / "missing.wav", clip, "--model", tiny_model, "-o", path)
        assert_one_line(ran, 1, "missing.wav")
        assert path.read_text(encoding="utf-8") == f"{clip}: {text}"

    def test_a_device(self, cli: Cli, clip: Path, tiny_model: Path) -> None:
        assert cli.transcribe(clip, "--model", tiny_model, "-o", "/dev/null").code == 0
