"""The whole way with a real user manager: install, answer, crash, come back, a wrong setting, logs, uninstall."""

from __future__ import annotations

import json
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from asrd.service.systemd_units import command_line, environment_lines
from tests.service.user_manager import UserManager, user_manager, wait_for

__all__ = ["user_manager"]
UNIT = "asrd.service"
WANTED = Path(".config/systemd/user")


@pytest.fixture(scope="module")
def port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def service(user_manager: UserManager, port: int) -> Iterator[UserManager]:
    """With the service, which listens to clients alone."""
    ran = user_manager.asrd("service", "install", "--", "--source", "none", "--port", str(port))
    assert ran.returncode == 0, ran
    yield user_manager
    user_manager.asrd("service", "uninstall", "--force")


@pytest.fixture
def installed(service: UserManager) -> UserManager:
    """The same, at work, whatever another test did to it."""
    ran = service.asrd("service", "start")
    assert ran.returncode == 0, ran
    return service


@contextmanager
def changed(manager: UserManager, *lines: str) -> Iterator[None]:
    """With lines of the unit changed, as `systemctl --user edit` does it."""
    drop_in = manager.home / WANTED / "asrd.service.d" / "test.conf"
    manager.write(drop_in, "\n".join(["[Service]", *lines, ""]))
    manager.run("systemctl", "--user", "daemon-reload")
    try:
        yield
    finally:
        drop_in.unlink()
        drop_in.parent.rmdir()
        manager.run("systemctl", "--user", "daemon-reload")


def status(manager: UserManager) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(manager.asrd("service", "status", "--json").stdout)
    return shown


def test_install_answers_and_uninstall_leaves_nothing_of_it(user_manager: UserManager, port: int) -> None:
    before = user_manager.files()
    ran = user_manager.asrd("service", "install", "--", "--source", "none", "--port", str(port))
    assert ran.returncode == 0, ran
    assert f"wrote     {user_manager.home / WANTED / UNIT}" in ran.stdout
    assert f"asrd listens on ws://127.0.0.1:{port}/v1/stream" in ran.stdout
    assert "asrd service uninstall" in ran.stdout
    shown = status(user_manager)
    assert shown["service"] == "running"
    assert shown["at_login"] is True
    assert shown["answers"] is True
    assert shown["troubles"] == []
    assert shown["model"] == "nano"
    assert shown["address"] == f"ws://127.0.0.1:{port}/v1/stream"
    assert str(shown["pid"]) == user_manager.show(UNIT, "MainPID")
    assert 0.0 < shown["uptime_s"] < 60.0
    assert user_manager.show(UNIT, "StatusText").startswith("ready: ws://127.0.0.1:")

    again = user_manager.asrd("service", "install", "--", "--source", "none", "--port", str(port))
    assert again.returncode == 0
    assert f"unchanged {user_manager.home / WANTED / UNIT}" in again.stdout
    assert status(user_manager)["pid"] == shown["pid"]  # it was not disturbed

    gone = user_manager.asrd("service", "uninstall")
    assert gone.returncode == 0, gone
    assert f"removed   {user_manager.home / WANTED / UNIT}" in gone.stdout
    # Beside what the sound server and the libraries keep for themselves, only what is meant to stay.
    left = {name for name in user_manager.files() - before if "asrd" in name or "systemd" in name}
    assert left == {".local/state/asrd", ".local/state/asrd/tokens.json"}
    assert user_manager.show(UNIT, "LoadState") == "not-found"
    assert "nothing to remove" in user_manager.asrd("service", "uninstall").stdout


def test_it_comes_back_after_a_crash(installed: UserManager) -> None:
    pid = installed.show(UNIT, "MainPID")
    installed.run("kill", "-9", pid)
    wait_for(lambda: installed.show(UNIT, "MainPID") not in (pid, "0"), "a new daemon")
    wait_for(lambda: status(installed)["answers"], "an answer")
    shown = status(installed)
    assert shown["service"] == "running"
    assert shown["last_exit"] == "killed, or it crashed"
    assert "started again 1 time after a failure" in shown["note"]


def test_a_hanging_daemon_is_seen_and_started_again(installed: UserManager) -> None:
    with changed(installed, "WatchdogSec=2"):
        assert installed.asrd("service", "restart").returncode == 0
        pid = installed.show(UNIT, "MainPID")
        wait_for(
            lambda: float(status(installed)["uptime_s"]) > 5.0, "a daemon that lives longer than the watchdog waits"
        )
        assert installed.show(UNIT, "MainPID") == pid
        installed.run("kill", f"-{signal.SIGSTOP.value}", pid)
        wait_for(lambda: installed.show(UNIT, "MainPID") not in (pid, "0"), "a new daemon")
        assert "Watchdog timeout" in installed.asrd("service", "logs", "-n", "50").stdout


def test_a_wrong_setting_does_not_loop(installed: UserManager) -> None:
    config = installed.write(installed.home / ".config/asrd/asrd.toml", "[server]\nprot = 1\n")
    ran = installed.asrd("service", "restart")
    config.unlink()
    config.parent.rmdir()
    assert ran.returncode != 0
    assert "exit code 2: a setting" in ran.stderr, ran
    assert installed.show(UNIT, "ActiveState") == "failed"
    assert installed.show(UNIT, "NRestarts") == "0"
    assert "prot" in installed.asrd("service", "logs").stdout
    shown = status(installed)
    assert shown["service"] == "failed"
    assert shown["last_exit"] == "exit code 2: a setting"
    assert installed.asrd("service", "status").returncode == 1
    assert installed.asrd("service", "start").returncode == 0
    assert status(installed)["answers"]


def test_failing_again_and_again_ends(installed: UserManager) -> None:
    with changed(installed, "RestartSec=100ms", "ExecStart=", "ExecStart=/bin/sh -c 'exit 70'"):
        ran = installed.asrd("service", "restart")
        assert "asrd service logs" in ran.stderr
        wait_for(lambda: installed.show(UNIT, "ActiveState") == "failed", "an end")
        assert int(installed.show(UNIT, "NRestarts")) <= 5  # the one that is refused counts
        assert "left alone until `asrd service start`" in status(installed)["note"]


def test_stop_and_start(installed: UserManager) -> None:
    assert installed.asrd("service", "stop").returncode == 0
    shown = status(installed)
    assert (shown["service"], shown["answers"], shown["at_login"]) == ("stopped", False, True)
    assert shown["last_exit"] == "exit code 0: it was stopped"
    ran = installed.asrd("service", "start")
    assert ran.returncode == 0
    assert "asrd listens on" in ran.stdout
    pid = status(installed)["pid"]
    assert installed.asrd("service", "restart").returncode == 0
    assert status(installed)["pid"] != pid


def test_logs_are_in_the_journal(installed: UserManager) -> None:
    ran = installed.asrd("service", "logs", "--lines", "200")
    assert ran.returncode == 0
    assert re.search(r"ready: ws://127\.0\.0\.1:\d+/v1/stream, model nano, source none", ran.stdout)


def test_words_of_a_unit_arrive_as_they_are(user_manager: UserManager) -> None:
    """What `quoted` makes, read by systemd itself."""
    words = [
        *(
            "",
            " ",
            "a b",
            '"',
            "'",
            "\\",
            "\\n",
            "\\\\",
            "\n",
            "\t",
            "\r",
            "\x01",
            "\x7f",
            "%",
            "%h",
            "%%",
            "$",
            "$$",
            "$HOME",
        ),
        *(
            "${HOME}",
            ";",
            "\\;",
            "#",
            "-",
            "--",
            "@",
            ":",
            "+",
            "!",
            "|",
            "ä",
            "日本",
            "\N{GRINNING FACE}",
            "\u202e",
            "a\\",
        ),
        "".join(map(chr, range(1, 0x180))),
    ]
    folder = user_manager.home / "a %h $b ; # ä=\N{GRINNING FACE}"
    variable = "".join(map(chr, [9, 10, *range(0x20, 0x7F), *range(0xA0, 0x180)]))
    program = user_manager.write(folder / "tell", '#!/bin/sh\nprintf \'%s\\0\' "$@" "$V" > "$0.out"\n')
    program.chmod(0o755)
    unit = f"[Service]\nType=oneshot\n{environment_lines({'V': variable})}"
    unit += f"ExecStart=:{command_line([str(program), *words])}\n"
    user_manager.write(user_manager.home / WANTED / "asrd-words.service", unit)
    user_manager.run("systemctl", "--user", "daemon-reload")
    ran = user_manager.run("systemctl", "--user", "start", "asrd-words.service")
    logged = user_manager.run("journalctl", "--user", "-u", "asrd-words.service").stdout
    assert ran.returncode == 0, logged
    assert Path(f"{program}.out").read_bytes().decode().split("\0") == [*words, variable, ""]
    (user_manager.home / WANTED / "asrd-words.service").unlink()


def test_the_typist_comes_and_goes_with_the_desktop(user_manager: UserManager, port: int) -> None:
    flags = ("--", "--source", "none", "--port", str(port))
    assert user_manager.asrd("service", "install", "--with-typist", *flags).returncode == 0
    assert user_manager.show("asrd-type.service", "ActiveState") == "inactive"
    drop_in = user_manager.home / WANTED / "asrd-type.service.d" / "test.conf"
    user_manager.write(drop_in, "[Service]\nExecStart=\nExecStart=/bin/sleep 600\n")  # there is no window to type into
    user_manager.run("systemctl", "--user", "daemon-reload")
    desktop = ("--unit", "desktop", "-p", "BindsTo=graphical-session.target", "-p", "Before=graphical-session.target")
    user_manager.run("systemd-run", "--user", "--collect", *desktop, "sleep", "600")
    wait_for(lambda: status(user_manager)["typist"] == "running", "the typist")
    assert user_manager.asrd("service", "restart", "--typist").returncode == 0
    user_manager.run("systemctl", "--user", "stop", "desktop")
    wait_for(lambda: status(user_manager)["typist"] == "stopped", "its end")
    assert status(user_manager)["service"] == "running"
    drop_in.unlink()
    drop_in.parent.rmdir()
    assert user_manager.asrd("service", "uninstall").returncode == 0
    assert not (user_manager.home / WANTED / "graphical-session.target.wants").exists()
    assert user_manager.show("asrd-type.service", "LoadState") == "not-found"
