"""From what was said to what is typed: spoken commands, replacements, spacing. Pure, but for the file's watcher."""

from asrd_clients.rules.example import EXAMPLE
from asrd_clients.rules.file import RulesFile, default_rules, load_rules
from asrd_clients.rules.interface import Before, Rendered, Rules
from asrd_clients.rules.reading import parse_rules
from asrd_clients.rules.refusal import RulesError
from asrd_clients.rules.text_rules import TextRules
from asrd_clients.rules.trying import tried

__all__ = [
    "EXAMPLE",
    "Before",
    "Rendered",
    "Rules",
    "RulesError",
    "RulesFile",
    "TextRules",
    "default_rules",
    "load_rules",
    "parse_rules",
    "tried",
]
