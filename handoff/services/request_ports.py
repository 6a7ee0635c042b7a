"""What the verbs of requests about personal data, of the board's instructions and of leaks need of the database.

As everywhere: plain texts on this side, rows locked before they change, one transaction a verb.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from handoff.domain.data_request import Danger, DataRequest
from handoff.domain.instruction import Instruction
from handoff.domain.leak import Leak, LeakContent, VersionKind
from handoff.domain.retention import HoldKind
from handoff.domain.session import Level, State


class StepKind(StrEnum):
    """What was done about a request; each is a row that stays."""

    RECEIVE = "receive"
    LINK = "link"
    CHECK = "check"
    EXTEND = "extend"
    DECIDE = "decide"
    AGREE = "agree"
    RECONSIDER = "reconsider"
    OPEN_COPY = "open_copy"
    TELL = "tell"
    ORDER_DISPOSAL = "order_disposal"
    CARRY_OUT = "carry_out"
    WITHDRAW = "withdraw"
    HOLD = "hold"
    LIFT_HOLD = "lift_hold"


@dataclass(frozen=True, slots=True)
class RequestStep:
    """One row. id: of the form that asked for it, with what it said; code: of a closed list of its kind; words: empty where none."""

    id: UUID
    request_id: UUID
    kind: StepKind
    by: UUID
    at: datetime
    code: str | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class HeldSession:
    """A session of the person concerned, as the page of a request lists it."""

    id: UUID
    opened_at: datetime
    state: State
    level: Level | None
    lines: int


@dataclass(frozen=True, slots=True)
class LegalHold:
    """What is kept of a contact stays. until: the last day; None of an older one, which stays until it is lifted."""

    id: UUID
    contact_id: UUID
    reason: str
    placed_by: UUID
    placed_at: datetime
    kind: HoldKind = HoldKind.ORDER
    until: date | None = None


@dataclass(frozen=True, slots=True)
class DisposalOrder:
    """Two decided to dispose of what is kept of these sessions. done_at: None until that was done; line_ids: only the words
    of these lines.
    """

    id: UUID
    request_id: UUID
    contact_id: UUID
    session_ids: tuple[UUID, ...]
    decided_by: UUID
    second_by: UUID
    ordered_by: UUID
    ordered_at: datetime
    done_at: datetime | None = None
    line_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class LeakVersion:
    """A report as it went out. number: from 1, over both kinds."""

    id: UUID
    leak_id: UUID
    number: int
    kind: VersionKind
    noticed_on: date
    content: LeakContent
    made_by: UUID
    made_at: datetime


class DataRequests(Protocol):
    """Requests about personal data, and what is known of the people they are about."""

    async def add(self, request: DataRequest) -> bool:
        """False where its id, the key of the form, is known already."""

    async def find(self, profile: str, request_id: UUID) -> DataRequest:
        """Not locked. Raises: NotFound."""

    async def lock(self, profile: str, request_id: UUID) -> DataRequest:
        """Raises: NotFound."""

    async def save(self, request: DataRequest) -> None:
        """Write all that can change of a locked request."""

    async def listed(self, profile: str, over: bool, limit: int, skip: int = 0) -> Sequence[DataRequest]:
        """Those that are open, by the day they came in; those that are over, the last first."""

    async def proposed(self, profile: str, limit: int) -> Sequence[DataRequest]:
        """Those for which a second person has to agree, the oldest first."""

    async def count(self, profile: str, over: bool) -> int: ...
    async def add_step(self, step: RequestStep) -> bool:
        """False where its id, the key of the form, is known already."""

    async def steps(self, request_id: UUID) -> Sequence[RequestStep]:
        """In order."""

    async def sessions_of(self, contact_id: UUID) -> Sequence[HeldSession]:
        """All sessions of a contact, the newest first."""

    async def danger(self, contact_id: UUID) -> Danger:
        """What was ever found about the person, also where they wrote another way; what can't be read counts as found."""


class Disposals(Protocol):
    """What has to stay, and what is to go."""

    async def has_open_escalation(self, contact_id: UUID) -> bool: ...
    async def lock_contact(self, contact_id: UUID) -> None:
        """Nobody else places a hold or orders a disposal meanwhile."""

    async def holds(self, contact_id: UUID, today: date) -> Sequence[LegalHold]:
        """Those that hold on a day: not lifted, and not past their end."""

    async def place_hold(self, hold: LegalHold) -> None: ...
    async def lift_holds(self, contact_id: UUID, by: UUID, at: datetime, reason: str) -> None: ...
    async def order(self, order: DisposalOrder) -> None: ...
    async def order_of(self, request_id: UUID) -> DisposalOrder | None: ...
    async def drop_order(self, request_id: UUID) -> None:
        """Take back an order that wasn't carried out."""


class Instructions(Protocol):
    """Questions to the board, and its orders."""

    async def add(self, instruction: Instruction) -> bool:
        """False where its id, the key of the form, is known already."""

    async def find(self, profile: str, instruction_id: UUID) -> Instruction:
        """Not locked. Raises: NotFound."""

    async def lock(self, profile: str, instruction_id: UUID) -> Instruction:
        """Raises: NotFound."""

    async def save(self, instruction: Instruction) -> None: ...
    async def listed(
        self, profile: str, over: bool, limit: int, skip: int = 0, orders_only: bool = False
    ) -> Sequence[Instruction]:
        """Open ones by their day, closed ones the last first."""

    async def count(self, profile: str, over: bool, orders_only: bool = False) -> int: ...


class Leaks(Protocol):
    """Leaks, and their reports as they went out."""

    async def add(self, leak: Leak) -> bool:
        """False where its id, the key of the form, is known already."""

    async def find(self, profile: str, leak_id: UUID) -> Leak:
        """Not locked. Raises: NotFound."""

    async def lock(self, profile: str, leak_id: UUID) -> Leak:
        """Raises: NotFound."""

    async def save(self, leak: Leak) -> None: ...
    async def listed(self, profile: str, limit: int, skip: int = 0) -> Sequence[Leak]:
        """The last noticed first."""

    async def count(self, profile: str) -> int: ...
    async def add_version(self, version: LeakVersion) -> bool:
        """False where its id, the key of the form, is known already."""

    async def versions(self, leak_id: UUID) -> Sequence[LeakVersion]:
        """In order."""

    async def version(self, profile: str, version_id: UUID) -> LeakVersion:
        """Raises: NotFound."""

    async def sent(self, profile: str, limit: int) -> Sequence[LeakVersion]:
        """All reports that went out, the last first."""


class Requests(Protocol):
    """Requests for disclosure and deletion, the board's instructions, leak reports."""

    @property
    def data(self) -> DataRequests: ...
    @property
    def disposals(self) -> Disposals: ...
    @property
    def instructions(self) -> Instructions: ...
    @property
    def leaks(self) -> Leaks: ...
    async def open_count(self, profile: str) -> int:
        """How many requests, instructions and leak reports are open."""

    async def late_count(self, profile: str, today: date) -> int:
        """How many of them are past their day."""
