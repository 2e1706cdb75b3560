"""German."""

from __future__ import annotations

from typing import Final

from asrd_clients.rules.commands import Deed, Side, Typed
from asrd_clients.rules.tables.making import command, each, table

_ARTICLES: Final = (
    "der die das den dem des ein eine einen einem einer eines dieser diese dieses diesen diesem jeder jede jedes jeden"
    " jedem kein keine keinen keinem mein meine meinen sein seine seinen ihr ihre ihren am im vom zum beim zur"
)
_POINT: Final = _ARTICLES + " auf zu wichtiger wichtigen nächster nächsten erster ersten zweiter letzter letzten"

COMMANDS: Final = table(
    each("neue Zeile | nächste Zeile | Zeilenumbruch", command("\n", not_after=_ARTICLES)),
    each("neuer Absatz | nächster Absatz", command("\n\n", not_after=_ARTICLES)),
    each("Tabulator | Tabulatortaste", command("\t", not_after=_ARTICLES)),
    each("Leerzeichen | Leertaste", command(" ", not_after=_ARTICLES + " ohne kein")),
    each("streich das | lösch das | das streichen", Deed.SCRATCH),
    each("wörtlich", Deed.LITERAL),
    each("ohne Leerzeichen | kein Leerzeichen", Deed.NO_SPACE),
    each("Großbuchstabe | groß geschrieben", command(Deed.CAPITAL, not_after=_ARTICLES + " wird werden")),
    each("alles groß | Großbuchstaben an", Deed.CAPITALS_ON),
    each("Ende groß | Großbuchstaben aus", Deed.CAPITALS_OFF),
    each("Komma", command(",", not_after=_ARTICLES)),
    each("Punkt", command(".", not_after=_POINT, not_before="für um zwei drei der des eins")),
    each("Doppelpunkt", command(":", not_after=_ARTICLES)),
    each("Strichpunkt | Semikolon", command(";", not_after=_ARTICLES)),
    each("Fragezeichen", command("?", not_after=_ARTICLES)),
    each("Ausrufezeichen | Ausrufungszeichen", command("!", not_after=_ARTICLES)),
    each("Auslassungspunkte | drei Punkte", command("…", not_after=_ARTICLES)),
    each("Bindestrich", command("-", not_after=_ARTICLES)),
    each("Gedankenstrich", command(Typed("–", Side.BOTH), not_after=_ARTICLES)),
    each("Schrägstrich", command("/", not_after=_ARTICLES)),
    each("umgekehrter Schrägstrich", command("\\", not_after=_ARTICLES)),
    each("Unterstrich", command("_", not_after=_ARTICLES)),
    each("Apostroph", command("’", not_after=_ARTICLES)),
    each("At-Zeichen | Klammeraffe", command("@", not_after=_ARTICLES)),
    each("Und-Zeichen", command("&", not_after=_ARTICLES)),
    each("Rautezeichen", command("#", not_after=_ARTICLES)),
    each("Sternchen", command("*", not_after=_ARTICLES)),
    each("Prozentzeichen", command(Typed("%", Side.BOTH), not_after=_ARTICLES)),
    each("Eurozeichen", command(Typed("€", Side.BOTH), not_after=_ARTICLES)),
    each("Gradzeichen", command("°", not_after=_ARTICLES)),
    each("Pluszeichen", command("+", not_after=_ARTICLES)),
    each("Gleichheitszeichen", command("=", not_after=_ARTICLES)),
    each("Anführungszeichen auf | Anführungszeichen unten | Anführungsstriche unten", "„"),
    each("Anführungszeichen zu | Anführungszeichen oben | Anführungsstriche oben", Typed("“", Side.AFTER)),
    each("Klammer auf", "("),
    each("Klammer zu", ")"),
    each("eckige Klammer auf", "["),
    each("eckige Klammer zu", "]"),
    each("geschweifte Klammer auf", "{"),
    each("geschweifte Klammer zu", "}"),
)
