"""Speech in, text in a real window: `asrd type` as a process, a daemon, and what stands in the window afterwards."""

from __future__ import annotations

import asyncio
import json
import os
import queue
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from asrd.bench.daemon.process import DaemonProcess
from asrd_clients.rules import default_rules
from asrd_clients.rules.interface import Before
from tests.cli.commands import CHECKOUT
from tests.client.fake_daemon import Client, FakeDaemon, Message, final, partial
from tests.desktop import texts
from tests.desktop.keyboard import A, Keyboard
from tests.desktop.server import DesktopServer
from tests.desktop.widgets import GtkText, expect

_TIMEOUT_S = 240


def environment(server: DesktopServer, home: Path, token: str) -> dict[str, str]:
    kept = {name: value for name, value in server.environment.items() if not name.startswith("ASRD_")}
    own = {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_STATE_HOME": str(home), "ASRD_TOKEN": token}
    paths = os.pathsep.join([str(CHECKOUT), str(CHECKOUT / "clients")])
    return {**kept, **own, "PYTHONPATH": paths, "PYTHONWARNINGS": "error"}


def asrd(server: DesktopServer, home: Path, token: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "asrd", *arguments],
        env=environment(server, home, token),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(programs: Sequence[subprocess.Popen[str]]) -> list[str]:
    """What each wrote, when all have ended by themselves."""
    try:
        outputs = [program.communicate(timeout=_TIMEOUT_S) for program in programs]
    finally:
        for program in programs:
            program.kill()
    assert [program.returncode for program in programs] == [0] * len(programs), outputs
    return [out for out, _ in outputs]


def as_typed(finals: Sequence[Message]) -> str:
    """What the rules make of finals, one after the other."""
    rules, written = default_rules(), ""
    for message in finals:
        written += rules.render(message["text"], message["language"], Before(written)).text
    return written


@pytest.mark.parametrize("mode", ["final", "live", "live-committed"])
def test_the_demonstration_in_a_window(server: DesktopServer, field: GtkText, tmp_path: Path, mode: str) -> None:
    """The model that ships hears real speech; the window has what `asrd listen` has."""
    with DaemonProcess(["--demo"], tmp_path) as daemon:
        address = ("--url", daemon.url)
        programs = [
            asrd(server, tmp_path, daemon.token, "listen", "--json", *address),
            asrd(server, tmp_path, daemon.token, "type", "--method", "x11", "--mode", mode, *address),
        ]
        listened, _ = ended(programs)
    messages = [json.loads(line) for line in listened.splitlines()]
    finals = [message for message in messages if message["type"] == "final"]
    assert len(finals) >= 2
    server.screenshot(f"dictated-demo-{mode}")
    if mode == "live-committed":  # it corrects nothing: where the final differs from what had settled, that stays
        assert len(field.text()) > len(as_typed(finals)) // 2
    else:
        expect(field, as_typed(finals))


class Speaker:
    """A daemon that says what the test wants, when it wants it."""

    def __init__(self) -> None:
        self._says: queue.Queue[Message | None] = queue.Queue()
        self._daemon = FakeDaemon([self._script])

    def say(self, *messages: Message) -> None:
        for message in messages:
            self._says.put(message)

    async def _script(self, client: Client) -> None:
        await client.hello()
        while (message := await asyncio.to_thread(self._says.get)) is not None:
            await client.send(**message)
        await client.send(type="closed", session="main")
        await client.close(1000, "the audio has ended")

    @contextmanager
    def typing(self, server: DesktopServer, home: Path, mode: str) -> Iterator[subprocess.Popen[str]]:
        """`asrd type` into the focused window, which ends as the audio does."""
        with self._daemon:
            program = asrd(
                server, home, "a-token-that-is-long-enough", "type", "--mode", mode, "--url", self._daemon.url
            )
            try:
                yield program
            finally:
                self._says.put(None)
                errors = program.communicate(timeout=60)[1]
                program.kill()
            assert program.returncode == 0, errors


@pytest.mark.parametrize("name", ["accents", "cyrillic", "greek", "cjk", "arabic", "emoji"])
@pytest.mark.parametrize("mode", ["final", "live"])
def test_any_script_with_corrections(
    server: DesktopServer, field: GtkText, tmp_path: Path, mode: str, name: str
) -> None:
    """Each partial is wrong at its end, and what was typed of it is taken back."""
    speaker, text = Speaker(), "".join(one for one in texts.ALL[name] if one not in texts.TAGS)
    with speaker.typing(server, tmp_path, mode):
        cuts = range(4, len(text), 5)
        for revision, cut in enumerate(cuts):
            speaker.say(partial(text[: cut // 2], text[cut // 2 : cut] + "Wrong ending", revision=revision))
        speaker.say(final(1, text, language="unknown"))
        expect(field, text, 60)
        server.screenshot(f"dictated-{mode}-{name}")


@pytest.mark.parametrize("layout", ["de", "ru", "fr"])
def test_corrections_on_another_layout(server: DesktopServer, field: GtkText, tmp_path: Path, layout: str) -> None:
    server.layout(layout)
    speaker = Speaker()
    with speaker.typing(server, tmp_path, "live"):
        speaker.say(partial("", "Hello, wurld"))
        expect(field, "Hello, wurld", 60)
        speaker.say(partial("Hello, ", "World! Ça va"))
        expect(field, "Hello, World! Ça va")
        speaker.say(final(1, "Hello, World! Ça va, друг? (100 % @ home)"))
        expect(field, "Hello, World! Ça va, друг? (100 % @ home)")


def test_the_focus_changes_in_the_middle_of_an_utterance(server: DesktopServer, field: GtkText, tmp_path: Path) -> None:
    other = GtkText(server, "other")
    server.activate("text")
    speaker = Speaker()
    with speaker.typing(server, tmp_path, "live"):
        speaker.say(partial("Hello ", "wurld"))
        expect(field, "Hello wurld", 60)
        server.activate("other")
        speaker.say(partial("Hello world ", "and all"), final(1, "Hello world and all others."))
        speaker.say(partial("", "This is", utterance=2), final(2, "This is new."))
        expect(other, "This is new.")
        server.screenshot("dictated-focus-change")
        assert field.text() == "Hello wurld"
        server.activate("text")
        speaker.say(final(3, "Here again."))
        field_ends = " Here again."
        expect(field, "Hello wurld" + field_ends if field.text().endswith(field_ends) else field.text())
    assert other.text() == "This is new."
    assert field.text().startswith("Hello wurld")
    assert field.text().endswith("Here again.")
    other.close()


def test_the_user_types_in_the_middle_of_an_utterance(server: DesktopServer, field: GtkText, tmp_path: Path) -> None:
    keyboard = Keyboard(server.name)
    speaker = Speaker()
    with speaker.typing(server, tmp_path, "live"):
        speaker.say(partial("Hello ", "wurld"))
        expect(field, "Hello wurld", 60)
        keyboard.tap(A)
        expect(field, "Hello wurlda")
        speaker.say(partial("Hello world ", "and all"), final(1, "Hello world and all others."))
        speaker.say(final(2, "This is new."))
    assert field.text().startswith("Hello wurlda")  # nothing of the user's was taken back
    assert field.text().endswith("This is new.")
    keyboard.close()


def test_hostile_text_types_nothing_but_text(server: DesktopServer, field: GtkText, tmp_path: Path) -> None:
    speaker = Speaker()
    with speaker.typing(server, tmp_path, "final"):
        speaker.say(
            final(1, "a\x1b[31m\x1b]0;x\x07b\x03\x7f\x08\x00c\u202ed\u2066e \x9bm\r\n\tend", language="unknown")
        )
    text = field.text()
    assert text.isprintable()
    assert "\x1b" not in text
    assert text.endswith("end")
