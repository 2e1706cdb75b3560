"""Japanese; there are no spaces, so these count anywhere, but for those that are words of every day."""

from __future__ import annotations

from typing import Final

from asrd_clients.rules.commands import Deed
from asrd_clients.rules.tables.making import command, each, table

_NOUN: Final = "を が は も の に で と し す さ コ キ"  # what follows a noun in a sentence about it

COMMANDS: Final = table(
    each("改行", command("\n", not_before=_NOUN)),
    each("新しい段落", command("\n\n", not_before=_NOUN)),
    each("タブキー", command("\t", not_before=_NOUN)),
    each("スペースキー", command(" ", not_before=_NOUN)),
    each("今のなし | 今のは取り消し | 今の取り消し", command(Deed.SCRATCH, alone=True)),
    each("文字通り", Deed.LITERAL),
    each("読点", command("、", not_after="句", not_before=_NOUN)),
    each("句点", command("。", not_before=_NOUN)),
    each("てん", command("、", alone=True)),
    each("まる", command("。", alone=True)),
    each("疑問符 | はてなマーク | クエスチョンマーク", command("？", not_before=_NOUN)),
    each("感嘆符 | びっくりマーク | ビックリマーク", command("！", not_before=_NOUN)),
    each("三点リーダー", command("…", not_before=_NOUN)),
    each("中黒", command("・", not_before=_NOUN)),
    each("かぎ括弧開く | かぎかっこ開く | 始めかぎ括弧", "「"),
    each("かぎ括弧閉じる | かぎかっこ閉じる | 終わりかぎ括弧", "」"),
    each("括弧開く | かっこ開く | 始め括弧", "（"),
    each("括弧閉じる | かっこ閉じる | 終わり括弧", "）"),
)
