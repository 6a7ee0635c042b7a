"""What drills need of the database; ``handoff/adapters/database/drills.py`` implements it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from handoff.domain.drill import Drill, Facts


class Drills(Protocol):
    """Drills, and where they touch the queue of those who really write."""

    async def add(self, drill: Drill) -> bool:
        """Mark its contact as a test and keep it; False where its id is known already, or another one runs."""

    async def find(self, drill_id: UUID) -> Drill:
        """Not locked, for reading. Raises: NotFound."""

    async def lock(self, drill_id: UUID) -> Drill:
        """Raises: NotFound."""

    async def running(self, profile: str) -> Sequence[Drill]:
        """Those that aren't over; not locked."""

    async def save(self, drill: Drill) -> None:
        """Write all that can change of a locked drill."""

    async def of_contact(self, contact_id: UUID) -> Drill | None:
        """A contact's drill; None where it has none."""

    async def page(self, profile: str, offset: int, limit: int) -> Sequence[Drill]:
        """The newest first."""

    async def count(self, profile: str) -> int: ...
    async def is_test(self, contact_id: UUID) -> bool:
        """Whether a contact is a drill's."""

    async def real_urgent(self) -> bool:
        """Whether somebody who really writes waits at high, critical or unread, or has an escalation open."""

    async def session_of(self, contact_id: UUID) -> UUID | None:
        """A drill's session; None before its first line was read."""

    async def replied_at(self, contact_id: UUID) -> datetime | None:
        """The first word of a person of ours after the contact's last line; None where there is none."""

    async def facts(self, contact_id: UUID) -> Facts:
        """When what a team should do was first done."""
