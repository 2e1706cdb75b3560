"""The running service: sessions, threads, queues."""
