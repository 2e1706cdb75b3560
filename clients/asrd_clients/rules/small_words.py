"""Words that are written with a small letter wherever no sentence begins.

For English: 5,900 words that Common Voice's sentences (CC0) hold at least four times, four times as often with a small
first letter as with a capital where no sentence begins. For the others: words of closed classes, which hold no names.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

_GERMAN: Final = """
aber alle allem allen aller alles als also am an andere anderen anderer anderes ans auch auf aus außerdem bald bei
beide beiden beim bereits besonders bis bisher da dabei dadurch dafür dagegen daher dahin damals damit danach daneben
dann daran darauf daraus darf darin darüber darum darunter das dass davon davor dazu dein deine deinem deinen deiner
dem den denen denn dennoch der deren derzeit des deshalb dessen deswegen dich die dies diese diesem diesen dieser
dieses dir doch dort du durch ebenfalls eben ebenso ein eine einem einen einer eines einige einigen einmal endlich
entweder er erst es etwa etwas euch euer eure falls fast für ganz gar gegen genau gerade gern gerne gestern gibt habe
haben hat hatte hatten hätte heute hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im immer in indem ins
insbesondere inzwischen irgendwann ist ja je jede jedem jeden jeder jedes jedoch jemals jemand jetzt jener kann kein
keine keinem keinen keiner kaum können könnte lange leider mal man manche manchmal mehr mein meine meinem meinen
meiner meistens mich mir mit möchte morgens muss musste müssen nach nachdem nachher nächste natürlich neben nein nicht
nichts nie niemals niemand noch nun nur ob oben obwohl oder oft ohne plötzlich schon sehr sein seine seinem seinen
seiner seit seitdem selbst sich sie sind so sobald sodass sogar solange solche soll sollen sollte sondern sonst soviel
sowie später statt trotz trotzdem über überhaupt übrigens um und uns unser unsere unseren unter viel viele vielen
vielleicht vom von vor vorher während wann war waren warum was weder wegen weil weiter welche welchem welchen welcher
welches wem wen wenig wenige wenn wer werde werden weshalb wie wieder wieso will wir wird wo wobei wodurch wofür woher
wohin wohl wollen womit wurde wurden würde würden zu zudem zuerst zuletzt zum zur zwar zwischen zunächst ziemlich
zuvor
"""
_FRENCH: Final = """
à afin ailleurs ainsi alors après assez au aucun aucune auparavant aussi aussitôt autant autour autre autres aux avant
avec beaucoup bien bientôt car ce ceci cela celle celles celui cependant certains certaines ces cet cette ceux chacun
chaque chez comme comment contre d'abord d'accord d'ailleurs dans de déjà demain depuis derrière des désormais dès
devant donc dont du durant elle elles en encore enfin ensuite entre environ est et eux hier hors ici il ils je jamais
jusque l'on la là le lequel les leur leurs lors lorsque lui ma maintenant mais malgré me même mes mieux moi moins mon
ne néanmoins ni non nos notre nous on or ou où oui par parce parfois parmi partout pas pendant personne peu peut
peut-être plus plusieurs plutôt pour pourquoi pourtant près presque puis puisque quand quant que quel quelle quelles
quelque quelques quels qui quoi rien sa sans sauf se selon ses seulement si sinon son sont sous souvent sur surtout ta
tandis tant te tel telle tellement tes toi ton toujours tous tout toute toutes toutefois très trop tu un une vers
voici voilà vos votre vous vraiment y aujourd'hui
"""
_SPANISH: Final = """
a acá además ahí ahora al algo alguien algún alguna algunas alguno algunos allá allí ambos ante antes apenas aquel
aquella aquello aquellos aquí así aún aunque ayer bajo bastante bien cada casi cierto como cómo con conmigo contigo
contra cual cuál cualquier cuando cuándo cuanto cuánto cuyo de debajo del demasiado dentro desde después detrás donde
dónde durante e el él ella ellas ello ellos en encima entonces entre era eran es esa esas ese eso esos esta está
estaba están estas este esto estos fue fuera ha había hace hacia han hasta hay hoy incluso jamás junto la las le les
lo los luego mañana más me mediante mejor menos mi mí mientras mis mismo mucha muchas mucho muchos muy nada nadie ni
ningún ninguna ninguno no nos nosotros nuestra nuestro nunca o os otra otras otro otros para pero poco por porque
pronto pues que qué quien quién quizá quizás se según ser si sí siempre sin sino sobre solamente solo sólo son su sus
tal también tampoco tan tanto te tenía tengo tiene tienen toda todas todavía todo todos tras tu tú tus un una unas uno
unos usted ustedes vosotros y ya yo
"""
_ITALIAN: Final = """
a abbastanza adesso ai al alcune alcuni all' alla alle allo allora altre altri altro anche ancora anzi appena avere
aveva benché c'è che chi ci ciò ciascuno ciascuna circa come con contro così cui da dagli dai dal dalla dalle dallo
degli dei del della delle dello dentro di dietro dopo dove dunque durante e è ecco ed egli ella entrambi era erano
essere essi finché fino forse fra fuori già giù gli ha hanno ho i ieri il in infatti infine inoltre insieme intanto
invece io l' la là le lei li lì lo loro lui ma magari mai malgrado me meglio meno mentre mi mia mie miei mio molta
molte molti molto ne né negli nei nel nella nelle nello nemmeno nessun nessuna nessuno niente no noi non nostra nostro
nulla o oggi ogni ognuno oltre oppure ora perché per perciò però perfino più piuttosto poco poi poiché prima proprio
pure qua qual quale quali qualche qualcosa qualcuno quando quanto quasi quella quelle quelli quello questa queste
questi questo qui quindi se sebbene secondo sei sembra sempre senza si sì sia siamo siccome sono sopra soprattutto
sotto sta stata stato stessa stesso su sua sue sugli sui sul sulla suo suoi tanto te ti tra troppo tu tua tuo tutta
tuttavia tutte tutti tutto un una uno verso vi via voi vostro
"""
_PORTUGUESE: Final = """
a à abaixo acaso acima agora aí ainda além algo alguém algum alguma algumas alguns ali amanhã ambos antes ao aos
apenas apesar após aquela aquelas aquele aqueles aqui aquilo as às assim até atrás através bastante bem cada cá com
comigo como contra contudo cuja cujo da daquele das de debaixo dela dele deles demais dentro depois desde dessa desse
desta deste do dos durante e é ela elas ele eles em embora enfim enquanto então entre entretanto era eram essa essas
esse esses esta está estão estas este estes estou eu foi foram fora há hoje inclusive isso isto já jamais lá lhe lhes
logo longe mais mas me meu meus mesmo minha minhas muita muitas muito muitos na nada não nas nela nele nem nenhum
nenhuma ninguém no nos nós nossa nosso num numa nunca o onde ontem os ou outra outras outro outros para pela pelas
pelo pelos perante pois por porém porque porquê portanto pouco poucos primeiro próximo qual quais qualquer quando
quanto quase que quê quem são se seja sem sempre senão ser seu seus si sim sob sobre sua suas tal talvez também
tampouco tanto tão te tem têm tenho teu toda todas todavia todo todos tu tua tudo um uma umas uns você vocês vós
"""
# Particles of French and Italian that stand before a word with an apostrophe; a capital there is theirs.
_ELIDED: Final = MappingProxyType(
    {
        "French": ("l'", "d'", "j'", "c'", "s'", "n'", "m'", "t'", "qu'", "jusqu'", "lorsqu'", "puisqu'", "quelqu'"),
        "Italian": ("l'", "un'", "dell'", "all'", "nell'", "dall'", "sull'", "d'", "c'", "quest'", "quell'", "com'"),
    }
)
_WRITTEN: Final = MappingProxyType(
    {
        "German": _GERMAN,
        "French": _FRENCH,
        "Spanish": _SPANISH,
        "Italian": _ITALIAN,
        "Portuguese": _PORTUGUESE,
    }
)


@cache
def small_words(language: str) -> frozenset[str]:
    """The words of a language, given by the model's name for it, as `tokens.key_of` writes them; none if unknown."""
    if language == "English":
        return frozenset(files("asrd_clients.rules").joinpath("common_english.txt").read_text("utf-8").split())
    return frozenset(_WRITTEN.get(language, "").split())


def elided(language: str) -> tuple[str, ...]:
    """The particles before an apostrophe."""
    return _ELIDED.get(language, ())
