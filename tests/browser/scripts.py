"""What a recognizer might say: utterances that grow, with ends that change and words that are committed in pieces."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """A partial, or the final."""

    utterance: int
    committed: str
    tail: str = ""
    is_final: bool = False


_TEXTS = {
    "latin": "while somebody speaks, the words appear on the screen; well-known extraordinarily “quoted” I a to of",
    "hebrew": "בזמן שמישהו מדבר, המילים מופיעות על המסך. הן עוד עשויות להשתנות לרגע 27 (כך)",
    "arabic": "بينما يتحدث شخص ما، تظهر الكلمات على الشاشة وقد تتغير للحظة ثم تستقر 2026 ١٢٣",
    "hebrew in latin": "the word שלום means peace and שבת שלום 27 is said (עברית) often, then",
    "latin in hebrew": "הוא אמר good morning ואז live at 9:30 עוד מילים בעברית, OBS 31 וגם",
    "japanese": "話 し て いる 間、 言葉 が 画面 に 現れ ます。 キャッチ ャー 「引用」 で まだ 変わ る ON かも！",
    "chinese": "说 话 的 时候， 文字 会 出现 在 屏幕 上。 《书名》 然后 固定 下来； 二〇二六 年",
    "korean": "말하는 동안 글자가 화면에 나타납니다. 아직 바뀔 수 있습니다, 그리고 정해집니다",
    "thai": "ขณะที่ มี คน พูด คำ จะ ปรากฏ บน หน้าจอ และ อาจ เปลี่ยน ได้ ชั่วขณะ แล้ว",
    "hindi": "जब कोई बोलता है, तब शब्द पर्दे पर दिखाई देते हैं और क्षण भर बदल सकते हैं।",
    "emoji": "well 👩\u200d👩\u200d👧\u200d👦 done 🎉🎉 and 🇩🇪 then e\u0301te\u0301 👍🏽",
}
_UNSPACED = ("japanese", "chinese", "thai")
# What stands between the words of a script, and words.
WORDS = {name: ("" if name in _UNSPACED else " ", text.split()) for name, text in _TEXTS.items()}


def growing(script: str, seed: int, *, words: int = 40, utterance: int = 1, in_pieces: bool = False) -> list[Step]:
    """An utterance that grows as it may do in the worst case: every tail is another one, some of them long.

    With `in_pieces` words are committed by the character, as no recognizer of ours does.
    """
    between, known = WORDS[script]
    dice = random.Random(f"{script} {seed}")
    text = between.join(dice.choice(known) for _ in range(words))
    steps, position = [], 0
    while position < len(text):
        ahead = dice.choice((0, 1, 3, 8, 20, 45))
        tail = text[position : position + ahead]
        if dice.random() < 0.5:  # it was heard wrongly
            wrong = between.join(dice.choice(known) for _ in range(dice.randrange(9)))
            tail = tail[: dice.randrange(len(tail) + 1)] + wrong
        steps.append(Step(utterance, text[:position], tail))
        position = _next_end(text, position, dice, in_pieces=in_pieces)
    return [*steps, Step(utterance, text, is_final=True)]


def _next_end(text: str, position: int, dice: random.Random, *, in_pieces: bool) -> int:
    if in_pieces:
        return position + dice.randrange(1, 7)
    for _ in range(dice.randrange(3)):
        end = text.find(" ", position + 1)
        position = end if end > 0 else min(len(text), position + 2)
    return position + (dice.random() < 0.05 and " " not in text)
