"""Subtitles from finals, written while they come."""
