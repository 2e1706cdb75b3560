"""Portuguese, of Brazil and of Portugal."""

from __future__ import annotations

from typing import Final

from asrd_clients.rules.commands import Deed, Side, Typed
from asrd_clients.rules.tables.making import command, each, table

_ARTICLES: Final = (
    "o a os as um uma uns umas do da dos das no na nos nas ao à de este esta esse essa aquele aquela meu minha seu sua"
    " cada algum alguma nenhum nenhuma outro outra sem pelo pela"
)
_POINT: Final = _ARTICLES + " em que certo qualquer primeiro segundo último mesmo bom"

COMMANDS: Final = table(
    each("nova linha | próxima linha", command("\n", not_after=_ARTICLES)),
    each("novo parágrafo | próximo parágrafo", command("\n\n", not_after=_ARTICLES)),
    each("tabulação | tecla tab", command("\t", not_after=_ARTICLES)),
    each("barra de espaço", command(" ", not_after=_ARTICLES)),
    each("apaga isso | apagar isso | apague isso | apaga isto", Deed.SCRATCH),
    each("literal", Deed.LITERAL),
    each("sem espaço", Deed.NO_SPACE),
    each("maiúscula", command(Deed.CAPITAL, not_after=_ARTICLES + " em letra")),
    each("tudo em maiúsculas | tudo maiúsculo", Deed.CAPITALS_ON),
    each("fim de maiúsculas | fim das maiúsculas", Deed.CAPITALS_OFF),
    each("vírgula", command(",", not_after=_ARTICLES)),
    each("ponto", command(".", not_after=_POINT, not_before="de do da em que onde fraco forte")),
    each("ponto final", command(".", not_after=_ARTICLES)),
    each("ponto e vírgula", command(";", not_after=_ARTICLES)),
    each("dois pontos", command(":", not_after=_ARTICLES + " por", not_before="de")),
    each("ponto de interrogação", command("?", not_after=_ARTICLES)),
    each("ponto de exclamação", command("!", not_after=_ARTICLES)),
    each("reticências", command("…", not_after=_ARTICLES)),
    each("hífen", command("-", not_after=_ARTICLES)),
    each("travessão", command(Typed("–", Side.BOTH), not_after=_ARTICLES)),
    each("sublinhado", command("_", not_after=_ARTICLES)),
    each("barra oblíqua", command("/", not_after=_ARTICLES)),
    each("barra invertida", command("\\", not_after=_ARTICLES)),
    each("apóstrofo", command("’", not_after=_ARTICLES)),
    each("arroba", command("@", not_after=_ARTICLES)),
    each("cardinal | jogo da velha", command("#", not_after=_ARTICLES)),
    each("asterisco", command("*", not_after=_ARTICLES)),
    each("sinal de porcentagem | sinal de percentagem", command("%", not_after=_ARTICLES)),
    each("sinal de euro", command(Typed("€", Side.BOTH), not_after=_ARTICLES)),
    each("sinal de mais", command("+", not_after=_ARTICLES)),
    each("sinal de igual", command("=", not_after=_ARTICLES)),
    each("abrir aspas | abre aspas", "“"),
    each("fechar aspas | fecha aspas", "”"),
    each("abrir parênteses | abre parênteses | abrir parêntese | abre parêntese", "("),
    each("fechar parênteses | fecha parênteses | fechar parêntese | fecha parêntese", ")"),
    each("abrir colchete | abre colchete | abrir colchetes", "["),
    each("fechar colchete | fecha colchete | fechar colchetes", "]"),
    each("abrir chave | abre chave", "{"),
    each("fechar chave | fecha chave", "}"),
)
