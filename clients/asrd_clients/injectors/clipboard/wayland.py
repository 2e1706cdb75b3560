"""The clipboard of a Wayland session, through wl-clipboard."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from typing import Final

from asrd_clients.injectors.interface import InjectError
from asrd_clients.injectors.options import SYSTEM_CLOCK, Clock
from asrd_clients.injectors.programs import find, run

_TEXT: Final = "text/plain;charset=utf-8"
# wl-copy offers one kind of data; of several, the one that says most is kept.
_BEST: Final = ("text/uri-list", _TEXT, "text/plain", "UTF8_STRING", "image/png", "image/")
_PASTING_S: Final = 0.3  # nobody tells when the text was fetched
_OFFER_S: Final = 2.0
_POLL_S: Final = 0.02
_END_S: Final = 2.0


class WaylandClipboard:
    """Runs `wl-copy` for as long as the text is lent; it ends by itself when somebody else copies something."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        """Find the programs.

        Raises:
            InjectError: they are not installed.
        """
        self._copy, self._paste = find("wl-copy"), find("wl-paste")
        self._clock = clock
        self._owner: subprocess.Popen[bytes] | None = None
        self._before: tuple[str, bytes] | None = None
        self._marks = ["--sensitive"] if b"--sensitive" in run([self._copy, "--help"]) else []  # since 2.3

    def lend(self, text: str) -> None:
        """See `Clipboard`.

        Raises:
            InjectError: the compositor has no clipboard for programs, or wl-copy failed.
        """
        self._before = self._read()
        command = [self._copy, "--foreground", *self._marks, "--type", _TEXT]
        self._owner = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        assert self._owner.stdin
        try:
            self._owner.stdin.write(text.encode())
            self._owner.stdin.close()
        except OSError:
            raise InjectError("wl-copy has ended: this desktop gives programs no clipboard") from None
        self._wait_until_offered(text.encode())

    def wait_until_taken(self, limit_s: float) -> bool:
        """See `Clipboard`; it cannot be known here, so that there is a wait, and the answer yes."""
        self._clock.sleep(min(_PASTING_S, limit_s))
        return True

    def restore(self) -> None:
        """See `Clipboard`."""
        owner, self._owner = self._owner, None
        if owner is None or owner.poll() is not None:
            return  # somebody has copied something meanwhile: that stays
        try:
            if self._before is None:
                run([self._copy, "--clear"])
            else:
                _run_in_background([self._copy, "--type", self._before[0]], self._before[1])
        finally:
            self._before = None
            _end(owner)

    def close(self) -> None:
        """See `Clipboard`; the restored data is kept by a wl-copy of its own."""
        self.restore()

    def _read(self) -> tuple[str, bytes] | None:
        try:
            kinds = run([self._paste, "--list-types"]).decode("utf-8", "replace").split("\n")
        except InjectError:
            return None  # it is empty
        kind = best_kind([one for one in kinds if one])
        if kind is None:
            return None
        try:
            return kind, run([self._paste, "--no-newline", "--type", kind])
        except InjectError:
            return None  # its owner has gone

    def _wait_until_offered(self, text: bytes) -> None:
        until_s = self._clock.monotonic_s() + _OFFER_S
        while self._clock.monotonic_s() < until_s and self._owner and self._owner.poll() is None:
            try:
                if run([self._paste, "--no-newline", "--type", _TEXT]) == text:
                    return
            except InjectError:
                pass  # not yet
            self._clock.sleep(_POLL_S)
        self.restore()
        raise InjectError("this desktop's clipboard does not take the text: choose another way with --method")


def best_kind(kinds: Sequence[str]) -> str | None:
    """The kind of data that is kept, of those that are offered."""
    for best in _BEST:
        for kind in kinds:
            if kind == best or (best.endswith("/") and kind.startswith(best)):
                return kind
    return kinds[0] if kinds else None


def _run_in_background(command: list[str], data: bytes) -> None:
    """Run wl-copy, which goes on in the background and would keep a pipe open for its output."""
    subprocess.run(
        command, input=data, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=_END_S, check=False
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
