"""What others found in the same libraries: each is tried on the releases that are installed here.

Sources: llama.cpp pull requests 18674 (a size that overflows), 24263 and 26946 (a dimension of 0, an empty key, no
layers), gguf-tools issues 25 and 27 (too many dimensions, an alignment of 0); onnxruntime issues 4349 and 4585 (a type
that does not exist); libsndfile issues 697 (blocks of IMA ADPCM), 731 and 805 (FLAC whose header is of another stream);
websockets issues 984 (gone before the handshake), 1651 (a frame that does not exist, after the close frame).
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import soundfile

from asrd.client.connection import conversing
from asrd.client.endpoint import Endpoint
from asrd.client.errors import ConnectError
from tests.fuzz import readers
from tests.fuzz.child import Child
from tests.fuzz.gguf_parts import UINT32, Gguf, Pair, number_value, parse
from tests.fuzz.models import undescribed
from tests.server.harness import eventually, in_loop, raw, running, upgrade


@pytest.fixture(scope="module")
def audio_child() -> Iterator[Child]:
    with Child(readers.audio) as started:
        yield started


@pytest.fixture
def folder(tiny_model: Path, tmp_path: Path) -> Path:
    return undescribed(tiny_model, tmp_path / "model")


def with_first_tensor(file: Gguf, **changes: Any) -> Gguf:
    return replace(file, tensors=(replace(file.tensors[0], **changes), *file.tensors[1:]))


def with_pair(file: Gguf, key: bytes, number: int) -> Gguf:
    kept = tuple(pair for pair in file.pairs if pair.key != key)
    return replace(file, pairs=(Pair(key, number_value(UINT32, number)), *kept))


LIES: dict[str, Callable[[Gguf], Gguf]] = {
    "a dimension of 0": lambda file: with_first_tensor(file, dimensions=(64, 0)),
    "a size that overflows": lambda file: with_first_tensor(file, dimensions=(64, (1 << 58) + 1)),
    "9 dimensions": lambda file: with_first_tensor(file, dimensions=(1,) * 9),
    "an offset beyond the file": lambda file: with_first_tensor(file, offset=1 << 40),
    "an empty key": lambda file: with_pair(file, b"", 1),
    "an alignment of 0": lambda file: with_pair(file, b"general.alignment", 0),
    "an alignment of 8": lambda file: with_pair(file, b"general.alignment", 8),
    "no layers": lambda file: with_pair(file, b"qwen3vl.block_count", 0),
    "1000 layers": lambda file: with_pair(file, b"qwen3vl.block_count", 1000),
    "1000 experts": lambda file: with_pair(file, b"qwen3vl.expert_count", 1000),
    "no heads": lambda file: with_pair(file, b"qwen3vl.attention.head_count", 0),
    "2^61 pairs": lambda file: replace(file, said_pairs=1 << 61),
    "2^61 tensors": lambda file: replace(file, said_tensors=1 << 61),
}


@pytest.mark.parametrize("lie", LIES)
def test_decoders(lie: str, model_child: Child, folder: Path) -> None:
    file = next(folder.glob("*.gguf"))
    file.write_bytes(LIES[lie](parse(file.read_bytes())).encoded())
    outcome = model_child.read(folder)
    assert outcome.error == "ModelError"
    assert str(file) in outcome.message


@pytest.mark.parametrize("kind", [-1, 17, 22, 99, 1 << 30])
@pytest.mark.parametrize("where", ["input", "initializer", "value_info"])
def test_graphs_of_types_that_do_not_exist(kind: int, where: str, model_child: Child, folder: Path) -> None:
    file = next(folder.glob("*frontend*"))
    model = onnx.load(file)
    if where == "initializer":
        model.graph.initializer[0].data_type = kind
    else:
        if where == "value_info":
            model.graph.value_info.append(model.graph.output[0])
        getattr(model.graph, where)[0].type.tensor_type.elem_type = kind
    file.write_bytes(model.SerializeToString())
    outcome = model_child.read(folder)
    if where == "value_info":  # which is advice, and may be wrong
        assert outcome.error in ("", "ModelError")
    else:
        assert outcome.error == "ModelError"
        assert str(file) in outcome.message


def test_a_normalization_whose_bias_has_no_name(model_child: Child, folder: Path) -> None:
    """Found here: ONNX Runtime 1.32 died of SIGSEGV while it optimised the graph."""
    file = next(folder.glob("*backend*"))
    model = onnx.load(file)
    next(node for node in model.graph.node if node.op_type == "LayerNormalization").input[2] = ""
    file.write_bytes(model.SerializeToString())
    outcome = model_child.read(folder)
    assert outcome.error == "ModelError"
    assert str(file) in outcome.message


def test_flac_whose_header_is_of_another_stream(audio_child: Child, tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    samples = 0.3 * np.random.default_rng(1).standard_normal((16_000, 2)).clip(-3, 3)
    soundfile.write(path, samples, 16_000)
    whole = path.read_bytes()
    for bit in range(8 * 8, 8 * 26):  # STREAMINFO without its checksum
        data = bytearray(whole)
        data[bit // 8] ^= 1 << bit % 8
        path.write_bytes(data)
        outcome = audio_child.read(path)
        assert outcome.error in ("", "AudioError")


@pytest.mark.parametrize("align", [0, 1, 4, 5, 256, 0xFFFF])
@pytest.mark.parametrize("samples", [0, 1, 2, 505, 0xFFFF])
def test_blocks_of_adpcm(align: int, samples: int, audio_child: Child, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    for tag, channels in ((17, 1), (17, 2), (2, 1), (2, 2)):
        form = struct.pack("<HHIIHHHH", tag, channels, 16_000, 8000, align, 4, 2, samples)
        data = bytes(range(1, 251)) * 16
        body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
        path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
        assert audio_child.read(path).error in ("", "AudioError")


@in_loop
async def test_gone_before_the_handshake_is_through() -> None:
    async with running() as house, house.client() as other:
        for cut in (0, 1, 20):
            async with raw(house.port) as connection:
                await connection.send(upgrade(house.port)[: -cut or None])
                connection.writer.transport.abort()
        await eventually(lambda: len(house.server._room) == 0)
        await other.send('{"type":"config","replay":0}')
        assert (await other.next())["type"] == "hello"
        await eventually(lambda: house.server.metrics.value("asrd_connections") == 1)


@in_loop
async def test_a_daemon_that_answers_the_close_with_nonsense_is_not_waited_for() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from websockets.utils import accept_key

        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        key = next(line.split(": ")[1] for line in head.split("\r\n") if line.startswith("Sec-WebSocket-Key"))
        hello = b'{"type":"hello","protocol":1}'
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + f"Sec-WebSocket-Accept: {accept_key(key)}\r\n\r\n".encode()
            + struct.pack("BB", 0x81, len(hello))
            + hello
        )
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readexactly(2)  # the close frame
            writer.write(b"\x8f\x00")
            await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with suppress(ConnectError):
            async with conversing(Endpoint(f"ws://127.0.0.1:{port}/v1/stream"), "") as conversation:
                assert (await anext(conversation.messages))["type"] == "hello"
