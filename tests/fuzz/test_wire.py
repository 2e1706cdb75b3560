"""What a client may send: commands, samples, the head of a request, what its headers say, and the file of tokens."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import strategies as st

from asrd.errors import ConfigError
from asrd.options import ServerOptions
from asrd.server import guard
from asrd.server.guard import Door, Refusal
from asrd.server.head import MAX_HEAD_BYTES, RequestHead
from asrd.server.tokens import MIN_TOKEN_CHARACTERS, TokenBook, load
from asrd.wire.commands import Action, BeginAudio, BrokenTextError, Code, CommandError, Configure, parse
from asrd.wire.messages import error
from asrd.wire.pcm import AudioFormat, Encoding, PcmReader
from tests.fuzz.budget import fuzz
from tests.fuzz.damage import changed, damaged, texts, values
from tests.wire.schemas import valid_message, validator

COMMANDS: Final[tuple[Any, ...]] = (
    *({"type": action.value} for action in Action),
    {"type": "audio", "sample_rate": 48_000, "channels": 2, "encoding": "f32le"},
    {"type": "config", "language": "en", "context": "names", "partials": True, "levels": 10, "replay": 3},
    {"type": "config", "session": "main", "context": "names"},
)


def test_commands() -> None:
    def check(value: Any, cut: int) -> None:
        text = json.dumps(value)
        text = text[:cut] if cut > 0 else text
        try:
            command = parse(text)
        except BrokenTextError as broken:
            assert len(str(broken)) < 200
            return
        except CommandError as refused:
            assert refused.code in (Code.UNKNOWN_TYPE, Code.BAD_VALUE)
            assert len(str(refused)) < 400
            valid_message(error(refused.code.value, str(refused)).frame(1))
            return
        assert isinstance(command, Action | Configure | BeginAudio)
        validator("commands").validate(json.loads(text))

    cuts = st.just(0) | st.integers(1, 100)
    commands = st.sampled_from(COMMANDS).flatmap(changed) | values()
    fuzz("wire commands", check, commands, cuts, examples=120)


def test_commands_as_bytes_nobody_would_write() -> None:
    def check(content: bytes) -> None:
        try:
            parse(content.decode("utf-8", "surrogateescape"))
        except (BrokenTextError, CommandError) as refused:
            assert len(str(refused)) < 400

    valid = [json.dumps(command).encode() for command in COMMANDS]
    fuzz("wire bytes", check, st.sampled_from(valid).flatmap(damaged), examples=80)


FORMATS: Final = st.builds(
    AudioFormat, st.sampled_from((4000, 44_100, 384_000)), st.integers(1, 16), st.sampled_from(Encoding)
)


def test_samples_however_they_are_cut() -> None:
    def check(form: AudioFormat, data: bytes, cuts: list[int]) -> None:
        edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
        reader = PcmReader(form)
        pieces = [reader.push(data[start:end]) for start, end in pairwise(edges)]
        found = np.concatenate(pieces)
        assert found.dtype == np.float32
        assert np.isfinite(found).all()
        assert len(found) == len(data) // form.frame_bytes
        assert np.abs(found).max(initial=0.0) <= 1.0
        assert reader.rest == len(data) % form.frame_bytes
        assert np.array_equal(found, PcmReader(form).push(data))

    floats = st.lists(st.floats(width=32), max_size=100).map(lambda values: np.array(values, "<f4").tobytes())
    data = st.binary(max_size=600) | floats
    fuzz("wire samples", check, FORMATS, data, st.lists(st.integers(0, 600)), examples=100)


HEAD: Final = (
    b"GET /v1/stream?replay=3 HTTP/1.1\r\nHost: 127.0.0.1:8765\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def test_heads_of_requests() -> None:
    def check(content: bytes, repeats: int, step: int) -> None:
        data = content.replace(b"Upgrade", b"Upgrade" * repeats, 1)
        head = RequestHead()
        for start in range(0, len(data), step):
            found = head.push(data[start : start + step])
            if found is not None:
                break
        else:
            return
        if isinstance(found, Refusal):
            assert found.status in (400, 405, 431)
            return
        assert found == data[: len(found)]
        assert found.index(b"\r\n\r\n") + 4 == len(found) <= MAX_HEAD_BYTES + 4

    repeats = st.sampled_from((1, 1, 1, 1000, 1200, 3000))
    fuzz(
        "heads",
        check,
        damaged(HEAD, 60) | damaged(HEAD + b"the rest"),
        repeats,
        st.sampled_from((1, 7, 100, 5000)),
        examples=100,
    )


NAMES: Final = st.sampled_from(
    ("127.0.0.1:8765", "localhost:8765", "[::1]:8765", "evil.example", "127.0.0.1", "LOCALHOST:8765", "[::1", "a]:8765")
)
DOOR: Final = Door.of(ServerOptions(hosts=("box.example:443", "name"), origins=("https://own.example", "null")), 8765)
ALLOWED_HOSTS: Final = {"127.0.0.1:8765", "localhost:8765", "[::1]:8765", "name:8765", "box.example:443"}


def test_who_may_come_in() -> None:
    def check(hosts: list[str], origins: list[str], target: str, words: list[str]) -> None:
        guard.check_target(target)
        refusal = guard.check_host(hosts, DOOR)
        assert (refusal is None) == (len(hosts) == 1 and hosts[0].strip().lower() in ALLOWED_HOSTS)
        if refusal is None and origins and guard.check_origin(origins, hosts[0], DOOR) is None:
            own = origins[0].strip().lower()
            assert own == "https://own.example" or own.removesuffix("/").endswith(hosts[0].strip().lower())
        shown = guard.shown_token(words, words)
        assert shown is None or any(shown in word for word in words)

    near = NAMES | texts() | NAMES.flatmap(lambda name: st.integers(0, len(name)).map(lambda at: name[:at]))
    pages = near.map("http://{}".format) | near | st.sampled_from(("https://own.example", "null"))
    shown = st.sampled_from(("Bearer x", "bearer", "token.abc, asrd", "token.", ",,,")) | texts()
    fuzz(
        "guard",
        check,
        st.lists(near, max_size=2),
        st.lists(pages, max_size=2),
        texts() | st.sampled_from(("/", "//x", "/v1/stream?session=\udc80", "/\\x")),
        st.lists(shown, max_size=3),
        examples=80,
    )


TOKENS: Final = {
    "tokens": [
        {"name": "default", "token": "t" * 20, "scopes": ["listen", "audio", "control"]},
        {"name": "guest", "token": "u" * 20, "scopes": ["listen"], "expires": "2027-01-31T12:00:00Z"},
    ]
}


@pytest.mark.parametrize("how", ["values", "bytes"])
def test_token_files(how: str, tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"

    def check(content: Any) -> None:
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        path.chmod(0o600)
        try:
            book = load(path)
        except ConfigError as refused:
            assert str(path) in str(refused)
            assert "tttt" not in str(refused), "the secret is shown"
            assert len(str(refused)) < 400
            return
        assert isinstance(book, TokenBook)
        for token in book.tokens:
            assert len(token.secret) >= MIN_TOKEN_CHARACTERS
            assert book.find(token.secret) is not None
            assert token.grant.has_expired(float("inf")) == (token.grant.expires_s is not None)

    deep = st.just(b"[" * 100_000)
    found = damaged(json.dumps(TOKENS).encode()) | deep if how == "bytes" else changed(TOKENS)
    fuzz(f"token file {how}", check, found, examples=60)
