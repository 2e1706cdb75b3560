"""Writes the model folder: the two ONNX files, the decoder's GGUF, `asrd.json` and the notices."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import onnx

from asrd.convert.folder import describe, new_folder
from asrd.convert.graph_builder import Precision
from asrd.model_folder import DESCRIPTION_FILE, read_model_folder
from model.train.graph import build_backend, build_frontend
from model.train.parts import Reading, RowCode, SpeechHead
from model.train.progress import say
from model.train.speech import BUILD, REPOSITORY
from model.train.whisper import Whisper

NANO: Final = REPOSITORY / "model" / "nano"
NAME: Final = "nano"
VERSION: Final = "1"
LICENSE: Final = "Apache-2.0 AND MIT"
LANGUAGES: Final = ("English",)
MOST_BYTES: Final = 60_000_000
_NOTICES: Final = Path(__file__).parent / "notices"
_SHIPPED_NOTICES: Final = ("LICENSE-whisper.txt", "NOTICE.md")
_KEPT: Final = ("MODEL_CARD.md", "evaluation.json")


@dataclass(frozen=True, eq=False)
class Parts:
    """All that the two ONNX files are made of, and the decoder."""

    whisper: Whisper
    reading: Reading
    head: SpeechHead | None
    rows: RowCode
    decoder: Path


def export(parts: Parts, target: Path, *, precision: Precision = "int8") -> None:
    """Write the folder `target` as a whole, in place of an older one; the card and the figures in it stay.

    Raises:
        ExportError: the folder cannot be written.
        ModelError: what was written is not a model folder.
    """
    names = {
        "frontend": "nano_encoder_frontend.onnx",
        "backend": f"nano_encoder_backend.{precision}.onnx",
        "decoder": f"nano_decoder.{'q8_0' if precision == 'int8' else 'f32'}.gguf",
    }
    with new_folder(target, force=True) as work:
        onnx.save(build_frontend(), work / names["frontend"])
        onnx.save(
            build_backend(parts.whisper, parts.reading, parts.head, parts.rows, precision), work / names["backend"]
        )
        shutil.copyfile(parts.decoder, work / names["decoder"])
        for name in _SHIPPED_NOTICES:
            shutil.copyfile(_NOTICES / name, work / name)
        for name in _KEPT:
            if (target / name).is_file():
                shutil.copyfile(target / name, work / name)
        describe(work, names, name=NAME, version=VERSION)
        _say_what_it_is(work / DESCRIPTION_FILE)
        for file in read_model_folder(work).files:
            file.check_sum()


def _say_what_it_is(description: Path) -> None:
    values = json.loads(description.read_text(encoding="utf-8"))
    values |= {"license": LICENSE, "languages": list(LANGUAGES)}
    description.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def folder_bytes(folder: Path) -> int:
    """The size of all files of a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def save_head(head: SpeechHead, path: Path) -> None:
    """Keep a speech head in a file."""
    np.savez(path, weight=head.weight, bias=np.float32(head.bias))


def read_head(path: Path) -> SpeechHead:
    """What `save_head` has written."""
    with np.load(path) as data:
        return SpeechHead(data["weight"], float(data["bias"]))


def run(*, smoke: bool) -> None:
    """The stage: model/nano, and beside it in the build folder the same with fp32 weights."""
    if smoke:
        return
    from model.train.assemble import Choice, parts_of

    export(parts_of(Choice()), NANO)
    export(parts_of(Choice(), "fp32"), BUILD / "nano-fp32", precision="fp32")
    size = folder_bytes(NANO)
    if size > MOST_BYTES:
        raise ValueError(f"{NANO} has {size / 1e6:.1f} MB; it is to have at most {MOST_BYTES / 1e6:.0f} MB")
    say(f"{NANO}: {size / 1e6:.1f} MB")
