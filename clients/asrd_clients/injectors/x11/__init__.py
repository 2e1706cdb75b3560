"""Typing under X11: what XTest presses, and what XKB makes of it."""
