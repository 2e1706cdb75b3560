"""The daemon's microphone at a real sound server, PortAudio and ALSA between: what is played is what is heard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
import soxr

from asrd.bench.sets.made import ClipSpec, make_clip
from tests.audio_server.pulse import PulseServer, pulse_server, pulseaudio
from tests.audio_server.recording import Recording

__all__ = ["pulse_server", "pulseaudio"]  # fixtures

FloatArray = npt.NDArray[np.float32]
RATE_HZ = 16_000
CLIP = make_clip(ClipSpec(9, 2 * RATE_HZ))
LONG_CLIP = make_clip(ClipSpec(10, 8 * RATE_HZ))


def write(path: Path, samples: FloatArray, *, before_s: float = 0.0) -> Path:
    """With silence after it, so that the last block has come when the player ends."""
    silences = [np.zeros(round(seconds * RATE_HZ), np.float32) for seconds in (before_s, 0.5)]
    soundfile.write(path, np.concatenate([silences[0], samples, silences[1]]), RATE_HZ)
    return path


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write(tmp_path / "clip.wav", CLIP)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.npy"


def found(clip: FloatArray, heard: FloatArray) -> tuple[int, float]:
    """Where in `heard` the clip begins, and the correlation there."""
    known = np.nan_to_num(heard)
    size = 1 << (len(known) + len(clip)).bit_length()
    product = np.fft.irfft(np.fft.rfft(known, size) * np.conj(np.fft.rfft(clip, size)), size)
    start = int(np.argmax(product[: max(1, len(known) - len(clip) + 1)]))
    part = known[start : start + len(clip)]
    return start, float(np.corrcoef(part, clip[: len(part)])[0, 1])


def play(server: PulseServer, clip: Path, sink: str = "speaker") -> None:
    assert server.play(clip, sink).wait(30) == 0


def assert_heard_whole(clip: FloatArray, heard: FloatArray) -> None:
    """All of the clip to the last bit, once: null sinks of the daemon's own format change nothing."""
    start, _ = found(clip, heard)
    assert np.array_equal(heard[start : start + len(clip)], clip)
    assert np.abs(np.delete(heard, np.s_[start : start + len(clip)])).max(initial=0.0) < 1e-3


def test_what_is_played_is_heard_without_a_hole(pulse_server: PulseServer, tmp_path: Path, out: Path) -> None:
    long_clip = write(tmp_path / "long.wav", LONG_CLIP)
    with Recording(pulse_server, out) as recording:
        recording.wait_for("status", state="listening", message="listening to 'default'")
        play(pulse_server, long_clip)
        heard = recording.finish()
    assert_heard_whole(LONG_CLIP, heard)
    assert not np.isnan(heard).any()
    assert [line["kind"] for line in recording.lines] == ["status", "closed"]


def test_44_khz_stereo(pulse_server: PulseServer, tmp_path: Path, out: Path) -> None:
    pulse_server.load_sink("stereo", "rate=44100 channels=2")
    pulse_server.set_default_source("stereo.monitor")
    high = soxr.resample(CLIP, RATE_HZ, 44_100, quality="VHQ")
    soundfile.write(tmp_path / "high.wav", np.stack([high, 0.5 * high], axis=1), 44_100)
    with Recording(pulse_server, out) as recording:
        recording.wait_for("status", state="listening")
        play(pulse_server, tmp_path / "high.wav", "stereo")
        heard = recording.finish()
    # Resampled three times, with delays that are no whole samples.
    start, correlation = found(CLIP, heard)
    assert correlation > 0.9
    for part in (0, len(CLIP) - RATE_HZ):
        at, _ = found(CLIP[part : part + RATE_HZ], heard)
        assert abs(at - start - part) <= 2  # nothing is missing between
    level = np.linalg.norm(heard[start : start + len(CLIP)]) / np.linalg.norm(CLIP)
    assert level == pytest.approx(0.75, abs=0.02)  # the mean of both


def test_by_name(pulse_server: PulseServer, clip: Path, out: Path) -> None:
    with Recording(pulse_server, out, "--device", "PUL") as recording:
        recording.wait_for("status", state="listening", message="listening to 'pulse'")
        play(pulse_server, clip)
        assert_heard_whole(CLIP, recording.finish())


def test_a_wrong_name_lists_the_devices(pulse_server: PulseServer, out: Path) -> None:
    with Recording(pulse_server, out, "--device", "Headset") as recording:
        line = recording.wait_for("status", state="mic_lost", message="there is no microphone 'Headset'; there are ")
        assert "'default'" in line["message"]
        assert len(recording.finish()) == 0


def test_a_device_that_goes_and_comes_back(pulse_server: PulseServer, clip: Path, out: Path) -> None:
    with Recording(pulse_server, out) as recording:
        recording.wait_for("status", state="listening")
        play(pulse_server, clip)
        pulse_server.unload_sink("speaker")
        recording.wait_for("status", state="mic_lost", message="unplugged")
        recording.wait_for("status", state="mic_lost", message="cannot be opened")
        pulse_server.load_sink("speaker")
        pulse_server.set_default_source("speaker.monitor")
        recording.wait_for("lost")
        recording.wait_for("status", after=3, state="listening")
        play(pulse_server, clip)
        heard = recording.finish()
    assert "flush" in [line["kind"] for line in recording.lines]
    gap = np.flatnonzero(np.isnan(heard))
    assert_heard_whole(CLIP, heard[: gap[0]])
    assert_heard_whole(CLIP, heard[gap[-1] + 1 :])


def test_positions_stay_true_across_a_crash_of_the_server(
    pulse_server: PulseServer,
    clip: Path,
    out: Path,
) -> None:
    with Recording(pulse_server, out) as recording:
        recording.wait_for("status", state="listening")
        began_s = recording.lines[-1]["at_s"]
        play(pulse_server, clip)
        pulse_server.kill()
        recording.wait_for("status", state="mic_lost", message="unplugged, or its sound service has ended")
        recording.wait_for("status", state="mic_lost", message="there is no microphone: connect one")
        pulse_server.start()
        recording.wait_for("status", after=3, state="listening")
        play(pulse_server, clip)
        heard = recording.finish()
    gap = np.flatnonzero(np.isnan(heard))
    assert_heard_whole(CLIP, heard[: gap[0]])
    assert_heard_whole(CLIP, heard[gap[-1] + 1 :])
    # Blocks of 60 ms; `listening` is noticed up to 100 ms after the first of them.
    assert len(heard) / RATE_HZ == pytest.approx(recording.lines[-1]["at_s"] - began_s, abs=0.3)


def test_a_new_default_microphone_is_followed(pulse_server: PulseServer, clip: Path, out: Path) -> None:
    with Recording(pulse_server, out) as recording:
        recording.wait_for("status", state="listening")
        play(pulse_server, clip)
        pulse_server.load_sink("other")
        pulse_server.set_default_source("other.monitor")
        # The server moves the recording; the new sink takes seconds until its first audio, so it may be opened anew.
        play(pulse_server, write(out.with_name("later.wav"), CLIP, before_s=3.0), "other")
        heard = recording.finish()
    half = len(heard) // 2
    assert_heard_whole(CLIP, heard[:half])
    assert_heard_whole(CLIP, heard[half:])


def test_zeros_are_told_until_there_is_sound(pulse_server: PulseServer, clip: Path, out: Path) -> None:
    with Recording(pulse_server, out, "--zeros-s", "1") as recording:
        recording.wait_for("status", state="listening")
        recording.wait_for("status", state="mic_lost", message="gives only zeros: it is muted")
        play(pulse_server, clip)
        recording.wait_for("status", after=2, state="listening")
        heard = recording.finish()
    assert_heard_whole(CLIP, heard)
    assert not np.isnan(heard).any()


def test_a_server_that_hangs_does_not_hang_us(pulse_server: PulseServer, clip: Path, out: Path) -> None:
    with Recording(pulse_server, out) as recording:
        recording.wait_for("status", state="listening")
        pulse_server.hang()
        recording.wait_for("status", state="mic_lost", message="delivers no audio")
        recording.wait_for("flush")
        pulse_server.unhang()
        recording.wait_for("status", after=2, state="listening")
        play(pulse_server, clip)
        heard = recording.finish()
    gap = np.flatnonzero(np.isnan(heard))
    assert_heard_whole(CLIP, heard[gap[-1] + 1 :])


def test_ends_while_the_server_hangs(pulse_server: PulseServer, out: Path) -> None:
    with Recording(pulse_server, out) as recording:
        recording.wait_for("status", state="listening")
        pulse_server.hang()
        recording.wait_for("status", state="mic_lost")
        recording.finish()  # its exit included


def test_on_demand(pulse_server: PulseServer, clip: Path, out: Path) -> None:
    with Recording(pulse_server, out, "--policy", "on-demand") as recording:
        recording.wait_for("status", state="idle", message="closed until start")
        assert pulse_server.pactl("list", "short", "source-outputs") == ""
        recording.command("start")
        recording.wait_for("status", state="listening")
        play(pulse_server, clip)
        recording.command("stop")
        recording.wait_for("flush")
        assert pulse_server.pactl("list", "short", "source-outputs") == ""
        heard = recording.finish()
    assert_heard_whole(CLIP, heard)
