"""Libraries that no Python package brings, and how this system's package manager brings them.

The one place that knows: what fails for want of such a library says so with `install_command`.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from enum import Enum
from typing import Final


class SystemLibrary(Enum):
    """A library, by the name that people know it by."""

    PORTAUDIO = "PortAudio"
    OPENMP = "the OpenMP runtime"


# Of each family of systems: its installer, then the package of each library.
_FAMILIES: Final[Mapping[str, tuple[str, Mapping[SystemLibrary, str]]]] = {
    "debian": ("apt install", {SystemLibrary.PORTAUDIO: "libportaudio2", SystemLibrary.OPENMP: "libgomp1"}),
    "fedora": ("dnf install", {SystemLibrary.PORTAUDIO: "portaudio", SystemLibrary.OPENMP: "libgomp"}),
    "arch": ("pacman -S", {SystemLibrary.PORTAUDIO: "portaudio", SystemLibrary.OPENMP: "gcc-libs"}),
    "suse": ("zypper install", {SystemLibrary.PORTAUDIO: "libportaudio2", SystemLibrary.OPENMP: "libgomp1"}),
}
# ID or ID_LIKE of os-release -> family, where they are not the same.
_RELATIVES: Final[Mapping[str, str]] = {
    "ubuntu": "debian",
    "linuxmint": "debian",
    "raspbian": "debian",
    "rhel": "fedora",
    "centos": "fedora",
    "rocky": "fedora",
    "almalinux": "fedora",
    "manjaro": "arch",
    "opensuse": "suse",
    "opensuse-leap": "suse",
    "opensuse-tumbleweed": "suse",
    "sles": "suse",
}


def install_command(library: SystemLibrary, release: Mapping[str, str] | None = None) -> str:
    """What installs it here, such as `apt install libportaudio2`; of an unknown system, those of the known ones.

    Args:
        library: the one that is missing.
        release: what the system says of itself (os-release(5)); None: this system.
    """
    release = _release() if release is None else release
    family = _family(release)
    if family is not None:
        installer, packages = _FAMILIES[family]
        return f"{installer} {packages[library]}"
    known = [f"{installer} {packages[library]}" for installer, packages in _FAMILIES.values()]
    return f"{library.value} by your system's package manager, as in: {', '.join(known)}"


def _release() -> Mapping[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}  # not Linux, or a bare one


def _family(release: Mapping[str, str]) -> str | None:
    """By its own name first, then by those of the systems that it comes from, nearest first."""
    for name in (release.get("ID", ""), *release.get("ID_LIKE", "").split()):
        family = _RELATIVES.get(name, name)
        if family in _FAMILIES:
            return family
    return None
