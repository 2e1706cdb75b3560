"""Models, one at a time."""
