"""Chinese, in simplified and traditional characters; there are no spaces, so these count anywhere."""

from __future__ import annotations

from typing import Final

from asrd_clients.rules.commands import Deed
from asrd_clients.rules.tables.making import command, each, table

_COUNTED: Final = "个 個 的 这 這 那 用"

COMMANDS: Final = table(
    each("换行 | 換行 | 另起一行", command("\n", not_before="符 键 鍵")),
    each("新段落 | 另起一段", "\n\n"),
    each("制表符 | 制表键 | 定位鍵", command("\t", not_after=_COUNTED)),
    each("空格键 | 空格鍵", command(" ", not_after=_COUNTED + " 下 按")),
    each("删掉这句 | 删除这句 | 刪掉這句 | 刪除這句", command(Deed.SCRATCH, not_before="话 話")),
    each("删掉这句话 | 删除这句话 | 刪掉這句話 | 刪除這句話", Deed.SCRATCH),
    each("字面", command(Deed.LITERAL)),
    each("全部大写 | 全部大寫", Deed.CAPITALS_ON),
    each("结束大写 | 結束大寫", Deed.CAPITALS_OFF),
    each("逗号 | 逗號", command("，", not_after=_COUNTED)),
    each("句号 | 句號", command("。", not_after=_COUNTED)),
    each("顿号 | 頓號", command("、", not_after=_COUNTED)),
    each("分号 | 分號", command("；", not_after=_COUNTED)),
    each("冒号 | 冒號", command("：", not_after=_COUNTED)),
    each("问号 | 問號", command("？", not_after=_COUNTED)),
    each("感叹号 | 感嘆號 | 惊叹号 | 驚嘆號 | 叹号", command("！", not_after=_COUNTED)),
    each("省略号 | 省略號 | 刪節號", command("……", not_after=_COUNTED)),
    each("破折号 | 破折號", command("——", not_after=_COUNTED)),
    each("左引号 | 前引号 | 上引号", "“"),
    each("右引号 | 后引号 | 下引号", "”"),
    each("左引號 | 上引號 | 前引號", "「"),
    each("右引號 | 下引號 | 後引號", "」"),
    each("左括号 | 左括號 | 前括号 | 前括號", "（"),
    each("右括号 | 右括號 | 后括号 | 後括號", "）"),
    each("左书名号 | 左書名號 | 前书名号", "《"),
    each("右书名号 | 右書名號 | 后书名号", "》"),
)
