"""Small models as if they were published, and the list that names them."""

from __future__ import annotations

import hashlib
import io
import random
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from asrd.store.manifest import Entry, read_manifest
from asrd.store.settings import PullSettings, Watcher
from tests.store.server import Served, State

ARCHIVE_NAME, DECODER_NAME = "tiny.zip", "tiny-Q8_0.gguf"
NAMES = {
    "frontend": "qwen3_asr_encoder_frontend.int4.onnx",
    "backend": "qwen3_asr_encoder_backend.int4.onnx",
    "decoder": "qwen3_asr_llm.q4_k.gguf",
}


@dataclass
class Watched(Watcher):
    """Keeps what it is told."""

    said: list[str] = field(default_factory=list)
    amounts: list[tuple[str, int, int | None]] = field(default_factory=list)

    def amount(self, what: str, done_bytes: int, total_bytes: int | None) -> None:
        self.amounts.append((what, done_bytes, total_bytes))

    def say(self, sentence: str) -> None:
        self.said.append(sentence)


def random_bytes(count: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(count)


def contents() -> dict[str, bytes]:
    """Role -> a file that is like a model's from outside."""
    sizes = {"frontend": 3_000, "backend": 5_001, "decoder": 12_345}
    return {role: random_bytes(size, seed) for seed, (role, size) in enumerate(sizes.items())}


def archive(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file in which they lie in a folder, beside something else."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as written:
        written.writestr("published/README.md", "no part of the model")
        for role, data in files.items():
            written.writestr(f"published/{NAMES[role]}", data)
    return stream.getvalue()


def sum_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass
class Publication:
    """The models `tiny` (an archive) and `tiny-q8` (its encoder and another decoder), and where they are."""

    server: State
    files: dict[str, bytes]
    zipped: bytes
    decoder_q8: bytes
    manifest: Path
    mirrors: tuple[str, ...] = ()
    says_length: bool = True

    def publish(self) -> None:
        """Put them on the server, and write the list."""
        self.server.files[f"/a/{ARCHIVE_NAME}"] = Served(self.zipped)
        self.server.files[f"/b/{DECODER_NAME}"] = Served(self.decoder_q8)
        self.manifest.write_text(self._list(), encoding="utf-8")
        read_manifest.cache_clear()

    def entry(self, name: str = "tiny") -> Entry:
        return read_manifest(self.manifest)[name]

    def _list(self) -> str:
        urls = [f"{base}/a/{ARCHIVE_NAME}" for base in (self.server.url, *self.mirrors)]
        length = f"bytes = {len(self.zipped)}" if self.says_length else f"max_bytes = {len(self.zipped) + 100}"
        q8 = self.files | {"decoder": self.decoder_q8}
        return f"""
format = 1
[models.nano]
about = "comes with asrd"
version = "1"
license = "Apache-2.0 AND MIT"
languages = ["English"]
[models.tiny]
about = "for tests"
version = "7"
license = "Apache-2.0"
notice = "by nobody"
{self._files("tiny", self.files, dict.fromkeys(self.files, "zip"))}
[models.tiny-q8]
about = "the same with another decoder"
version = "8"
license = "Apache-2.0"
{self._files("tiny-q8", q8, dict.fromkeys(self.files, "zip") | {"decoder": "gguf"})}
[downloads.zip]
archive = true
urls = {urls}
{length}
sha256 = "{sum_of(self.zipped)}"
[downloads.gguf]
urls = ["{self.server.url}/b/{DECODER_NAME}"]
bytes = {len(self.decoder_q8)}
sha256 = "{sum_of(self.decoder_q8)}"
"""

    def _files(self, model: str, files: Mapping[str, bytes], downloads: Mapping[str, str]) -> str:
        return "".join(
            f"""
[[models.{model}.files]]
role = "{role}"
path = "{DECODER_NAME if downloads[role] == "gguf" else NAMES[role]}"
bytes = {len(data)}
sha256 = "{sum_of(data)}"
download = "{downloads[role]}"
"""
            for role, data in files.items()
        )


def quick(waits: list[float] | None = None, **changed: object) -> PullSettings:
    """Small pieces, no waiting."""
    values = {"piece_bytes": 2000, "stall_s": 20.0, "wait": (waits if waits is not None else []).append}
    return PullSettings(**(values | changed))  # type: ignore[arg-type]
