"""`asrd run --try`: the first look, on a terminal, in a pipe, with a microphone and without."""

from __future__ import annotations

import json
import os
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
from asrd.cli.held_up import is_held_up
from asrd.cli.service_arguments import check_arguments, parsed_arguments
from asrd.cli.trial import Trial, prepare
from asrd.daemon.service import Service
from asrd.daemon.sources import DEMO_CLIP, SourceChoice, SourceKind
from asrd.errors import AudioError, ConfigError, NativeError
from asrd.options import AudioOptions, Config, ServerOptions
from asrd.recognizer.engine import Recognizer
from asrd.server.listening import Address
from asrd.server.tokens import LISTENING, Grant, load
from asrd.source.devices import InputDevice
from asrd.source.quiet import native_stderr_silenced
from asrd.system_packages import SystemLibrary, install_command
from tests.audio_server.pulse import PulseServer, pulse_server, pulseaudio
from tests.cli.commands import CHECKOUT, Cli, Ran, assert_one_line, run_process
from tests.cli.sound import need_portaudio
from tests.cli.terminal import Shown, on_terminal

__all__ = ["pulse_server", "pulseaudio"]
# Of a name that no microphone has: on a machine with a microphone as well, the clip is played.
CLIP = ("run", "--try", "--fast", "--device", "no such microphone")
FIRST, LAST = "listening to a short demonstration", "has left this machine."
ONLY_ZEROS = "gives only zeros"
ENDED = "asrd: the clip has ended, and asrd and the two addresses with it"


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
        assert "now the clip that comes with asrd is played, and asrd ends with it" in " ".join(lines[:3])
        addresses = [line for line in lines if line.startswith("http://127.0.0.1:")]
        tokens = {token.grant: token.secret for token in load(folder / "asrd" / "tokens.json").tokens}
        secret = tokens[Grant("overlay", LISTENING)]
        assert [address.split("/", 3)[3] for address in addresses] == [f"#token={secret}", f"overlay#token={secret}"]
        said = " ".join(lines[lines.index(addresses[1]) + 1 : -1])
        assert FIRST in said
        assert said.endswith(LAST)
        assert lines[-1] == ENDED, "nothing is left below it"
        assert not any("Ctrl-C" in line for frame in shown.frames for line in frame), "it ends by itself"
        assert any(line.endswith("it ends with the clip") for frame in shown.frames for line in frame)

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
        assert "Good" in shown.last[-1], "the last words are finished, and the clip did not end"


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

    def test_the_end_is_told_last(self, ran: tuple[Ran, int, Path]) -> None:
        assert ran[0].err.splitlines()[-1] == ENDED

    def test_no_token_is_written_where_it_may_be_kept(self, ran: tuple[Ran, int, Path]) -> None:
        done, _, folder = ran
        assert "token=" not in done.err
        assert re.search(r"`asrd overlay --port \d+` prints them with a token", done.err)
        tokens = load(folder / "asrd" / "tokens.json").tokens
        assert [token.grant.name for token in tokens] == ["default"], "none is made that nobody sees"
        assert tokens[0].secret not in done.err + done.out


def test_two_at_once(free_port: int, tmp_path: Path) -> None:
    environment = {**home(tmp_path), "PYTHONPATH": str(CHECKOUT)}
    flags = (*CLIP, "--json", "--port", str(free_port))
    first, second = (
        subprocess.Popen(
            [sys.executable, "-m", "asrd", *flags],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        for _ in range(2)
    )
    with first, second:
        told = [process.communicate(timeout=60) for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], told
    assert all(FIRST in out for out, _ in told)


def test_a_port_that_is_taken_while_the_model_is_loaded(
    cli: Cli, free_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[socket.socket] = []

    def loaded(service: Service) -> Recognizer:
        if not taken:
            taken.append(socket.create_server(("127.0.0.1", free_port)))
        return open_recognizer(service)

    open_recognizer = Service._open_recognizer
    monkeypatch.setattr(Service, "_open_recognizer", loaded)
    for name, value in home(tmp_path).items():
        monkeypatch.setenv(name, value)
    ran = cli(*CLIP, "--port", str(free_port))
    taken[0].close()
    assert ran.code == 0, ran
    assert f"port {free_port} is taken" in ran.err
    assert f":{free_port}/" not in ran.err
    assert FIRST in ran.out


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
            lines = (line for line in process.stderr if ONLY_ZEROS not in line)  # nothing is played yet
            listening = r"asrd: listening to the system's microphone '.+': speak; Ctrl-C ends it\n"
            assert re.fullmatch(listening, next(lines))
            assert any(line.endswith("/overlay\n") for line in lines)
            pulse_server.play(clip)
            assert "listening" in process.stdout.readline()
            process.send_signal(signal.SIGINT)
            assert process.wait() == 0
            assert list(lines) == []
        finally:
            watchdog.cancel()
            process.kill()


def wait_for_thread(name: str) -> None:
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(60)


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

    def test_one_that_hangs(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        goes_on = threading.Event()

        def devices() -> list[InputDevice]:
            with native_stderr_silenced(True):
                goes_on.wait(60)
            return [MICROPHONE]

        monkeypatch.setattr(trial, "input_devices", devices)
        monkeypatch.setattr(trial, "_LIMIT_S", 0.3)
        try:
            found = prepare(config(tmp_path), shows_token=False, is_fast=False)
            assert is_held_up()
            os.write(2, b"heard")
        finally:
            goes_on.set()
            wait_for_thread("trial-microphone")
        assert found.source.kind is SourceKind.DEMO
        assert found.sentences[0].startswith(
            "the microphone did not open within 0.3 s: the system's sound service hangs"
        )
        assert capfd.readouterr().err == "heard"
        assert not is_held_up()

    def test_a_port_beside_a_unix_socket(self, tmp_path: Path) -> None:
        settings = config(tmp_path, unix_socket=str(tmp_path / "socket"), require_token=False)
        found = prepare(settings, shows_token=True, is_fast=False).config.server
        assert (found.unix_socket, found.require_token) == ("", True), "what the socket's mode kept out stays out"

    def test_a_token_file_that_takes_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "tokens").mkdir()
        assert prepare(config(tmp_path), shows_token=True, is_fast=False).token == ""


def test_where_nothing_can_listen_it_is_told(tmp_path: Path) -> None:
    ran = run_process(*CLIP, "--host", "192.0.2.1", stdin=b"", **home(tmp_path))
    assert_one_line(ran, 2, "lets the network in")


def test_a_sound_service_that_hangs(pulse_server: PulseServer, tmp_path: Path) -> None:
    need_portaudio()
    pulse_server.hang()
    try:
        environment = {**pulse_server.environment, **home(tmp_path)}
        ran = run_process("run", "--try", "--fast", "--port", "0", stdin=b"", **environment)
    finally:
        pulse_server.unhang()
    assert ran.code == 0, ran
    assert FIRST in ran.out
    assert "did not open within" in ran.err.splitlines()[0]
    assert ran.err.splitlines()[-1] == ENDED


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
