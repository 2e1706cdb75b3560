"""`asrd listen`: what it writes on terminals and into pipes, and how it ends. Real processes against a real server."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from asrd.cli.listen_view import JsonView, TextView
from asrd.cli.output import as_json
from tests.cli.commands import CHECKOUT, Cli, assert_one_line
from tests.client.fake_daemon import TOKEN, Client, FakeDaemon, final, partial

ERASE = "\r\x1b[K"
EVIL = "a\x1b]0;title\x07b\x9b2Jc\r\nd\u2028e\x7ff\u202eg"
TIMEOUT_S = 60


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    return tmp_path


@contextmanager
def listening(*args: str, **options: object) -> Iterator[subprocess.Popen[bytes]]:
    """A process of `asrd listen`, ended with the block."""
    with subprocess.Popen(
        [sys.executable, "-m", "asrd", "listen", *args],
        env=os.environ | {"PYTHONPATH": str(CHECKOUT), "PYTHONWARNINGS": "error"},
        **({"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options),  # type: ignore[call-overload]
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def lines(process: subprocess.Popen[bytes], count: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().decode() for _ in range(count)]


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Exit code and standard error."""
    code = process.wait(TIMEOUT_S)
    assert process.stderr is not None
    return code, process.stderr.read().decode()


async def speaks(client: Client) -> None:
    await client.hello()
    await client.send(type="status", state="listening", message="listening")
    await client.send(**partial("hello ", "wor"))
    await client.send(**final(1, "hello world"))
    await client.send(**final(2, EVIL))
    await client.send(**{**final(3), "text": ""})
    await client.send(**final(4, "天气 عَ\u200c"))
    await client.stay()


class TestPipe:
    def test_one_final_a_line_and_nothing_else(self) -> None:
        with FakeDaemon([speaks]) as daemon, listening("--url", daemon.url) as process:
            assert lines(process, 3) == ["hello world\n", "a ]0;title b 2Jc d e fg\n", "天气 عَ\u200c\n"]
            process.send_signal(signal.SIGINT)
            assert ended(process) == (130, "")
            assert process.stdout is not None
            assert process.stdout.read() == b""

    def test_json(self) -> None:
        with FakeDaemon([speaks]) as daemon, listening("--url", daemon.url, "--json") as process:
            found = lines(process, 7)
        messages = [json.loads(line) for line in found]
        assert [message["type"] for message in messages] == ["hello", "status", "partial", *["final"] * 4]
        assert messages[4]["text"] == EVIL
        assert all(line[:-1].isprintable() or "\u200c" in line for line in found)

    def test_the_reader_goes_away(self) -> None:
        go_on = threading.Event()

        async def script(client: Client) -> None:
            await client.hello()
            await client.send(**final(1))
            await asyncio.to_thread(go_on.wait, TIMEOUT_S)
            for number in range(2, 100):
                await client.send(**final(number))
            await client.stay()

        with FakeDaemon([script]) as daemon, listening("--url", daemon.url) as process:
            assert lines(process, 1) == ["text 1\n"]
            assert process.stdout is not None
            process.stdout.close()
            go_on.set()
            assert ended(process) == (141, "")

    def test_a_lost_connection(self) -> None:
        async def first(client: Client) -> None:
            await client.hello()
            await client.send(**final(1))
            client.abort()

        async def second(client: Client) -> None:
            await client.hello(final(1), final(2))
            await client.send(**final(3))
            await client.stay()

        with FakeDaemon([first, second]) as daemon, listening("--url", daemon.url) as process:
            assert lines(process, 3) == ["text 1\n", "text 2\n", "text 3\n"]
            process.send_signal(signal.SIGINT)
            code, told = ended(process)
        assert code == 130
        assert told == "asrd: the connection broke off; trying again until it is there\nasrd: connected again\n"

    def test_the_session_ends(self) -> None:
        async def script(client: Client) -> None:
            await client.hello()
            await client.send(**final(1))
            await client.send(type="closed")
            await client.stay()

        with FakeDaemon([script]) as daemon, listening("--url", daemon.url) as process:
            assert lines(process, 1) == ["text 1\n"]
            assert ended(process) == (0, "")

    def test_interrupted_while_it_waits(self, tmp_path: Path) -> None:
        with listening("--wait", "--server-unix-socket", str(tmp_path / "none")) as process:
            assert process.stderr is not None
            first = process.stderr.readline().decode()
            process.send_signal(signal.SIGINT)
            assert ended(process) == (130, "")
        assert "trying again" in first


class TestTerminal:
    @contextmanager
    def terminal(self, *args: str) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[str], str]]]:
        """A process with its output and errors on a terminal, and a function that reads until a text has come."""
        leader, follower = pty.openpty()
        try:
            with listening(*args, stdout=follower, stderr=follower, stdin=follower) as process:
                os.close(follower)
                yield process, lambda until: read_until(leader, until)
        finally:
            os.close(leader)

    def test_live_text(self) -> None:
        async def script(client: Client) -> None:
            await client.hello()
            await client.send(**partial("", "hel"))
            await client.send(**partial("hello ", "wor", revision=2))
            await client.send(**final(1, "hello world"))
            await client.send(**partial("a\x1b[2J", "b\x9b\n", utterance=2))
            await client.send(type="dropped", utterance=2)
            await client.send(type="gap", start=1.0, end=2.5)
            await client.send(type="status", state="mic_lost", message="the microphone\x1b[2J is gone")
            await client.send(type="status", state="listening", message="it is back")
            await client.send(type="status", state="speech", message="not told")
            await client.send(type="error", code="x", message="an \x1berror")
            await client.send(**partial("open", "", utterance=3))
            await client.stay()

        with FakeDaemon([script]) as daemon, self.terminal("--url", daemon.url) as (process, read):
            shown = read("open")
            process.send_signal(signal.SIGINT)
            assert process.wait(TIMEOUT_S) == 130
            rest = read("")
        assert shown.startswith(f"{ERASE}{ERASE}\x1b[2mhel\x1b[0m{ERASE}\x1b[1mhello \x1b[0m\x1b[2mwor\x1b[0m")
        assert f"{ERASE}hello world\r\n" in shown
        assert "a [2J" in shown
        assert f"{ERASE}asrd: audio was lost from 1.0 to 2.5 s\r\n" in shown
        assert f"{ERASE}asrd: the microphone [2J is gone\r\n" in shown
        assert f"{ERASE}asrd: it is back\r\n" in shown
        assert "not told" not in shown
        assert f"{ERASE}asrd: an error\r\n" in shown
        assert (rest.count(ERASE), rest.endswith(ERASE)) == (1, True)  # the open line is gone
        without_ours = re.sub(r"\x1b\[(K|0m|1m|2m)", "", shown + rest)
        assert not re.search("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]", without_ours)

    def test_json_on_a_terminal_holds_no_control_character(self) -> None:
        with FakeDaemon([speaks]) as daemon, self.terminal("--url", daemon.url, "--json") as (_, read):
            shown = read('"utterance": 4')
        assert not re.search("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]", shown.replace(ERASE, ""))

    def test_a_pipe_beside_a_terminal(self) -> None:
        """`asrd listen | tee file`: the text is clean, the live line is on the terminal."""
        leader, follower = pty.openpty()
        with FakeDaemon([speaks]) as daemon, listening("--url", daemon.url, stderr=follower) as process:
            os.close(follower)
            assert lines(process, 1) == ["hello world\n"]
            assert "wor" in read_until(leader, "wor")
        os.close(leader)


def read_until(leader: int, text: str) -> str:
    """What a terminal gets until `text` has come; with "" until nobody holds its other side."""
    shown = b""
    deadline_s = time.monotonic() + TIMEOUT_S
    while not text or text not in shown.decode(errors="replace"):
        ready, _, _ = select.select([leader], [], [], max(0.0, deadline_s - time.monotonic()))
        assert ready, shown
        try:
            data = os.read(leader, 4096)
        except OSError:  # Linux says so when the other side was closed
            data = b""
        if not data:
            break
        shown += data
    return shown.decode()


class TestInThisProcess:
    def test_replay_and_once(self, cli: Cli) -> None:
        async def script(client: Client) -> None:
            await client.hello(final(1), final(2), final(3))
            await client.stay()

        with FakeDaemon([script]) as daemon:
            assert cli("listen", "--url", daemon.url, "--replay", "2", "--once") == (0, "text 2\n", "")

    def test_once_waits_for_words(self, cli: Cli) -> None:
        async def script(client: Client) -> None:
            await client.hello()
            await client.send(**{**final(1), "text": ""})
            await client.send(**final(2))
            await client.stay()

        with FakeDaemon([script]) as daemon:
            assert cli("listen", "--url", daemon.url, "--once") == (0, "text 2\n", "")

    def test_session(self, cli: Cli) -> None:
        with FakeDaemon([speaks]) as daemon:
            assert cli("listen", "--url", daemon.url, "--once", "--session", "client-1").code == 0
        assert daemon.paths == ["/v1/stream?session=client-1"]

    def test_settings_say_where(self, cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        with FakeDaemon([speaks]) as daemon:
            assert cli("listen", "--once", "--port", str(daemon.port)).code == 0
            monkeypatch.setenv("ASRD_SERVER_PORT", str(daemon.port))
            assert cli("listen", "--once", "--host", "0.0.0.0").code == 0
        with FakeDaemon([speaks], unix_socket=tmp_path / "socket"):
            assert cli("listen", "--once", "--server-unix-socket", tmp_path / "socket").code == 0

    def test_nobody_there(self, cli: Cli, tmp_path: Path) -> None:
        assert_one_line(
            cli("listen", "--server-unix-socket", tmp_path / "none"), 1, "no daemon at", "No such file", "asrd run"
        )

    def test_refused(self, cli: Cli) -> None:
        with FakeDaemon([speaks]) as daemon:
            daemon.refusals = [(401, "a token is needed")]
            assert_one_line(cli("listen", "--url", daemon.url), 1, "a token is needed", "--token-file")

    @pytest.mark.parametrize(
        ("args", "words"),
        [
            (("--url", "http://x"), ["no address"]),
            (("--url", "ws://example.org"), ["use wss://"]),
            (("--host", "example.org"), ["use wss://"]),
            (("--url", "ws://localhost/?token=secret"), ["ASRD_TOKEN"]),
            (("--replay", "-1"), ["--replay"]),
            (("--port", "x"), ["--port"]),
            (("--ca", "/nowhere.pem", "--url", "wss://localhost:1"), ["/nowhere.pem", "--ca"]),
            (("--token-file", "/nowhere.json"), ["no token file /nowhere.json"]),
        ],
        ids=repr,
    )
    def test_wrong_flags(self, cli: Cli, args: tuple[str, ...], words: list[str]) -> None:
        ran = cli("listen", *args)
        assert_one_line(ran, 2, *words)
        assert "secret" not in ran.err


class TestToken:
    OTHER = "another-token-long-enough"

    @pytest.fixture
    def token_file(self, tmp_path: Path) -> Path:
        """In the place where the daemon makes it; the first token may not listen."""
        path = tmp_path / "asrd" / "tokens.json"
        if sys.platform == "darwin":
            path = tmp_path / "Library" / "Application Support" / "asrd" / "tokens.json"
        path.parent.mkdir(parents=True)
        self.write(path, TOKEN)
        return path

    def write(self, path: Path, token: str) -> None:
        tokens = [{"token": "x" * 20, "scopes": ["audio"]}, {"token": token, "scopes": ["listen"]}]
        path.touch(mode=0o600)
        path.write_text(json.dumps({"tokens": tokens}), encoding="utf-8")

    def shown(self, cli: Cli, *args: str | Path) -> str:
        with FakeDaemon([speaks]) as daemon:
            assert cli("listen", "--once", "--port", str(daemon.port), *args).code == 0
        return daemon.tokens[0]

    def test_of_the_daemon(self, cli: Cli, token_file: Path) -> None:
        assert self.shown(cli) == f"Bearer {TOKEN}"

    def test_of_the_environment(self, cli: Cli, token_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ASRD_TOKEN", f" {self.OTHER}\n")
        assert self.shown(cli) == f"Bearer {self.OTHER}"

    def test_of_a_file_that_is_named(self, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ASRD_TOKEN", self.OTHER)
        self.write(tmp_path / "named.json", TOKEN)
        assert self.shown(cli, "--token-file", tmp_path / "named.json") == f"Bearer {TOKEN}"

    def test_none(self, cli: Cli) -> None:
        assert self.shown(cli) == ""

    def test_that_is_none(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ASRD_TOKEN", "two words")
        ran = cli("listen", "--port", "1")
        assert_one_line(ran, 2, "ASRD_TOKEN")
        assert "words" not in ran.err

    def test_other_machines_do_not_see_the_token_of_this_one(
        self, token_file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from asrd.cli.daemon_address import endpoint_of
        from asrd.cli.main import parse
        from asrd.config.loading import load_config

        def token_for(*args: str) -> str:
            parsed = parse(["listen", *args])
            return endpoint_of(parsed, load_config(parsed), os.environ).token

        assert token_for("--url", "ws://127.0.0.1:1") == TOKEN
        assert token_for("--url", "wss://example.org") == ""
        assert token_for("--url", "wss://example.org", "--token-file", str(token_file)) == TOKEN
        monkeypatch.setenv("ASRD_TOKEN", self.OTHER)
        assert token_for("--url", "wss://example.org") == self.OTHER

    def test_one_that_is_made_later_is_shown_to_the_daemon_that_made_it(self, tmp_path: Path) -> None:
        """Clients with --wait may be there before the first daemon of a machine."""
        from asrd.cli.daemon_address import endpoint_of
        from asrd.cli.main import parse
        from asrd.config.loading import load_config

        parsed = parse(["listen", "--wait"])
        endpoint = endpoint_of(parsed, load_config(parsed), os.environ)
        assert (endpoint.token, endpoint.shown_token()) == ("", "")
        path = tmp_path / "asrd" / "tokens.json"
        path.parent.mkdir()
        path.touch(mode=0o600)
        path.write_text(json.dumps({"tokens": [{"token": TOKEN, "scopes": ["listen"]}]}), encoding="utf-8")
        assert endpoint.shown_token() == TOKEN


def test_finals_and_sentences_are_harmless_lines(capfd: pytest.CaptureFixture[str]) -> None:
    view = TextView()
    view.show({"type": "final", "text": EVIL})
    view.show({"type": "error", "message": EVIL})
    assert capfd.readouterr() == ("a ]0;title b 2Jc d e fg\n", "asrd: a ]0;title b 2Jc d e fg\n")


def test_what_a_server_says_when_it_refuses_does_not_steer_the_terminal(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASRD_TOKEN", TOKEN)
    with FakeDaemon([]) as daemon:
        daemon.refusals = [(403, EVIL)]
        _, _, error = cli("listen", "--url", daemon.url)
    assert "\\x1b]0;title" in error
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e]", error)


def test_views_bear_any_message(capfd: pytest.CaptureFixture[str]) -> None:
    """A daemon of another release may leave out or add anything."""
    for kind in ("hello", "partial", "final", "dropped", "status", "gap", "error", "level", "closed", "new"):
        bare: dict[str, object] = {"type": kind}
        for message in (bare, bare | {"text": 3, "state": [], "start": "x", "committed": None}):
            for view in (TextView(), JsonView()):
                view.show(message)
    assert capfd.readouterr().out.splitlines()[0] == as_json({"type": "hello"})


@pytest.mark.parametrize("columns", ["50", "80", "200"])
def test_help_fits_80_columns(cli: Cli, columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert max(map(len, cli("listen", "--help").out.splitlines())) <= 80
