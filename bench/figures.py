"""Figures of a series of times."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench.errors import BenchFailed


def percentile(values: Sequence[float], per_cent: float) -> float:
    """The value that ``per_cent`` of all values don't exceed, interpolated between neighbours.

    Raises: BenchFailed: there is no value.
    """
    if not values:
        raise BenchFailed("nothing was measured")
    ordered = sorted(values)
    place = (len(ordered) - 1) * per_cent / 100
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


@dataclass(frozen=True)
class Times:
    """A series of times, in milliseconds."""

    count: int
    p50: float
    p95: float
    p99: float
    most: float

    @classmethod
    def of_seconds(cls, seconds: Sequence[float]) -> Times:
        """Raises: BenchFailed: the series is empty."""
        ms = [value * 1000 for value in seconds]
        return cls(
            len(ms),
            round(percentile(ms, 50), 2),
            round(percentile(ms, 95), 2),
            round(percentile(ms, 99), 2),
            round(max(ms), 2),
        )
