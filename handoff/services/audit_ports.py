"""What the audit's chain, its page and its confirmations need of the database and of the place where its end is noted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from handoff.domain.audit import Anchor, AuditEntry, ChainFault, LinkedEntry
from handoff.domain.security_check import Answer, Point


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody looks for. actor: whole; verbs: None for all; before: rows older than this sequence; first, last: days."""

    actor: str | None = None
    verbs: frozenset[str] | None = None
    session_id: UUID | None = None
    first: date | None = None
    last: date | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """How far old rows were taken away."""

    end: Anchor
    mark: bytes


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What was confirmed for a month. checked: links that were gone over; fault: what was found then; end: of the chain."""

    id: UUID
    profile: str
    month: date
    points: Mapping[Point, Answer]
    confirmed_by: UUID
    confirmed_at: datetime
    checked: int
    fault: str | None
    end: Anchor


class AuditChain(Protocol):
    """Rows as a chain. What is unlinked was just written, or was never written by the service."""

    async def take_turn(self) -> bool:
        """Whether this transaction alone may add links now; False where another one does."""

    async def end(self) -> Anchor: ...
    async def cut(self) -> Cut | None:
        """The newest one."""

    async def unlinked(self, after: int, limit: int) -> Sequence[AuditEntry]:
        """Rows without a link whose sequence is greater than ``after``, in the order of their sequence."""

    async def link(self, links: Sequence[LinkedEntry], real_at: datetime) -> None: ...
    async def links(self, after: int, limit: int) -> Sequence[LinkedEntry]:
        """Links with a greater number, in their order, with their rows."""

    async def anchor_at(self, number: int) -> Anchor | None:
        """The chain's end as it was at this number; None where there is no such link."""

    async def newest_sequence(self) -> int:
        """Of all rows, linked or not; 0 where there is none."""

    async def newest(self) -> AuditEntry | None:
        """The row of the last link; None where there is no link, or its row is gone."""


class AuditPages(Protocol):
    """The audit for people."""

    async def find(self, asked: Asked, limit: int) -> Sequence[AuditEntry]:
        """The newest first."""

    async def did(self, actor: str, verbs: Collection[str], session_id: UUID | None, since: datetime) -> bool:
        """Whether somebody did one of these since then, with this session or with none."""

    async def begun(self) -> datetime | None:
        """When the oldest row was written; None where there is none."""

    async def confirm(self, confirmation: Confirmation) -> bool:
        """Keep it; False where this form was kept before."""

    async def confirmations(self, profile: str, limit: int) -> Sequence[Confirmation]:
        """The newest first."""


class AnchorFile(Protocol):
    """A place outside the database where the chain's end is noted."""

    def newest(self) -> Anchor | None:
        """The one that was noted last; None where none was. Raises: OSError. ValueError: it isn't one of ours."""

    def note(self, anchor: Anchor) -> None:
        """Raises: OSError."""


#: Told while a long check runs: how many links it has gone over.
type Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. links: gone over; unlinked: rows that wait for their link; end: how far it came."""

    links: int
    unlinked: int
    end: Anchor
    fault: ChainFault | None
