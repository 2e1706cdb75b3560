"""What happens to this machine in the middle of a pull: a full disk, two at once, a kill, an interrupt."""

from __future__ import annotations

import errno
import fcntl
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from asrd.model_folder import read_model_folder
from asrd.store.errors import StoreError
from asrd.store.installed import remove, work_folder
from asrd.store.lock import changing, using
from asrd.store.pull import pull
from asrd.store.settings import DEFAULTS
from tests.store import server as faults
from tests.store.published import NAMES, Publication, Watched, quick
from tests.store.server import State

CHECKOUT = Path(__file__).parents[2]
# Pulls `tiny` in a process of its own, and says so when it has begun.
SCRIPT = """
import os, sys
from pathlib import Path
from asrd.errors import AsrdError
from asrd.store import manifest
from asrd.store.pull import pull
from tests.store.published import Watched, quick
path, models = map(Path, sys.argv[1:3])
manifest.manifest_path = lambda: path
try:
    pull(manifest.entries()["tiny"], models, os.environ, Watched(), quick(save_every_s=0.0, connections=2))
except AsrdError as error:
    sys.exit(str(error))
"""


def start(publication: Publication, models: Path) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": f"{CHECKOUT}:{CHECKOUT / 'clients'}"}
    words = [sys.executable, "-c", textwrap.dedent(SCRIPT), str(publication.manifest), str(models)]
    return subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True)


def refused(publication: Publication, models: Path, words: str, **settings: object) -> None:
    with pytest.raises(StoreError, match=words) as caught:
        pull(publication.entry(), models, os.environ, Watched(), quick(**settings))  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    assert not (models / "tiny").exists()


class TestRoom:
    def test_is_checked_before_anything_is_fetched(self, publication: Publication, models: Path, server: State) -> None:
        refused(publication, models, r"needs 16\.8 MB .* 1\.0 MB are free.*ASRD_MODELS", free_bytes=lambda _: 10**6)
        assert server.seen == []

    def test_archive_and_files_count_and_what_is_there_does_not(
        self, publication: Publication, models: Path, server: State
    ) -> None:
        spare, unpacked, zipped = 16 << 20, publication.entry().size_bytes, len(publication.zipped)
        refused(publication, models, "needs", free_bytes=lambda _: spare + unpacked + zipped - 1)
        server.faults = [faults.cut_after(5000)]
        server.always = faults.status(404)
        one = {"connections": 1, "piece_bytes": 1 << 20}
        refused(publication, models, "404", free_bytes=lambda _: spare + unpacked + zipped, **one)
        server.always = None
        pull(
            publication.entry(),
            models,
            {},
            Watched(),
            quick(free_bytes=lambda _: spare + unpacked + zipped - 5000),
        )

    def test_of_this_machine(self, models: Path) -> None:
        models.mkdir()
        assert DEFAULTS.free_bytes(models) > 0

    @pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
    def test_runs_out(
        self, publication: Publication, models: Path, monkeypatch: pytest.MonkeyPatch, number: int
    ) -> None:
        """In whichever thread: it ends with a sentence, and goes on from there when there is room."""
        written = 0

        def pwrite(handle: int, data: bytes, offset: int) -> int:
            nonlocal written
            if written > 6000:
                raise OSError(number, os.strerror(number))
            written += len(data)
            os.lseek(handle, offset, os.SEEK_SET)
            return os.write(handle, data)

        with monkeypatch.context() as patch:
            patch.setattr("os.pwrite", pwrite)
            words = "cannot be written" if number == errno.EIO else "is full: what came is kept"
            refused(publication, models, words, piece_bytes=500)
        (record,) = work_folder(models, "tiny").glob("*.part.json")
        assert '"done": [500' in record.read_text()
        pull(publication.entry(), models, {}, Watched(), quick())

    def test_runs_out_while_unpacking(
        self, publication: Publication, models: Path, monkeypatch: pytest.MonkeyPatch, server: State
    ) -> None:
        def full(*_args: object) -> None:
            raise OSError(errno.ENOSPC, "full")

        with monkeypatch.context() as patch:
            patch.setattr("asrd.store.pull.unpack", full)
            refused(publication, models, "is full: what came is kept")
        server.seen.clear()
        pull(publication.entry(), models, {}, Watched(), quick())
        assert server.seen == []

    def test_a_folder_that_is_no_folder(self, publication: Publication, models: Path) -> None:
        models.write_text("")
        refused(publication, models, "models cannot be written .*ASRD_MODELS")

    @pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to root")
    def test_a_read_only_folder(self, publication: Publication, models: Path) -> None:
        models.mkdir(mode=0o500)
        refused(publication, models, "cannot be written .Permission denied")

    def test_a_read_only_file_system(
        self, publication: Publication, models: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def read_only(path: str, *_args: object) -> int:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)

        monkeypatch.setattr("os.open", read_only)
        refused(publication, models, "cannot be written .Read-only file system")

    def test_the_old_model_stays_when_the_new_one_cannot_take_its_place(
        self, publication: Publication, models: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pull(publication.entry(), models, {}, Watched(), quick())
        renamed = Path.rename

        def rename(path: Path, target: Path) -> Path:
            if path.name == "folder":
                raise OSError(errno.EIO, "broken")
            return renamed(path, target)

        monkeypatch.setattr(Path, "rename", rename)
        with pytest.raises(StoreError, match="broken"):
            pull(publication.entry(), models, {}, Watched(), quick(), force=True)
        assert read_model_folder(models / "tiny").name == "tiny"


class TestTwo:
    def test_at_once(self, publication: Publication, models: Path, server: State) -> None:
        """The second says that there is a first, and harms nothing."""
        begun, go_on = threading.Event(), threading.Event()

        def held(request: faults.Request) -> None:
            begun.set()
            go_on.wait(60)
            request.answer()

        server.faults = [held]
        first = start(publication, models)
        assert begun.wait(60)
        refused(publication, models, "tiny is in use: another asrd is pulling it")
        with pytest.raises(StoreError, match="in use"):
            remove(publication.entry(), models)
        go_on.set()
        assert (first.communicate(timeout=60)[1], first.returncode) == ("", 0)
        assert read_model_folder(models / "tiny").name == "tiny"

    def test_a_model_that_is_used_is_not_changed(self, publication: Publication, models: Path) -> None:
        pull(publication.entry(), models, {}, Watched(), quick())
        with using(models / "tiny"), using(models / "tiny"):
            with pytest.raises(StoreError, match="a daemon runs it"):
                remove(publication.entry(), models)
            with pytest.raises(StoreError, match="a daemon runs it"):
                pull(publication.entry(), models, {}, Watched(), quick(), force=True)
        assert remove(publication.entry(), models) > 0

    def test_it_is_used_until_the_last_one_ends(self, models: Path) -> None:
        (models / "tiny").mkdir(parents=True)
        with changing(models, "tiny"):
            pass
        with ExitStack() as second:
            with using(models / "tiny"):
                second.enter_context(using(models / "tiny"))
            with pytest.raises(StoreError, match="in use"), changing(models, "tiny"):
                pass
        with changing(models, "tiny"):
            pass

    def test_a_refusal_leaves_nothing_open(self, models: Path) -> None:
        models.mkdir()
        with changing(models, "tiny"):
            before = len(list(Path("/dev/fd").iterdir()))
            with pytest.raises(StoreError, match="in use"), changing(models, "tiny"):
                pass
            with using(models / "tiny"):
                pass
            assert len(list(Path("/dev/fd").iterdir())) == before

    def test_a_folder_of_somebody_else_is_used_without_a_lock(self, tmp_path: Path) -> None:
        with using(tmp_path / "m"):
            assert list(tmp_path.iterdir()) == []

    def test_a_model_that_is_being_changed_can_be_used(self, models: Path) -> None:
        models.mkdir()
        with changing(models, "tiny"), using(models / "tiny"):
            handle = os.open(models / ".tiny.lock", os.O_RDONLY)
            with pytest.raises(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            os.close(handle)

    def test_a_pull_that_brings_nothing_leaves_no_lock(self, publication: Publication, models: Path) -> None:
        refused(publication, models, "make room", free_bytes=lambda _: 0)
        assert not (models / ".tiny.lock").exists()

    def test_the_lock_of_a_model_that_is_there_stays(self, models: Path) -> None:
        """A daemon takes it, and makes none."""
        (models / "tiny").mkdir(parents=True)
        with changing(models, "tiny"):
            pass
        assert (models / ".tiny.lock").exists()

    @pytest.mark.parametrize("is_made_again", [False, True])
    def test_a_lock_that_went_between_opening_and_locking_is_not_held(
        self, models: Path, monkeypatch: pytest.MonkeyPatch, is_made_again: bool
    ) -> None:
        models.mkdir()
        lock = models / ".tiny.lock"
        locked, tries = fcntl.flock, 0

        def flock(handle: int, how: int) -> None:
            nonlocal tries
            tries += 1
            if tries == 1:  # whoever held it removes the model now, and perhaps another one pulls it again
                lock.unlink()
                if is_made_again:
                    lock.touch()
            locked(handle, how)

        monkeypatch.setattr(fcntl, "flock", flock)
        with changing(models, "tiny"):
            assert tries == 2
            with pytest.raises(StoreError, match="in use"), changing(models, "tiny"):
                pass


class TestKilled:
    def test_at_any_time(self, publication: Publication, models: Path, server: State) -> None:
        """`kill -9` after so many bytes, again and again: every run goes on with what is there."""
        choice, reached = random.Random(5), threading.Event()

        def held_after(count: int) -> faults.Fault:
            def fault(request: faults.Request) -> None:
                request.head()
                request.wfile.write(request.file.data[request.first : request.end][:count])
                request.wfile.flush()
                reached.set()
                server.ending.wait(60)

            return fault

        there = [0]
        for _ in range(3):
            reached.clear()
            server.faults = [None, held_after(choice.randrange(100, 1900)), held_after(0)]
            process = start(publication, models)
            assert reached.wait(60)
            _until_it_grows(models, there[-1])
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=60)
            there.append(_bytes_there(models))
            assert not (models / "tiny").exists()
        assert there == sorted(set(there))
        server.faults.clear()
        server.seen.clear()
        pull(publication.entry(), models, {}, Watched(), quick())
        asked = sum(int(last) + 1 - int(first) for first, last in (seen.range[6:].split("-") for seen in server.seen))
        assert asked == len(publication.zipped) - there[-1]

    def test_between_fetching_and_the_end(
        self, publication: Publication, models: Path, server: State, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whatever was done last: nothing is fetched twice, and a file that was half unpacked is not used."""

        class Killed(BaseException):
            """Nothing catches it."""

        def die(*_args: object, **_more: object) -> None:
            raise Killed

        for step in ("unpack", "write_description", "check_against", "_replace"):
            with monkeypatch.context() as patch:
                patch.setattr(f"asrd.store.pull.{step}", die)
                with pytest.raises(Killed):
                    pull(publication.entry("tiny-q8"), models, {}, Watched(), quick())
            half = work_folder(models, "tiny-q8") / "folder" / NAMES["backend"]
            half.write_bytes(publication.files["backend"][:100])
        pull(publication.entry("tiny-q8"), models, {}, Watched(), quick())
        whole = [seen.range for seen in server.seen]
        assert len(whole) == len(set(zip((seen.path for seen in server.seen), whole, strict=True)))
        for file in read_model_folder(models / "tiny-q8").files:
            file.check_sum()

    def test_interrupted_from_the_keyboard(self, publication: Publication, models: Path, server: State) -> None:
        class Interrupted(Watched):
            def amount(self, what: str, done_bytes: int, total_bytes: int | None) -> None:
                if done_bytes >= 3000 and threading.current_thread() is threading.main_thread():
                    raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            pull(publication.entry(), models, {}, Interrupted(), quick())
        assert _bytes_there(models) >= 3000
        pull(publication.entry(), models, {}, Watched(), quick())


def _bytes_there(models: Path) -> int:
    import json

    (record,) = work_folder(models, "tiny").glob("*.part.json")
    return int(sum(json.loads(record.read_text())["done"]))


def _until_it_grows(models: Path, before: int) -> None:
    """What was sent has been written down: read again and again, since nobody tells."""
    tick = threading.Event()
    for _ in range(2000):
        if list(work_folder(models, "tiny").glob("*.part.json")) and _bytes_there(models) > before:
            return
        tick.wait(0.01)
    raise AssertionError("nothing came")
