"""Faults of the service and their report to the board (KAG-8.1, TAJ-N6); what is played in a drill is in ``drill_ports``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from handoff.domain.fault import BoardReport, Fault, FaultText, Hint, HintCode


@dataclass(frozen=True, slots=True)
class FaultVersion:
    """One version of a fault's text. text: None where it can't be opened."""

    number: int
    text: FaultText | None
    by: UUID
    at: datetime


class Faults(Protocol):
    """Faults, their versions, what the board was told, and what the service noticed by itself."""

    async def open_count(self, profile: str) -> int:
        """How many faults aren't repaired yet."""

    async def notice(self, profile: str) -> str | None:
        """What students are told of a fault that is open now; of several the newest (TAJ-N6)."""

    async def find(self, fault_id: UUID) -> Fault:
        """Not locked, for reading. Raises: NotFound."""

    async def lock(self, fault_id: UUID) -> Fault:
        """Raises: NotFound."""

    async def add(self, fault: Fault, key: UUID) -> bool:
        """A fault with its first version; False where its id is known already."""

    async def add_version(self, fault: Fault, key: UUID, by: UUID, at: datetime) -> bool:
        """Append a locked fault's text as its ``version``, with its state; False where this form was kept before."""

    async def knows_version(self, key: UUID) -> bool:
        """Whether a version was kept by this form before."""

    async def save(self, fault: Fault) -> None:
        """Write state, finished version, notice and end of a locked fault."""

    async def versions(self, fault_id: UUID) -> Sequence[FaultVersion]:
        """All, the first one first."""

    async def add_report(self, report: BoardReport) -> bool:
        """False where its id, the key of the form, is known already."""

    async def reports(self, fault_id: UUID) -> Sequence[BoardReport]:
        """What the board was told, in order."""

    async def page(self, profile: str, offset: int, limit: int) -> Sequence[Fault]:
        """Those that aren't closed first, then the newest."""

    async def count(self, profile: str) -> int: ...
    async def reported(self, fault_ids: Sequence[UUID]) -> Mapping[UUID, datetime]:
        """When the board was first told, by fault; those that it wasn't told of are missing."""

    async def hints(self, profile: str, since: datetime, real_since: datetime) -> Sequence[Hint]:
        """What was noticed after ``since`` and nobody looked at yet; drills apart.

        Args: since: on the service's clock; real_since: the same moment in real time.
        """

    async def see_hint(self, profile: str, code: HintCode, through: datetime, by: UUID) -> None:
        """Note that somebody looked at what was noticed up to then (service clock)."""
