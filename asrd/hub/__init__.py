"""Who gets what: sessions, clients and what waits for each. No socket, no thread, no clock."""
