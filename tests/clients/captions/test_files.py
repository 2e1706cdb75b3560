"""Files that grow: what is there already, what is cut off, what cannot be written."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pysubs2
import pytest
import webvtt
from hypothesis import given, settings
from hypothesis import strategies as st

from asrd.errors import ConfigError
from asrd.text.subtitles import Cue, to_srt, to_vtt
from asrd_clients.captions.existing import parse_existing
from asrd_clients.captions.files import CaptionFile, IfThere
from asrd_clients.captions.formats import Format, cue_text

CUES = [
    Cue(0.5, 2.0, "one"),
    Cue(2.0, 3.5, "two lines\nof é and 今天"),
    Cue(4.0, 5.25, "42"),
    Cue(6.0, 7.5, "the last\nof four"),
]
SRT, VTT = to_srt(CUES).encode(), to_vtt(CUES).encode()
NEXT = Cue(9.0, 10.0, "the next")
JSONL = '{"start": 1.0, "end": 2.5, "text": "é"}\n{"start": 3.0, "end": 4.5, "text": "今天"}\n'.encode()


@pytest.fixture
def opened() -> Iterator[list[CaptionFile]]:
    files: list[CaptionFile] = []
    yield files
    for file in files:
        file.close()


def goes_on(path: Path, to: Format) -> None:
    """Another command adds a cue to the file."""
    file = CaptionFile(path, to, IfThere.APPEND)
    file.open()
    file.write(cue_text(to, file.existing.cues, NEXT))
    file.close()


class TestWhatIsThere:
    def test_a_whole_file(self) -> None:
        for data, to in ((SRT, Format.SRT), (VTT, Format.VTT)):
            found = parse_existing(data, to)
            assert found is not None
            assert (found.keep_bytes, found.cues, found.end_s, found.needs) == (len(data), 4, 7.5, "")

    @pytest.mark.parametrize("cut", range(len(SRT) + 1))
    def test_srt_cut_anywhere_loses_the_last_cue_at_most(self, cut: int, tmp_path: Path) -> None:
        path = tmp_path / "x.srt"
        path.write_bytes(SRT[:cut])
        goes_on(path, Format.SRT)
        found = pysubs2.load(str(path), encoding="utf-8", format_="srt")
        self.check([(event.start, event.text.replace(r"\N", "\n")) for event in found], cut, SRT)
        numbers = [int(block.split("\n")[0]) for block in path.read_text(encoding="utf-8").split("\n\n")]
        assert numbers == list(range(1, len(numbers) + 1))

    @pytest.mark.parametrize("cut", range(len(VTT) + 1))
    def test_vtt_cut_anywhere_loses_the_last_cue_at_most(self, cut: int, tmp_path: Path) -> None:
        path = tmp_path / "x.vtt"
        path.write_bytes(VTT[:cut])
        goes_on(path, Format.VTT)
        found = webvtt.read(str(path))
        self.check([(round(1000 * cue_start(cue.start)), cue.text) for cue in found], cut, VTT)

    @staticmethod
    def check(found: list[tuple[int, str]], cut: int, data: bytes) -> None:
        """All cues before the cut one are whole, the cut one is whole, shortened or gone, the new one follows."""
        whole = [cue for cue in CUES if data.index(cue.text.encode()) + len(cue.text.encode()) <= cut]
        assert found[: len(whole)] == [(round(1000 * cue.start_s), cue.text) for cue in whole]
        assert found[-1] == (9000, "the next")
        for _, text in found[len(whole) : -1]:
            assert text
            assert CUES[len(whole)].text.startswith(text)
        assert len(found) - len(whole) <= 2

    @pytest.mark.parametrize("cut", range(len(JSONL) + 1))
    def test_lines(self, cut: int) -> None:
        found = parse_existing(JSONL[:cut], Format.JSONL)
        assert found is not None
        kept = JSONL[: found.keep_bytes] + found.needs.encode()
        lines = kept.decode().splitlines(keepends=True)
        assert kept.count(b"\n") == len(lines) in (JSONL[:cut].count(b"\n"), JSONL[:cut].count(b"\n") + 1)
        assert found.end_s == {0: 0.0, 1: 2.5, 2: 4.5}[len(lines)]

    @pytest.mark.parametrize(
        ("text", "kept", "needs"), [("", "", ""), ("a\n", "a\n", ""), ("a\nb", "a\nb", "\n"), ("a\né", "a\né", "\n")]
    )
    def test_plain_text_is_kept(self, text: str, kept: str, needs: str) -> None:
        found = parse_existing(text.encode(), Format.TXT)
        assert found is not None
        assert (text.encode()[: found.keep_bytes].decode(), found.needs) == (kept, needs)
        found = parse_existing((text + "今").encode()[:-1], Format.TXT)
        assert found is not None
        assert found.keep_bytes == len(text.encode())

    @pytest.mark.parametrize(
        ("data", "to"),
        [
            (b"\x89PNG\xff\xfe", Format.TXT),
            (b"dear diary", Format.SRT),
            (b"WEBVTT\n", Format.SRT),
            (SRT, Format.VTT),
            (b"dear diary\n", Format.JSONL),
            (b"[1]\n[2]\n", Format.JSONL),
        ],
    )
    def test_another_format(self, data: bytes, to: Format) -> None:
        assert parse_existing(data, to) is None

    @pytest.mark.parametrize(
        ("text", "to", "cues", "end_s"),
        [
            ("\ufeff7\r\n00:00:01,000 --> 00:00:02,500\r\nhi\r\n\r\n", Format.SRT, 7, 2.5),
            ("1\n0:00:01,0 --> 0:00:02,5\nhi", Format.SRT, 1, 2.5),
            ("1\n00:00:05,000 --> 00:00:09,000\nx\n\n2\n00:00:01,000 --> 00:00:02,000\ny\n", Format.SRT, 2, 9.0),
            ("1\n123:00:00,000 --> 123:00:02,000 X1:0\nx\n", Format.SRT, 1, 442_802.0),
            ("WEBVTT - title\n\nNOTE hello\n\n01:02.000 --> 01:03.500 align:left\nx\n", Format.VTT, 1, 63.5),
            ("WEBVTT", Format.VTT, 0, 0.0),
        ],
    )
    def test_what_other_programs_write(self, text: str, to: Format, cues: int, end_s: float) -> None:
        found = parse_existing(text.encode(), to)
        assert found is not None
        assert (found.cues, found.end_s) == (cues, end_s)
        assert text.encode()[found.keep_bytes :].strip() == b""

    @settings(deadline=None)
    @given(st.binary(max_size=200), st.sampled_from(Format))
    def test_any_bytes(self, data: bytes, to: Format) -> None:
        found = parse_existing(data, to)
        assert found is None or found.keep_bytes <= len(data)


def cue_start(stamp: str) -> float:
    hours, minutes, seconds = stamp.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


class TestWriting:
    def test_nothing_is_made_before_it_is_opened(self, tmp_path: Path) -> None:
        CaptionFile(tmp_path / "x.vtt", Format.VTT, IfThere.REFUSE)
        assert list(tmp_path.iterdir()) == []

    def test_a_file_that_is_there(self, tmp_path: Path, opened: list[CaptionFile]) -> None:
        path = tmp_path / "x.srt"
        path.write_bytes(SRT)
        with pytest.raises(ConfigError, match=r"x\.srt is there already: .*--append.*--force"):
            CaptionFile(path, Format.SRT, IfThere.REFUSE)
        opened.append(CaptionFile(path, Format.SRT, IfThere.REPLACE))
        assert path.read_bytes() == SRT
        opened[0].open()
        assert path.read_bytes() == b""

    def test_a_file_that_comes_between(self, tmp_path: Path, opened: list[CaptionFile]) -> None:
        path = tmp_path / "x.srt"
        opened.append(CaptionFile(path, Format.SRT, IfThere.REFUSE))
        path.write_bytes(SRT)
        with pytest.raises(ConfigError, match="File exists"):
            opened[0].open()
        assert path.read_bytes() == SRT

    def test_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="is a folder"):
            CaptionFile(tmp_path, Format.SRT, IfThere.REPLACE)
        with pytest.raises(ConfigError, match="there is no folder"):
            CaptionFile(tmp_path / "none" / "x.srt", Format.SRT, IfThere.REFUSE)

    def test_one_writer_alone(self, tmp_path: Path, opened: list[CaptionFile]) -> None:
        path = tmp_path / "x.srt"
        opened += [CaptionFile(path, Format.SRT, IfThere.APPEND) for _ in range(2)]
        opened[0].open()
        with pytest.raises(ConfigError, match="another asrd captions writes it"):
            opened[1].open()

    def test_a_link_is_followed(self, tmp_path: Path, opened: list[CaptionFile]) -> None:
        (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
        opened.append(CaptionFile(tmp_path / "link.txt", Format.TXT, IfThere.REFUSE))
        opened[0].open()
        opened[0].write("x\n")
        assert (tmp_path / "real.txt").read_text() == "x\n"

    def test_a_device(self, opened: list[CaptionFile]) -> None:
        opened.append(CaptionFile(Path(os.devnull), Format.SRT, IfThere.REFUSE))
        opened[0].open()
        opened[0].write("x\n")

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has it")
    def test_a_full_device(self, opened: list[CaptionFile]) -> None:
        opened.append(CaptionFile(Path("/dev/full"), Format.SRT, IfThere.REFUSE))
        opened[0].open()
        with pytest.raises(ConfigError, match="/dev/full cannot be written"):
            opened[0].write("x\n")

    def test_what_is_appended_begins_on_a_line_of_its_own(self, tmp_path: Path) -> None:
        path = tmp_path / "x.txt"
        path.write_text("no line end")
        file = CaptionFile(path, Format.TXT, IfThere.APPEND)
        file.open()
        file.write("x\n")
        file.close()
        assert path.read_text() == "no line end\nx\n"


class TestTrouble:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Iterator[CaptionFile]:
        file = CaptionFile(tmp_path / "x.srt", Format.SRT, IfThere.REFUSE)
        file.open()
        file.write("first\n")
        yield file
        file.close()

    def fails(self, file: CaptionFile, reason: str) -> None:
        with pytest.raises(ConfigError, match=rf"x\.srt cannot be written \(.*{reason}.*\): what was written before"):
            file.write("second\n")

    def test_removed(self, file: CaptionFile) -> None:
        file.path.unlink()
        self.fails(file, "removed")
        assert not file.path.exists()

    def test_rotated(self, file: CaptionFile) -> None:
        file.path.rename(file.path.with_suffix(".1"))
        file.path.write_text("another's")
        self.fails(file, "another file")
        assert file.path.read_text() == "another's"
        assert file.path.with_suffix(".1").read_text() == "first\n"

    def test_written_by_somebody_else(self, file: CaptionFile) -> None:
        with file.path.open("a") as other:
            other.write("theirs\n")
        self.fails(file, "another program")
        assert file.path.read_text() == "first\ntheirs\n"

    def test_half_a_cue_is_taken_back(self, file: CaptionFile, monkeypatch: pytest.MonkeyPatch) -> None:
        write = os.write

        def half(descriptor: int, data: bytes) -> int:
            if data != b"second\n":
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return write(descriptor, data[:3])

        monkeypatch.setattr(os, "write", half)
        self.fails(file, "No space left")
        assert file.path.read_text() == "first\n"

    def test_every_write_reaches_the_disk(self, file: CaptionFile, monkeypatch: pytest.MonkeyPatch) -> None:
        flushed: list[int] = []
        monkeypatch.setattr(os, "fsync", flushed.append)
        file.write("second\n")
        file.write("third\n")
        assert len(flushed) == 2

    @pytest.mark.parametrize(("number", "is_borne"), [(errno.EINVAL, True), (errno.EIO, False)])
    def test_a_disk_that_fails(
        self, file: CaptionFile, monkeypatch: pytest.MonkeyPatch, number: int, *, is_borne: bool
    ) -> None:
        def fail(_: int) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(os, "fsync", fail)
        if is_borne:
            file.write("second\n")
        else:
            self.fails(file, "error")
