"""What the README shows is what happens."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asrd.bench.clips import ClipSpec, make_clip
from asrd.cli.main import main
from asrd.convert.export import ExportOptions, export

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAX_LINES = 120  # about two screens


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands() -> list[tuple[str, str]]:
    """Every command of the console blocks with the output that is shown below it."""
    found = []
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command.partition("  #")[0].strip(), output))
    return found


@pytest.fixture
def checkout(tmp_path: Path, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what `make run` leaves in `build`."""
    build = tmp_path / "build"
    build.mkdir()
    export(tiny_checkpoint, build / "tiny-random", ExportOptions(encoder="fp32", decoder="f32"))
    soundfile.write(build / "clip.wav", make_clip(ClipSpec(22000, 40_000)), 16_000, subtype="PCM_16")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ASRD_MODEL", raising=False)
    return tmp_path


def essence(text: str) -> str:
    """Without times, and with other numbers to two digits: the last ones differ between processors."""
    timeless = re.sub(r"\d+\.\d+ (ms|s\b)|factor \d+\.\d+", "TIME", re.sub(r" +", " ", text))
    return re.sub(r"-?\d+\.\d+(e-?\d+)?", lambda number: f"{float(number[0]):.2g}", timeless)


@pytest.mark.parametrize(("command", "output"), [c for c in commands() if c[0].startswith("asrd")])
def test_a_command_prints_what_is_shown(
    checkout: Path, capfd: pytest.CaptureFixture[str], command: str, output: str
) -> None:
    assert main(shlex.split(command)[1:]) == 0
    printed = capfd.readouterr()
    assert essence(printed.out) == essence(output)
    assert printed.err == ""


def test_every_make_target_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = [command.split()[1] for command, _ in commands() if command.startswith("make")]
    assert targets == ["run", "test"]
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


def test_the_python_example_runs(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = blocks("python")
    exec(compile(example, "README.md", "exec"), {})
    offline, grown = capsys.readouterr().out.splitlines()
    assert offline == grown != ""


def test_it_is_short() -> None:
    assert len(README.splitlines()) <= MAX_LINES


def test_the_clip_of_make_run_is_the_one_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from asrd.bench import clips

    monkeypatch.setattr("sys.argv", ["clips", str(tmp_path / "clip.wav")])
    clips.main()
    written, _ = soundfile.read(tmp_path / "clip.wav", dtype="float32")
    np.testing.assert_array_equal(written, make_clip(ClipSpec(22000, 40_000)))
