"""Sets whose words have true times: speech by a synthesizer, which knows when it says what.

The program is festival (Black, Taylor and Caley 1999; Debian: `festival` with a voice such as `festvox-us-slt-hts`):
of each token of the text it tells where its words begin and end in the speech it made.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asrd.bench.sets.table import SpokenWord
from asrd.errors import ConfigError

VOICES: Final = ("cmu_us_slt_arctic_hts", "kal_diphone")
_PROGRAM: Final = "festival"
_PATIENCE_S: Final = 120.0
_SPEAKABLE: Final = re.compile(r"[A-Za-z][A-Za-z' ,.?!;:-]*")  # what a synthesizer reads as it is written
_SCHEME: Final = """\
(define (tell_word word)
  (format t "\\t%f %f" (item.feat word "word_start") (item.feat word "word_end")))
(define (tell token)
  (format t "%s" (item.name token))
  (mapcar tell_word (item.daughters token))
  (format t "\\n"))
(define (say path text)
  (let ((utt (utt.synth (eval (list 'Utterance 'Text text)))))
    (utt.save.wave utt path 'riff)
    (mapcar tell (utt.relation.items utt 'Token))))
(voice_{voice})
(say "{path}" "{text}")
"""


@dataclass(frozen=True)
class _Made:
    """A clip that was made."""

    name: str
    text: str
    voice: str
    words: Sequence[SpokenWord]


def make_labelled_set(
    folder: Path, sentences: Sequence[str], voices: Sequence[str] = VOICES, progress: Callable[[str], None] = print
) -> Path:
    """Have each sentence said by the voices in turns; writes WAV files, `labelled.tsv` and `labelled.words.tsv`.

    Args:
        folder: to write to.
        sentences: of plain words, in letters and punctuation.
        voices: of festival.
        progress: is told what is being made.

    Returns:
        The table.

    Raises:
        ConfigError: festival or a voice is not installed, a sentence has other characters, or a file cannot be written.
    """
    if shutil.which(_PROGRAM) is None:
        raise ConfigError(
            "festival is not installed, which says sentences and tells when it says each word: install it, on Debian "
            "with `apt install festival festvox-us-slt-hts festvox-kallpc16k`"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        made = []
        for number, text in enumerate(sentences):
            progress(f"{number + 1} of {len(sentences)} sentences")
            made.append(_make(folder, number, text, voices[number % len(voices)]))
        return _write_tables(folder, made)
    except OSError as error:
        raise ConfigError(f"{folder} cannot be written ({error.strerror}): choose another folder") from None


def _make(folder: Path, number: int, text: str, voice: str) -> _Made:
    if not _SPEAKABLE.fullmatch(text):
        raise ConfigError(f"{text!r} has more than letters and punctuation: write its words in full, a sentence a line")
    name = f"{number:04d}.wav"
    said = _festival(_SCHEME.format(voice=voice, path=(folder / name).as_posix(), text=text), voice)
    return _Made(name, text, voice, [word for line in said for word in _spoken(line)])


def _spoken(line: str) -> list[SpokenWord]:
    """The word of a line: as it is written, and begin and end of each word as which it is said.

    Punctuation counts as such a word, without sound: it begins where the last one ends, and ends at 0.
    """
    word, *parts = line.split("\t")
    times_s = [tuple(map(float, part.split())) for part in parts]
    sounding = [(start_s, end_s) for start_s, end_s in times_s if end_s > start_s]
    return [SpokenWord(word, sounding[0][0], sounding[-1][1])] if sounding else []


def _festival(scheme: str, voice: str) -> list[str]:
    """The lines that festival writes."""
    done = subprocess.run(
        [_PROGRAM, "--pipe"], input=scheme, capture_output=True, text=True, timeout=_PATIENCE_S, check=False
    )
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        reason = done.stderr.strip().partition("\n")[0] or "it said nothing"
        raise ConfigError(f"festival cannot use the voice {voice} ({reason}): install it, or choose another")
    return lines


def _write_tables(folder: Path, made: Sequence[_Made]) -> Path:
    clips = ["path\treference\tspeaker\tonset_s\tend_s"]
    words = ["path\tword\tstart_s\tend_s"]
    for one in made:
        begin, end = one.words[0].start_s, one.words[-1].end_s
        clips.append(f"{one.name}\t{one.text}\t{one.voice}\t{begin:.3f}\t{end:.3f}")
        words += [f"{one.name}\t{word.word}\t{word.start_s:.3f}\t{word.end_s:.3f}" for word in one.words]
    table = folder / "labelled.tsv"
    for path, lines in ((table, clips), (folder / "labelled.words.tsv", words)):
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return table
