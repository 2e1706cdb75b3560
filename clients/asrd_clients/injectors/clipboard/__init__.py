"""Typing by pasting: the clipboard has the text for a moment, and then what it had before."""
