"""How many of LINE's pushes of a month are left, and for whom they are kept (design: "live talk first")."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quota:
    """LINE's own numbers of this month. limit: pushes that it allows, None where it sets no limit; used: told so far."""

    limit: int | None
    used: int

    @property
    def remaining(self) -> int | None:
        """Pushes left; None where there is no limit."""
        return None if self.limit is None else max(0, self.limit - self.used)

    def is_low(self, reserve: int) -> bool:
        """Whether supervisors should look: less than twice what is kept for live talks."""
        return self.remaining is not None and self.remaining < 2 * reserve

    def is_spare(self, reserve: int) -> bool:
        """Whether something that nobody asked for may still be sent."""
        return self.remaining is None or self.remaining > reserve
