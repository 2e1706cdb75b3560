"""`asrd doctor`: every line that it can say, and that nothing ends it."""

from __future__ import annotations

import asyncio
import ctypes
import importlib
import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import trustme

from asrd.cli import doctor_finding, doctor_microphone, doctor_port, doctor_run, doctor_server, doctor_software
from asrd.cli.doctor_finding import Check, Finding, carry_out
from asrd.cli.versions import Version
from asrd.config.loading import load_config
from asrd.config.places import state_folder
from asrd.errors import ModelError
from asrd.installing import reinstall_command
from asrd.options import AudioOptions, Config, HistoryOptions, ModelOptions, ServerOptions
from asrd.server.tokens import TokenFile
from asrd.source.devices import InputDevice
from tests.audio_server.pulse import PulseServer, require_pulseaudio
from tests.cli.commands import CHECKOUT, Cli
from tests.cli.sound import need_portaudio

FloatArray = doctor_microphone.FloatArray
BROKEN = "raise ImportError('it is broken')\n"
DEVICE = InputDevice(3, "USB\x1b microphone", "ALSA", 1, 48_000, True)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def levels(findings: Sequence[Finding]) -> list[str]:
    return [finding.level for finding in findings]


class TestCommand:
    def test_all_is_well(self, cli: Cli, tiny_model: Path, free_port: int) -> None:
        need_portaudio()
        ran = cli("doctor", "--no-microphone", "--model", tiny_model, "--port", str(free_port))
        assert (ran.code, ran.err) == (0, "")
        lines = ran.out.splitlines()
        assert all(line.startswith("ok    ") for line in lines), ran.out
        whats = ["settings", "packages", "llama.cpp", "model", "PortAudio", "port", "tokens", "state folder", "typing"]
        assert [line[6:18].strip() for line in lines if line[6:18].strip() not in ("OpenMP", "permissions")] == whats
        assert all(len(line) > 20 for line in lines)

    def test_json(self, cli: Cli, free_port: int) -> None:
        ran = cli("doctor", "--no-microphone", "--json", "--model", "/nowhere", "--port", str(free_port))
        found = {line["what"]: line for line in map(json.loads, ran.out.splitlines())}
        assert ran.code == 1
        assert found["model"]["level"] == "FAIL"
        assert "/nowhere" in found["model"]["message"]
        assert found["packages"]["level"] == "ok"
        assert all(set(line) == {"level", "what", "message"} for line in found.values())

    def test_settings_that_cannot_be_used(self, cli: Cli, tiny_model: Path, tmp_path: Path) -> None:
        (tmp_path / "bad.toml").write_text("[server]\nprot = 1", encoding="utf-8")
        ran = cli("doctor", "--no-microphone", "--config", tmp_path / "bad.toml")
        assert ran.code == 1
        assert f"FAIL  settings      {tmp_path / 'bad.toml'}, line 2: server.prot" in ran.out
        assert "ok    packages" in ran.out  # the other checks go on

    def test_one_check_that_crashes(self, cli: Cli, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def crash() -> Sequence[Finding]:
            raise ZeroDivisionError("oh")

        monkeypatch.setattr(doctor_software, "packages", crash)
        ran = cli("doctor", "--no-microphone", "--model", tiny_model, "--port", "0")
        assert ran.code == 1
        assert "FAIL  packages      the check failed: ZeroDivisionError: oh" in ran.out
        assert "ok    model" in ran.out

    def test_a_package_whose_absence_breaks_the_checks_themselves(self, tmp_path: Path) -> None:
        """Without numpy the microphone's check cannot even be imported."""
        (tmp_path / "numpy.py").write_text(BROKEN, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "asrd", "doctor", "--port", "0", "--model", "/nowhere"],
            env=os.environ | {"PYTHONPATH": os.pathsep.join((str(tmp_path), str(CHECKOUT)))},
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 1
        assert b"Traceback" not in done.stderr
        lines = done.stdout.decode().splitlines()
        assert "FAIL  packages      numpy cannot be used: it is broken; install it again: " in "\n".join(lines)
        assert any(line.startswith("FAIL  microphone") for line in lines)
        assert any(line.startswith("ok    port") for line in lines)

    def test_one_check_that_hangs(
        self, cli: Cli, tiny_model: Path, monkeypatch: pytest.MonkeyPatch, free_port: int
    ) -> None:
        released = threading.Event()
        codes: list[int] = []

        def hang() -> Sequence[Finding]:
            released.wait(60)
            return []

        monkeypatch.setattr(doctor_software, "sound", hang)
        monkeypatch.setattr("asrd.cli.main.os._exit", codes.append)
        monkeypatch.setattr(
            doctor_run, "carry_out", lambda check: carry_out(Check(check.what, check.look, limit_s_of(check)))
        )

        def limit_s_of(check: Check) -> float:
            return 0.05 if check.what == "PortAudio" else 60.0

        ran = cli("doctor", "--no-microphone", "--model", tiny_model, "--port", str(free_port))
        released.set()
        assert codes == [1]
        assert "FAIL  PortAudio     the check did not end within 0.05 s" in ran.out
        assert "ok    state folder" in ran.out


class TestCarryOut:
    def test_findings(self) -> None:
        finding = Finding("warn", "x", "y")
        assert carry_out(Check("x", lambda: [finding])) == [finding]

    def test_errors(self) -> None:
        def fail(error: Exception) -> Callable[[], Sequence[Finding]]:
            def look() -> Sequence[Finding]:
                raise error

            return look

        assert carry_out(Check("x", fail(ModelError("sentence")))) == [Finding("FAIL", "x", "sentence")]
        assert "KeyError" in carry_out(Check("x", fail(KeyError("a"))))[0].message

    def test_hanging(self) -> None:
        released = threading.Event()
        (finding,) = carry_out(Check("x", lambda: [Finding("ok", "x", str(released.wait(60)))], 0.01))
        released.set()
        assert finding.level == "FAIL"
        assert "within 0.01 s" in finding.message
        assert doctor_finding.LIMIT_S > doctor_microphone.LISTEN_S + doctor_microphone._PATIENCE_S


class TestSoftware:
    def test_a_package_that_is_broken(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "soxr.py").write_text(BROKEN, encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        (finding,) = doctor_software.packages()
        sentence = "soxr cannot be used: it is broken; install it again: " + reinstall_command("soxr")
        assert finding == Finding("FAIL", "packages", sentence)

    def test_a_pinned_library_that_ends_the_process(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """As on a processor without AVX2: another process tries it first, so that the other checks go on."""
        told = [Version("llama.cpp", "", "loading it ends the process (SIGILL)")]
        monkeypatch.setattr(doctor_software, "versions", lambda _names: told)
        (finding,) = doctor_software.llama(Config())
        assert finding.level == "FAIL"
        assert (
            f"loading it ends the process (SIGILL); install it again ({reinstall_command('xllamacpp')})"
            in finding.message
        )

    @pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux needs the system's OpenMP")
    def test_no_openmp(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def missing(_name: str) -> None:
            raise OSError("cannot open shared object file")

        assert levels(doctor_software.openmp()) == ["ok"]
        monkeypatch.setattr(ctypes, "CDLL", missing)
        (finding,) = doctor_software.openmp()
        assert finding.level == "FAIL"
        assert "apt install libgomp1" in finding.message

    def test_openmp_elsewhere(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "platform", "darwin")
        assert doctor_software.openmp() == []

    def test_a_library_that_is_not_there(self) -> None:
        config = Config(model=ModelOptions(library="/nowhere/lib.so"))
        (finding,) = carry_out(Check("llama.cpp", lambda: doctor_software.llama(config)))
        assert finding.level == "FAIL"
        assert "/nowhere/lib.so" in finding.message

    def test_models(self, model_copy: Path) -> None:
        def look() -> Finding:
            config = Config(model=ModelOptions(path=str(model_copy)))
            (finding,) = carry_out(Check("model", lambda: doctor_software.model(config)))
            return finding

        assert look().level == "ok"
        assert look().message.endswith("checksums are right")
        decoder = next(model_copy.glob("*.gguf"))
        data = bytearray(decoder.read_bytes())
        data[-1] ^= 1
        decoder.write_bytes(data)
        assert look().level == "FAIL"
        assert "checksum" in look().message
        (model_copy / "asrd.json").unlink()
        assert look().level == "ok"
        assert "no checksum of" in look().message
        decoder.unlink()
        assert look().level == "FAIL"

    def test_a_language_that_the_model_does_not_know(self, model_copy: Path) -> None:
        description = json.loads((model_copy / "asrd.json").read_text(encoding="utf-8"))
        text = json.dumps(description | {"languages": ["English", "French"]})
        (model_copy / "asrd.json").write_text(text, encoding="utf-8")

        def levels_with(language: str) -> list[str]:
            return levels(doctor_software.model(Config(model=ModelOptions(path=str(model_copy), language=language))))

        assert [levels_with(language) for language in ("auto", "en", "French")] == [["ok"]] * 3
        assert levels_with("de") == ["warn", "ok"]
        warning = doctor_software.model(Config(model=ModelOptions(path=str(model_copy), language="de")))[0].message
        assert "knows no German, which model.language says, but English, French" in warning


class TestMicrophone:
    def sine(self, amplitude: float) -> FloatArray:
        return np.asarray(amplitude * np.sin(np.arange(32_000) * 0.1), np.float32)

    @pytest.mark.parametrize(
        ("samples", "level", "word"),
        [
            (np.zeros(0, np.float32), "FAIL", "gives no audio"),
            (np.zeros(32_000, np.float32), "FAIL", "only zeros"),
            (np.full(32_000, 1e-4, np.float32), "warn", "very quiet"),
            (np.full(32_000, 1.0, np.float32), "warn", "clipped"),
        ],
        ids=["nothing", "zeros", "quiet", "clipped"],
    )
    def test_verdicts(self, samples: FloatArray, level: str, word: str) -> None:
        finding = doctor_microphone.judge(DEVICE, samples)
        assert finding.level == level
        assert word in finding.message
        assert finding.message.startswith("USB  microphone")

    def test_a_useful_level(self) -> None:
        finding = doctor_microphone.judge(DEVICE, self.sine(0.1))
        assert finding == Finding("ok", "microphone", "USB  microphone: -23 dB on average, -20 dB at the peak")

    def test_zeros_on_a_mac(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "platform", "darwin")
        finding = doctor_microphone.judge(DEVICE, np.zeros(10, np.float32))
        assert "Privacy & Security > Microphone" in finding.message

    def look(self, monkeypatch: pytest.MonkeyPatch, devices: list[InputDevice], wanted: str = "") -> Finding:
        monkeypatch.setattr(doctor_microphone, "input_devices", lambda: devices)
        config = Config(audio=AudioOptions(device=wanted))
        (finding,) = carry_out(Check("microphone", lambda: doctor_microphone.microphone(config)))
        return finding

    def test_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        finding = self.look(monkeypatch, [])
        assert finding.level == "FAIL"
        assert "there is no microphone: connect one" in finding.message

    def test_another_than_there_is(self, monkeypatch: pytest.MonkeyPatch) -> None:
        finding = self.look(monkeypatch, [DEVICE], "Bluetooth")
        assert finding.level == "FAIL"
        assert "Bluetooth" in finding.message

    def test_two_seconds_are_kept_and_no_more(self, monkeypatch: pytest.MonkeyPatch) -> None:
        heard: list[str] = []

        class Fake:
            def __init__(self, device: InputDevice, listener: Any) -> None:
                heard.append(device.name)
                for _ in range(100):
                    listener.hear(np.full(1600, 0.1, np.float32))
                listener.lost(3)

            def close(self) -> None:
                heard.append("closed")

        monkeypatch.setattr(doctor_microphone, "Microphone", Fake)
        assert len(doctor_microphone._record(DEVICE)) == 32_000
        assert self.look(monkeypatch, [DEVICE]).level == "ok"
        assert heard[:2] == [DEVICE.name, "closed"]


class TestRealMicrophone:
    """PulseAudio's null sink as the microphone of a real process."""

    def doctor(self, server: PulseServer) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "asrd", "doctor", "--model", "/nowhere", "--port", "0"],
            env=server.environment | {"PYTHONPATH": str(CHECKOUT)},
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert done.stderr == b""
        return next(line for line in done.stdout.decode().splitlines() if line[6:].startswith("microphone"))

    def test_silence_then_sound(self, tmp_path: Path) -> None:
        require_pulseaudio()
        soundfile.write(tmp_path / "tone.wav", 0.1 * np.sin(np.arange(16_000 * 20) * 0.2), 16_000)
        with PulseServer() as server:
            silent = self.doctor(server)
            server.play(tmp_path / "tone.wav")
            told = self.doctor(server)
        assert silent.startswith("FAIL  microphone    ")
        assert "gives only zeros" in silent
        assert told.startswith("ok    microphone    ")
        assert "-23 dB on average" in told


class TestPort:
    def look(self, options: ServerOptions) -> Finding:
        (finding,) = carry_out(Check("port", lambda: doctor_port.port(Config(server=options))))
        return finding

    def test_free(self, free_port: int) -> None:
        assert self.look(ServerOptions(port=free_port)) == Finding("ok", "port", f"127.0.0.1:{free_port} is free")
        assert self.look(ServerOptions(port=0)).level == "ok"

    @pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="this system has no such table")
    def test_of_a_program_that_ends_meanwhile(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Its name was to be read next."""
        monkeypatch.setattr(doctor_port, "_process_with", lambda _inode: tmp_path)
        monkeypatch.setattr(doctor_port, "_TIMEOUT_S", 0.1)
        with socket.create_server(("127.0.0.1", 0)) as other:
            finding = self.look(ServerOptions(port=other.getsockname()[1]))
        assert finding.message.startswith("another program (of the user ")

    def test_of_another_program(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(doctor_port, "_TIMEOUT_S", 0.1)
        with closing(socket.create_server(("127.0.0.1", 0))) as other:
            finding = self.look(ServerOptions(port=other.getsockname()[1]))
        assert finding.level == "FAIL"
        assert "another program" in finding.message

    @pytest.mark.parametrize(
        "answer", [b"", b"not json", b"[]", b'{"status": "up"}', b'{"status": "ok"}', b'{"status": "ok", "states": 3}']
    )
    def test_of_another_web_server(self, answer: bytes) -> None:
        with Answering(answer) as port:
            finding = self.look(ServerOptions(port=port))
        assert finding.level == "FAIL"
        assert "another program" in finding.message

    def test_a_daemon(self) -> None:
        with Answering(b'{"status": "ok", "states": []}') as port:
            assert self.look(ServerOptions(port=port)).message.endswith(f"listens on 127.0.0.1:{port} and is well")
            assert self.look(ServerOptions(port=port, host="0.0.0.0")).level == "ok"

    def test_a_daemon_that_is_not_well(self) -> None:
        answers = {b'"reasons": ["no \\u001bmicrophone"],': "no microphone", b"": "mic_lost, history"}
        for reasons, said in answers.items():
            with Answering(b'{"status": "failing", %b "states": ["mic_lost", "history"]}' % reasons, 503) as port:
                finding = self.look(ServerOptions(port=port))
            assert (finding.level, finding.message.partition(": ")[2]) == ("warn", said)

    def test_a_daemon_with_tls(self, tmp_path: Path) -> None:
        certificate = trustme.CA().issue_cert("example.org")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        with Answering(b'{"status": "ok", "states": []}', tls=context) as port:
            options = ServerOptions(port=port, tls_cert=str(tmp_path / "c"), tls_key=str(tmp_path / "k"))
            assert self.look(options).level == "ok"

    def test_what_the_server_would_refuse(self, free_port: int, tmp_path: Path) -> None:
        finding = self.look(ServerOptions(host="0.0.0.0", port=free_port))
        assert finding.level == "FAIL"
        assert "TLS" in finding.message
        missing = ServerOptions(port=free_port, tls_cert=str(tmp_path / "c"), tls_key=str(tmp_path / "k"))
        assert self.look(missing).level == "FAIL"

    def test_unix_socket(self, tmp_path: Path) -> None:
        path = tmp_path / "socket"
        options = ServerOptions(unix_socket=str(path))
        assert self.look(options).message == f"{path} is free"
        assert not path.exists()
        with Answering(b'{"status": "ok", "states": []}', unix_socket=path):
            assert "is well" in self.look(options).message
        (tmp_path / "file").touch()
        assert self.look(ServerOptions(unix_socket=str(tmp_path / "file"))).level == "FAIL"


class TestTokens:
    def look(self, options: ServerOptions) -> Finding:
        (finding,) = carry_out(Check("tokens", lambda: doctor_server.tokens(Config(server=options))))
        return finding

    def test_before_the_first_start(self) -> None:
        assert self.look(ServerOptions()).message.endswith("will be made at the first start")

    def test_as_the_daemon_makes_it(self, tmp_path: Path) -> None:
        options = ServerOptions(token_file=str(tmp_path / "tokens.json"))
        TokenFile(tmp_path / "tokens.json")
        assert self.look(options) == Finding("ok", "tokens", f"{tmp_path / 'tokens.json'}, 1 token, mode 0600")

    def test_open_to_others(self, tmp_path: Path) -> None:
        path = tmp_path / "tokens.json"
        TokenFile(path)
        path.chmod(0o640)
        finding = self.look(ServerOptions(token_file=str(path)))
        assert finding.level == "FAIL"
        assert f"(mode 0640): chmod 600 '{path}'" in finding.message
        assert path.stat().st_mode & 0o777 == 0o640  # the doctor looks and does not touch

    def test_damaged(self, tmp_path: Path) -> None:
        path = tmp_path / "tokens.json"
        path.touch(mode=0o600)
        path.write_text("{", encoding="utf-8")
        assert self.look(ServerOptions(token_file=str(path))).level == "FAIL"

    def test_none_needed(self) -> None:
        assert self.look(ServerOptions(require_token=False)).level == "warn"


class TestFolders:
    def test_made_later(self) -> None:
        (finding,) = doctor_server.folders(Config())
        assert (finding.level, finding.message) == ("ok", f"{state_folder()} will be made")

    def test_there(self) -> None:
        state_folder().mkdir(parents=True)
        (finding,) = doctor_server.folders(Config())
        assert finding.message == str(state_folder())
        assert list(state_folder().iterdir()) == []

    def test_history(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        config = Config(history=HistoryOptions(enabled=True, folder=str(tmp_path / "file" / "history")))
        state, history = doctor_server.folders(config)
        assert state.level == "ok"
        assert (history.level, history.what) == ("FAIL", "history")
        assert "cannot be made" in history.message

    def test_not_to_be_written(self, monkeypatch: pytest.MonkeyPatch) -> None:
        state_folder().mkdir(parents=True)

        def refuse(**_: object) -> None:
            raise OSError(30, "Read-only file system")

        monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)
        (finding,) = doctor_server.folders(Config())
        assert finding.level == "FAIL"
        assert "Read-only file system" in finding.message


class TestSettings:
    def test_warnings(self) -> None:
        found = doctor_server.settings(load_config(None, {"HOME": "/nowhere", "ASRD_SERVR_PORT": "1"}))
        assert levels(found) == ["warn", "ok"]

    @pytest.mark.parametrize(("mode", "level"), [(0o644, "ok"), (0o664, "warn"), (0o646, "warn")])
    def test_who_may_change_the_file(self, tmp_path: Path, mode: int, level: str) -> None:
        path = tmp_path / "asrd.toml"
        path.touch()
        path.chmod(mode)
        found = doctor_server.settings(load_config(None, {"ASRD_CONFIG": str(path)}))
        assert levels(found) == [level]


def test_hints_for_macs() -> None:
    assert doctor_server.mac_hints({}, "linux") == []
    (finding,) = doctor_server.mac_hints({"TERM_PROGRAM": "iTerm.app"}, "darwin")
    assert "iTerm.app" in finding.message


def test_every_check_is_there() -> None:
    """They are imported by name."""
    for module, functions in {
        "server": ("settings", "tokens", "folders", "mac_hints"),
        "port": ("port",),
        "typing": ("typing",),
        "software": ("packages", "openmp", "llama", "model", "sound"),
        "microphone": ("microphone",),
    }.items():
        for function in functions:
            assert callable(getattr(importlib.import_module(f"asrd.cli.doctor_{module}"), function))


class Answering:
    """A web server that gives the same answer to everyone; yields its port."""

    def __init__(
        self, body: bytes, status: int = 200, *, tls: ssl.SSLContext | None = None, unix_socket: Path | None = None
    ) -> None:
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
        self._answer = head + body
        self._tls = tls
        self._unix_socket = unix_socket
        self._loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()
        self._ready = threading.Event()
        self._port = 0
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),), name="answering")

    async def _run(self) -> None:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(self._answer)
                await writer.drain()
            except (asyncio.IncompleteReadError, ConnectionError):
                pass  # a client of an earlier test that looks for its daemon on this port
            finally:
                writer.close()

        if self._unix_socket:
            server = await asyncio.start_unix_server(handle, str(self._unix_socket))
        else:
            server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=self._tls)
            self._port = server.sockets[0].getsockname()[1]
        async with server:
            self._ready.set()
            await self._stopped.wait()

    def __enter__(self) -> int:
        self._thread.start()
        assert self._ready.wait(30)
        return self._port

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(30)
        self._loop.close()


@pytest.mark.parametrize("columns", ["50", "80", "200"])
@pytest.mark.parametrize("command", ["devices", "doctor"])
def test_help_fits_80_columns(cli: Cli, columns: str, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert max(map(len, cli(command, "--help").out.splitlines())) <= 80
