"""Spanish."""

from __future__ import annotations

from typing import Final

from asrd_clients.rules.commands import Deed, Side, Typed
from asrd_clients.rules.tables.making import command, each, table

_ARTICLES: Final = (
    "el la los las un una unos unas este esta ese esa aquel aquella mi tu su sus mis cada algún alguna ningún ninguna"
    " del al de otro otra sin"
)
_POINT: Final = _ARTICLES + " a en qué cierto cualquier primer segundo último mismo buen"

COMMANDS: Final = table(
    each("nueva línea | salto de línea", command("\n", not_after=_ARTICLES)),
    each("nuevo párrafo", command("\n\n", not_after=_ARTICLES)),
    each("punto y aparte", command(".\n\n", not_after=_ARTICLES)),
    each("tabulador", command("\t", not_after=_ARTICLES)),
    each("barra espaciadora", command(" ", not_after=_ARTICLES)),
    each("borra eso | borrar eso | elimina eso", Deed.SCRATCH),
    each("literal", Deed.LITERAL),
    each("sin espacio", Deed.NO_SPACE),
    each("mayúscula", command(Deed.CAPITAL, not_after=_ARTICLES + " en letra")),
    each("todo en mayúsculas | todo mayúsculas", Deed.CAPITALS_ON),
    each("fin de mayúsculas | fin mayúsculas", Deed.CAPITALS_OFF),
    each("coma", command(",", not_after=_ARTICLES + " que no se lo me te le nos", not_before="un una el la los algo")),
    each("punto", command(".", not_after=_POINT, not_before="de del en que donde débil fuerte")),
    each("punto y seguido | punto seguido | punto final", command(".", not_after=_ARTICLES)),
    each("punto y coma", command(";", not_after=_ARTICLES)),
    each("dos puntos", command(":", not_after=_ARTICLES + " por", not_before="de en")),
    each("puntos suspensivos", command("…", not_after=_ARTICLES)),
    each("abrir interrogación | abre interrogación | abrir signo de interrogación", "¿"),
    each("cerrar interrogación | cierra interrogación | cerrar signo de interrogación", "?"),
    each("signo de interrogación", command("?", not_after=_ARTICLES)),
    each("abrir exclamación | abre exclamación | abrir signo de exclamación", "¡"),
    each("cerrar exclamación | cierra exclamación | cerrar signo de exclamación", "!"),
    each("signo de exclamación", command("!", not_after=_ARTICLES)),
    each("guion | guión", command("-", not_after=_ARTICLES)),
    each("raya", command(Typed("–", Side.BOTH), not_after=_ARTICLES)),
    each("guion bajo | guión bajo", command("_", not_after=_ARTICLES)),
    each("barra inclinada", command("/", not_after=_ARTICLES)),
    each("barra invertida | barra inversa", command("\\", not_after=_ARTICLES)),
    each("arroba", command("@", not_after=_ARTICLES)),
    each("almohadilla", command("#", not_after=_ARTICLES)),
    each("asterisco", command("*", not_after=_ARTICLES)),
    each("signo de porcentaje", command(Typed("%", Side.BOTH), not_after=_ARTICLES)),
    each("signo de euro", command(Typed("€", Side.BOTH), not_after=_ARTICLES)),
    each("signo más", command("+", not_after=_ARTICLES)),
    each("signo igual", command("=", not_after=_ARTICLES)),
    each("abrir comillas | abre comillas", "“"),
    each("cerrar comillas | cierra comillas", "”"),
    each("abrir paréntesis | abre paréntesis", "("),
    each("cerrar paréntesis | cierra paréntesis", ")"),
    each("abrir corchete | abre corchete", "["),
    each("cerrar corchete | cierra corchete", "]"),
    each("abrir llave | abre llave", "{"),
    each("cerrar llave | cierra llave", "}"),
)
