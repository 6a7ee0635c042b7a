"""Changing the keys while the service runs."""
