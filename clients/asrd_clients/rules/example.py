"""A rules file to begin with."""

from __future__ import annotations

from typing import Final

EXAMPLE: Final = r"""# Rules for `asrd type`: what is typed for what was said. Read again whenever this file changes.
# Everything here is as it is without a file, but for the lines that begin with "#e.g.": take "#e.g." away to use them.
# `asrd type --try "your words"` shows what would be typed.

[text]
language = "English"       # the language where the daemon does not tell it
commands = "anywhere"      # "anywhere"; "alone": only in an utterance that holds nothing else; "off"
punctuation = "all"        # "all"; "spoken": what you say as a command, and none of the model's
spacing = true             # a space between utterances
capitals = true            # a capital where a sentence begins, none where it goes on
capital_after_line = true  # a capital after a line break
numbers = false            # twenty-one as 21; needs the extra `dictation`
numbers_from = 4           # smaller numbers that stand alone stay words

# Spoken commands, by language (or "any"). A text is typed; false switches a built-in command off.
[commands.any]
#e.g. "insert my address" = "1 Example Street\nExampletown"

[commands.english]
#e.g. "period" = false
#e.g. "bullet point" = "\n• "
#e.g. "arrow" = { type = "->", space = "both" }  # a space "before", "after", on "both" sides, or "none"
#e.g. "forget that" = { do = "scratch" }  # scratch, no-space, capital, capitals-on, capitals-off, literal
#e.g. "stop" = { type = ".", alone = true }  # only in an utterance of its own
#e.g. "cap" = { do = "capital", not_after = ["a", "the"], not_before = ["on"] }

[commands.german]
#e.g. "Spiegelstrich" = "\n- "

# Words for words, whole words, in any case.
[replace]
#e.g. "by the way" = "BTW"
#e.g. "us" = { type = "U.S.", match_case = true }

[replace.german]
#e.g. "mit freundlichen Grüßen" = "MfG"

# Regular expressions (in single quotes, so that \ stands for itself), on the finished text of an utterance.
[patterns]
#e.g. '(\d+) percent' = '\1 %'
#e.g. '\bversion (\d+) point (\d+)' = { type = 'v\1.\2', ignore_case = true }

# Names and terms: told to the model, and put right where it wrote almost the same.
[vocabulary]
terms = []
#e.g. terms = ["Ada Lovelace", "Kubernetes", "GitHub"]
send = true                # tell them to the model
correct = true             # put them right afterwards
likeness = 0.8             # share of the letters that must be right; 1: capitals and spaces alone
"""
