from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from asrd.errors import AudioError
from asrd.source import connected, portaudio
from asrd.source.system import SystemMicrophones
from tests.source.fake_portaudio import FakePortAudio
from tests.source.fakes import Notes

MIC, HEADSET = ("Mic", 1, 48_000.0, 0), ("Headset", 1, 48_000.0, 0)


class Scene:
    """What is connected, what PortAudio has listed, and what the system says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.module = FakePortAudio([MIC], default=0)
        self.connected = [MIC]
        self.now_s = 1000.0
        self.said: object = "as it was"
        self.default: object = None
        initialize = self.module._initialize

        def read_list() -> None:
            initialize()
            self.module.devices = list(self.connected)

        monkeypatch.setattr(self.module, "_initialize", read_list)
        monkeypatch.setattr(portaudio, "library", lambda: self.module)
        monkeypatch.setattr(connected, "connected_devices", lambda: self.said)
        monkeypatch.setattr(connected, "default_input", lambda: self.default)

    def microphones(self, wanted: str = "") -> SystemMicrophones:
        return SystemMicrophones(wanted, lambda: self.now_s)

    def fails(self, microphones: SystemMicrophones) -> None:
        with pytest.raises(AudioError, match="no microphone 'head'"):
            microphones.open(Notes())


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(monkeypatch)


class TestList:
    def test_is_not_read_anew_without_need(self, scene: Scene) -> None:
        """Push-to-talk would lose a syllable."""
        microphones = scene.microphones()
        for _ in range(5):
            microphones.open(Notes()).close()
            scene.now_s += 1000
        assert scene.module.renewals == 0

    def test_is_read_anew_when_the_system_says_that_something_changed(self, scene: Scene) -> None:
        microphones = scene.microphones()
        microphones.open(Notes()).close()
        scene.said = "another"
        microphones.open(Notes()).close()
        microphones.open(Notes()).close()
        assert scene.module.renewals == 1

    def test_is_read_anew_after_the_first_failure(self, scene: Scene) -> None:
        scene.connected.append(HEADSET)
        opened = scene.microphones("head").open(Notes())
        assert opened.name == "Headset"
        opened.close()

    def test_is_read_anew_rarely_while_a_microphone_is_missing(self, scene: Scene) -> None:
        microphones = scene.microphones("head")
        for _ in range(24 * 720):  # a day
            scene.fails(microphones)
            scene.now_s += 5
        assert scene.module.renewals == 720

    def test_is_read_again_and_again_while_something_new_settles(self, scene: Scene) -> None:
        microphones = scene.microphones("head")
        scene.fails(microphones)
        scene.now_s += 5
        scene.said = "a device was plugged in"
        scene.fails(microphones)
        scene.now_s += 5
        scene.connected.append(HEADSET)  # and answers now
        microphones.open(Notes()).close()

    def test_stays_as_it_is_while_another_stream_is_open(self, scene: Scene) -> None:
        microphones = scene.microphones("head")
        scene.connected.append(HEADSET)
        with portaudio.claimed(self):
            scene.fails(microphones)
        assert scene.module.renewals == 0
        portaudio.release(self)
        scene.now_s += 5
        microphones.open(Notes()).close()


class TestDefault:
    def test_another_one_is_found(self, scene: Scene) -> None:
        microphones = scene.microphones()
        microphones.open(Notes()).close()
        scene.default = 8
        assert microphones.default() == 8
        microphones.open(Notes()).close()
        assert scene.module.renewals == 1

    def test_has_nothing_to_do_with_a_named_device(self, scene: Scene) -> None:
        scene.default = 8
        assert scene.microphones("Mic").default() is None


@pytest.mark.skipif(sys.platform == "darwin", reason="there CoreAudio is asked")
class TestLinux:
    def test_the_sound_server_moves_recordings(self) -> None:
        assert connected.default_input() is None

    def test_cards_and_sound_services(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connected, "_SOUND_DEVICES", tmp_path / "snd")
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        said = [connected.connected_devices()]
        (tmp_path / "snd").mkdir()
        (tmp_path / "snd" / "pcmC0D0c").touch()
        said.append(connected.connected_devices())
        (tmp_path / "pulse").mkdir()
        (tmp_path / "pulse" / "native").touch()
        said.append(connected.connected_devices())
        (tmp_path / "new").touch()
        (tmp_path / "new").rename(tmp_path / "pulse" / "native")  # the service was started again
        said.append(connected.connected_devices())
        (tmp_path / "pipewire-0").touch()
        said.append(connected.connected_devices())
        assert len(set(said)) == 5
        assert connected.connected_devices() == said[-1]


class TestMacOS:
    @pytest.mark.parametrize(
        ("ask", "selector"), [(connected.default_input, 0x64496E20), (connected.connected_devices, 0x64657623)]
    )
    def test_core_audio_is_asked(self, monkeypatch: pytest.MonkeyPatch, ask: Any, selector: int) -> None:
        class CoreAudio:
            status = 0

            def AudioObjectGetPropertyData(self, *arguments: Any) -> int:  # noqa: N802
                system, address, qualifier_size, qualifier, size, devices = arguments
                assert (system.value, qualifier_size.value, qualifier, size._obj.value) == (1, 0, None, 1024)
                assert (address._obj.selector, address._obj.scope, address._obj.element) == (selector, 0x676C6F62, 0)
                devices._obj[0] = 73
                size._obj.value = 4
                return self.status

        core_audio = CoreAudio()
        monkeypatch.setattr(sys, "platform", "darwin")
        monkeypatch.setattr(connected, "_core_audio", lambda: core_audio)
        assert ask() == (73).to_bytes(4, sys.byteorder)
        core_audio.status = -50
        assert ask() is None
