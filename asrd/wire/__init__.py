"""What goes over the WebSocket, as values and as bytes. No socket, no clock: docs PROTOCOLS, section 1."""
