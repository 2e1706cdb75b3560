"""The package of a library that is missing, by what the system says of itself."""

from __future__ import annotations

import platform

import pytest

from asrd.system_packages import SystemLibrary, install_command


@pytest.mark.parametrize(
    ("release", "portaudio", "openmp"),
    [
        ({"ID": "debian"}, "apt install libportaudio2", "apt install libgomp1"),
        ({"ID": "ubuntu", "ID_LIKE": "debian"}, "apt install libportaudio2", "apt install libgomp1"),
        ({"ID": "linuxmint", "ID_LIKE": "ubuntu debian"}, "apt install libportaudio2", "apt install libgomp1"),
        ({"ID": "pop", "ID_LIKE": "ubuntu debian"}, "apt install libportaudio2", "apt install libgomp1"),
        ({"ID": "fedora"}, "dnf install portaudio", "dnf install libgomp"),
        ({"ID": "rhel", "ID_LIKE": "fedora"}, "dnf install portaudio", "dnf install libgomp"),
        ({"ID": "rocky", "ID_LIKE": "rhel centos fedora"}, "dnf install portaudio", "dnf install libgomp"),
        ({"ID": "arch"}, "pacman -S portaudio", "pacman -S gcc-libs"),
        ({"ID": "endeavouros", "ID_LIKE": "arch"}, "pacman -S portaudio", "pacman -S gcc-libs"),
        (
            {"ID": "opensuse-tumbleweed", "ID_LIKE": "opensuse suse"},
            *["zypper install " + x for x in ("libportaudio2", "libgomp1")],
        ),
        ({"ID": "opensuse-leap"}, "zypper install libportaudio2", "zypper install libgomp1"),
    ],
    ids=lambda value: value["ID"] if isinstance(value, dict) else "",
)
def test_of_known_systems(release: dict[str, str], portaudio: str, openmp: str) -> None:
    assert install_command(SystemLibrary.PORTAUDIO, release) == portaudio
    assert install_command(SystemLibrary.OPENMP, release) == openmp


@pytest.mark.parametrize("release", [{}, {"ID": "plan9"}, {"ID": "", "ID_LIKE": "  "}], ids=str)
def test_of_an_unknown_system_all_are_named(release: dict[str, str]) -> None:
    sentence = install_command(SystemLibrary.PORTAUDIO, release)
    assert sentence.startswith("PortAudio by your system's package manager, as in: apt install libportaudio2, dnf ")
    assert sentence.endswith("pacman -S portaudio, zypper install libportaudio2")


def test_of_this_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: {"ID": "fedora"})
    assert install_command(SystemLibrary.OPENMP) == "dnf install libgomp"

    def missing() -> dict[str, str]:
        raise OSError("no os-release")

    monkeypatch.setattr(platform, "freedesktop_os_release", missing)
    assert "as in: apt install libgomp1" in install_command(SystemLibrary.OPENMP)
