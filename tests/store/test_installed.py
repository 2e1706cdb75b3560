"""Names and folders: which one is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from asrd.config.environment import misspelt_variables
from asrd.config.file import read_config_file
from asrd.config.model import model_folder
from asrd.config.places import models_folder
from asrd.errors import ConfigError, ModelError
from asrd.model_folder import read_model_folder
from asrd.options import ModelOptions
from asrd.shipped import shipped_model
from asrd.store.errors import NotPulledError, StoreError
from asrd.store.installed import check_against, entry_at, entry_named, find_model, place_of, remove
from asrd.store.pull import pull
from tests.store.published import NAMES, Publication, Watched, quick


@pytest.fixture
def here(publication: Publication, models: Path) -> Path:
    """The folder of `tiny`, which has been pulled."""
    return pull(publication.entry(), models, {}, Watched(), quick())


class TestPlaces:
    def test_linux(self) -> None:
        assert models_folder({"HOME": "/home/me"}, "linux") == Path("/home/me/.local/share/asrd/models")
        assert models_folder({"HOME": "/h", "XDG_DATA_HOME": "/d"}, "linux") == Path("/d/asrd/models")

    def test_mac(self) -> None:
        expected = Path("/home/me/Library/Application Support/asrd/models")
        assert models_folder({"HOME": "/home/me", "XDG_DATA_HOME": "/d"}, "darwin") == expected

    def test_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", "/home/me")
        assert models_folder({"ASRD_MODELS": "/m"}, "darwin") == Path("/m")
        assert models_folder({"ASRD_MODELS": "~/m"}, "linux") == Path("/home/me/m")
        assert models_folder({"ASRD_MODELS": "m"}, "linux") == Path.cwd() / "m"

    def test_its_variables_are_no_misspelt_settings(self) -> None:
        assert misspelt_variables({"ASRD_MODELS": "/m", "ASRD_MIRROR": "https://m"}) == []
        assert "did you mean" in misspelt_variables({"ASRD_MODLE": "/m"})[0]


class TestLocated:
    def test_a_name(self, here: Path) -> None:
        assert find_model("tiny") == find_model(Path("tiny")) == find_model(here) == here
        assert entry_at(here) == entry_named("tiny")
        assert entry_at(here.parent) is None

    def test_the_shipped_one(self, publication: Publication) -> None:
        assert find_model("nano") == shipped_model() == model_folder(ModelOptions())
        assert entry_at(shipped_model()) is None

    def test_a_folder_that_is_there_wins(self, here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "here" / "tiny").mkdir(parents=True)
        monkeypatch.chdir(tmp_path / "here")
        assert find_model("tiny") == Path("tiny")

    def test_not_pulled(self, publication: Publication, models: Path) -> None:
        for text in ("tiny", models / "tiny"):
            with pytest.raises(NotPulledError, match="`asrd model pull tiny`") as caught:
                find_model(text)
            assert caught.value.name == "tiny"

    def test_misspelt(self, publication: Publication) -> None:
        with pytest.raises(ModelError, match=r"did you mean tiny-q8\?"):
            find_model("tinyq8")
        with pytest.raises(ConfigError, match=r"did you mean tiny\?"):
            entry_named("tinny")
        with pytest.raises(ConfigError, match="`asrd model list` shows the names"):
            entry_named("whisper")

    @pytest.mark.parametrize("text", ["no/tiny", "/tiny", "whisper", "\0", "x" * 5000])
    def test_neither(self, publication: Publication, text: str) -> None:
        assert find_model(text) == Path(text)
        with pytest.raises(ModelError, match="no model folder"):
            read_model_folder(find_model(text))


class TestConfigFile:
    def written(self, tmp_path: Path, path: str) -> str:
        file = tmp_path / "asrd.toml"
        file.write_text(f'[model]\npath = "{path}"\n')
        read = read_config_file(file, must_exist=True)
        assert read
        return str(read["model.path"].value)

    def test_a_name(self, here: Path, tmp_path: Path) -> None:
        assert self.written(tmp_path, "tiny") == str(here)

    def test_a_name_that_is_not_pulled(self, publication: Publication, models: Path, tmp_path: Path) -> None:
        path = self.written(tmp_path, "tiny")
        assert path == str(models / "tiny")
        with pytest.raises(NotPulledError):
            model_folder(ModelOptions(path=path))

    def test_a_folder_beside_the_file_wins(self, here: Path, tmp_path: Path) -> None:
        (tmp_path / "tiny").mkdir()
        assert self.written(tmp_path, "tiny") == str(tmp_path / "tiny")

    def test_no_name(self, here: Path, tmp_path: Path) -> None:
        assert self.written(tmp_path, "x/tiny") == str(tmp_path / "x" / "tiny")
        assert self.written(tmp_path, "") == ""


class TestRemove:
    def test_all_of_it(self, publication: Publication, here: Path, models: Path) -> None:
        size = sum(path.stat().st_blocks * 512 for path in here.iterdir())
        assert remove(publication.entry(), models) == size
        assert list(models.iterdir()) == []

    def test_what_two_models_share_stays(self, publication: Publication, here: Path, models: Path) -> None:
        other = pull(publication.entry("tiny-q8"), models, {}, Watched(), quick())
        assert (other / NAMES["backend"]).samefile(here / NAMES["backend"])
        freed = remove(publication.entry(), models)
        assert freed < sum(len(data) for data in publication.files.values()) + 3 * 4096
        for file in read_model_folder(other).files:
            file.check_sum()

    def test_what_an_interrupted_pull_left(self, publication: Publication, models: Path) -> None:
        (models / ".tiny.pull").mkdir(parents=True)
        (models / ".tiny.pull" / "x.part").write_bytes(b"x")
        assert remove(publication.entry(), models) > 0
        assert not (models / ".tiny.pull").exists()

    def test_not_there(self, publication: Publication, models: Path) -> None:
        with pytest.raises(StoreError, match="not on this machine"):
            remove(publication.entry(), models)

    def test_the_shipped_one(self, publication: Publication, models: Path) -> None:
        with pytest.raises(StoreError, match="comes with asrd"):
            remove(publication.entry("nano"), models)
        assert place_of(publication.entry("nano")).is_dir()


def test_a_description_that_was_changed(publication: Publication, here: Path) -> None:
    """The folder's own checksums may be made to fit a damaged file; those that were published cannot."""
    path = here / "asrd.json"
    path.write_text(path.read_text().replace(publication.entry().files[0].sha256, "0" * 64))
    with pytest.raises(ModelError, match="does not describe tiny as it was published"):
        check_against(publication.entry(), read_model_folder(here))
