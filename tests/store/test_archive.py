"""Archives that somebody made to do harm, and such as are merely broken."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from asrd.store.archive import unpack
from asrd.store.errors import StoreError
from asrd.store.installed import work_folder
from asrd.store.manifest import StoredFile
from asrd.store.pull import pull
from tests.store.published import NAMES, Publication, Watched, archive, contents, quick, sum_of

Make = Callable[[zipfile.ZipFile], None]
FILES = contents()


def stored(role: str) -> StoredFile:
    return StoredFile(role, NAMES[role], len(FILES[role]), sum_of(FILES[role]), "zip")


def member(name: str, mode: int = 0, data: bytes = b"x") -> Make:
    def make(written: zipfile.ZipFile) -> None:
        info = zipfile.ZipInfo("placeholder")
        info.filename = name  # the constructor would mend it
        info.external_attr = mode << 16
        written.writestr(info, data)

    return make


def both(first: Make, second: Make) -> Make:
    def make(written: zipfile.ZipFile) -> None:
        first(written)
        second(written)

    return make


def many(written: zipfile.ZipFile) -> None:
    for number in range(1001):
        written.writestr(str(number), b"")


def made(make: Make) -> bytes:
    stream = io.BytesIO(archive(FILES))
    with zipfile.ZipFile(stream, "a") as written, pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.warn", lambda *_args, **_more: None)  # of two members of one name
        make(written)
    return stream.getvalue()


def refused(data: bytes, tmp_path: Path, words: str) -> None:
    (tmp_path / "a.zip").write_bytes(data)
    (tmp_path / "below").mkdir()
    with pytest.raises(StoreError, match=words) as caught:
        unpack(tmp_path / "a.zip", [stored(role) for role in FILES], tmp_path / "below")
    assert "\n" not in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "below"]


def test_whole(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(archive(FILES))
    counts: list[int] = []
    unpack(tmp_path / "a.zip", [stored("backend")], tmp_path, counts.append)
    assert (tmp_path / NAMES["backend"]).read_bytes() == FILES["backend"]
    assert sum(counts) == len(FILES["backend"])
    assert not (tmp_path / NAMES["decoder"]).exists()


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "a/../../evil",
        "/evil",
        "\\evil",
        "..\\evil",
        "C:/evil",
        "C:evil",
        "evil\x00.txt",
        "evil\n",
        "a/..",
        "\u202eevil",
    ],
)
def test_a_path_that_leads_out(tmp_path: Path, name: str) -> None:
    refused(made(member(name)), tmp_path, "leads out")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_devices(tmp_path: Path, kind: int) -> None:
    refused(made(member("link", kind | 0o777, b"/etc/passwd")), tmp_path, "neither file nor folder")


def test_two_of_one_name(tmp_path: Path) -> None:
    refused(made(both(member("a/b"), member("a/B"))), tmp_path, "two members")


def test_two_that_may_be_meant(tmp_path: Path) -> None:
    refused(made(member(f"other/{NAMES['decoder']}")), tmp_path, "2 files")


def test_too_many(tmp_path: Path) -> None:
    refused(made(many), tmp_path, "1004 members|1005 members")


def test_missing(tmp_path: Path) -> None:
    refused(
        archive({role: data for role, data in FILES.items() if role != "decoder"}), tmp_path, "no files qwen3_asr_llm"
    )


@pytest.mark.parametrize("role", FILES)
def test_another_file_than_published(tmp_path: Path, role: str) -> None:
    refused(archive(FILES | {role: b"!" + FILES[role][1:]}), tmp_path, "another .* than the one published")


def test_a_bomb(tmp_path: Path) -> None:
    """Fifty megabytes of zeros in place of a file: refused by what it says of itself, before a byte is written."""
    refused(archive(FILES | {"decoder": bytes(50_000_000)}), tmp_path, "50000000 bytes instead of 12345")
    assert not (tmp_path / "below" / NAMES["decoder"]).exists()


def test_a_bomb_that_lies_about_its_length(tmp_path: Path) -> None:
    data = archive(FILES | {"decoder": bytes(5_000_000)})
    told, real = len(FILES["decoder"]).to_bytes(4, "little"), (5_000_000).to_bytes(4, "little")
    assert data.count(real) == 2
    refused(data.replace(real, told), tmp_path, "damaged|another|more of")
    assert (tmp_path / "below" / NAMES["decoder"]).stat().st_size <= len(FILES["decoder"])


def test_a_bomb_beside_the_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(made(member("bomb", 0, bytes(20_000_000))))
    unpack(tmp_path / "a.zip", [stored(role) for role in FILES], tmp_path)
    assert not (tmp_path / "bomb").exists()


def test_encrypted(tmp_path: Path) -> None:
    data = bytearray(archive(FILES))
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        position = data.find(mark)
        while position >= 0:
            data[position + offset] |= 1
            position = data.find(mark, position + 4)
    refused(bytes(data), tmp_path, "has an encrypted member")


def test_unknown_compression(tmp_path: Path) -> None:
    refused(archive(FILES, zipfile.ZIP_LZMA), tmp_path, "compression that is not known")


@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_truncated(tmp_path: Path, part: float) -> None:
    whole = archive(FILES)
    refused(whole[: int(part * len(whole))], tmp_path, "damaged")


def test_every_damaged_byte_is_harmless(tmp_path: Path) -> None:
    """Wherever a byte is wrong: the right files come out, or a sentence."""
    whole = archive({"frontend": b"f" * 30})
    file = StoredFile("frontend", NAMES["frontend"], 30, sum_of(b"f" * 30), "zip")
    path = tmp_path / "a.zip"
    for position in range(len(whole)):
        data = bytearray(whole)
        data[position] ^= 0xFF
        path.write_bytes(data)
        folder = tmp_path / str(position)
        folder.mkdir()
        try:
            unpack(path, [file], folder)
        except StoreError:
            continue
        assert (folder / file.path).read_bytes() == b"f" * 30


def test_nothing_is_left_of_a_pull(publication: Publication, models: Path) -> None:
    """The checksum of an archive may be right, and the archive evil nevertheless: nothing of it stays."""
    publication.zipped = made(member("../evil"))
    publication.publish()
    with pytest.raises(StoreError, match="leads out"):
        pull(publication.entry(), models, os.environ, Watched(), quick())
    assert not (models / "tiny").exists()
    assert not list(work_folder(models, "tiny").glob("*.part*"))
    assert not (models / "evil").exists()
