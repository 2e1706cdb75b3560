"""Subtitles written while they come: finals become cues, and cues become files that are whole at any time."""
