"""What clients read: a daemon that lies, the rules of dictation, and subtitles that are to be gone on with."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import math
import random
from contextlib import aclosing
from typing import Any, Final

from hypothesis import strategies as st

from asrd.cli.listen_view import JsonView, TextView
from asrd.client.endpoint import Endpoint, checked_url, host_of
from asrd.client.errors import ConnectError
from asrd.client.stream import Stream, Waiting, Wanted
from asrd.errors import ConfigError
from asrd_clients.captions.existing import parse_existing
from asrd_clients.captions.formats import Format
from asrd_clients.rules import EXAMPLE, Before, RulesError, parse_rules
from tests.client.fake_daemon import Client, FakeDaemon, final, partial
from tests.fuzz.budget import fuzz
from tests.fuzz.damage import changed, damaged, texts, values

LIMIT_S: Final = 60.0
HELLO: Final = {
    "type": "hello",
    "protocol": 1,
    "session": "main",
    "version": "1",
    "run": "run1",
    "model": {"name": "m", "languages": []},
    "sample_rate": 16_000,
    "state": "listening",
    "recent": [final(1), final(2)],
}
MESSAGES: Final[tuple[Any, ...]] = (
    HELLO,
    final(3),
    partial("Good", " morning"),
    {"type": "status", "state": "mic_lost", "message": "The microphone is gone."},
    {"type": "gap", "start": 1.0, "end": 2.0},
    {"type": "dropped", "utterance": 3},
    {"type": "level", "rms_db": -20.0, "peak_db": -10.0, "speech": True},
    {"type": "error", "code": "forbidden", "message": "no"},
    {"type": "closed"},
)


class SleptError(Exception):
    """The client would try again."""


async def heard(url: str, frames: list[str | bytes]) -> int:
    """How many messages a client takes and shows of a daemon that sends these frames again and again."""

    async def sleep(_seconds: float) -> None:
        raise SleptError

    shown = 0
    stream = Stream(Endpoint(url), Wanted(replay=3), waiting=Waiting(sleep, chance=random.Random(1)))
    with TextView() as text_view, JsonView() as json_view:
        async with aclosing(stream.messages()) as messages:
            async for message in messages:
                text_view.show(message)
                json_view.show(message)
                shown += 1
    return shown


def test_a_daemon_that_lies() -> None:
    now: list[str | bytes] = []

    async def script(client: Client) -> None:
        for frame in now:
            await client.raw(frame)
        await client.close()

    frames = st.one_of(
        (st.sampled_from(MESSAGES).flatmap(changed) | values()).map(json.dumps),
        st.sampled_from([json.dumps(message).encode() for message in MESSAGES]).flatmap(damaged).map(bytes),
        st.sampled_from(("", "{", "[" * 5000, "1" * 5000, '{"type":"hello"}', "\u2028")),
    )
    sequences = st.lists(frames, max_size=6).flatmap(
        lambda rest: st.sampled_from(([], [json.dumps(HELLO)])).map(lambda first: [*first, *rest])
    )
    with FakeDaemon([script]) as daemon:

        def check(told: list[str | bytes]) -> None:
            now[:] = told
            with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
                try:
                    asyncio.run(asyncio.wait_for(heard(daemon.url, told), LIMIT_S))
                except ConnectError as refused:
                    assert len(str(refused)) < 400, refused
                except SleptError:
                    pass
            written = out.getvalue() + err.getvalue()
            assert not any(character in written for character in "\x00\x1b\x9b\u202e"), "it steers the terminal"

        fuzz("hostile daemon", check, sequences, examples=30)


def test_addresses() -> None:
    def check(url: str) -> None:
        try:
            checked = checked_url(url)
        except ConfigError as refused:
            assert len(str(refused)) < 400 + len(url)
            return
        assert checked.startswith(("ws://", "wss://"))
        assert host_of(checked)

    parts = st.sampled_from(
        (
            "ws://",
            "wss://",
            "http://",
            "//",
            "127.0.0.1",
            "[::1]",
            "[",
            "]",
            ":",
            ":80",
            ":99999",
            "@",
            "?",
            "#",
            "/",
            "\\",
        )
    )
    urls = st.lists(parts | texts(), max_size=6).map("".join)
    fuzz("addresses", check, urls, examples=80)


SENTENCES: Final = ("new line", "Good morning comma new paragraph scratch that", "all caps on nano caps off", "")


def test_rules() -> None:
    def check(content: bytes, said: str) -> None:
        try:
            rules = parse_rules(content.decode("utf-8", "replace"), "rules.toml")
        except RulesError as refused:
            assert str(refused).startswith("rules.toml")
            assert len(str(refused)) < 600, refused
            return
        rendered = rules.render(said, "English", Before())
        assert isinstance(rendered.text, str)

    sound = EXAMPLE.replace("\n# ", "\n").replace("\n#", "\n").encode()
    fuzz("rules", check, damaged(sound, len(sound)), st.sampled_from(SENTENCES) | texts(), examples=30)


SUBTITLES: Final = {
    Format.SRT: b"1\n00:00:01,000 --> 00:00:02,500\nGood morning.\n\n2\n00:00:03,000 --> 00:00:04,000\nHow?\n\n",
    Format.VTT: b"WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nGood morning.\n\n01:00:03.000 --> 01:00:04.000\nWell.\n\n",
    Format.JSONL: b'{"text": "Good morning.", "start": 1.0, "end": 2.5}\n{"text": "Well.", "start": 3, "end": 4}\n',
    Format.TXT: b"Good morning.\nHow are you?\n",
}


def test_subtitles_to_go_on_with() -> None:
    def check(to: Format, content: bytes) -> None:
        found = parse_existing(content, to)
        if found is None:
            return
        assert 0 <= found.keep_bytes <= len(content)
        assert found.cues >= 0
        assert found.end_s >= 0
        assert math.isfinite(found.end_s)
        kept = parse_existing(content[: found.keep_bytes] + found.needs.encode(), to)
        assert kept is not None
        assert (kept.cues, kept.end_s) == (found.cues, found.end_s)

    odd = st.sampled_from(
        (
            b'{"end": 1e999}\n',
            b'{"end": ' + b"9" * 400 + b"}\n",
            b"[" * 50_000 + b"\n",
            b'{"end": NaN}\n',
            b'{"end": -1}\n',
        )
    )
    pairs = st.sampled_from(tuple(SUBTITLES)).flatmap(
        lambda to: st.tuples(st.just(to), damaged(SUBTITLES[to], len(SUBTITLES[to])) | odd)
    )
    fuzz("subtitles", lambda pair: check(*pair), pairs, examples=120)
