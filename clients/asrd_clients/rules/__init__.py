"""From what was said to what is typed: spoken commands, replacements, spacing. Pure."""
