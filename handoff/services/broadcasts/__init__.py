"""Blocks of contacts (TAJ-5); who follows since when, and approved texts (HOK-5.3)."""
