"""Endurance."""
