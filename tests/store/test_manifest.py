"""The list of models: the one that ships, and such as cannot be trusted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from asrd.errors import ModelError
from asrd.model_folder import ROLES
from asrd.store.manifest import entries, manifest_path, read_manifest
from asrd.text.languages import LANGUAGES
from tests.store.published import Publication


class TestShipped:
    def test_names(self) -> None:
        assert list(entries()) == ["nano", "qwen3-asr-0.6b", "qwen3-asr-0.6b-q8", "qwen3-asr-1.7b", "qwen3-asr-1.7b-q8"]

    def test_sizes(self) -> None:
        sizes = {name: entry.size_bytes for name, entry in entries().items()}
        assert sizes["nano"] == 0
        assert sizes["qwen3-asr-0.6b"] == 599_310_167
        assert sizes["qwen3-asr-1.7b-q8"] == 20_876_699 + 164_740_452 + 2_165_034_944
        assert entries()["qwen3-asr-0.6b-q8"].download_bytes == 20_343_991 + 94_750_816 + 804_749_248

    def test_every_model_is_complete(self) -> None:
        for entry in entries().values():
            assert entry.about
            assert entry.license
            assert set(entry.languages) <= set(LANGUAGES)
            assert entry.is_shipped or [file.role for file in entry.files] == list(ROLES)
            assert entry.is_shipped or "Apache License 2.0" in entry.notice

    def test_every_address_is_encrypted_and_fixed(self) -> None:
        for entry in entries().values():
            for download in entry.downloads:
                assert download.max_bytes >= sum(file.size_bytes for file in entry.files_of(download))
                for url in download.urls:
                    assert urlsplit(url).scheme == "https"
                    assert "/resolve/main/" not in url

    def test_it_lies_where_the_wheel_puts_it(self) -> None:
        project = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
        assert manifest_path().name == "manifest.toml"
        assert '"model/manifest.toml" = "asrd/models/manifest.toml"' in project

    def test_it_did_not_come(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("asrd.store.manifest.shipped", lambda _name: None)
        with pytest.raises(ModelError, match="did not come with this asrd"):
            manifest_path()


Spoil = Callable[[str], str]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda text: text.replace("format = 1", "format = 2"), "format 2; this asrd reads format 1"),
        (lambda text: text.replace("format = 1", ""), "'format'"),
        (lambda text: text.replace("sha256", "md5"), "no SHA-256"),
        (lambda text: text.replace('sha256 = "', 'sha256 = "0'), "no SHA-256"),
        (lambda text: text.replace("qwen3_asr_llm", "../evil"), "is no file name"),
        (lambda text: text.replace("qwen3_asr_llm.q4_k.gguf", "a\\\\b"), "is no file name"),
        (lambda text: text.replace("qwen3_asr_llm.q4_k.gguf", ".."), "is no file name"),
        (lambda text: text.replace('role = "backend"', 'role = "frontend"'), "one file of each role"),
        (lambda text: text.replace('download = "zip"', 'download = "no"'), "'no'"),
        (lambda text: text.replace("urls = [", "urls = [] #"), "has no address"),
        (lambda text: text.replace("[models.tiny]", '[models."../tiny"]'), "is no name"),
        (lambda text: text.replace("bytes = 20000", "bytes = 20001", 1), "and its download differ"),
        (lambda text: text.replace("bytes = ", "length = "), "'bytes'|'max_bytes'"),
        (lambda text: text.replace("bytes = ", "bytes = -"), "-[0-9]+ is no length in bytes"),
        (lambda text: text.replace("bytes = 20000", "bytes = 0"), "0 is no length in bytes"),
        (lambda text: text.replace("bytes = 20000", "bytes = inf"), "inf is no length in bytes"),
        (lambda text: text.replace("bytes = 20000", "bytes = true"), "True is no length in bytes"),
        (lambda text: text.replace("urls = [", "urls = 'x' #"), "'x' is no list of texts"),
        (lambda text: text.replace("[models.tiny]", "[models.tiny]\nlanguages = [1]"), r"\[1\] is no list of texts"),
        (lambda text: text + "\nx = " + "[" * 100_000, "is no list of models"),
        (lambda text: text + "[", "is no list of models"),
        (lambda text: "models = 3\ndownloads = 3\n" + text, "is no list of models"),
        (lambda _text: "", "is no list of models"),
    ],
)
def test_not_to_be_trusted(publication: Publication, tmp_path: Path, spoil: Spoil, words: str) -> None:
    text = publication.manifest.read_text(encoding="utf-8")
    path = tmp_path / "other.toml"
    path.write_text(spoil(text), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != text
    with pytest.raises(ModelError, match=words) as caught:
        read_manifest(path)
    assert str(path) in str(caught.value)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No such file"):
        read_manifest(tmp_path / "none")
