"""English."""

from __future__ import annotations

from typing import Final

from asrd_clients.rules.commands import Deed, Side, Typed
from asrd_clients.rules.tables.making import command, each, table

_ARTICLES: Final = "a an the this that these those my your his her its our their each every any some no another"

COMMANDS: Final = table(
    each("new line | newline | next line", command("\n", not_after=_ARTICLES, not_before="of")),
    each("new paragraph | next paragraph", command("\n\n", not_after=_ARTICLES, not_before="of")),
    each("tab key | insert tab", "\t"),
    each("space bar", command(" ", not_after=_ARTICLES)),
    each("insert space", " "),
    each("scratch that", command(Deed.SCRATCH, not_before="itch")),
    each("strike that | delete that", command(Deed.SCRATCH, alone=True)),
    each("literal", Deed.LITERAL),
    each("no space", command(Deed.NO_SPACE, not_after="is was be been are were has have had there almost with")),
    each("cap next | capital letter", command(Deed.CAPITAL, not_after=_ARTICLES)),
    each("all caps | caps on | all caps on", command(Deed.CAPITALS_ON, not_after="in")),
    each("end caps | caps off | all caps off | end all caps", Deed.CAPITALS_OFF),
    {
        "comma": command(",", not_after=_ARTICLES + " oxford serial"),
        "period": command(
            ".",
            not_after=_ARTICLES + " first second third last same whole entire long short trial grace time waiting"
            " brief certain given early late such which what per in for and victorian test holiday notice honeymoon",
            not_before="of in when during from between to that is was were has had for drama piece",
        ),
        "full stop": command(".", not_after=_ARTICLES + " to", not_before="is"),
        "question mark": command("?", not_after=_ARTICLES),
        "colon": command(":", not_after=_ARTICLES, not_before="cancer cleansing"),
        "dash": command(
            Typed("–", Side.BOTH), not_after=_ARTICLES + " to may will and", not_before="it all of to off away"
        ),
        "hyphen": command("-", not_after=_ARTICLES),
        "apostrophe": command("’", not_after=_ARTICLES),
        "underscore": command("_", not_after=_ARTICLES),
        "asterisk": command("*", not_after=_ARTICLES),
        "ampersand": command("&", not_after=_ARTICLES),
    },
    each("semicolon | semi colon", command(";", not_after=_ARTICLES)),
    each("exclamation mark | exclamation point", command("!", not_after=_ARTICLES)),
    each("ellipsis | dot dot dot", command("…", not_after=_ARTICLES)),
    each("at sign", command("@", not_after=_ARTICLES)),
    each("forward slash", command("/", not_after=_ARTICLES)),
    each("backslash | back slash", command("\\", not_after=_ARTICLES)),
    each("hash sign | hashtag sign | number sign", command("#", not_after=_ARTICLES)),
    each("percent sign", command("%", not_after=_ARTICLES)),
    each("dollar sign", command("$", not_after=_ARTICLES)),
    each("euro sign", command("€", not_after=_ARTICLES)),
    each("pound sign", command("£", not_after=_ARTICLES)),
    each("degree sign", command("°", not_after=_ARTICLES)),
    each("plus sign", command("+", not_after=_ARTICLES)),
    each("equals sign | equal sign", command("=", not_after=_ARTICLES)),
    each("open quote | open quotes | begin quote", "“"),
    each("close quote | close quotes | end quote | unquote", "”"),
    each("open parenthesis | open parentheses | open paren | left parenthesis | left paren", "("),
    each("close parenthesis | close parentheses | close paren | right parenthesis | right paren", ")"),
    each("open bracket | open square bracket | left bracket", command("[", not_after=_ARTICLES)),
    each("close bracket | close square bracket | right bracket", command("]", not_after=_ARTICLES)),
    each("open brace | open curly bracket | left brace", command("{", not_after=_ARTICLES)),
    each("close brace | close curly bracket | right brace", command("}", not_after=_ARTICLES)),
    each("smiley face", command(":-)", not_after=_ARTICLES)),
)
