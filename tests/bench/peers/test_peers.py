"""Peers: commands that give text for WAV files; here small Python programs."""

from __future__ import annotations

import shlex
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from asrd.bench.peers.child import PeerError
from asrd.bench.peers.opening import open_peer
from asrd.bench.peers.spec import PeerSpec, parse_peers
from asrd.bench.peers.staying import StayingPeer
from asrd.errors import ConfigError
from asrd.source.file import read_audio

SPOKEN = (np.arange(8000) % 100 / 200 - 0.25).astype(np.float32)
MIB = 2**20
HEAR = """
import soundfile
def hear(path):
    info = soundfile.info(path)
    return f"{info.samplerate} {info.channels} {info.subtype} {info.frames}"
"""
ONCE_TWO_LINES = "import sys\nfor n, _ in enumerate(sys.stdin):\n    print('1' if n else '1\\n2', flush=True)\n"
STAYING = "import sys\nfor path in sys.stdin:\n    print({answer}, flush=True)\n"


def spec(tmp_path: Path, program: str, *arguments: str, name: str = "echo") -> PeerSpec:
    script = tmp_path / f"{name} peer.py"  # a blank: no shell may see it
    script.write_text(program, encoding="utf-8")
    (parsed,) = parse_peers([f"{name}={shlex.join([sys.executable, str(script), *arguments])}"])
    return parsed


def runs(marker: str) -> bool:
    """Whether a process with `marker` in its command line runs; where there is no /proc, none is seen."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended meanwhile
            if marker.encode() in path.read_bytes():
                return True
    return False


def hear(given: PeerSpec) -> str:
    with open_peer(given) as peer:
        return peer.transcribe(SPOKEN).text


def test_a_peer_that_stays_gets_16_khz_mono_pcm16_and_is_started_once(tmp_path: Path) -> None:
    program = HEAR + "import os, sys\nfor path in sys.stdin:\n    print(os.getpid(), hear(path.strip()), flush=True)\n"
    with open_peer(spec(tmp_path, program)) as peer:
        first, second = peer.transcribe(SPOKEN), peer.transcribe(SPOKEN[:4000])
        assert first.text.split()[1:] == ["16000", "1", "PCM_16", "8000"]
        assert second.text.split()[1:] == ["16000", "1", "PCM_16", "4000"]
        assert first.text.split()[0] == second.text.split()[0]
        assert peer.load_s is not None
        assert 0 < first.seconds < peer.load_s  # the start and the import of soundfile count there
        assert peer.peak_resident_bytes is None or 5 * MIB < peer.peak_resident_bytes < 500 * MIB


def test_a_peer_with_wav_in_its_command_is_run_for_each_clip(tmp_path: Path) -> None:
    program = HEAR + "import os, sys\nprint(os.getpid())\nprint(' ', hear(sys.argv[1]), ' ')\n"
    with open_peer(spec(tmp_path, program, "{wav}")) as peer:
        first, second = peer.transcribe(SPOKEN), peer.transcribe(SPOKEN)
        assert first.text.split()[1:] == ["16000", "1", "PCM_16", "8000"]
        assert "  " not in first.text
        assert first.text.split()[0] != second.text.split()[0]
        assert peer.load_s is None
        assert peer.peak_resident_bytes is None or 5 * MIB < peer.peak_resident_bytes < 500 * MIB


def test_the_samples_arrive(tmp_path: Path) -> None:
    copy = tmp_path / "copy.wav"
    program = "import shutil, sys\nshutil.copy(sys.argv[1], sys.argv[2])\n"
    assert hear(spec(tmp_path, program, "{wav}", str(copy))) == ""
    assert np.abs(read_audio(copy).samples - SPOKEN).max() <= 1 / 32768


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory of a process is told by /proc alone")
@pytest.mark.parametrize("arguments", [[], ["{wav}"]])
def test_memory_of_children_counts(tmp_path: Path, arguments: list[str]) -> None:
    held = "x = bytearray(b'1' * 150 * 2**20)\nprint('hello', flush=True)\nimport time\ntime.sleep(0.4)"
    program = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {held!r}])\n"
    if not arguments:
        child = "import sys\nx = bytearray(b'1' * 150 * 2**20)\nfor line in sys.stdin: print(1, flush=True)"
        program = f"import subprocess, sys\nsys.exit(subprocess.run([sys.executable, '-c', {child!r}]).returncode)\n"
    with open_peer(spec(tmp_path, program, *arguments)) as peer:
        peer.transcribe(SPOKEN)
        assert peer.peak_resident_bytes is not None
        assert peer.peak_resident_bytes > 150 * MIB


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        ("import sys\nsys.stderr.write('no weights\\n\\n')\nsys.exit(3)", "ended with exit code 3 .*: no weights;"),
        ("import os, time\nos.close(1)\ntime.sleep(600)", "closed its standard output before it gave a line"),
        (STAYING.format(answer="'one\\ntwo'"), "gave more than one line for a clip"),
        (ONCE_TWO_LINES, "gave more than one line for a clip"),
        ("import sys\nsys.stdin.readline()", "ended with exit code 0 before it gave a line"),
        (STAYING.format(answer="1") + "sys.exit(4)\n", "ended with exit code 4 after its last clip"),
        (STAYING.format(answer="1") + "print('Done.')\n", "gave more than one line for a clip"),
    ],
)
def test_a_peer_that_stays_and_does_wrong(tmp_path: Path, program: str, sentence: str) -> None:
    with pytest.raises(PeerError, match=rf"^peer echo {sentence}") as raised:
        hear(spec(tmp_path, program))
    assert "\n" not in str(raised.value)


def test_a_peer_that_is_run_for_each_clip_and_fails(tmp_path: Path) -> None:
    program = "import sys\nprint('half')\nsys.exit('no weights')\n"
    with pytest.raises(PeerError, match="peer echo ended with exit code 1; it said: no weights; try its command"):
        hear(spec(tmp_path, program, "{wav}"))


@pytest.mark.parametrize("arguments", [[], ["{wav}"]])
def test_a_peer_that_hangs_is_ended_with_its_children(tmp_path: Path, arguments: list[str]) -> None:
    alive = tmp_path / "alive"
    child = f"import time\nopen({str(alive)!r}, 'w').write('1')\ntime.sleep(600)"
    program = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {child!r}])\n"
    given = replace(spec(tmp_path, program, *arguments), timeout_s=1.0)
    with pytest.raises(PeerError, match=r"peer echo (gave no line|printed no text) within 1 s"):
        hear(given)
    end_s = time.monotonic() + 30
    while runs(str(alive)) and time.monotonic() < end_s:  # a signal takes a moment
        time.sleep(0.02)
    assert not runs(str(alive))


def test_a_peer_that_has_ended_before_it_is_asked(tmp_path: Path) -> None:
    program = "import sys\nsys.stdin.readline()\nprint(1, flush=True)\nsys.exit(5)"
    peer = StayingPeer(spec(tmp_path, program), tmp_path)
    peer.start()
    peer._child.process.wait()
    with pytest.raises(PeerError, match="ended with exit code 5 before it gave a line"):
        peer.transcribe(SPOKEN)
    peer.abandon()


def test_a_command_that_does_not_exist() -> None:
    (given,) = parse_peers(["none=/nothing/here {wav}"])
    with pytest.raises(ConfigError, match=r"peer none: /nothing/here cannot be run \(No such file or directory\)"):
        hear(given)


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        (["echo"], "--peer 'echo' has no command: write NAME=COMMAND"),
        (["=cat"], "--peer '=cat' does not begin with a name: write NAME=COMMAND"),
        (["a b=cat"], "does not begin with a name"),
        (["x='cat"], "No closing quotation: quote it as for a shell"),
        (["x=cat", "x=tac"], "--peer x is given twice: give each peer a name of its own"),
    ],
)
def test_wrong_peers(texts: list[str], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        parse_peers(texts)


def test_a_command_may_hold_an_equals_sign_and_quotes() -> None:
    (given,) = parse_peers(["tiny.en=run --model='a b' {wav}"])
    assert given == PeerSpec("tiny.en", ("run", "--model=a b", "{wav}"))
    assert given.is_run_once_a_clip
