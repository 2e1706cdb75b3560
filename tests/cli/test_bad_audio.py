"""Every unusable input is one sentence on standard error and a non-zero exit code, with nothing on standard output."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.cli.commands import RATE_HZ, Cli, assert_one_line, run_process, speech, write_wav

AUDIO_ERROR = 1
SPEECH = speech(2.0)


def cut(path: Path, count: int) -> Path:
    path.write_bytes(path.read_bytes()[:-count])
    return path


def missing(folder: Path) -> Path:
    return folder / "missing.wav"


def a_folder(folder: Path) -> Path:
    return folder


def empty(folder: Path) -> Path:
    (folder / "a.wav").touch()
    return folder / "a.wav"


def text(folder: Path) -> Path:
    (folder / "a.wav").write_text("This is not a recording.\n" * 100, encoding="utf-8")
    return folder / "a.wav"


def random_mp3(folder: Path) -> Path:
    (folder / "a.mp3").write_bytes(b"\xff\xfb\x90\x64" + np.random.default_rng(0).bytes(9000))
    return folder / "a.mp3"


def header_only(folder: Path) -> Path:
    path = write_wav(folder / "a.wav", SPEECH)
    path.write_bytes(path.read_bytes()[:30])
    return path


def cut_wav(folder: Path) -> Path:
    return cut(write_wav(folder / "a.wav", SPEECH), 20_000)


def cut_flac(folder: Path) -> Path:
    soundfile.write(folder / "a.flac", SPEECH, RATE_HZ)
    return cut(folder / "a.flac", 2000)


def cut_ogg(folder: Path) -> Path:
    soundfile.write(folder / "a.ogg", SPEECH, RATE_HZ)
    return cut(folder / "a.ogg", 500)


def cut_opus(folder: Path) -> Path:
    soundfile.write(folder / "a.opus", SPEECH, RATE_HZ, format="OGG", subtype="OPUS")
    return cut(folder / "a.opus", 500)


def cut_mp3(folder: Path) -> Path:
    soundfile.write(folder / "a.mp3", SPEECH, RATE_HZ)
    return cut(folder / "a.mp3", 2000)


def cut_aiff(folder: Path) -> Path:
    soundfile.write(folder / "a.aiff", SPEECH, RATE_HZ)
    return cut(folder / "a.aiff", 2000)


def samples(count: int) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        return write_wav(folder / "a.wav", SPEECH[10_000 : 10_000 + count])

    make.__name__ = f"{count}_samples"
    return make


def short_at_48_khz(folder: Path) -> Path:
    return write_wav(folder / "a.wav", SPEECH[10_000:11_000], 48_000)


def zeros(folder: Path) -> Path:
    return write_wav(folder / "a.wav", np.zeros(3 * RATE_HZ))


def not_a_number(folder: Path) -> Path:
    spoilt = SPEECH.copy()
    spoilt[8000] = np.nan
    return write_wav(folder / "a.wav", spoilt, subtype="FLOAT")


def infinite(folder: Path) -> Path:
    spoilt = SPEECH.copy()
    spoilt[-1] = np.inf
    return write_wav(folder / "a.wav", spoilt, 44_100, subtype="FLOAT")


def square_wave(folder: Path) -> Path:
    return write_wav(folder / "a.wav", np.where(np.arange(RATE_HZ) // 40 % 2, 1.0, -1.0))


def device(_folder: Path) -> Path:
    return Path("/dev/null")


BAD = {
    missing: "there is no file",
    a_folder: "is a folder",
    empty: "is empty",
    text: "is not audio",
    random_mp3: "damaged or cut off",
    header_only: "damaged or cut off",
    cut_wav: "cut off: its header promises 64000 bytes",
    cut_flac: "cut off",
    cut_ogg: "cut off",
    cut_opus: "cut off",
    cut_mp3: "cut off or damaged: it should hold 2.00 s",
    cut_aiff: "cut off",
    samples(0): "holds no samples",
    samples(1): "(1 samples at 16 kHz) and at least 25 ms",
    samples(159): "(159 samples at 16 kHz)",
    samples(160): "holds 10 ms of audio",
    short_at_48_khz: "(333 samples at 16 kHz)",
    zeros: "nothing was recorded",
    not_a_number: "not a finite number at 0.500 s",
    infinite: "not a finite number at",
    square_wave: "clipped beyond use",
    device: "neither a file nor a pipe",
}


@pytest.mark.parametrize("make", BAD, ids=lambda make: make.__name__)
@pytest.mark.parametrize("how", [(), ("--stream",)], ids=["offline", "stream"])
def test_refused(
    make: Callable[[Path], Path], how: tuple[str, ...], cli: Cli, tiny_model: Path, tmp_path: Path
) -> None:
    path = make(tmp_path)
    output = tmp_path / "out.txt"
    ran = cli.transcribe(path, "--model", tiny_model, "-o", output, *how)
    assert_one_line(ran, AUDIO_ERROR, str(path), BAD[make])
    assert not list(tmp_path.glob("*out.txt*"))


@pytest.mark.parametrize("make", [missing, zeros, random_mp3], ids=lambda make: make.__name__)
def test_refused_by_a_real_process(make: Callable[[Path], Path], tiny_model: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.txt"
    output.write_text("as it was", encoding="utf-8")
    ran = run_process("transcribe", make(tmp_path), "--model", tiny_model, "-o", output)
    assert_one_line(ran, AUDIO_ERROR, BAD[make])
    assert output.read_text(encoding="utf-8") == "as it was"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(cli: Cli, clip: Path, tiny_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(clip.read_bytes())
    path.chmod(0)
    assert_one_line(cli.transcribe(path, "--model", tiny_model), AUDIO_ERROR, "Permission denied")


def test_a_name_with_a_line_break_stays_in_one_line(cli: Cli, tmp_path: Path) -> None:
    assert_one_line(cli.transcribe(tmp_path / "a\nb.wav"), AUDIO_ERROR, "a\\nb.wav")


def test_inspect_refuses_the_same(cli: Cli, tiny_model: Path, tmp_path: Path) -> None:
    assert_one_line(cli("inspect", zeros(tmp_path), "--model", tiny_model), AUDIO_ERROR, "nothing was recorded")


def test_bad_files_do_not_stop_the_others(cli: Cli, clip: Path, tiny_model: Path, tmp_path: Path) -> None:
    bad = zeros(tmp_path)
    ran = cli.transcribe(bad, clip, tmp_path / "missing.wav", clip, "--model", tiny_model)
    assert ran.code == AUDIO_ERROR
    first, second = ran.err.splitlines()
    assert "nothing was recorded" in first
    assert "there is no file" in second
    lines = ran.out.splitlines()
    assert lines
    assert all(line.startswith(f"{clip}: ") for line in lines)
