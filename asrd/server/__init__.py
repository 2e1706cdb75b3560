"""The daemon's door: a WebSocket and a few pages on one port. Everything in here runs in the event loop's thread."""
