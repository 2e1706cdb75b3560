"""Italian."""

from __future__ import annotations

from typing import Final

from asrd_clients.rules.commands import Deed, Side, Typed
from asrd_clients.rules.tables.making import command, each, table

_ARTICLES: Final = (
    "il lo la i gli le un una del dello della dei degli delle al allo alla ai alle nel nella sul sulla questo"
    " questa quel quella quello mio mia tuo tua suo sua ogni qualche nessun nessuna di senza"
)
_POINT: Final = _ARTICLES + " a in certo che primo secondo ultimo stesso buon"

COMMANDS: Final = table(
    each("a capo", command("\n", not_after="andare vai va andiamo da punto e")),
    each("nuova riga | nuova linea", command("\n", not_after=_ARTICLES)),
    each("punto a capo | punto e a capo", command(".\n", not_after=_ARTICLES)),
    each("nuovo paragrafo", command("\n\n", not_after=_ARTICLES)),
    each("tabulazione", command("\t", not_after=_ARTICLES)),
    each("barra spaziatrice", command(" ", not_after=_ARTICLES)),
    each("cancella questo | cancella quello", Deed.SCRATCH),
    each("letterale | letteralmente", Deed.LITERAL),
    each("senza spazio", Deed.NO_SPACE),
    each("maiuscola", command(Deed.CAPITAL, not_after=_ARTICLES + " in lettera")),
    each("tutto maiuscolo | tutto in maiuscolo", Deed.CAPITALS_ON),
    each("fine maiuscolo", Deed.CAPITALS_OFF),
    each("virgola", command(",", not_after=_ARTICLES)),
    each("punto", command(".", not_after=_POINT, not_before="di del della in che dove debole forte")),
    each("punto fermo", command(".", not_after=_ARTICLES)),
    each("punto e virgola", command(";", not_after=_ARTICLES)),
    each("due punti", command(":", not_after=_ARTICLES + " per", not_before="di")),
    each("punto interrogativo | punto di domanda", command("?", not_after=_ARTICLES)),
    each("punto esclamativo", command("!", not_after=_ARTICLES)),
    each("puntini di sospensione | puntini puntini", command("…", not_after=_ARTICLES)),
    each("trattino", command("-", not_after=_ARTICLES)),
    each("lineetta", command(Typed("–", Side.BOTH), not_after=_ARTICLES)),
    each("trattino basso", command("_", not_after=_ARTICLES)),
    each("barra obliqua", command("/", not_after=_ARTICLES)),
    each("barra rovesciata | barra inversa", command("\\", not_after=_ARTICLES)),
    each("apostrofo", command("’", not_after=_ARTICLES)),
    each("chiocciola", command("@", not_after=_ARTICLES)),
    each("cancelletto", command("#", not_after=_ARTICLES)),
    each("asterisco", command("*", not_after=_ARTICLES)),
    each("segno percentuale", command("%", not_after=_ARTICLES)),
    each("segno euro", command(Typed("€", Side.BOTH), not_after=_ARTICLES)),
    each("segno più", command("+", not_after=_ARTICLES)),
    each("segno uguale", command("=", not_after=_ARTICLES)),
    each("apri virgolette | aperte virgolette | virgolette aperte", "“"),
    each("chiudi virgolette | chiuse virgolette | virgolette chiuse", "”"),
    each("apri parentesi | aperta parentesi | parentesi aperta", "("),
    each("chiudi parentesi | chiusa parentesi | parentesi chiusa", ")"),
    each("apri parentesi quadra", "["),
    each("chiudi parentesi quadra", "]"),
    each("apri parentesi graffa", "{"),
    each("chiudi parentesi graffa", "}"),
)
