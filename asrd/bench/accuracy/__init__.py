"""How much of what was said is written down rightly."""
