"""`asrd devices`."""

from __future__ import annotations

import json

import pytest

from asrd.cli import devices_run
from asrd.errors import NativeError
from asrd.source.devices import InputDevice
from tests.cli.commands import Cli, assert_one_line, run_process
from tests.cli.sound import need_portaudio

DEVICES = [
    InputDevice(0, "Built-in", "ALSA", 1, 48_000, False, (44_100, 48_000)),
    InputDevice(12, "USB\x1b[2J microphone", "ALSA", 2, 44_100, True),
]


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    def devices(*, with_rates: bool) -> list[InputDevice]:
        return DEVICES

    monkeypatch.setattr(devices_run, "input_devices", devices)


@pytest.mark.usefixtures("two")
class TestTwo:
    def test_table(self, cli: Cli) -> None:
        ran = cli("devices")
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.splitlines() == [
            "  0   Built-in            ALSA  1 channel   48000 Hz",
            "* 12  USB [2J microphone  ALSA  2 channels  44100 Hz",
        ]

    def test_rates(self, cli: Cli) -> None:
        lines = cli("devices", "--rates").out.splitlines()
        assert lines[0].endswith("takes 44100, 48000")
        assert lines[1].endswith("takes none of the usual rates")

    def test_json(self, cli: Cli) -> None:
        found = [json.loads(line) for line in cli("devices", "--json").out.splitlines()]
        assert [device["index"] for device in found] == [0, 12]
        assert [device["is_default"] for device in found] == [False, True]
        assert "rates_hz" not in found[0]
        rates = [json.loads(line)["rates_hz"] for line in cli("devices", "--json", "--rates").out.splitlines()]
        assert rates == [[44_100, 48_000], []]


def test_none(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices_run, "input_devices", lambda with_rates: [])
    ran = cli("devices")
    assert (ran.code, ran.out) == (0, "")
    assert "there is no microphone" in ran.err


def test_without_portaudio(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def devices(*, with_rates: bool) -> list[InputDevice]:
        raise NativeError("the PortAudio library cannot be loaded: install it")

    monkeypatch.setattr(devices_run, "input_devices", devices)
    assert_one_line(cli("devices"), 4, "PortAudio")


def test_of_this_machine() -> None:
    """Whatever there is: no line of ALSA's or JACK's complaints reaches the user."""
    need_portaudio()
    ran = run_process("devices")
    assert ran.code == 0
    assert ran.err in ("", "asrd: there is no microphone: connect one, or start the system's sound service\n")
