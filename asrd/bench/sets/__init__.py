"""Clips, and what is known of them."""
