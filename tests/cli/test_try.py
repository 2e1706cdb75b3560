"""`asrd run --try`: the first look, on a terminal, in a pipe, with a microphone and without."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import soundfile

from asrd.cli import trial
from asrd.cli.service_arguments import check_arguments, parsed_arguments
from asrd.cli.trial import Trial, prepare
from asrd.daemon.sources import DEMO_CLIP, SourceChoice, SourceKind
from asrd.errors import AudioError, ConfigError, NativeError
from asrd.options import AudioOptions, Config, ServerOptions
from asrd.server.listening import Address
from asrd.server.tokens import LISTENING, Grant, load
from asrd.source.devices import InputDevice
from asrd.system_packages import SystemLibrary, install_command
from tests.audio_server.pulse import PulseServer, pulse_server, pulseaudio
from tests.cli.commands import CHECKOUT, Ran, run_process
from tests.cli.sound import need_portaudio
from tests.cli.terminal import Shown, on_terminal

__all__ = ["pulse_server", "pulseaudio"]
# Of a name that no microphone has: on a machine with a microphone as well, the clip is played.
CLIP = ("run", "--try", "--fast", "--device", "no such microphone")
FIRST, LAST = "listening to a short demonstration", "has left this machine."


def home(folder: Path) -> dict[str, str]:
    return {"HOME": str(folder), "XDG_STATE_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}


@pytest.fixture(scope="module")
def trial_of_the_clip(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shown, Path]:
    """In real time, as a person sees it."""
    folder = tmp_path_factory.mktemp("home")
    flags = [flag for flag in CLIP if flag != "--fast"]
    return on_terminal(*flags, "--port", "0", environment=home(folder)), folder


class TestTerminal:
    def test_addresses_come_before_the_text(self, trial_of_the_clip: tuple[Shown, Path]) -> None:
        shown, folder = trial_of_the_clip
        lines = shown.last
        assert shown.code == 0, lines
        assert "now the clip that comes with asrd is played" in " ".join(lines[:3])
        addresses = [line for line in lines if line.startswith("http://127.0.0.1:")]
        tokens = {token.grant: token.secret for token in load(folder / "asrd" / "tokens.json").tokens}
        secret = tokens[Grant("overlay", LISTENING)]
        assert [address.split("/", 3)[3] for address in addresses] == [f"#token={secret}", f"overlay#token={secret}"]
        said = " ".join(lines[lines.index(addresses[1]) + 1 :])
        assert FIRST in said
        assert said.endswith(LAST), "nothing is left below the text"

    def test_text_grows_in_its_place(self, trial_of_the_clip: tuple[Shown, Path]) -> None:
        """What has settled is bright, the rest dim; no line of ours stands in the middle of another."""
        shown, _ = trial_of_the_clip
        assert not any("asrd: " in line[1:] for frame in shown.frames for line in frame)
        settled = [(bright, dim) for bright, dim in zip(shown.bright, shown.dim, strict=True) if bright]
        assert max(len(bright) for bright, _ in settled) > 20
        assert any(dim for _, dim in settled)
        assert (shown.bright[-1], shown.dim[-1]) == ("", ""), "what is finished is neither"
        places = {row for frame in shown.frames for row, line in enumerate(frame) if "Good" in line}
        assert len(places) == 1, "it is finished where it grew"

    def test_control_c_ends_it_well(self, tmp_path: Path) -> None:
        flags = [flag for flag in CLIP if flag != "--fast"]
        shown = on_terminal(
            *flags, "--port", "0", environment=home(tmp_path), interrupt_at=lambda lines: "Good" in lines[-1]
        )
        assert shown.code == 0
        assert "Good" in shown.last[-1], "the last words are finished"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ran, int, Path]:
    """With its port taken."""
    folder = tmp_path_factory.mktemp("home")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
        return run_process(*CLIP, "--json", "--port", str(port), stdin=b"", **home(folder)), port, folder


class TestPipe:
    def test_text_alone_is_on_standard_output(self, ran: tuple[Ran, int, Path]) -> None:
        done, _, _ = ran
        assert done.code == 0, done.err
        assert json.loads(done.out.splitlines()[0])["page"] in done.err
        assert len(done.out.splitlines()) == 1 + 3, "one line each utterance"
        assert FIRST in done.out.splitlines()[1]
        assert "\x1b" not in done.out + done.err
        assert all(line.startswith(("asrd: ", "http://")) for line in done.err.splitlines()), done.err

    def test_a_taken_port_is_no_obstacle(self, ran: tuple[Ran, int, Path]) -> None:
        done, port, _ = ran
        assert f"port {port} is taken" in done.err
        used = re.findall(r"http://127\.0\.0\.1:(\d+)/", done.err)
        assert len(used) == 2
        assert str(port) not in used

    def test_no_token_is_written_where_it_may_be_kept(self, ran: tuple[Ran, int, Path]) -> None:
        done, _, folder = ran
        assert "token=" not in done.err
        assert re.search(r"`asrd overlay --port \d+` prints them with a token", done.err)
        tokens = load(folder / "asrd" / "tokens.json").tokens
        assert [token.grant.name for token in tokens] == ["default"], "none is made that nobody sees"
        assert tokens[0].secret not in done.err + done.out


def test_without_portaudio_its_package_is_named(tmp_path: Path) -> None:
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')\n", encoding="utf-8")
    environment = {**home(tmp_path), "PYTHONPATH": f"{tmp_path}:{CHECKOUT}"}
    done = run_process("run", "--try", "--fast", "--port", "0", stdin=b"", **environment)
    assert done.code == 0, done.err
    assert FIRST in done.out
    sentence = done.err.splitlines()[0]
    assert "PortAudio library not found" in sentence
    if sys.platform == "linux":
        assert install_command(SystemLibrary.PORTAUDIO) in sentence


def test_a_microphone_without_a_terminal(pulse_server: PulseServer, tmp_path: Path) -> None:
    need_portaudio()
    clip = tmp_path / "clip.wav"
    samples, rate = soundfile.read(DEMO_CLIP, dtype="float32")
    soundfile.write(clip, samples[: 5 * rate], rate)
    process = subprocess.Popen(
        [sys.executable, "-m", "asrd", "run", "--try", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**pulse_server.environment, "PYTHONPATH": str(CHECKOUT), "XDG_STATE_HOME": str(tmp_path)},
    )
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    with process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            first = process.stderr.readline()
            assert re.fullmatch(r"asrd: listening to the system's microphone '.+': speak; Ctrl-C ends it\n", first)
            assert next(line for line in process.stderr if line.endswith("/overlay\n"))
            pulse_server.play(clip)
            assert "listening" in process.stdout.readline()
            process.send_signal(signal.SIGINT)
            assert process.wait() == 0
            assert process.stderr.read() == ""
        finally:
            watchdog.cancel()
            process.kill()


MICROPHONE = InputDevice(3, "USB \x1b[2Jmicrophone", "ALSA", 1, 48_000, True)


class FakeMicrophone:
    """Opens unless it is `busy`."""

    busy = False
    is_open = False

    def __init__(self, _device: InputDevice, _listener: object) -> None:
        if self.busy:
            raise AudioError("the microphone is in use by another program")
        FakeMicrophone.is_open = True

    def close(self) -> None:
        FakeMicrophone.is_open = False


@pytest.fixture
def one_microphone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "input_devices", lambda: [MICROPHONE])
    monkeypatch.setattr(trial, "Microphone", FakeMicrophone)


def config(tmp_path: Path, **server: Any) -> Config:
    options = {"port": 0, "token_file": str(tmp_path / "tokens"), **server}
    return Config(server=ServerOptions(**options))


@pytest.mark.usefixtures("one_microphone")
class TestPrepare:
    def test_a_microphone(self, tmp_path: Path) -> None:
        found = prepare(config(tmp_path), shows_token=True, is_fast=False)
        assert found.source == SourceChoice(SourceKind.MICROPHONE)
        assert found.sentences == ("listening to the system's microphone 'USB [2Jmicrophone': speak; Ctrl-C ends it",)
        assert not FakeMicrophone.is_open
        assert load(tmp_path / "tokens").find(found.token) is not None

    def test_one_that_the_settings_name_under_any_policy(self, tmp_path: Path) -> None:
        settings = replace(config(tmp_path), audio=AudioOptions(device="usb", policy="on-demand"))
        found = prepare(settings, shows_token=False, is_fast=False)
        assert "listening to the microphone 'USB" in found.sentences[0]
        assert found.config.audio.policy == "always"
        assert found.token == ""

    def test_one_that_is_busy(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(FakeMicrophone, "busy", True)
        found = prepare(config(tmp_path), shows_token=False, is_fast=True)
        assert found.source == SourceChoice(SourceKind.DEMO, is_fast=True)
        assert found.sentences[0].startswith("the microphone is in use by another program; now the clip")

    def test_none(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for error in (NativeError("PortAudio does not start: check it"), None):

            def devices(error: Exception | None = error) -> list[InputDevice]:
                if error is not None:
                    raise error
                return []

            monkeypatch.setattr(trial, "input_devices", devices)
            found = prepare(config(tmp_path), shows_token=False, is_fast=False)
            assert found.source.kind is SourceKind.DEMO
            assert found.sentences[0].startswith(str(error or "there is no microphone: connect one"))

    def test_a_port_beside_a_unix_socket(self, tmp_path: Path) -> None:
        settings = config(tmp_path, unix_socket=str(tmp_path / "socket"), require_token=False)
        found = prepare(settings, shows_token=True, is_fast=False).config.server
        assert (found.unix_socket, found.require_token) == ("", True), "what the socket's mode kept out stays out"

    def test_where_nothing_can_listen_it_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="lets the network in"):
            prepare(config(tmp_path, host="192.0.2.1"), shows_token=False, is_fast=False)

    def test_a_token_file_that_takes_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "tokens").mkdir()
        assert prepare(config(tmp_path), shows_token=True, is_fast=False).token == ""


def test_addresses_without_a_token_where_none_is_needed(tmp_path: Path) -> None:
    found = Trial(config(tmp_path, require_token=False), SourceChoice(), (), "")
    assert found.addresses(Address("127.0.0.1", 99)).splitlines() == [
        "asrd: in a browser, the text and the subtitles for OBS:",
        "http://127.0.0.1:99/",
        "http://127.0.0.1:99/overlay",
    ]


def test_it_is_nothing_for_a_service() -> None:
    with pytest.raises(ConfigError, match="trial"):
        check_arguments(parsed_arguments(["--try"]))
