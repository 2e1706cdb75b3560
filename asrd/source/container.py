"""What an audio file's header says about how much audio follows, read without libsndfile.

libsndfile reads a WAV, AIFF, CAF, AU or W64 file that was cut off as if it were complete, and takes a data size of 0,
as a recorder that never came back to fill it in leaves it, for an empty file.

Sources: "Multimedia Programming Interface and Data Specifications 1.0" (RIFF), EBU Tech 3306 (RF64), "Audio
Interchange File Format 1.3" (AIFF), Apple Core Audio Format Specification, `au(5)`, RFC 3533 (Ogg), ISO/IEC 11172-3
and 13818-3 (MPEG frame headers).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, Final

_UNKNOWN_32: Final = 0xFFFF_FFFF
# Programs that write to a pipe leave 0x7FFFF000 (SoX), 0x7FFFFFFF or 0x80000000 less a header (arecord) and the like.
_PLACEHOLDER_FROM: Final = 0x7FFF_0000
_W64_RIFF: Final = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
_W64_CHUNK_BYTES: Final = 24  # 16 bytes of identity, 8 of size; the size counts them
_OGG_PAGE_BYTES: Final = 27 + 255 + 255 * 255  # the longest page: header, lengths, content
_MOST_CHUNKS: Final = 10_000  # no writer makes so many; a file of zeros would be looked at 8 bytes at a time
_PADDING_BYTES: Final = 1  # some writers count the byte that makes a chunk even, and do not write it


@dataclass(frozen=True)
class Announcement:
    """The audio bytes that a header promises.

    Attributes:
        promised_bytes: size of the audio data, or None if the writer did not know it.
        present_bytes: what the file holds from the beginning of the audio data on.
        size_field: position of the header's 32-bit size that has to be overwritten before libsndfile reads what is
            there, or None.
        source: the part of the file that promises it.
    """

    promised_bytes: int | None
    present_bytes: int
    size_field: int | None = None
    source: str = "header"

    @property
    def is_cut_off(self) -> bool:
        """Whether less is there than was promised."""
        return self.promised_bytes is not None and self.present_bytes < self.promised_bytes


def read_announcement(file: BinaryIO) -> Announcement | None:
    """What the header of `file` promises; None if its format promises nothing, or is left to libsndfile to check."""
    file.seek(0)
    head = file.read(16)
    for magic, kind, read in _CONTAINERS:
        if head.startswith(magic) and (not kind or head[8:12] in kind):
            return read(file)
    return None


class OpenEndedFile:
    """A file for libsndfile to read in which a 32-bit size says "unknown": all the rest belongs to the audio."""

    def __init__(self, file: BinaryIO, size_field: int) -> None:
        """`size_field`: position of the size; the file is not changed."""
        self._file = file
        self._size_field = size_field
        self.seek: Callable[..., int] = file.seek
        self.tell: Callable[[], int] = file.tell

    def read(self, count: int) -> bytes:
        """The next `count` bytes."""
        start = self._file.tell()
        data = bytearray(self._file.read(count))
        for position in range(self._size_field, self._size_field + 4):
            if start <= position < start + len(data):
                data[position - start] = 0xFF
        return bytes(data)


def _size_of(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size


def _chunks(file: BinaryIO, first: int, layout: str, length: Callable[[int], int]) -> Iterator[tuple[int, bytes, int]]:
    """Where the content of each chunk begins, its name and its size field; `length` gives the bytes to the next one.

    `first`: where the first one begins; `layout`: of name and size.
    """
    file_bytes, head_bytes, position = _size_of(file), struct.calcsize(layout), first
    for _ in range(_MOST_CHUNKS):
        if position + head_bytes > file_bytes:
            return
        file.seek(position)
        name, size = struct.unpack(layout, file.read(head_bytes))
        yield position + head_bytes, name, size
        position += length(size)


def _even(size: int) -> int:
    return 8 + size + size % 2


def _riff(file: BinaryIO, order: str = "<") -> Announcement | None:
    file.seek(4)
    riff_end = 8 + struct.unpack(order + "I", file.read(4))[0]
    long_size = None
    for start, name, size in _chunks(file, 12, f"{order}4sI", _even):
        if name == b"ds64":
            long_size = struct.unpack("<8xQ", file.read(16).ljust(16, b"\0"))[0]
        elif name == b"data":
            file_bytes = _size_of(file)
            if long_size is not None and size == _UNKNOWN_32:
                return Announcement(long_size, file_bytes - start)
            return _riff_data(size, start, file_bytes, riff_end)
    return None


def _riff_data(size: int, start: int, file_bytes: int, riff_end: int) -> Announcement:
    present = file_bytes - start
    if size == 0 and present > 0 and riff_end != file_bytes:  # never filled in
        return Announcement(None, present, size_field=start - 4)
    return Announcement(_promise(size, present), present)


def _promise(size: int, present: int) -> int | None:
    """The size as a header has it, if its writer knew it."""
    if size >= _PLACEHOLDER_FROM and present < size:
        return None
    return present if size - present == _PADDING_BYTES else size


def _aiff(file: BinaryIO) -> Announcement | None:
    for start, name, size in _chunks(file, 12, ">4sI", _even):
        if name == b"SSND":
            present = _size_of(file) - start
            return Announcement(_promise(size, present), present)
    return None


def _w64(file: BinaryIO) -> Announcement | None:
    first = len(_W64_RIFF) + 8 + 16  # riff, its size, wave
    for start, name, size in _chunks(file, first, "<4s12xQ", lambda size: max(size, _W64_CHUNK_BYTES) + -size % 8):
        if name == b"data":
            return Announcement(size - _W64_CHUNK_BYTES, _size_of(file) - start)
    return None


def _caf(file: BinaryIO) -> Announcement | None:
    for start, name, size in _chunks(file, 8, ">4sq", lambda size: 12 + max(size, 0)):
        if name == b"data":
            return Announcement(None if size < 0 else size, _size_of(file) - start)
    return None


def _au(file: BinaryIO, order: str = ">") -> Announcement | None:
    file.seek(4)
    start, size = struct.unpack(order + "II", file.read(8).ljust(8, b"\0"))
    return Announcement(None if size in (0, _UNKNOWN_32) else size, max(0, _size_of(file) - start))


def _ogg(file: BinaryIO) -> Announcement | None:
    """An Ogg stream names no length, but each page does: a file whose last page is incomplete was cut off."""
    file_bytes = _size_of(file)
    file.seek(max(0, file_bytes - _OGG_PAGE_BYTES))
    tail = file.read()
    start = tail.rfind(b"OggS")
    if start < 0:
        return None
    page = tail[start:]
    segments = page[26] if len(page) > 26 else 0
    lengths = page[27 : 27 + segments]
    if len(page) < 27 or len(lengths) < segments:  # even the lengths are incomplete
        return Announcement(27 + max(segments, 1), len(page), source="last page")
    return Announcement(27 + segments + sum(lengths), len(page), source="last page")


_CONTAINERS: Final[tuple[tuple[bytes, tuple[bytes, ...], Callable[[BinaryIO], Announcement | None]], ...]] = (
    (b"RIFF", (b"WAVE",), _riff),
    (b"RIFX", (b"WAVE",), partial(_riff, order=">")),
    (b"RF64", (b"WAVE",), _riff),
    (b"FORM", (b"AIFF", b"AIFC"), _aiff),
    (_W64_RIFF, (), _w64),
    (b"caff", (), _caf),
    (b".snd", (), _au),
    (b"dns.", (), partial(_au, order="<")),
    (b"OggS", (), _ogg),
)
_MPEG_TAGS: Final = (b"\x50\0", b"\x55\0", b"\0\x50", b"\0\x55")  # WAVE_FORMAT_MPEG, ..._MPEGLAYER3
_MPEG_RATES_HZ: Final = (44_100, 48_000, 32_000)
_MPEG_1_KBIT: Final = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MPEG_2_KBIT: Final = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


def looks_like_mpeg(head: bytes) -> bool:
    """Whether a file that begins with `head` (at least 3 bytes) is MPEG audio, or carries an ID3v2 tag."""
    return head[:3] == b"ID3" or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0)


def holds_mpeg(head: bytes) -> bool:
    """Whether a RIFF, RIFX or W64 file that begins with `head` says that its audio is MPEG."""
    at = head.find(b"fmt ")
    tags = {head[at + 8 : at + 10], head[at + 24 : at + 26]}  # behind a size, or behind the rest of W64's identity
    return at >= 0 and not tags.isdisjoint(_MPEG_TAGS)


def count_mpeg_samples(file: BinaryIO) -> int | None:
    """Samples per channel in MPEG layer III audio whose frames do not begin with a count of them; otherwise None.

    libsndfile estimates the length of such a file from the bit rate of its first frame, and stops there.
    """
    file.seek(0)
    head = file.read(10)
    position = 0
    if head[:3] == b"ID3" and len(head) == 10:
        a, b, c, d = head[6:10]
        position = 10 + (a << 21 | b << 14 | c << 7 | d) + (10 if head[5] & 0x10 else 0)
    file.seek(position)
    first = file.read(256)
    if any(tag in first for tag in (b"Xing", b"Info", b"VBRI")):
        return None
    samples = 0
    while True:
        file.seek(position)
        frame = _mpeg_frame(file.read(4))
        if frame is None:
            return samples or None
        position += frame[0]
        samples += frame[1]


def _mpeg_frame(header: bytes) -> tuple[int, int] | None:
    """Length in bytes and in samples of the layer III frame with this 4-byte header, or None if it is none."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return None
    version = header[1] >> 3 & 3  # 3: MPEG-1, 2: MPEG-2, 0: MPEG-2.5
    kbit_index, rate_index = header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or kbit_index in (0, 15) or rate_index == 3:
        return None
    rate_hz = _MPEG_RATES_HZ[rate_index] >> {3: 0, 2: 1, 0: 2}[version]
    kbit = (_MPEG_1_KBIT if version == 3 else _MPEG_2_KBIT)[kbit_index - 1]
    samples = 1152 if version == 3 else 576
    return samples // 8 * kbit * 1000 // rate_hz + (header[2] >> 1 & 1), samples
