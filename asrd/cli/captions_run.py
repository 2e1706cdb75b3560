"""`asrd captions`: follows a daemon, and writes subtitles."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import time
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import ExitStack, aclosing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from asrd.cli.daemon_address import endpoint_of
from asrd.cli.listen_view import TextView
from asrd.cli.output import Output, report
from asrd.client.connection import Message
from asrd.client.stream import Stream, Wanted
from asrd.config.loading import load_config
from asrd.errors import ConfigError
from asrd.text.subtitles import CueLimits, CueMaker
from asrd_clients.captions.captioner import Captioner, Outlet
from asrd_clients.captions.clock import Clock, ClockKind
from asrd_clients.captions.files import CaptionFile, IfThere, Target
from asrd_clients.captions.formats import Format

_TICK_S: Final = 0.25
_LAST_WORDS_S: Final = 3.0
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_TOLD: Final = frozenset({"status", "gap", "error"})


def run(args: argparse.Namespace) -> int:
    """Write subtitles until stopped, or until the session has ended.

    Raises:
        ConnectError: the daemon is not there, or refuses this client.
        ConfigError: a flag, a setting or a file cannot be used.
    """
    began_s = time.monotonic()
    limits = _limits(args)
    files = _files(args)
    loaded = load_config(args)
    for warning in loaded.warnings:
        report(warning)
    endpoint = endpoint_of(args, loaded, os.environ)
    floor_s = max([0.0, *(file.existing.end_s for file in files)])
    outlets = [Outlet(file, file.format, file.existing.cues) for file in files] or [_standard_output(args)]
    captioner = Captioner(
        _clock(args, began_s, floor_s),
        CueMaker(limits, floor_s),
        outlets,
        floor_s,
    )
    wanted = Wanted(session=args.session, replay=args.replay, waits=args.wait)
    with TextView() as view:
        stream = Stream(endpoint, wanted, view.notice)
        try:
            targets = [outlet.target for outlet in outlets]
            asyncio.run(_Following(stream, captioner, targets, view, until_closed=args.until_closed).follow())
        finally:
            for outlet in outlets:
                outlet.target.close()
    return 0


def _limits(args: argparse.Namespace) -> CueLimits:
    if args.max_s < 2 * args.min_s:
        raise ConfigError(
            f"--max {args.max_s:g} is less than twice --min {args.min_s:g}: what is too long could not be split"
        )
    return CueLimits(
        line_columns=args.line_length,
        lines=args.lines,
        columns_per_s=args.reading_speed,
        min_s=args.min_s,
        max_s=args.max_s,
    )


def _files(args: argparse.Namespace) -> list[CaptionFile]:
    if_there = IfThere.REPLACE if args.force else IfThere.APPEND if args.append else IfThere.REFUSE
    if if_there is not IfThere.REFUSE and not args.output:
        raise ConfigError(f"--{if_there.value.replace('replace', 'force')} concerns a file: give -o FILE")
    if len({path.resolve() for path in args.output}) < len(args.output):
        raise ConfigError("the same file is given twice with -o: one of them is enough")
    return [CaptionFile(path, _format(args, path), if_there) for path in args.output]


def _format(args: argparse.Namespace, path: Path) -> Format:
    suffix = path.suffix.lower().removeprefix(".")
    try:
        return Format(args.format or suffix)
    except ValueError:
        known = ", ".join(f".{one.value}" for one in Format)
        raise ConfigError(f"{path} ends with none of {known}: give --format, or another name") from None


def _standard_output(args: argparse.Namespace) -> Outlet:
    output = _StandardOutput(Format(args.format or "srt"))
    return Outlet(output, output.format)


def _clock(args: argparse.Namespace, began_s: float, floor_s: float) -> Clock:
    kind = ClockKind(args.clock)
    goes_on_s = floor_s if kind is ClockKind.START else 0.0
    return Clock(kind, began_s, goes_on_s if args.offset is None else args.offset, floor_s)


class _StandardOutput(Output):
    """Standard output as a target."""

    def __init__(self, to: Format) -> None:
        super().__init__(sys.stdout, None)
        self.format = to

    def open(self) -> None:
        """See `Target`."""
        if self.format.header:
            self.write(self.format.header)

    def close(self) -> None:
        """See `Target`."""


class _Following:
    """Messages, time and signals, and what the captioner makes of them."""

    def __init__(
        self,
        stream: Stream,
        captioner: Captioner,
        targets: Sequence[Target],
        view: TextView,
        *,
        until_closed: bool,
    ) -> None:
        self._stream = stream
        self._captioner = captioner
        self._targets = targets
        self._view = view
        self._until_closed = until_closed
        self._run: object = None
        self._stops = asyncio.Event()
        self._is_hurried = False

    async def follow(self) -> None:
        """Until the session has ended, or a signal has come; whatever happens, the last cue is written."""
        work: list[Coroutine[Any, Any, None]] = [self._read(), self._tick(), self._last_words()]
        tasks = [asyncio.ensure_future(one) for one in work]
        with ExitStack() as at_end:
            at_end.callback(self._finish)
            with self._signals():
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
            for ended in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(ended, Exception):
                    raise ended

    def _finish(self) -> None:
        if self._run is not None:  # something was opened
            self._captioner.finish()

    async def _read(self) -> None:
        async with aclosing(self._stream.messages()) as messages:
            async for message in messages:
                if message["type"] == "hello" and self._is_another_run(message):
                    return
                self._captioner.take(message)
                if message["type"] in _TOLD:
                    self._view.show(message)
                if message["type"] == "closed" and self._until_closed:
                    return

    def _is_another_run(self, hello: Message) -> bool:
        """Whether the daemon was to be followed to its end, and that was missed. Files are made with the first."""
        is_first, is_same = self._run is None, hello.get("run") == self._run
        if is_first:
            for target in self._targets:
                target.open()
        self._run = hello.get("run", "")
        return self._until_closed and not is_first and not is_same

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            self._captioner.pass_time()

    async def _last_words(self) -> None:
        """Wait for a signal, then for the final of what is being said, but not for long."""
        await self._stops.wait()
        deadline_s = time.monotonic() + _LAST_WORDS_S
        while self._captioner.is_amid_speech and not self._is_hurried and time.monotonic() < deadline_s:
            await asyncio.sleep(_TICK_S / 5)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        is_nohup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        numbers = [number for number in _SIGNALS if not (is_nohup and number is signal.SIGHUP)]
        for number in numbers:
            with suppress(NotImplementedError, RuntimeError):
                loop.add_signal_handler(number, self._stop)
        try:
            yield
        finally:
            for number in numbers:
                with suppress(NotImplementedError, RuntimeError):
                    loop.remove_signal_handler(number)

    def _stop(self) -> None:
        self._is_hurried = self._stops.is_set()
        self._stops.set()
