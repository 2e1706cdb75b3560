"""What is said and what is typed, without a rules file: the language, what stands before, what was said, what is typed.

A number before what is typed: so many utterances are taken back.
"""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    language: str
    before: str
    said: str
    typed: str
    take_back: int = 0


def of(language: str, *rows: tuple[str, str, str] | tuple[str, str, str, int]) -> list[Case]:
    return [Case(language, *row) for row in rows]


PLAIN = of(
    "English",
    ("", "", ""),
    ("", "   ", ""),
    ("", "Hello there.", "Hello there."),
    ("", "It costs 3.50, or 1,000 at 12:30.", "It costs 3.50, or 1,000 at 12:30."),
    ("", "Mail ada@example.com or see example.com/a-b_c.", "Mail ada@example.com or see example.com/a-b_c."),
    ("", "the line is new", "The line is new"),
    ("", "Two  spaces,\ttab\nand line.", "Two spaces, tab and line."),
    ("", "It’s the dogs' well-known “trick” (again)…", "It’s the dogs' well-known “trick” (again)…"),
    ("", "Ring \x1b[31mred\x07 \u202eevil\u202c \ud800end\x00.", "Ring [31mred evil end."),
    ("", "👩‍👩‍👧 naïve Zoë", "👩‍👩‍👧 naïve Zoë"),
    ("", "iPhone sales", "iPhone sales"),
    ("", "\"'We saw it,' he said,\" she said.", "\"'We saw it,' he said,\" she said."),
)

SPACES_AND_CAPITALS = of(
    "English",
    ("Hello.", "How are you?", " How are you?"),
    ("Hello. ", "How are you?", "How are you?"),
    ("Hello.\n", "How are you?", "How are you?"),
    ("Hello.", "how are you?", " How are you?"),
    ("I came,", "And then I left.", " and then I left."),
    ("I came", "I left.", " I left."),
    ("I came", "I'm here.", " I'm here."),
    ("I came", "NASA called.", " NASA called."),
    ("I saw", "IT people.", " IT people."),
    ("I saw", "Wozniak there.", " Wozniak there."),
    ("I met", "Marlow.", " Marlow."),
    ("I came to", "The house.", " the house."),
    ("(", "The house", "The house"),
    ("I saw (", "The house", "The house"),
    ("He said “", "Well.", "Well."),
    ("She said “no.”", "then she left", " Then she left"),
    ('He said "no."', "then he left", " Then he left"),
    ('He said "', "Well.", "Well."),
    ("See:", "The house", " The house"),
    ("Wait…", "The house", " The house"),
    ("well-", "Known", "known"),
    ("this –", "The house", " The house"),
    ("and/", "Or", "or"),
    ("#", "tag", "tag"),
    ("Costs $", "five", "five"),
    ("one,", "comma", ","),
    ("Hello", ", and more", ", and more"),
    ("Hello", "(again)", " (again)"),
    ("Hello\n- ", "milk", "Milk"),
    ("Really?!", "yes", " Yes"),
)

COMMANDS = of(
    "English",
    ("", "New line.", "\n"),
    ("", "new line", "\n"),
    ("", "NEW LINE!", "\n"),
    ("", "New. Line.", "\n"),
    ("", "Newline.", "\n"),
    ("", "new-line", "\n"),
    ("", "Hello, new line, how are you?", "Hello\nHow are you?"),
    ("", "Hello. New line. How are you?", "Hello.\nHow are you?"),
    ("", "Hello new, line world", "Hello\nWorld"),
    ("", "It is new. Line up there.", "It is new. Line up there."),
    ("", "A new line of thought.", "A new line of thought."),
    ("", "renew line", "Renew line"),
    ("", "new lines", "New lines"),
    ("", "One new paragraph two", "One\n\nTwo"),
    ("", "One, new line, new line, two", "One\n\nTwo"),
    ("One", "New line two", "\nTwo"),
    ("", "name tab key value", "Name\tvalue"),
    ("", "a insert space b", "A b"),
    ("", "foo, no space, bar", "Foobar"),
    ("foo", "no space bar", "bar"),
    ("", "There is no space left.", "There is no space left."),
    ("", "all caps hello world end caps and on", "HELLO WORLD and on"),
    ("", "this is all caps on very loud", "This is VERY LOUD"),
    ("I am", "all caps the boss", " THE BOSS"),
    ("", "End caps.", ""),
    ("", "so all caps hello, end caps. And on", "So HELLO. And on"),
    ("", "“literal comma” is one", "“Comma” is one"),
    ("", "...", "..."),
    ("", "written in all caps", "Written in all caps"),
    ("", "I love cap next paris", "I love Paris"),
    ("I love", "cap next the", " The"),
    ("", "literal comma", "Comma"),
    ("", "the word literal new line here", "The word new line here"),
    ("", "a literal meaning", "A literal meaning"),
    ("", "Literal, scratch that.", "Scratch that."),
    ("", "literal literal", "Literal"),
)

SCRATCH = of(
    "English",
    ("Hello.", "Scratch that.", "", 1),
    ("Hello.", "scratch that, scratch that", "", 2),
    ("Hello.", "scratch that goodbye", " Goodbye", 1),
    ("", "I come tomorrow scratch that I come today", "I come today"),
    ("", "I stay. I come tomorrow. Scratch that. I come today.", "I stay. I come today."),
    ("", "One. Two. Scratch that, scratch that.", ""),
    ("", "One. Scratch that, scratch that.", "", 1),
    ("", "One new line two scratch that three", "One\nThree"),
    ("", "all caps scratch that", "", 1),
    ("", "He said “Go.” She went. Scratch that. I stay.", "He said “Go.” I stay."),
    ("", "She went. He said “Go.” Scratch that. I stay.", "She went. I stay."),
    ("", "I stay open quote Go period close quote scratch that", ""),
    ("", "please strike that gentleman", "Please strike that gentleman"),
    ("Hello.", "Strike that.", "", 1),
    ("Hello.", "Delete that!", "", 1),
    ("", "delete that file", "Delete that file"),
)

PUNCTUATION = of(
    "English",
    ("", "Hello, comma, how are you? Question mark.", "Hello, how are you?"),
    ("", "Hello comma world period", "Hello, world."),
    ("", "Hello. Comma. How are you", "Hello, how are you"),
    ("Hello", "Period.", "."),
    ("Hello", "Comma", ","),
    ("", "I went home period then I slept full stop", "I went home. Then I slept."),
    ("", "that period of time", "That period of time"),
    ("", "for a short period.", "For a short period."),
    ("", "Wait exclamation mark", "Wait!"),
    ("", "Really question mark exclamation point", "Really?!"),
    ("", "note colon this", "Note: this"),
    ("", "one semicolon two", "One; two"),
    ("", "and so on ellipsis", "And so on…"),
    ("", "well dot dot dot maybe", "Well… maybe"),
    ("", "well hyphen known", "Well-known"),
    ("", "so dash I think", "So – I think"),
    ("", "this dash of salt", "This dash of salt"),
    ("", "Oh, dash it all.", "Oh, dash it all."),
    ("", "and forward slash or", "And/or"),
    ("", "ada at sign example.com", "Ada@example.com"),
    ("", "snake underscore case", "Snake_case"),
    ("", "ten percent sign of it", "Ten% of it"),
    ("", "costs dollar sign 5", "Costs $5"),
    ("", "salt ampersand pepper", "Salt & pepper"),
    ("", "He said, open quote, hello, close quote.", "He said, “hello”."),
    ("", "he said open quote Hello period close quote then left", "He said “Hello.” Then left"),
    ("", "Open quote. Hello. Close quote.", "“Hello.”"),
    ("“Hello", "Close quote.", "”"),
    ("“Hello", "Period. Close quote. New line.", ".”\n"),
    ("", "see open parenthesis below close parenthesis comma please", "See (below), please"),
    ("", "open bracket x close bracket", "[X]"),
    ("", "an Oxford comma", "An Oxford comma"),
    ("", "a question mark", "A question mark"),
    ("", "thanks, smiley face.", "Thanks :-)"),
    ("Thanks", "Smiley face.", " :-)"),
    ("", "muffin-period", "Muffin-period"),
)

GERMAN = of(
    "German",
    ("Ich ging", "Und dann kam sie.", " und dann kam sie."),
    ("Ich sah", "Häuser.", " Häuser."),
    ("Ich sah", "Paul.", " Paul."),
    ("Hallo.", "und dann", " Und dann"),
    ("", "Hallo, Komma, wie geht es dir? Fragezeichen.", "Hallo, wie geht es dir?"),
    ("", "Guten Tag Ausrufezeichen neue Zeile wie geht es", "Guten Tag!\nWie geht es"),
    ("", "Neuer Absatz.", "\n\n"),
    ("", "der wichtigste Punkt für uns", "Der wichtigste Punkt für uns"),
    ("", "Das war es Punkt", "Das war es."),
    ("", "Er sagte Doppelpunkt Anführungszeichen unten Hallo Anführungszeichen oben", "Er sagte: „Hallo“"),
    ("Er sagte „Hallo“", "und ging", " und ging"),
    ("", "siehe Klammer auf unten Klammer zu", "Siehe (unten)"),
    ("", "ada At-Zeichen example.com", "Ada@example.com"),
    ("", "zehn Prozentzeichen davon", "Zehn % davon"),
    ("", "E Bindestrich Mail", "E-Mail"),
    ("", "wörtlich Komma", "Komma"),
    ("", "alles groß achtung Ende groß bitte", "ACHTUNG bitte"),
    ("Hallo.", "Streich das.", "", 1),
    ("", "die Straße alles groß straße", "Die Straße STRASSE"),
)

FRENCH = of(
    "French",
    ("", "Bonjour, virgule, ça va ? Point d'interrogation.", "Bonjour, ça va\u00a0?"),
    ("", "Ça va\u00a0?", "Ça va\u00a0?"),
    ("", "attention point d’exclamation à la ligne merci", "Attention\u00a0!\nMerci"),
    ("", "Il dit, ouvrez les guillemets, bonjour, fermez les guillemets.", "Il dit, «\u00a0bonjour\u00a0»."),
    ("", "voici deux points le reste", "Voici\u00a0: le reste"),
    ("", "un point de vue", "Un point de vue"),
    ("", "c'est fini point", "C'est fini."),
    ("", "un point-virgule un", "Un point-virgule un"),
    ("", "ici point-virgule là", "Ici\u00a0; là"),
    ("Je pense", "Que oui.", " que oui."),
    ("Je vois", "L'homme.", " l'homme."),
    ("Je vois", "Paris.", " Paris."),
    ("Bonjour.", "Efface ça.", "", 1),
    ("", "nouveau paragraphe", "\n\n"),
    ("", "littéral virgule", "Virgule"),
    ("Il dit «\u00a0", "bonjour", "bonjour"),
)

SPANISH = of(
    "Spanish",
    ("Hola.", "Abrir interrogación, cómo estás, cerrar interrogación.", " ¿Cómo estás?"),
    ("Hola,", "abre interrogación Cómo estás cierra interrogación", " ¿cómo estás?"),
    ("", "hola coma qué tal punto", "Hola, qué tal."),
    ("", "uno punto y coma dos", "Uno; dos"),
    ("", "fin punto y aparte Nuevo tema", "Fin.\n\nNuevo tema"),
    ("", "hola nueva línea adiós", "Hola\nAdiós"),
    ("", "un punto de vista", "Un punto de vista"),
    ("", "quiero que coma una manzana", "Quiero que coma una manzana"),
    ("", "abrir comillas sí cerrar comillas", "“Sí”"),
    ("Creo", "Que sí.", " que sí."),
    ("Hola.", "Borra eso.", "", 1),
)

ITALIAN = of(
    "Italian",
    ("", "Ciao, virgola, come va, punto interrogativo.", "Ciao, come va?"),
    ("", "fine punto a capo inizio", "Fine.\nInizio"),
    ("", "ciao a capo ciao", "Ciao\nCiao"),
    ("", "bisogna andare a capo", "Bisogna andare a capo"),
    ("", "un punto di vista", "Un punto di vista"),
    ("", "uno punto e virgola due", "Uno; due"),
    ("", "apri parentesi sì chiudi parentesi", "(Sì)"),
    ("Credo", "Che sì.", " che sì."),
    ("Credo", "L'uomo.", " l'uomo."),
    ("Ciao.", "Cancella questo.", "", 1),
)

PORTUGUESE = of(
    "Portuguese",
    ("", "Olá, vírgula, tudo bem? Ponto de interrogação.", "Olá, tudo bem?"),
    ("", "olá nova linha adeus ponto final", "Olá\nAdeus."),
    ("", "um ponto de vista", "Um ponto de vista"),
    ("", "um ponto e vírgula", "Um ponto e vírgula"),
    ("", "assim dois pontos isto", "Assim: isto"),
    ("", "abrir aspas sim fechar aspas", "“Sim”"),
    ("Acho", "Que sim.", " que sim."),
    ("Olá.", "Apaga isso.", "", 1),
)

CHINESE = of(
    "Chinese",
    ("", "今天天气很好逗号我们出去玩句号", "今天天气很好，我们出去玩。"),
    ("", "你好，换行，再见。", "你好\n再见。"),
    ("", "你好。换行。再见。", "你好。\n再见。"),
    ("你好。", "再见。", "再见。"),
    ("你好", "逗号", "，"),
    ("", "真的吗问号感叹号", "真的吗？！"),
    ("", "他说冒号左引号好右引号", "他说：“好”"),
    ("", "打了个问号", "打了个问号"),
    ("", "字面逗号", "逗号"),
    ("你好。", "删掉这句。", "", 1),
    ("我用", "Python 编程。", "Python 编程。"),
    ("", "今天天氣很好逗號我們出去玩句號", "今天天氣很好，我們出去玩。"),
)

JAPANESE = of(
    "Japanese",
    ("", "今日は読点いい天気句点改行また明日", "今日は、いい天気。\nまた明日"),
    ("", "句読点を使う", "句読点を使う"),
    ("", "改行を入れる", "改行を入れる"),
    ("今日", "まる。", "。"),
    ("", "まるい", "まるい"),
    ("", "本当ですか疑問符", "本当ですか？"),
    ("", "かぎ括弧開くはいかぎ括弧閉じる", "「はい」"),
    ("今日は。", "今のなし", "", 1),
    ("今日は。", "明日。", "明日。"),
)

OTHERS = [
    *of("de", ("Ich ging", "Und dann", " und dann")),
    *of("Korean", ("안녕.", "새 줄", " 새 줄")),
    *of("Russian", ("Привет.", "как дела", " Как дела"), ("Я пошёл", "И потом", " И потом")),
    *of("Turkish", ("Merhaba.", "istanbul güzel", " İstanbul güzel")),
    *of("Arabic", ("مرحبا", "بالعالم، نعم", " بالعالم، نعم")),
    *of("Thai", ("สวัสดี", "ครับ", " ครับ")),
    *of("Klingon", ("", "hello new line", "Hello\n")),
    *of("", ("", "hello comma", "Hello,")),
]

CASES = [
    *PLAIN,
    *SPACES_AND_CAPITALS,
    *COMMANDS,
    *SCRATCH,
    *PUNCTUATION,
    *GERMAN,
    *FRENCH,
    *SPANISH,
    *ITALIAN,
    *PORTUGUESE,
    *CHINESE,
    *JAPANESE,
    *OTHERS,
]
