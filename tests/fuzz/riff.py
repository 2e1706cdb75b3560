"""WAV files built from chunks of which some lie."""

from __future__ import annotations

import struct

from hypothesis import strategies as st

from tests.fuzz.damage import Content, fields

_FORMATS = (0, 1, 2, 3, 6, 7, 17, 0x31, 0x40, 0x50, 0x55, 0x2222, 0x566F, 0xFFFE)
_RATES = (0, 1, 2, 7, 999, 1000, 8000, 16_000, 44_100, 48_000, 768_000, 768_001, 0x7FFF_FFFF, 0xFFFF_FFFF)
_CHANNELS = (0, 1, 2, 3, 16, 255, 1024, 1025, 0xFFFF)
_BITS = (0, 1, 4, 7, 8, 12, 16, 20, 24, 32, 33, 64, 0xFFFF)
_NAMES = (
    b"data",
    b"fmt ",
    b"fact",
    b"LIST",
    b"bext",
    b"cue ",
    b"smpl",
    b"PEAK",
    b"ds64",
    b"id3 ",
    b"\0\0\0\0",
    b"PAD ",
)


@st.composite
def wav(draw: st.DrawFn, samples: bytes) -> Content:
    """A RIFF file around 16-bit `samples`: a plain one, with a few things that are wrong."""
    chunks = [(b"fmt ", _format(draw)), (b"data", samples[: draw(st.sampled_from((0, 1, 2, 800, 3000, len(samples))))])]
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(chunks)))
        chunks.insert(at, (draw(st.sampled_from(_NAMES)), draw(st.binary(max_size=64))))
    if not draw(st.integers(0, 5)):
        chunks = draw(st.permutations(chunks))
    body = b"".join(_chunk(draw, name, content) for name, content in chunks)
    magic = draw(st.sampled_from((b"RIFF", b"RIFF", b"RIFF", b"RIFX", b"RF64")))
    return Content(magic + _size(draw, 4 + len(body)) + b"WAVE" + body)


def _format(draw: st.DrawFn) -> bytes:
    rarely = st.integers(0, 3).map(lambda number: number == 0)
    tag = draw(st.sampled_from(_FORMATS)) if draw(rarely) else 1
    channels = draw(st.sampled_from(_CHANNELS)) if draw(rarely) else 1
    rate_hz = draw(st.sampled_from(_RATES)) if draw(rarely) else 16_000
    bits = draw(st.sampled_from(_BITS)) if draw(rarely) else 16
    align = draw(st.sampled_from((0, 1, 2, 4, 256, 0xFFFF))) if draw(rarely) else channels * bits // 8 & 0xFFFF
    plain = struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * align & 0xFFFF_FFFF, align, bits)
    return plain + draw(st.sampled_from((b"", b"\0\0", bytes(22), b"\x16\0" + b"\xff" * 22)) | st.binary(max_size=40))


def _chunk(draw: st.DrawFn, name: bytes, content: bytes) -> bytes:
    return name + _size(draw, len(content)) + content + b"\0" * (len(content) % 2)


def _size(draw: st.DrawFn, true: int) -> bytes:
    return draw(fields(4)) if not draw(st.integers(0, 5)) else struct.pack("<I", true)
