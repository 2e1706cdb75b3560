"""Typing on macOS."""
