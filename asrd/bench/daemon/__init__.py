"""A whole daemon, seen by its clients."""
