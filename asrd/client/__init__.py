"""Clients of a running daemon: they know its protocol and nothing of its inside."""
