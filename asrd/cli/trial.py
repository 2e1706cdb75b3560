"""`asrd run --try`: the microphone if it can be used, else the clip that comes with asrd; and where to look."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from asrd.cli.held_up import has_ended
from asrd.cli.overlay_address import Page, listening_token, page_address
from asrd.config.places import token_file
from asrd.daemon.sources import SourceChoice, SourceKind
from asrd.errors import AsrdError, AudioError, ConfigError
from asrd.options import AudioOptions, Config, ServerOptions
from asrd.server.listening import Address
from asrd.source.devices import InputDevice, choose_device, input_devices
from asrd.source.microphone import Microphone
from asrd.source.quiet import native_stderr_kept
from asrd.text.columns import harmless

_LIMIT_S: Final = 5.0


@dataclass(frozen=True)
class Trial:
    """What a trial runs with.

    Attributes:
        config: the settings, with a port and a microphone that is open.
        source: the microphone, or the clip.
        sentences: what the user is told about both, before anything is heard.
        token: for the addresses of the pages; "" where none is to be shown.
    """

    config: Config
    source: SourceChoice
    sentences: tuple[str, ...]
    token: str

    @property
    def where(self) -> str:
        """How it ends."""
        return "it ends with the clip" if self.source.ends else "Ctrl-C ends it"

    def on_free_port(self) -> Trial:
        """The same where the port is taken, as it is beside a daemon that runs."""
        told = f"port {self.config.server.port} is taken, perhaps by another asrd: this one takes a free port"
        server = replace(self.config.server, port=0)
        return replace(self, config=replace(self.config, server=server), sentences=(*self.sentences, told))

    def addresses(self, address: Address) -> str:
        """Where a browser looks, in lines that a terminal of 80 columns does not break."""
        needs_token = self.config.server.require_token and not self.token
        hint = f" (`asrd overlay --port {address.port}` prints them with a token)" if needs_token else ""
        pages = "\n".join(page_address(address, page, self.token) for page in (Page.TEXT, Page.OVERLAY))
        return f"asrd: in a browser, the text and the subtitles for OBS{hint}:\n{pages}"


def prepare(config: Config, *, shows_token: bool, is_fast: bool) -> Trial:
    """Look for a microphone.

    Args:
        config: the user's settings.
        shows_token: the addresses are for the eyes of who asked alone, not for a log.
        is_fast: the clip is played as fast as it can be recognised.
    """
    audio = replace(config.audio, policy="always")
    source, sentence = _source(audio, is_fast=is_fast)
    server = _with_port(config.server)
    token = _token(server) if shows_token else ""
    return Trial(replace(config, audio=audio, server=server), source, (sentence,), token)


def _source(audio: AudioOptions, *, is_fast: bool) -> tuple[SourceChoice, str]:
    try:
        device = _opened_in_time(audio)
    except AsrdError as error:
        clip = SourceChoice(SourceKind.DEMO, is_fast=is_fast)
        return clip, f"{error}; now the clip that comes with asrd is played, and asrd ends with it"
    return SourceChoice(SourceKind.MICROPHONE), f"listening to {_named(device, audio)}: speak; Ctrl-C ends it"


def _opened_in_time(audio: AudioOptions) -> InputDevice:
    """The microphone, which can be opened. One that hangs is left to a thread of its own: see `asrd.cli.held_up`."""
    opened: Future[InputDevice] = Future()

    def open_it() -> None:
        try:
            device = choose_device(input_devices(), audio.device)
            Microphone(device, _Deaf()).close()  # whether it can be opened is seen by opening it
            opened.set_result(device)
        except BaseException as error:  # noqa: BLE001 - of whoever waits for it
            opened.set_exception(error)

    thread = threading.Thread(target=open_it, name="trial-microphone", daemon=True)
    with native_stderr_kept():
        thread.start()
        if not has_ended(thread, _LIMIT_S):
            raise AudioError(
                f"the microphone did not open within {_LIMIT_S:g} s: the system's sound service hangs; start it again"
            )
    return opened.result()


def _named(device: InputDevice, audio: AudioOptions) -> str:
    whose = "the system's microphone" if device.is_default and not audio.device else "the microphone"
    return f"{whose} {harmless(device.name)!r}"


def _with_port(server: ServerOptions) -> ServerOptions:
    """A browser needs a port; what the mode of a Unix-domain socket kept out, a token does."""
    return replace(server, unix_socket="", require_token=True) if server.unix_socket else server


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
