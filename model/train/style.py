"""Training texts in Whisper's own style: cased, punctuated, numbers as figures.

References of train-accented are lower case without punctuation. Trained on as they are, they would teach the model to
drop both. So each word takes the form in which Whisper itself wrote it where it heard the same word.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from model.train.normalise import normaliser


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_QUESTION: Final = _words("""
    what who whom whose which when where why how do does did is are am was were can could will would shall should
    may have has
""")
_NUMBER: Final = _words("""
    zero oh one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million
    first second third half quarter o'clock
""")


class Truecaser:
    """The usual form of a word inside a sentence."""

    def __init__(self, sentences: Sequence[str]) -> None:
        forms: dict[str, Counter[str]] = defaultdict(Counter)
        for sentence in sentences:
            for word in re.findall(r"[A-Za-z']+", sentence)[1:]:
                forms[word.lower()][word] += 1
        self._forms = {word: counts.most_common(1)[0][0] for word, counts in forms.items()}

    @classmethod
    def read(cls, path: Path) -> Truecaser:
        """From a file of sentences, one a line."""
        return cls(path.read_text(encoding="utf-8").splitlines())

    def word(self, word: str) -> str:
        """The form of a lower-case word."""
        return self._forms.get(word, word)


def styled(reference: str, heard: str, truecaser: Truecaser) -> str | None:
    """`reference` (lower case, no punctuation) as Whisper, which wrote `heard`, would write it.

    None where that cannot be told: the two write numbers differently.
    """
    same = normaliser()(reference) == normaliser()(heard)
    if same:
        return heard.strip()
    wanted = reference.split()
    if any(letter.isdigit() for letter in heard) or sum(word in _NUMBER for word in wanted) > 1:
        return None
    written = heard.split()
    bare = [re.sub(r"[^a-z']", "", word.lower()) for word in written]
    words = [truecaser.word(word) for word in wanted]
    blocks = difflib.SequenceMatcher(None, wanted, bare, autojunk=False).get_matching_blocks()
    for block in blocks:
        for offset in range(block.size):
            words[block.a + offset] = written[block.b + offset]
    text = " ".join(words)
    text = text[0].upper() + text[1:]
    if text[-1].isalnum():
        text += "?" if wanted[0] in _QUESTION else "."
    return text if text[-1] in ".?!" else text[:-1] + "."
