"""`asrd run --try`: the microphone if it can be used, else the clip that comes with asrd; and where to look."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from asrd.cli.overlay_address import Page, listening_token, page_address
from asrd.config.places import token_file
from asrd.daemon.sources import SourceChoice, SourceKind
from asrd.errors import AsrdError, ConfigError
from asrd.options import AudioOptions, Config, ServerOptions
from asrd.server.listening import Address, AddressTakenError, Listener
from asrd.source.devices import InputDevice, choose_device, input_devices
from asrd.source.microphone import Microphone
from asrd.text.columns import harmless


@dataclass(frozen=True)
class Trial:
    """What a trial runs with.

    Attributes:
        config: the settings, with a port that is free and a microphone that is open.
        source: the microphone, or the clip.
        sentences: what the user is told about both, before anything is heard.
        token: for the addresses of the pages; "" where none is to be shown.
    """

    config: Config
    source: SourceChoice
    sentences: tuple[str, ...]
    token: str

    def addresses(self, address: Address) -> str:
        """Where a browser looks, in lines that a terminal of 80 columns does not break."""
        needs_token = self.config.server.require_token and not self.token
        hint = f" (`asrd overlay --port {address.port}` prints them with a token)" if needs_token else ""
        pages = "\n".join(page_address(address, page, self.token) for page in (Page.TEXT, Page.OVERLAY))
        return f"asrd: in a browser, the text and the subtitles for OBS{hint}:\n{pages}"


def prepare(config: Config, *, shows_token: bool, is_fast: bool) -> Trial:
    """Look for a microphone and a port.

    Args:
        config: the user's settings.
        shows_token: the addresses are for the eyes of who asked alone, not for a log.
        is_fast: the clip is played as fast as it can be recognised.

    Raises:
        ConfigError: the daemon may not listen there, whatever the port.
    """
    audio = replace(config.audio, policy="always")
    source, about_source = _source(audio, is_fast=is_fast)
    server, about_port = _server(config.server)
    token = _token(server) if shows_token else ""
    return Trial(replace(config, audio=audio, server=server), source, (*about_source, *about_port), token)


def _source(audio: AudioOptions, *, is_fast: bool) -> tuple[SourceChoice, tuple[str, ...]]:
    try:
        device = choose_device(input_devices(), audio.device)
        Microphone(device, _Deaf()).close()  # whether it can be opened is seen by opening it
    except AsrdError as error:
        return SourceChoice(SourceKind.DEMO, is_fast=is_fast), (
            f"{error}; now the clip that comes with asrd is played",
        )
    return SourceChoice(SourceKind.MICROPHONE), (f"listening to {_named(device, audio)}: speak; Ctrl-C ends it",)


def _named(device: InputDevice, audio: AudioOptions) -> str:
    whose = "the system's microphone" if device.is_default and not audio.device else "the microphone"
    return f"{whose} {harmless(device.name)!r}"


def _server(server: ServerOptions) -> tuple[ServerOptions, tuple[str, ...]]:
    """As it is set if that is free, as beside a daemon that runs it is not; a browser needs a port."""
    if server.unix_socket:
        server = replace(server, unix_socket="", require_token=True)
    try:
        Listener.open(server).close()
    except AddressTakenError:
        free = replace(server, port=0)
        return free, (f"port {server.port} is taken, perhaps by another asrd: this one takes a free port",)
    return server, ()


def _token(server: ServerOptions) -> str:
    """Of the overlay; "" if the token file takes none, which the daemon can do without."""
    try:
        return listening_token(server, token_file(server))
    except ConfigError:
        return ""


class _Deaf:
    """Hears nothing; see `asrd.source.microphone.Listener`."""

    def hear(self, samples: npt.NDArray[np.float32]) -> None:
        """As the Protocol says."""

    def lost(self, samples: int) -> None:
        """As the Protocol says."""
