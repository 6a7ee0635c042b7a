"""What the roster's verbs need of the database: entries in versions, pledges, trainings (KAG-6.1ア, ウ, オ)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from handoff.domain.roster import Entry, Pledge, Training, Way


@dataclass(frozen=True, slots=True)
class Kept:
    """All that the roster keeps, or of one person, each in the order in which it was made."""

    entries: Sequence[Entry]
    pledges: Sequence[Pledge]
    trainings: Sequence[Training]


class Rosters(Protocol):
    """The staff roster."""

    async def add_entry(self, entry: Entry) -> bool:
        """Keep a version; False where it is there already."""

    async def lock_entry(self, entry_id: UUID) -> Entry:
        """Raises: NotFound."""

    async def announce(self, entry_id: UUID, on: date, way: Way, holds_from: date) -> None: ...
    async def withdraw_entry(self, entry_id: UUID, by: UUID, at: datetime) -> None: ...
    async def add_pledge(self, pledge: Pledge) -> bool:
        """Keep a pledge; False where it is there already."""

    async def add_training(self, training: Training) -> bool:
        """Keep a training; False where it is there already."""

    async def withdraw_training(self, training_id: UUID, by: UUID, at: datetime) -> UUID | None:
        """Take out one that was written down by mistake; whose it was, None where it is gone already."""

    async def kept(self, staff_id: UUID | None = None) -> Kept:
        """What is kept of one person, or of all: a roster is some dozens of people."""

    async def warnings(self, today: date) -> Sequence[str]:
        """What has to be seen to before it stops somebody's work, in Japanese sentences (an expiry within 30 days)."""
