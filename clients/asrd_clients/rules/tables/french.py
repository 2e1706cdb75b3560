"""French; the no-break space before some marks is put in where they are typed."""

from __future__ import annotations

from typing import Final

from asrd_clients.rules.commands import Deed, Side, Typed
from asrd_clients.rules.tables.making import command, each, table

_ARTICLES: Final = (
    "le la les l' un une des du de au aux ce cet cette ces mon ma mes ton ta tes son sa ses notre votre leur leurs"
    " chaque quelque quelques aucun aucune sans"
)
_POINT: Final = _ARTICLES + " à quel ne n'est premier dernier second certain même autre bon faible fort mauvais mise en"

COMMANDS: Final = table(
    each("à la ligne | nouvelle ligne | retour à la ligne", command("\n", not_after=_ARTICLES + " aller va allez")),
    each("nouveau paragraphe", command("\n\n", not_after=_ARTICLES)),
    each("tabulation | touche tabulation", command("\t", not_after=_ARTICLES)),
    each("barre d'espace", command(" ", not_after=_ARTICLES)),
    each("efface ça | effacer ça | efface cela", Deed.SCRATCH),
    each("littéralement | littéral", Deed.LITERAL),
    each("sans espace", Deed.NO_SPACE),
    each("majuscule", command(Deed.CAPITAL, not_after=_ARTICLES + " en lettre")),
    each("tout en majuscules | tout en majuscule", Deed.CAPITALS_ON),
    each("fin des majuscules | fin majuscules", Deed.CAPITALS_OFF),
    each("virgule", command(",", not_after=_ARTICLES)),
    each("point", command(".", not_after=_POINT, not_before="de du d'être que où final commun")),
    each("point final", command(".", not_after=_ARTICLES)),
    each("deux points | deux-points", command(":", not_after=_ARTICLES, not_before="de sur")),
    each("point-virgule | point virgule", command(";", not_after=_ARTICLES)),
    each("point d'interrogation", command("?", not_after=_ARTICLES)),
    each("point d'exclamation", command("!", not_after=_ARTICLES)),
    each("points de suspension | trois petits points", command("…", not_after=_ARTICLES)),
    each("trait d'union", command("-", not_after=_ARTICLES)),
    each("tiret", command(Typed("–", Side.BOTH), not_after=_ARTICLES)),
    each("barre oblique", command("/", not_after=_ARTICLES)),
    each("barre oblique inverse | barre oblique inversée", command("\\", not_after=_ARTICLES)),
    each("tiret bas", command("_", not_after=_ARTICLES)),
    each("apostrophe", command("’", not_after=_ARTICLES)),
    each("arobase", command("@", not_after=_ARTICLES)),
    each("dièse", command("#", not_after=_ARTICLES)),
    each("astérisque", command("*", not_after=_ARTICLES)),
    each("signe pourcent | signe pour cent", command(Typed("\u00a0%", Side.AFTER), not_after=_ARTICLES)),
    each("signe euro", command(Typed("\u00a0€", Side.AFTER), not_after=_ARTICLES)),
    each("signe plus", command("+", not_after=_ARTICLES)),
    each("signe égal", command("=", not_after=_ARTICLES)),
    each("ouvrir les guillemets | ouvrez les guillemets | ouvre les guillemets", "«"),
    each("fermer les guillemets | fermez les guillemets | ferme les guillemets", "»"),
    each("ouvrir la parenthèse | ouvrez la parenthèse | ouvre la parenthèse | ouvrir parenthèse", "("),
    each("fermer la parenthèse | fermez la parenthèse | ferme la parenthèse | fermer parenthèse", ")"),
    each("ouvrir le crochet | ouvrez le crochet | ouvre le crochet", "["),
    each("fermer le crochet | fermez le crochet | ferme le crochet", "]"),
    each("ouvrir l'accolade | ouvrez l'accolade", "{"),
    each("fermer l'accolade | fermez l'accolade", "}"),
)
