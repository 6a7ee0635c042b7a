"""Drills: a critical case from a script, played through the real service (KAG-7.1ア; drill mode)."""
