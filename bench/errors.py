"""What keeps a measurement from being taken."""

from __future__ import annotations


class BenchFailed(Exception):
    """A measurement can't be taken; the text says why in one line."""
