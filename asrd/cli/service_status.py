"""`asrd service status`: what the manager, the record of runs and the daemon itself say, together."""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from asrd.cli.daemon_address import endpoint_of
from asrd.cli.doctor_port import Health, daemon_health
from asrd.cli.output import write_json, write_line
from asrd.cli.service_arguments import parsed_arguments
from asrd.client.connection import Message, opened
from asrd.client.endpoint import Endpoint, host_of
from asrd.config.definition import PREFIX
from asrd.config.environment import TOKEN_VARIABLE
from asrd.config.loading import LoadedConfig, load_config
from asrd.config.places import state_folder
from asrd.errors import AsrdError
from asrd.service.choosing import own_manager
from asrd.service.errors import ServiceError
from asrd.service.exits import meaning_of
from asrd.service.interface import Activity, Condition, Manager, Part
from asrd.service.manifest import load_manifest
from asrd.service.runner import SystemRunner
from asrd.service.runs import Run, RunRecord, is_alive

_ANSWER_S: Final = 5.0
_START_S: Final = 120.0
_BEGIN_S: Final = 5.0  # launchd may not have begun yet
_LOOK_S: Final = 0.5
_COLUMNS: Final = 11
_LOST: Final = "killed, or it crashed"


@dataclass(frozen=True)
class Talk:
    """What the daemon says of itself.

    Attributes:
        where: its address.
        health: None: it does not answer.
        hello: its greeting; empty if it gives none to us.
        trouble: why there is no greeting, or "".
    """

    where: str
    health: Health | None
    hello: Message
    trouble: str = ""


def status(args: argparse.Namespace) -> int:
    """Show the state; 0 if the daemon answers.

    Raises:
        ConfigError: settings cannot be used.
    """
    shown = gathered()
    if args.json:
        write_json(shown)
    else:
        for name, value in shown.items():
            if value not in ("", None, []):
                write_line(f"{name.replace('_', ' '):{_COLUMNS}} {_text(name, value)}")
    return 0 if shown["answers"] else 1


def gathered() -> dict[str, Any]:
    """Everything that is known; what is not known is empty.

    Raises:
        ConfigError: settings cannot be used.
    """
    daemon, typist, manager = _conditions()
    runs = RunRecord(state_folder()).runs()
    going = runs[-1] if runs and is_alive(runs[-1]) else None
    talk = _talk(going)
    return {
        "service": daemon.activity.value,
        "manager": manager,
        "at_login": daemon.at_login,
        "note": daemon.note,
        "pid": going.pid if going else daemon.pid or None,
        "uptime_s": round(time.time() - going.started_s, 1) if going else None,
        "last_exit": _last_exit(runs, daemon),
        "address": talk.where,
        "answers": talk.health is not None,
        "troubles": [*(talk.health.reasons if talk.health else ()), *filter(None, [talk.trouble])],
        "model": _model_name(talk.hello) or (going.model if going else ""),
        "state": str(talk.hello.get("state", "")),
        "typist": typist.activity.value,
    }


def await_daemon(
    manager: Manager,
    sleep: Callable[[float], None] = time.sleep,
    monotonic_s: Callable[[], float] = time.monotonic,
) -> str:
    """Wait until the daemon answers; returns a sentence that says where and how it is.

    Raises:
        ServiceError: it ended, or does not answer.
    """
    begun_s = monotonic_s()
    while True:
        runs = RunRecord(state_folder()).runs()
        going = runs[-1] if runs and is_alive(runs[-1]) else None
        talk = _talk(going)
        if talk.health is not None:
            troubles = f", and says: {'; '.join(talk.health.reasons)}" if talk.health.reasons else ""
            return f"asrd listens on {talk.where}{troubles}"
        condition = manager.condition(Part.DAEMON)
        has_ended = condition.activity in (Activity.FAILED, Activity.STOPPED)
        if monotonic_s() - begun_s > (_BEGIN_S if has_ended else _START_S):
            why = _last_exit(runs, condition) or condition.activity.value
            raise ServiceError(f"the daemon does not answer: {why}; `asrd service logs` shows what it said")
        sleep(_LOOK_S)


def service_environment() -> dict[str, str]:
    """This process's environment without what a service manager does not pass on."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


def _conditions() -> tuple[Condition, Condition, str]:
    """Daemon and typist, and the name of the manager; where there is none, why."""
    try:
        manager = own_manager(SystemRunner(), os.environ)
    except ServiceError as error:
        return Condition(Activity.ABSENT, note=str(error)), Condition(Activity.ABSENT), ""
    try:
        manager.check()
        return manager.condition(Part.DAEMON), manager.condition(Part.TYPIST), manager.name
    except ServiceError as error:
        return Condition(Activity.ABSENT, note=str(error)), Condition(Activity.ABSENT), manager.name


def _talk(going: Run | None) -> Talk:
    """Ask the daemon that the service is, or the one that this user's settings describe."""
    manifest = None
    with suppress(ServiceError):
        manifest = load_manifest(state_folder())
    environ = service_environment() if manifest else dict(os.environ)
    if token := os.environ.get(TOKEN_VARIABLE):
        environ[TOKEN_VARIABLE] = token
    args = parsed_arguments(manifest.arguments if manifest else ())
    args.url, args.ca = None, None
    loaded = load_config(args, environ)
    if loaded.config.server.port == 0 and going is not None and going.url.startswith("ws"):
        loaded = _with_port(loaded, going.url)
    try:
        endpoint = endpoint_of(args, loaded, environ)
    except AsrdError as error:
        return Talk(loaded.config.server.host, daemon_health(loaded.config.server), {}, str(error))
    health = daemon_health(loaded.config.server)
    if health is None:
        return Talk(endpoint.name, None, {})
    try:
        return Talk(endpoint.name, health, asyncio.run(asyncio.wait_for(_hello(endpoint), _ANSWER_S)))
    except (AsrdError, asyncio.TimeoutError) as error:
        return Talk(endpoint.name, health, {}, str(error) or "it does not greet")


async def _hello(endpoint: Endpoint) -> Message:
    async with opened(endpoint, "") as messages:
        async for message in messages:
            return message
    return {}


def _with_port(loaded: LoadedConfig, url: str) -> LoadedConfig:
    """The settings with the free port that the daemon found."""
    port = url.rpartition("/v1/")[0].rpartition(":")[2]
    if not port.isdigit() or not host_of(url):
        return loaded
    server = replace(loaded.config.server, port=int(port))
    return replace(loaded, config=replace(loaded.config, server=server))


def _model_name(hello: Message) -> str:
    model = hello.get("model")
    return str(model.get("name", "")) if isinstance(model, dict) else ""


def _last_exit(runs: list[Run], condition: Condition) -> str:
    over = [run for run in runs if not is_alive(run)]
    if not over:
        return condition.last_exit
    if over[-1].code is not None:
        return meaning_of(over[-1].code)
    return condition.last_exit if over[-1] is runs[-1] and condition.last_exit else _LOST


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(value)
    return _duration(value) if name == "uptime_s" else str(value)


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")]
    shown = [f"{number} {unit}" for number, unit in parts if number] or ["0 s"]
    return " ".join(shown[:2])
