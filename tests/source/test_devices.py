from __future__ import annotations

import importlib
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from asrd.errors import AudioError, NativeError
from asrd.installing import reinstall_command
from asrd.source import devices, portaudio
from asrd.source.devices import InputDevice, choose_device, input_devices, no_microphone
from tests.source.fake_portaudio import FakePortAudio, PortAudioError

ALSA, JACK = 0, 1


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> FakePortAudio:
    devices = [
        ("HDMI", 0, 48_000.0, ALSA),
        ("USB Mic", 1, 44_100.0, ALSA),
        ("default", 32, 44_100.0, ALSA),
        ("USB Mic", 2, 48_000.0, JACK),
        ("Webcam Microphone", 2, 16_000.0, ALSA),
    ]
    fake = FakePortAudio(devices, default=2)
    monkeypatch.setattr(portaudio, "library", lambda: fake)
    return fake


class TestList:
    def test_has_what_records(self, module: FakePortAudio) -> None:
        assert [device.index for device in input_devices()] == [1, 2, 3, 4]
        assert input_devices()[0] == InputDevice(1, "USB Mic", "ALSA", 1, 44_100, False)
        assert [device.index for device in input_devices() if device.is_default] == [2]

    def test_rates_only_if_asked(self, module: FakePortAudio) -> None:
        module.rates_hz = (44_100, 48_000)
        assert input_devices()[0].rates_hz == ()
        assert input_devices(with_rates=True)[0].rates_hz == (44_100, 48_000)

    def test_can_be_read_anew(self, module: FakePortAudio) -> None:
        input_devices()
        assert module.renewals == 0
        module.devices.append(("new", 1, 8_000.0, ALSA))
        assert input_devices(renewed=True)[-1].name == "new"
        assert (module.renewals, module._initialized) == (1, 1)


class TestNone:
    def test_without_a_sound_card(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(devices, "_CARDS", tmp_path / "none")
        assert no_microphone() == "there is no microphone: connect one, or start the system's sound service"

    @pytest.mark.parametrize("may_use", [True, False])
    def test_a_card_that_this_user_may_not_use(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, may_use: bool
    ) -> None:
        monkeypatch.setattr(devices, "_CARDS", tmp_path)
        monkeypatch.setattr(os, "access", lambda path, mode: may_use)
        (tmp_path / "pcmC0D0c").touch()
        assert ("add them to the group audio" in no_microphone()) != may_use


class TestChoice:
    @pytest.mark.parametrize(
        ("wanted", "index"),
        [("", 2), ("1", 1), ("3", 3), ("default", 2), ("webcam", 4), ("Microphone", 4), ("USB Mic", 1), ("usb", 1)],
    )
    def test_by_number_name_or_part(self, module: FakePortAudio, wanted: str, index: int) -> None:
        assert choose_device(input_devices(), wanted).index == index

    def test_a_whole_name_goes_before_a_part_of_another(self, module: FakePortAudio) -> None:
        module.devices.append(("default monitor", 2, 48_000.0, ALSA))
        assert choose_device(input_devices(), "default").index == 2

    def test_several_are_listed(self, module: FakePortAudio) -> None:
        with pytest.raises(AudioError) as refused:
            choose_device(input_devices(), "MIC")
        assert str(refused.value) == (
            "'MIC' could be 1 'USB Mic', 4 'Webcam Microphone': give the whole name, or the number"
        )

    @pytest.mark.parametrize("wanted", ["Headset", "0", "99"])
    def test_none_is_found(self, module: FakePortAudio, wanted: str) -> None:
        with pytest.raises(AudioError, match=f"no microphone '{wanted}'; there are 1 'USB Mic', 2 'default', "):
            choose_device(input_devices(), wanted)

    def test_there_is_none(self) -> None:
        with pytest.raises(AudioError, match="there is no microphone: connect one"):
            choose_device([])

    def test_without_a_default_the_first(self, module: FakePortAudio) -> None:
        module.default = -1
        assert choose_device(input_devices()).index == 1


class TestLibrary:
    def test_the_list_is_left_alone_while_a_stream_is_open(self, module: FakePortAudio) -> None:
        owner = object()
        with portaudio.claimed(owner):
            assert not portaudio.renew_devices()
        assert not portaudio.renew_devices()
        portaudio.release(owner)
        portaudio.release(owner)
        assert portaudio.renew_devices()
        assert module.renewals == 1

    def test_a_stream_that_did_not_open_claims_nothing(self, module: FakePortAudio) -> None:
        with pytest.raises(OSError, match="boom"), portaudio.claimed(object()):
            raise OSError("boom")
        assert portaudio.renew_devices()

    def test_a_failed_start_is_told_and_can_be_tried_again(
        self, module: FakePortAudio, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail() -> None:
            raise PortAudioError("no sound service")

        with monkeypatch.context() as broken:
            broken.setattr(module, "_initialize", fail)
            for _ in range(2):
                with pytest.raises(NativeError, match="no sound service"):
                    portaudio.renew_devices()
        assert portaudio.renew_devices()
        assert module._initialized == 1

    @pytest.mark.parametrize(
        ("platform", "remedy"), [("linux", "dnf install portaudio"), ("darwin", reinstall_command("sounddevice"))]
    )
    def test_a_missing_library(self, monkeypatch: pytest.MonkeyPatch, platform: str, remedy: str) -> None:
        def fail(_: str) -> Any:
            raise OSError("PortAudio library not found")

        monkeypatch.setattr("platform.freedesktop_os_release", lambda: {"ID": "fedora"})
        monkeypatch.setattr(importlib, "import_module", fail)
        monkeypatch.setattr(sys, "platform", platform)
        with pytest.raises(NativeError, match=f"PortAudio library not found.*{re.escape(remedy)}"):
            portaudio.library()
