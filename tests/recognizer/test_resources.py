"""Nothing leaks: memory over many utterances, handles on every way out."""

from __future__ import annotations

import gc
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from asrd.bench.host.memory import resident_bytes
from asrd.bench.sets.made import ClipSpec, make_clip
from asrd.convert.export import ExportOptions, export
from asrd.errors import AsrdError, ModelError, NativeError
from asrd.llama.context import Context
from asrd.llama.model import Model
from asrd.recognizer.decoding import LlamaDecoder
from asrd.recognizer.engine import Recognizer
from tests.conftest import ONE_THREAD

MIB = 2**20


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir())) if sys.platform.startswith("linux") else 0


def test_a_thousand_utterances_do_not_grow_the_process(tiny_model: Path) -> None:
    clips = [make_clip(ClipSpec(seed, 8000 + 1777 * seed)) for seed in range(10)]
    with Recognizer.open(tiny_model, ONE_THREAD) as recognizer:
        after_warm_up = files = 0
        for number in range(1000):
            audio = clips[number % 10]
            utterance = recognizer.utterance()
            for start in range(0, len(audio), 8000):
                utterance.append(audio[start : start + 8000])
                utterance.hypothesis()
            utterance.final()
            if number == 100:
                gc.collect()
                after_warm_up, files = resident_bytes(), open_files()
        gc.collect()
        assert resident_bytes() - after_warm_up < 10 * MIB
        assert open_files() == files


def test_opening_and_closing_leaks_nothing(tiny_model: Path) -> None:
    def open_and_close() -> None:
        recognizer = Recognizer.open(tiny_model, ONE_THREAD)
        recognizer.close()
        recognizer.close()

    for _ in range(5):
        open_and_close()
    gc.collect()
    before, files = resident_bytes(), open_files()
    for _ in range(30):
        open_and_close()
    gc.collect()
    assert resident_bytes() - before < 10 * MIB
    assert open_files() == files


class Balance:
    """Counts native handles that were made and freed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.alive = {Model: 0, Context: 0}
        for kind in self.alive:
            self._watch(kind, monkeypatch)

    def _watch(self, kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        make, close = kind.__init__, kind.close

        def counting_make(resource: Any, *args: Any, **kwargs: Any) -> None:
            make(resource, *args, **kwargs)
            self.alive[kind] += 1

        def counting_close(resource: Any) -> None:
            self.alive[kind] -= resource.handle is not None
            if kind is Model:
                assert self.alive[Context] == 0, "a context must be closed before its model"
            close(resource)

        monkeypatch.setattr(kind, "__init__", counting_make)
        monkeypatch.setattr(kind, "close", counting_close)


@pytest.mark.parametrize("broken", ["context", "noise", "tokens"])
def test_an_error_half_way_through_opening_frees_what_was_opened(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise NativeError("broken on purpose")

    targets = {
        "context": (Context, "__init__"),
        "noise": (LlamaDecoder, "measure_noise"),
        "tokens": (Model, "special_token"),
    }
    kind, method = targets[broken]
    monkeypatch.setattr(kind, method, fail)
    balance = Balance(monkeypatch)
    with pytest.raises(NativeError, match="broken on purpose"):
        Recognizer.open(tiny_model, ONE_THREAD)
    assert set(balance.alive.values()) == {0}


def test_files_of_different_models_are_refused(
    tiny_model: Path, tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A decoder as wide as another encoder: both numbers are named, and nothing stays open."""
    from asrd.convert.random_checkpoint import make_random

    make_random(tmp_path / "checkpoint", "small")
    export(tmp_path / "checkpoint", tmp_path / "other", ExportOptions(encoder="fp32", decoder="q8_0"))
    mixed = tmp_path / "mixed"
    shutil.copytree(tiny_model, mixed)
    for path in mixed.glob("*.gguf"):
        path.unlink()
    (mixed / "asrd.json").unlink()
    shutil.copy(next((tmp_path / "other").glob("*.gguf")), mixed)
    balance = Balance(monkeypatch)
    with pytest.raises(ModelError, match=r"gives rows of 64 values but .*gguf takes \d+: the files belong to"):
        Recognizer.open(mixed, ONE_THREAD)
    assert set(balance.alive.values()) == {0}


def test_a_damaged_file_is_refused_before_it_is_loaded(tiny_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_model, folder)
    decoder = next(folder.glob("*.gguf"))
    content = bytearray(decoder.read_bytes())
    content[-100] ^= 1
    decoder.write_bytes(content)
    with pytest.raises(ModelError, match=r"has the checksum [0-9a-f]{16}\.\.\. instead of [0-9a-f]{16}\.\.\."):
        Recognizer.open(folder, ONE_THREAD)
    # Without the description nothing is known of checksums, and one wrong bit in a weight is no error.
    (folder / "asrd.json").unlink()
    Recognizer.open(folder, ONE_THREAD).close()


@pytest.mark.parametrize("pattern", ["*frontend*", "*backend*", "*.gguf"])
@pytest.mark.parametrize("described", [True, False])
def test_an_incomplete_or_truncated_folder_is_refused(
    tiny_model: Path, tmp_path: Path, pattern: str, *, described: bool
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_model, folder)
    if not described:
        (folder / "asrd.json").unlink()
    path = next(folder.glob(pattern))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(AsrdError, match=path.name.replace(".", r"\.")):
        Recognizer.open(folder, ONE_THREAD)
    path.unlink()
    with pytest.raises(ModelError, match=r"is missing|has no .* file"):
        Recognizer.open(folder, ONE_THREAD)


def test_published_file_names_work_without_a_description(tiny_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "published"
    folder.mkdir()
    for pattern, name in {
        "*frontend*": "qwen3_asr_encoder_frontend.int4.onnx",
        "*backend*": "qwen3_asr_encoder_backend.onnx",
        "*.gguf": "qwen3_asr_llm.q4_k.gguf",
    }.items():
        shutil.copy(next(tiny_model.glob(pattern)), folder / name)
    audio = make_clip(ClipSpec(1, 40_000))
    with Recognizer.open(folder, ONE_THREAD) as recognizer, Recognizer.open(tiny_model, ONE_THREAD) as described:
        assert recognizer.folder.name == "published"
        assert recognizer.transcribe(audio).tokens == described.transcribe(audio).tokens


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": 2}, "has format 2; this asrd reads format 1"),
        ({"chunk_frames": 50}, "says chunk_frames = 50; this asrd runs models with chunk_frames = 100"),
        ({"files": []}, "has no object `files`"),
        ({"languages": "English"}, "`languages` must be a list of names"),
        ({"files": {"frontend": {"path": "../x.onnx"}}}, "leads out of the folder"),
        ({"files": {"frontend": {"path": 3}}}, "`files.frontend.path` is missing"),
    ],
)
def test_a_wrong_description_is_refused(
    tiny_model: Path, tmp_path: Path, change: dict[str, object], sentence: str
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_model, folder)
    description = json.loads((folder / "asrd.json").read_text())
    (folder / "asrd.json").write_text(json.dumps({**description, **change}))
    with pytest.raises(ModelError, match=sentence.replace("|", r"\|")):
        Recognizer.open(folder, ONE_THREAD)
    (folder / "asrd.json").write_text("{")
    with pytest.raises(ModelError, match=r"asrd\.json cannot be read as JSON"):
        Recognizer.open(folder, ONE_THREAD)


def test_two_files_for_one_role_are_refused(tiny_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_model, folder)
    (folder / "asrd.json").unlink()
    shutil.copy(next(folder.glob("*.gguf")), folder / "other.gguf")
    with pytest.raises(ModelError, match=r"more than one decoder file \(other\.gguf, qwen3_asr_llm"):
        Recognizer.open(folder, ONE_THREAD)
