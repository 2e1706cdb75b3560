"""Dictation into the focused window: what to type and what to take back."""
