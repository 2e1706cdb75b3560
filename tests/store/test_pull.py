"""Pulling against a server that does everything wrong: what came out of it."""

from __future__ import annotations

import os
import random
import threading
from pathlib import Path

import pytest

from asrd.model_folder import read_model_folder
from asrd.store.errors import StoreError
from asrd.store.installed import is_installed, work_folder
from asrd.store.pull import pull
from asrd.store.settings import PullSettings
from tests.store import server as faults
from tests.store.published import DECODER_NAME, NAMES, Publication, Watched, quick
from tests.store.server import Fault, Served, State, serving


def pulled(
    publication: Publication, models: Path, settings: PullSettings | None = None, name: str = "tiny", **environ: str
) -> Watched:
    """Pull, and see that what is there then is the model and nothing else."""
    watched = Watched()
    folder = pull(publication.entry(name), models, environ, watched, settings or quick())
    assert folder == models / name
    for file in publication.entry(name).files:
        file_on_disk = next(each for each in read_model_folder(folder).files if each.role == file.role)
        file_on_disk.check_sum()
        assert file_on_disk.sha256 == file.sha256
    assert not work_folder(models, name).exists()
    return watched


def refused(publication: Publication, models: Path, *words: str, settings: PullSettings | None = None) -> Watched:
    """Pull in vain, and see that nothing is there then; the sentence has these words."""
    watched = Watched()
    with pytest.raises(StoreError) as caught:
        pull(publication.entry(), models, os.environ, watched, settings or quick())
    assert not (models / "tiny").exists()
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)
    return watched


def bytes_sent(server: State) -> int:
    return sum(int(last) + 1 - int(first) for first, last in (seen.range[6:].split("-") for seen in server.seen))


class TestWhole:
    def test_the_folder_describes_itself(self, publication: Publication, models: Path) -> None:
        watched = pulled(publication, models)
        folder = read_model_folder(models / "tiny")
        assert (folder.name, folder.version, folder.license) == ("tiny", "7", "Apache-2.0")
        assert (models / "tiny" / "NOTICE.txt").read_text() == "by nobody\n"
        assert {path.name for path in (models / "tiny").iterdir()} == {*NAMES.values(), "asrd.json", "NOTICE.txt"}
        assert watched.said == []
        assert ("tiny.zip", len(publication.zipped), len(publication.zipped)) in watched.amounts

    def test_pieces_come_over_several_connections(self, publication: Publication, models: Path, server: State) -> None:
        gate = threading.Barrier(3, timeout=20)

        def together(request: faults.Request) -> None:
            gate.wait()  # passes only if three requests are open at once
            request.answer()

        server.faults = [None, together, together, together]
        pulled(publication, models, quick(connections=4))
        assert server.most_open >= 3
        assert bytes_sent(server) >= len(publication.zipped)
        assert len({seen.range for seen in server.seen}) == len(server.seen)

    def test_a_small_file_takes_one_request(self, publication: Publication, models: Path, server: State) -> None:
        pulled(publication, models, quick(piece_bytes=1 << 20))
        assert len(server.seen) == 1

    def test_what_is_there_is_not_fetched_again(self, publication: Publication, models: Path, server: State) -> None:
        pulled(publication, models)
        server.seen.clear()
        pulled(publication, models)
        assert server.seen == []

    def test_force_fetches_what_is_damaged(self, publication: Publication, models: Path, server: State) -> None:
        pulled(publication, models)
        path = models / "tiny" / NAMES["decoder"]
        path.write_bytes(b"!" + path.read_bytes()[1:])
        pull(publication.entry(), models, {}, Watched(), quick(), force=True)
        assert path.read_bytes() == publication.files["decoder"]

    def test_files_of_another_model_are_used(self, publication: Publication, models: Path, server: State) -> None:
        pulled(publication, models)
        server.seen.clear()
        pulled(publication, models, name="tiny-q8")
        assert {seen.path for seen in server.seen} == {f"/b/{DECODER_NAME}"}

    def test_but_not_if_they_are_damaged(self, publication: Publication, models: Path, server: State) -> None:
        pulled(publication, models)
        path = models / "tiny" / NAMES["backend"]
        path.write_bytes(b"!" + path.read_bytes()[1:])
        pulled(publication, models, name="tiny-q8")

    def test_an_archive_whose_length_was_not_published(self, publication: Publication, models: Path) -> None:
        publication.says_length = False
        publication.publish()
        pulled(publication, models)

    def test_a_folder_in_the_way_that_is_no_model(self, publication: Publication, models: Path) -> None:
        (models / "tiny").mkdir(parents=True)
        (models / "tiny" / "half").write_text("")
        assert not is_installed(publication.entry(), models)
        pulled(publication, models)
        assert not (models / "tiny" / "half").exists()


class TestCuts:
    @pytest.mark.parametrize("seed", range(8))
    def test_cut_at_any_byte(self, publication: Publication, models: Path, server: State, seed: int) -> None:
        choice = random.Random(seed)
        server.faults = [faults.cut_after(choice.randrange(3000)) for _ in range(12)]
        pulled(publication, models, quick(attempts=20, connections=choice.choice([1, 2, 4])))

    def test_no_byte_comes_twice(self, publication: Publication, models: Path, server: State) -> None:
        server.faults = [faults.cut_after(700), faults.cut_after(1), faults.cut_after(5000)]
        pulled(publication, models, quick(connections=1, piece_bytes=1 << 20))
        firsts = [int(seen.range[6:].split("-")[0]) for seen in server.seen]
        assert firsts == [0, 700, 701, 5701]
        assert [seen.if_range for seen in server.seen] == ["", '"one"', '"one"', '"one"']

    def test_before_the_head(self, publication: Publication, models: Path, server: State) -> None:
        waits: list[float] = []
        server.faults = [faults.cut_before_the_head] * 3
        watched = pulled(publication, models, quick(waits))
        assert waits == [1, 2, 4]
        assert "going on in 4 s" in watched.said[-1]

    def test_again_and_again(self, publication: Publication, models: Path, server: State) -> None:
        server.always = faults.cut_before_the_head
        waits: list[float] = []
        refused(publication, models, "127.0.0.1", "what came is kept", settings=quick(waits, attempts=4))
        assert len(server.seen) == 4
        assert len(waits) == 3

    def test_a_later_pull_goes_on(self, publication: Publication, models: Path, server: State) -> None:
        server.faults = [faults.cut_after(5000)]
        server.always = faults.status(503)
        refused(publication, models, "503", settings=quick(connections=1, piece_bytes=1 << 20))
        server.always = None
        server.seen.clear()
        pulled(publication, models)
        assert server.seen[0].range.startswith("bytes=5000-")
        assert server.seen[0].if_range == '"one"'

    @pytest.mark.parametrize("fault", [faults.stall_after(900), faults.silent], ids=["in the body", "before the head"])
    def test_stall(self, publication: Publication, models: Path, server: State, fault: Fault) -> None:
        server.faults = [fault]
        watched = pulled(publication, models, quick(connections=1, stall_s=0.3, attempts=9))
        assert "stopped sending" in watched.said[0] or "does not answer" in watched.said[0]

    def test_slow_is_no_fault(self, publication: Publication, models: Path, server: State) -> None:
        server.always = faults.in_drops(7)
        assert pulled(publication, models).said == []

    def test_nobody_there(self, publication: Publication, models: Path) -> None:
        with serving() as gone:
            publication.server = gone
            publication.publish()
        refused(publication, models, "cannot be reached", "ASRD_MIRROR")


class TestLies:
    def test_a_wrong_byte(self, publication: Publication, models: Path, server: State) -> None:
        server.always = faults.corrupt(1234)
        refused(publication, models, "checksum", "instead of")

    def test_a_wrong_byte_and_a_mirror(self, publication: Publication, models: Path, server: State) -> None:
        with serving() as mirror:
            publication.mirrors = (mirror.url,)
            publication.publish()
            mirror.files |= server.files
            server.always = faults.corrupt(1234)
            watched = pulled(publication, models)
            assert mirror.seen
        assert any("checksum" in sentence for sentence in watched.said)

    def test_a_wrong_byte_on_the_disk(self, publication: Publication, models: Path, server: State) -> None:
        """What an earlier run left is damaged: it begins anew instead of blaming the source."""
        server.faults = [faults.cut_after(5000)]
        server.always = faults.status(404)
        refused(publication, models, "404", settings=quick(connections=1, piece_bytes=1 << 20))
        (part,) = work_folder(models, "tiny").glob("*.part")
        part.write_bytes(b"!" + part.read_bytes()[1:])
        server.always = None
        watched = pulled(publication, models)
        assert any("from its beginning" in sentence for sentence in watched.said)

    @pytest.mark.parametrize("record", [b"", b"[]", b"{", b'{"format": 1}', b"\xff", b"[" * 5000])
    def test_a_wrong_record(self, publication: Publication, models: Path, server: State, record: bytes) -> None:
        server.faults = [faults.cut_after(5000)]
        server.always = faults.status(404)
        refused(publication, models, "404", settings=quick(connections=1))
        (path,) = work_folder(models, "tiny").glob("*.json")
        path.write_bytes(record)
        server.always = None
        pulled(publication, models)

    @pytest.mark.parametrize("sends_parts", [True, False])
    @pytest.mark.parametrize("count", [-500, 500, -(10**6)])
    def test_about_the_length(
        self, publication: Publication, models: Path, server: State, count: int, sends_parts: bool
    ) -> None:
        fault = faults.length_off_by(count)
        server.faults = [fault if sends_parts else faults.whole(fault)] * 2
        if sends_parts:
            pulled(publication, models, quick(connections=1))
        else:
            refused(publication, models, f"instead of {len(publication.zipped)}")

    @pytest.mark.parametrize("count", [-500, 500])
    def test_about_a_length_that_was_not_published(
        self, publication: Publication, models: Path, server: State, count: int
    ) -> None:
        publication.says_length = False
        publication.publish()
        server.always = faults.whole(faults.length_off_by(count))
        refused(publication, models, "checksum" if count < 0 else "expected at most")

    @pytest.mark.parametrize(
        ("head", "words"),
        [
            ({"Content_Range": "bytes 5-1999/{size}"}, "from byte 5 on"),
            ({"Content_Range": "bytes 0-1999/999999"}, "999999 bytes instead of"),
            ({"Content_Range": "bytes 9-3/{size}"}, "impossible part"),
            ({"Content_Range": "bytes 0-1999/*"}, "which part"),
            ({"Content_Range": None}, "which part"),
            ({"Content_Encoding": "gzip"}, "another encoding"),
        ],
        ids=str,
    )
    def test_about_the_part(
        self, publication: Publication, models: Path, server: State, head: dict[str, str | None], words: str
    ) -> None:
        size = len(publication.zipped)
        server.always = faults.head(**{name: value and value.format(size=size) for name, value in head.items()})
        refused(publication, models, words)

    def test_an_endless_file(self, publication: Publication, models: Path, server: State) -> None:
        publication.says_length = False
        publication.publish()
        server.always = faults.endless
        refused(publication, models, "more than")
        assert sum(path.stat().st_size for path in work_folder(models, "tiny").glob("*.part")) < 100_000

    @pytest.mark.parametrize("fault", [faults.ignore_range, faults.without_length])
    def test_no_parts(self, publication: Publication, models: Path, server: State, fault: Fault) -> None:
        server.always = fault
        assert pulled(publication, models).said == []
        assert len(server.seen) == 1

    def test_no_parts_and_cut(self, publication: Publication, models: Path, server: State) -> None:
        server.faults = [faults.whole(faults.cut_after(4000))] * 2
        server.always = faults.ignore_range
        pulled(publication, models)

    def test_parts_no_longer(self, publication: Publication, models: Path, server: State) -> None:
        server.faults = [faults.cut_after(1500)]
        server.always = faults.ignore_range
        pulled(publication, models, quick(connections=1))

    def test_the_version_changes(self, publication: Publication, models: Path, server: State) -> None:
        """Half of another file with the rest of this one would have a wrong checksum: it begins anew."""
        path = "/a/tiny.zip"
        right = server.files[path]
        server.files[path] = Served(bytes(len(right.data)), '"old"')

        def cut_and_change(request: faults.Request) -> None:
            server.files[path] = right  # for the next request, which may come as soon as this one is cut
            faults.cut_after(1500)(request)

        server.faults = [cut_and_change]
        watched = pulled(publication, models, quick(connections=1))
        assert server.seen[1].if_range == '"old"'
        assert not any("damaged" in sentence for sentence in watched.said)

    def test_the_version_changes_and_if_range_is_not_known(
        self, publication: Publication, models: Path, server: State
    ) -> None:
        path = "/a/tiny.zip"
        right = server.files[path]
        server.files[path] = Served(bytes(len(right.data)), '"old"')

        def cut_and_change(request: faults.Request) -> None:
            server.files[path] = right  # for the next request, which may come as soon as this one is cut
            faults.cut_after(1500)(request)

        def part_of_the_new(request: faults.Request) -> None:
            first, last = request.headers["Range"][6:].split("-")
            request.is_partial, request.first = True, int(first)
            request.end = int(last) + 1 if last else len(right.data)
            request.answer()

        server.faults = [cut_and_change, part_of_the_new]
        watched = pulled(publication, models, quick(connections=1))
        assert any("another version" in sentence for sentence in watched.said)
        assert not any("damaged" in sentence for sentence in watched.said)

    def test_every_answer_is_of_another_version(self, publication: Publication, models: Path, server: State) -> None:
        def changing(request: faults.Request) -> None:
            request.file.etag = f'"{len(server.seen)}"'
            request.is_partial = request.is_partial and not request.headers.get("If-Range")
            if not request.is_partial:
                request.first, request.end = 0, len(request.file.data)
            request.answer()

        server.always = changing
        pulled(publication, models)


class TestStatus:
    @pytest.mark.parametrize("code", [408, 425, 429, 500, 502, 503, 504])
    def test_tried_again(self, publication: Publication, models: Path, server: State, code: int) -> None:
        server.faults = [faults.status(code)]
        assert str(code) in pulled(publication, models).said[0]

    @pytest.mark.parametrize("code", [400, 401, 403, 404, 410, 451])
    def test_given_up_at_once(self, publication: Publication, models: Path, server: State, code: int) -> None:
        server.always = faults.status(code)
        refused(publication, models, f"answers {code}")
        assert len(server.seen) == 1

    def test_retry_after(self, publication: Publication, models: Path, server: State) -> None:
        waits: list[float] = []
        server.faults = [faults.status(429, Retry_After="17"), faults.status(503, Retry_After="soon")]
        pulled(publication, models, quick(waits))
        assert waits == [17, 2]

    def test_retry_after_too_long(self, publication: Publication, models: Path, server: State) -> None:
        waits: list[float] = []
        server.always = faults.status(429, Retry_After="3600")
        refused(publication, models, "3600 s of patience", settings=quick(waits))
        assert waits == []

    def test_beyond_the_end(self, publication: Publication, models: Path, server: State) -> None:
        """416: what is there belongs to a longer file than the source has now."""
        server.faults = [faults.cut_after(1500), faults.status(416)]
        watched = pulled(publication, models, quick(connections=1))
        assert any("less of the file" in sentence for sentence in watched.said)
        assert server.seen[2].range == "bytes=0-"

    def test_one_connection_at_a_time(self, publication: Publication, models: Path, server: State) -> None:
        """A server that refuses several connections at once gets one."""

        def alone(request: faults.Request) -> None:
            if server.open > 1:
                request.status(429)
            else:
                faults.in_drops(50)(request)

        server.always = alone
        pulled(publication, models, quick(attempts=50, piece_bytes=300))
        first, last = map(int, server.seen[-1].range[6:].split("-"))
        assert last + 1 - first > 300  # one that is alone asks for all that is left, not for a piece


class TestMirrors:
    def test_the_next_is_asked(self, publication: Publication, models: Path, server: State) -> None:
        with serving() as second, serving() as third:
            publication.mirrors = (second.url, third.url)
            publication.publish()
            third.files |= server.files
            server.always = faults.status(404)
            second.always = faults.status(500)
            pulled(publication, models)
            assert (len(server.seen), len(second.seen) > 1, bool(third.seen)) == (1, True, True)

    def test_it_goes_on_with_what_the_first_sent(self, publication: Publication, models: Path, server: State) -> None:
        with serving() as mirror:
            publication.mirrors = (mirror.url,)
            publication.publish()
            mirror.files = {path: Served(file.data, '"other"') for path, file in server.files.items()}
            server.faults = [faults.cut_after(5000)]
            server.always = faults.status(404)
            pulled(publication, models, quick(connections=1, piece_bytes=1 << 20))
            assert [seen.range for seen in mirror.seen] == [f"bytes=5000-{len(publication.zipped) - 1}"]

    def test_it_begins_anew_if_that_was_wrong(self, publication: Publication, models: Path, server: State) -> None:
        with serving() as mirror:
            publication.mirrors = (mirror.url,)
            publication.publish()
            mirror.files = dict(server.files)
            right = server.files["/a/tiny.zip"]
            server.files["/a/tiny.zip"] = Served(bytes(len(right.data)))
            server.faults = [faults.cut_after(5000)]
            server.always = faults.status(404)
            watched = pulled(publication, models, quick(connections=1, piece_bytes=1 << 20))
            assert any("damaged" in sentence for sentence in watched.said)

    def test_all_are_named_in_the_end(self, publication: Publication, models: Path, server: State) -> None:
        publication.mirrors = (server.url.replace("127.0.0.1", "localhost"),)
        publication.publish()
        server.always = faults.status(403)
        refused(publication, models, "127.0.0.1 answers 403 Forbidden; localhost answers 403 Forbidden")

    def test_own_mirror_comes_first(self, publication: Publication, models: Path, server: State) -> None:
        with serving() as mirror:
            mirror.files["/folder/tiny.zip"] = Served(publication.zipped)
            pulled(publication, models, ASRD_MIRROR=f"{mirror.url}/folder/")
            assert mirror.seen
        assert server.seen == []

    def test_own_mirror_lacks_it(self, publication: Publication, models: Path, server: State) -> None:
        with serving() as mirror:
            pulled(publication, models, ASRD_MIRROR=mirror.url)
        assert server.seen
