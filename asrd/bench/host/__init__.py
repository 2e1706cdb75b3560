"""What a bench runs on."""
