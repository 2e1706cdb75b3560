"""`asrd model list|pull|path|remove`, and names where folders are taken. The models are on a server on this machine."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from asrd.cli.model_pull import PullView
from asrd.cli.output import StatusLine
from asrd.cli.service_arguments import absolute_arguments
from asrd.errors import ModelError
from asrd.model_folder import read_model_folder
from asrd.store.errors import StoreError
from asrd.store.installed import remove
from tests.cli.commands import Cli, assert_one_line
from tests.store.published import DECODER_NAME, NAMES, Publication, archive
from tests.store.server import serving, status


@pytest.fixture
def publication(
    tiny_model: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Publication]:
    """The tiny model as `tiny`, and again as `tiny-q8`."""
    files = {file.role: file.path.read_bytes() for file in read_model_folder(tiny_model).files}
    folder = tmp_path_factory.mktemp("store")
    with serving() as server:
        made = Publication(server, files, archive(files), files["decoder"], folder / "manifest.toml")
        made.publish()
        monkeypatch.setattr("asrd.store.manifest.manifest_path", lambda: made.manifest)
        monkeypatch.setenv("ASRD_MODELS", str(folder / "models"))
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        yield made


@pytest.fixture
def models(publication: Publication) -> Path:
    return publication.manifest.parent / "models"


@pytest.fixture
def here(cli: Cli, publication: Publication, models: Path) -> Path:
    """The folder of `tiny`, which has been pulled."""
    ran = cli("model", "pull", "tiny")
    assert (ran.code, ran.out, ran.err) == (0, f"{models / 'tiny'}\n", "")
    return models / "tiny"


class TestList:
    def test_lines(self, cli: Cli, here: Path) -> None:
        head, *lines = cli("model", "list").out.splitlines()
        assert head.split() == ["name", "here", "on", "disk", "to", "fetch", "languages", "licence"]
        assert [line.split()[:2] for line in lines] == [["nano", "yes"], ["tiny", "yes"], ["tiny-q8", "no"]]
        assert "English" in lines[0]
        assert " 30 " in lines[1]

    def test_json(self, cli: Cli, here: Path, publication: Publication) -> None:
        nano, tiny, other = json.loads(cli("model", "list", "--json").out)
        assert (nano["shipped"], nano["installed"], nano["bytes"] > 10**6) == (True, True, True)
        assert (tiny["path"], tiny["installed"], tiny["license"]) == (str(here), True, "Apache-2.0")
        assert tiny["bytes"] == sum(len(data) for data in publication.files.values())
        assert (other["path"], other["installed"], "German" in other["languages"]) == (None, False, True)
        assert other["download_bytes"] == len(publication.zipped) + len(publication.decoder_q8)


class TestPull:
    def test_again(self, cli: Cli, here: Path, publication: Publication) -> None:
        publication.server.seen.clear()
        ran = cli("model", "pull", "tiny")
        assert (ran.code, ran.out) == (0, f"{here}\n")
        assert "there already; `asrd model verify tiny`" in ran.err
        assert publication.server.seen == []

    def test_the_shipped_one(self, cli: Cli, publication: Publication) -> None:
        ran = cli("model", "pull", "nano")
        assert ran.code == 0
        assert read_model_folder(Path(ran.out.strip())).name == "nano"
        assert "nothing to fetch" in ran.err

    def test_unknown(self, cli: Cli, publication: Publication) -> None:
        assert_one_line(cli("model", "pull", "tinny"), 2, "no model named tinny; did you mean tiny?")

    def test_each_of_several(self, cli: Cli, publication: Publication, models: Path) -> None:
        publication.server.files.pop(f"/b/{DECODER_NAME}")
        ran = cli("model", "pull", "tiny-q8", "tiny")
        assert (ran.code, ran.out) == (3, f"{models / 'tiny'}\n")
        assert "answers 404" in ran.err.splitlines()[-1]

    def test_interrupted(self, cli: Cli, publication: Publication, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupt(*_args: object, **_more: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("asrd.cli.model_pull.pull", interrupt)
        ran = cli("model", "pull", "tiny")
        assert (ran.code, ran.out) == (130, "")
        assert ran.err == "asrd: what came is kept: `asrd model pull tiny` goes on with it\n"

    def test_a_mirror_that_is_none(self, cli: Cli, publication: Publication, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ASRD_MIRROR", "nonsense")
        assert_one_line(cli("model", "pull", "tiny"), 2, "ASRD_MIRROR is no address")


class _Terminal(StatusLine):
    @property
    def is_shown(self) -> bool:
        return True

    def show(self, text: str, *, now: bool = False) -> None:
        sys.stderr.write(f"[{text}]")


class TestProgress:
    def test_lines_without_a_terminal(self, capsys: pytest.CaptureFixture[str]) -> None:
        now = 0.0
        view = PullView(StatusLine(), lambda: now)
        for second in range(25):
            now = float(second)
            view.amount("x.zip", second * 10**6, 50 * 10**6)
        view.say("the source broke off")
        assert capsys.readouterr().err.splitlines() == [
            "asrd: x.zip 10.0 MB of 50.0 MB, 1.0 MB/s, 40 s left",
            "asrd: x.zip 20.0 MB of 50.0 MB, 1.0 MB/s, 30 s left",
            "asrd: the source broke off",
        ]

    def test_a_status_line_on_a_terminal(self, capsys: pytest.CaptureFixture[str]) -> None:
        view = PullView(_Terminal(), lambda: 0.0)
        view.amount("x.zip", 1000, None)
        view.amount("checksum of x.zip", 10, 1000)
        assert capsys.readouterr().err == "[x.zip 1.0 kB][checksum of x.zip 10 bytes of 1.0 kB]"


class TestNames:
    def test_show(self, cli: Cli, here: Path) -> None:
        value = json.loads(cli("model", "show", "tiny", "--json").out)
        assert (value["name"], value["path"], value["version"]) == ("tiny", str(here), "7")

    def test_verify(self, cli: Cli, here: Path) -> None:
        ran = cli("model", "verify", "tiny")
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.count("(size and checksum)") == 3

    def test_verify_finds_damage(self, cli: Cli, here: Path) -> None:
        path = here / NAMES["decoder"]
        path.write_bytes(path.read_bytes()[:-1] + b"!")
        assert "checksum" in cli("model", "verify", "tiny").err
        assert cli("model", "pull", "--force", "tiny").code == 0
        assert cli("model", "verify", "tiny").code == 0

    def test_verify_trusts_the_list_and_not_the_folder(self, cli: Cli, here: Path) -> None:
        """A file was changed, and the folder's description with it."""
        path = here / "asrd.json"
        value = json.loads(path.read_text())
        value["files"]["decoder"]["sha256"] = None
        path.write_text(json.dumps(value))
        assert_one_line(cli("model", "verify", "tiny"), 3, "as it was published", "pull --force tiny")

    def test_transcribe(self, cli: Cli, here: Path, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        expected = cli.transcribe("--model", here, clip)
        assert expected.code == 0
        assert cli.transcribe("--model", "tiny", clip) == expected
        monkeypatch.setenv("ASRD_MODEL", "tiny")
        assert cli.transcribe(clip) == expected

    def test_bench_engine(self, cli: Cli, here: Path) -> None:
        flags = ("--made", "1", "--growing", "", "--repeats", "1", "--threads", "1", "--json")
        ran = cli("bench", "engine", "tiny", *flags)
        assert ran.code == 0
        assert "rtf.tiny.1s" in {one["name"] for one in json.loads(ran.out)["measures"]}

    def test_not_pulled(self, cli: Cli, publication: Publication, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for words in (
            ("transcribe", "--model", "tiny", clip),
            ("run", "--model", "tiny", "--source", "none"),
            ("inspect", "--model", "tiny", clip),
            ("model", "path", "tiny"),
            ("model", "show", "tiny"),
            ("model", "verify", "tiny"),
            ("bench", "engine", "tiny"),
            ("bench", "engine", "nano", "tiny"),
            *(("bench", action, "--model", "tiny") for action in ("accuracy", "latency", "load", "idle", "soak")),
        ):
            assert_one_line(cli(*words), 3, "tiny is not on this machine", "`asrd model pull tiny`")

    def test_misspelt(self, cli: Cli, publication: Publication, clip: Path) -> None:
        assert_one_line(cli("transcribe", "--model", "tinny", clip), 3, "did you mean tiny?")

    def test_path(self, cli: Cli, here: Path) -> None:
        assert cli("model", "path", "tiny").out == f"{here}\n"
        assert cli("model", "path").out == f"{here.parent}\n"
        assert read_model_folder(Path(cli("model", "path", "nano").out.strip())).name == "nano"
        assert_one_line(cli("model", "path", "no"), 2, "no model named no")

    def test_a_service_gets_the_folder(self, here: Path, tmp_path: Path) -> None:
        assert absolute_arguments(["--model", "tiny"], tmp_path) == ("--model", str(here))
        assert absolute_arguments(["--model-path=tiny"], tmp_path) == (f"--model-path={here}",)
        assert absolute_arguments(["--model", "x"], tmp_path) == ("--model", str(tmp_path / "x"))
        (tmp_path / "tiny").mkdir()
        assert absolute_arguments(["--model", "tiny"], tmp_path) == ("--model", str(tmp_path / "tiny"))


class TestRemove:
    def test_removed(self, cli: Cli, here: Path) -> None:
        ran = cli("model", "remove", "tiny")
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.startswith("removed tiny: ")
        assert not here.exists()
        assert_one_line(cli("model", "remove", "tiny"), 3, "nothing to remove")

    def test_refused(self, cli: Cli, here: Path) -> None:
        assert_one_line(cli("model", "remove", "nano"), 3, "comes with asrd")
        assert_one_line(cli("model", "remove", "tinny"), 2, "did you mean tiny?")


class _Keyboard(io.StringIO):
    def isatty(self) -> bool:
        return True


def sit_before(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    """Somebody at a terminal types `answer`."""
    monkeypatch.setattr("sys.stdin", _Keyboard(answer))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)


class TestRun:
    @pytest.fixture
    def ran(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
        """The models that a daemon ran with; none can be removed while it does."""
        found: list[str] = []

        class Service:
            def __init__(self, setup: object, _front: object) -> None:
                self._model: Path = setup.model  # type: ignore[attr-defined]

            async def run(self) -> bool:
                from asrd.store.manifest import entries

                found.append(read_model_folder(self._model).name)
                with pytest.raises(StoreError, match="a daemon runs it"):
                    remove(entries()["tiny"], self._model.parent)
                return True

        monkeypatch.setattr("asrd.cli.run_run.Service", Service)
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
        return found

    def test_with_a_name(self, cli: Cli, here: Path, ran: list[str]) -> None:
        assert cli("run", "--model", "tiny", "--source", "none").code == 0
        assert ran == ["tiny"]

    @pytest.mark.parametrize("answer", ["y\n", "YES\n"])
    def test_offers_to_pull(
        self, cli: Cli, publication: Publication, ran: list[str], monkeypatch: pytest.MonkeyPatch, answer: str
    ) -> None:
        sit_before(monkeypatch, answer)
        done = cli("run", "--model", "tiny", "--source", "none")
        assert (done.code, ran) == (0, ["tiny"])
        assert "Fetch it now (" in done.err
        assert ", Apache-2.0)? [y/N] " in done.err

    @pytest.mark.parametrize("answer", ["n\n", "\n", "", "maybe\n"])
    def test_and_takes_no_for_an_answer(
        self, cli: Cli, publication: Publication, ran: list[str], monkeypatch: pytest.MonkeyPatch, answer: str
    ) -> None:
        sit_before(monkeypatch, answer)
        done = cli("run", "--model", "tiny", "--source", "none")
        assert (done.code, ran, publication.server.seen) == (3, [], [])
        assert "? [y/N] " in done.err
        assert "`asrd model pull tiny`" in done.err

    def test_asks_nobody_who_is_not_there(
        self, cli: Cli, publication: Publication, ran: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.stdin", _Keyboard("y\n"))
        assert_one_line(cli("run", "--model", "tiny", "--source", "none"), 3, "`asrd model pull tiny`")

    def test_says_why_it_cannot_be_had(
        self, cli: Cli, publication: Publication, ran: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        publication.server.always = status(404)
        sit_before(monkeypatch, "y\n")
        done = cli("run", "--model", "tiny", "--source", "none")
        assert (done.code, ran) == (ModelError.exit_code, [])
        assert "answers 404" in done.err
