"""Faults and drills."""
