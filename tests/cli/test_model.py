from __future__ import annotations

import json
from pathlib import Path

import pytest

from asrd.cli import model_make
from asrd.convert.check import LOGIT_TOLERANCE
from asrd.installing import with_extra
from asrd.model_folder import read_model_folder
from tests.cli.commands import Cli, assert_one_line, run_process


class TestShow:
    def test_json(self, cli: Cli, tiny_model: Path) -> None:
        ran = cli("model", "show", tiny_model, "--json")
        assert (ran.code, ran.err) == (0, "")
        value = json.loads(ran.out)
        folder = read_model_folder(tiny_model)
        assert (value["name"], value["license"]) == (folder.name, "Apache-2.0")
        assert "English" in value["languages"]
        assert value["frontend"]["output"] == [1, 13, 64]
        assert value["backend"]["dtype"] == "float32"
        assert value["decoder"]["bytes"] == folder.decoder.path.stat().st_size
        assert value["decoder"]["sha256"] == folder.decoder.sha256
        assert value["decoder"]["width"] == 64
        assert value["decoder"]["context"] == 65536
        assert value["decoder"]["vocabulary"] > max(value["decoder"]["special_tokens"].values())
        assert "<asr_text>" in value["decoder"]["special_tokens"]

    def test_lines(self, cli: Cli, tiny_model: Path) -> None:
        lines = cli("model", "show", tiny_model).out.splitlines()
        assert lines[0] == f"path: {tiny_model}"
        assert "backend" in lines
        assert "  attention_mask: no" in lines
        assert any(line.startswith("    <|audio_start|>: ") for line in lines)

    def test_a_folder_without_description(self, cli: Cli, undescribed: Path) -> None:
        value = json.loads(cli("model", "show", undescribed, "--json").out)
        assert value["name"] == undescribed.name
        assert value["backend"]["sha256"] is None


class TestVerify:
    def test_whole(self, cli: Cli, tiny_model: Path) -> None:
        ran = cli("model", "verify", tiny_model)
        assert (ran.code, ran.err) == (0, "")
        lines = ran.out.splitlines()
        assert len(lines) == 4
        assert all(line.startswith("ok ") for line in lines)
        assert "(size and checksum)" in lines[0]
        assert "rows of 64 values fit the decoder" in lines[3]

    def test_without_checksums(self, cli: Cli, undescribed: Path) -> None:
        assert "(size)" in cli("model", "verify", undescribed).out

    def test_the_first_damage_of_each(self, cli: Cli, tiny_model: Path, model_copy: Path, tmp_path: Path) -> None:
        for file in read_model_folder(model_copy).files[1:]:
            data = bytearray(file.path.read_bytes())
            data[-1] ^= 1
            file.path.write_bytes(data)
        ran = cli("model", "verify", model_copy, tiny_model, tmp_path / "no")
        assert ran.code == 3
        assert len(ran.out.splitlines()) == 1 + 4
        first, second = ran.err.splitlines()
        assert "encoder_backend" in first
        assert "no model folder" in second


class TestMake:
    def test_random(self, cli: Cli, clip: Path, tmp_path: Path) -> None:
        out = tmp_path / "new" / "model"
        ran = cli("model", "random", out, "--seed", "7")
        assert (ran.code, ran.out, ran.err) == (0, f"{out}\n", "")
        assert list(out.parent.iterdir()) == [out]
        assert read_model_folder(out).name == "random-tiny-7"
        assert cli.transcribe(clip, "--model", out).code == 0
        assert_one_line(cli("model", "random", out), 3, f"{out} exists already", "--force")
        ran = cli("model", "random", out, "--force", "--encoder", "fp32", "--decoder", "f16", "--name", "mine")
        assert ran.code == 0
        assert read_model_folder(out).name == "mine"
        assert read_model_folder(out).decoder.path.name.endswith(".f16.gguf")

    def test_an_export_that_cannot_be_compared_says_so(
        self, cli: Cli, tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("asrd.cli.model_make.can_check", lambda: False)
        ran = cli("model", "export", tiny_checkpoint, tmp_path / "m")
        assert (ran.code, ran.out) == (0, f"{tmp_path / 'm'}\n")
        assert f"was not compared with the checkpoint; to do so, {with_extra('export')}" in ran.err

    @pytest.mark.torch
    def test_an_export_is_compared_with_the_checkpoint(
        self, cli: Cli, tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        flags = ("--encoder", "fp32", "--decoder", "f16")
        ran = cli("model", "export", tiny_checkpoint, tmp_path / "good", *flags)
        assert (ran.code, ran.err) == (0, "")
        monkeypatch.setitem(LOGIT_TOLERANCE, "f16", 0.0)
        assert_one_line(
            cli("model", "export", tiny_checkpoint, tmp_path / "bad", *flags), 3, "logits differ", "a higher precision"
        )
        assert not (tmp_path / "bad").exists()

    def test_random_keeps_its_checkpoint_when_asked(self, cli: Cli, tmp_path: Path) -> None:
        assert cli("model", "random", tmp_path / "a", "--checkpoint", tmp_path / "kept").code == 0
        assert cli("model", "export", tmp_path / "kept", tmp_path / "b", "--no-check").code == 0
        for role in ("frontend", "backend"):
            first, second = (getattr(read_model_folder(tmp_path / name), role).path for name in "ab")
            assert first.read_bytes() == second.read_bytes()

    def test_export(self, cli: Cli, tiny_checkpoint: Path, tmp_path: Path) -> None:
        out = tmp_path / "model"
        ran = cli(
            *("model", "export", tiny_checkpoint, out, "--no-check"),
            *("--encoder", "fp16", "--decoder", "q8_0", "--with-mask"),
        )
        assert (ran.code, ran.err) == (0, "")
        value = json.loads(cli("model", "show", out, "--json").out)
        assert value["backend"]["dtype"] == "float16"
        assert value["backend"]["attention_mask"] is True

    @pytest.mark.parametrize(
        ("flags", "code", "word"),
        [
            (("--encoder", "int3"), 2, "int3"),
            (("--decoder", "q1"), 2, "q1"),
            (("--arch", "llama"), 2, "llama"),
            (("--seed", "-1"), 2, "--seed"),
            (("--size", "huge"), 2, "huge"),
        ],
        ids=str,
    )
    def test_wrong_options(self, flags: tuple[str, ...], code: int, word: str, cli: Cli, tmp_path: Path) -> None:
        assert_one_line(cli("model", "random", tmp_path / "out", *flags), code, word)
        assert not list(tmp_path.iterdir())

    def test_no_checkpoint(self, cli: Cli, tmp_path: Path) -> None:
        assert_one_line(cli("model", "export", tmp_path / "no", tmp_path / "out"), 3, "config.json is missing")

    def test_an_optional_package_is_missing(self, tmp_path: Path) -> None:
        (tmp_path / "gguf.py").write_text("raise ModuleNotFoundError(name='gguf')", encoding="utf-8")
        checkout = str(Path(model_make.__file__).parents[2])
        ran = run_process("model", "random", tmp_path / "out", PYTHONPATH=f"{tmp_path}:{checkout}")
        assert_one_line(ran, 2, "needs the package gguf", with_extra("convert"))
