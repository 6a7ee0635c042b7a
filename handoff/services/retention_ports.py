"""What disposal and the store for research need of the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from handoff.domain.kept import Kept
from handoff.domain.research import ResearchRecord
from handoff.domain.retention import Cause, HoldKind, KeptContact, Parting
from handoff.services.request_ports import DisposalOrder
from handoff.services.transcript_ports import KnownMessage


@dataclass(frozen=True, slots=True)
class Batch:
    """What goes together. partings: by contact; order: by whose decision, None by the rule."""

    id: UUID
    at: datetime
    partings: Mapping[UUID, Parting]
    order: DisposalOrder | None = None

    @property
    def cause(self) -> Cause:
        return Cause.RULE if self.order is None else Cause.ORDER

    @property
    def kinds(self) -> Mapping[UUID, frozenset[Kept]]:
        """By session, of all contacts."""
        return {session: of for one in self.partings.values() for session, of in one.kinds.items()}

    @property
    def whole(self) -> frozenset[UUID]:
        return frozenset(session for one in self.partings.values() for session in one.whole)

    @property
    def persons(self) -> frozenset[UUID]:
        """Contacts that go themselves."""
        return frozenset(contact for contact, one in self.partings.items() if one.contact)


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An order that isn't carried out. everything: all was granted; told: whoever asked has heard so."""

    order: DisposalOrder
    everything: bool
    told: bool


@dataclass(frozen=True, slots=True)
class Disposal:
    """A proof; see ``DisposalRow``."""

    id: UUID
    profile: str
    day: date
    kind: Kept
    cause: Cause
    count: int
    decided_by: UUID | None = None
    second_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One look at what has to go."""

    id: UUID
    at: datetime
    by: str
    ended: bool = False
    disposed: int = 0
    held: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold as the list shows it. session_id: the newest of the person's, None where none is left."""

    id: UUID
    kind: HoldKind
    until: date | None
    reason: str
    placed_by: UUID
    placed_at: datetime
    session_id: UUID | None


@dataclass(frozen=True, slots=True)
class Spent:
    """How much was swept away that nobody needs any more."""

    events: int = 0
    others: Mapping[str, int] = field(default_factory=dict)


class Retention(Protocol):
    """What is due, and its disposal; see ``docs/adr/0029-retention.md`` for why it takes three transactions."""

    async def candidates(self, ends: Mapping[Kept, datetime], after: UUID | None, limit: int) -> Sequence[UUID]:
        """Contacts of which something may be due, in order of their ids. ends: by kind, the last end that may be."""

    async def contact(self, contact_id: UUID, now: datetime, *, but: UUID | None = None) -> KeptContact | None:
        """What is left of one. Args: but: a data request that doesn't hold back."""

    async def claim(self, contact_id: UUID) -> bool:
        """Lock all of a contact for the transaction; False where somebody works on it."""

    async def begin(self, batch: Batch) -> None:
        """T1: what may not share the number of the deleting transaction."""

    async def delete(self, batch: Batch) -> None:
        """T2: rows, keys, and the way from the facts. Raises: StoreUnavailable."""

    async def finish(self, batch: Batch, done: Collection[UUID], profile: str, day: date) -> int:
        """T3: the rest, and the proof. done: contacts whose rows went. How many things were disposed of."""

    async def close(self, batch: Batch, done: Collection[UUID]) -> bool:
        """The first of T3: the batch is over, and what stays after all is as before; False where it was over already."""

    async def begun(self) -> Sequence[Batch]:
        """Batches without a proof: what a kill left."""

    async def gone(self, session_id: UUID, kinds: Collection[Kept], *, whole: bool) -> bool:
        """Whether nothing of these is left of a session, no key either. whole: of the session itself."""

    async def words_gone(self, session_id: UUID) -> bool:
        """Whether what was said and noted in a session was disposed of."""

    async def wipe(self, contact_id: UUID, now: datetime) -> None:
        """Take the person themselves away; the row stays, empty, where others point at it."""

    async def open_orders(self) -> Sequence[OpenOrder]: ...
    async def lines_of(self, order: DisposalOrder) -> Sequence[KnownMessage]:
        """The student's lines that an order names, as far as they are there, locked."""

    async def want_lines(self, request_id: UUID, line_ids: Sequence[UUID]) -> None:
        """Note of a request that it is about these lines alone."""

    async def wanted_lines(self, request_id: UUID) -> tuple[UUID, ...]: ...
    async def order_done(self, order_id: UUID, at: datetime) -> None: ...
    async def sweep(self, now: datetime, handovers_before: datetime | None) -> Spent:
        """Empty what came in and is done, and drop what nobody reads any more."""

    async def begin_run(self, run: Run, real: datetime, every_since: datetime) -> bool:
        """False where another run began after ``every_since``."""

    async def end_run(self, run: Run, real: datetime) -> None: ...
    async def runs(self, limit: int) -> Sequence[Run]: ...
    async def disposals(self, profile: str, limit: int) -> Sequence[Disposal]:
        """Proofs, summed up by day, kind and cause; the last first."""

    async def disposals_of(self, profile: str, day: date) -> Sequence[Disposal]: ...
    async def holds(self, profile: str, today: date) -> Sequence[Hold]:
        """Those that hold, the first to end first."""

    async def end_hold(self, hold_id: UUID, contact_id: UUID, by: UUID, at: datetime, reason: str) -> bool:
        """False where it isn't the contact's, or is over."""


@dataclass(frozen=True, slots=True)
class ResearchExport:
    """A wish to export; approved: None while the board hasn't said."""

    id: UUID
    profile: str
    purpose: str
    made_by: UUID
    made_at: datetime
    approved: bool | None = None
    remark: str = ""
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    taken_by: UUID | None = None
    taken_at: datetime | None = None
    rows_given: int | None = None
    rows_left_out: int | None = None


class Research(Protocol):
    """What is kept for research, apart from all else."""

    async def consent(self, session_id: UUID) -> datetime | None: ...
    async def note_consent(self, session_id: UUID, by: UUID, at: datetime) -> None: ...
    async def drop_consent(self, session_id: UUID) -> bool: ...
    async def consented(self, session_ids: Collection[UUID]) -> frozenset[UUID]: ...
    async def add(self, records: Sequence[ResearchRecord]) -> None:
        """Write them, and all others anew in random order."""

    async def records(self) -> Sequence[ResearchRecord]: ...
    async def count(self) -> int: ...
    async def ask(self, export: ResearchExport) -> bool:
        """False where the same form was sent before."""

    async def lock(self, profile: str, export_id: UUID) -> ResearchExport:
        """Raises: NotFound."""

    async def save(self, export: ResearchExport) -> None: ...
    async def exports(self, profile: str, limit: int) -> Sequence[ResearchExport]:
        """The last first."""
