"""What blocks of contacts (TAJ-5), and all that a broadcast needs to know (HOK-5.3), need of the database.

As everywhere: plain texts on this side, rows locked before they change, one transaction a verb.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from handoff.domain.block import Block, Lifted, Standing
from handoff.domain.broadcast import BroadcastText, Following, WishWay


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What was written while a block ran and nobody answered it. session_id: of the last one; at: when it was stored."""

    count: int
    session_id: UUID
    at: datetime


class Blocks(Protocol):
    """Supervisors' decisions that nobody answers somebody for a time. A contact's changes are made under its drain lock."""

    async def standing(self, contact_id: UUID, calm_since: datetime) -> Standing:
        """What speaks against blocking a contact. Sessions linked to one of theirs, by phone or another way, count as well.

        Args: calm_since: a session at risk that was still open then counts.
        """

    async def add(self, block: Block) -> bool:
        """False where its id, the key of the request, is known already."""

    async def has(self, block_id: UUID) -> bool: ...
    async def lock(self, block_id: UUID) -> Block:
        """Raises: NotFound."""

    async def running(self, contact_id: UUID, at: datetime) -> Block | None:
        """The block in force, not locked."""

    async def lift(self, block: Block) -> None:
        """Write how a block ended before its last day."""

    async def lift_running(self, contact_id: UUID, at: datetime, why: Lifted) -> Sequence[UUID]:
        """End whatever is in force for a contact, by nobody; give the ids."""

    async def tell_once(self, block_id: UUID, at: datetime) -> bool:
        """Note that the contact hears of a block; True the first time alone."""

    async def meanwhile(self, block: Block, *, unasked: bool = False) -> Meanwhile | None:
        """None where nothing was written. Args: unasked: only what nobody was asked to read yet."""

    async def to_be_read(self, at: datetime, every: timedelta) -> Sequence[UUID]:
        """Blocks with messages that nobody was asked to read: of those that run, where the first is ``every`` old."""

    async def mark_asked(self, block_id: UUID, through: datetime) -> None:
        """Note that somebody is asked to read what was written until then."""

    async def listed(self, at: datetime, limit: int) -> Sequence[Block]:
        """The blocks: first those in force, then by time, the newest first."""

    async def counts(self, at: datetime) -> tuple[int, int]:
        """How many are in force, and how many there ever were."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a contact last said of broadcasts. made_by: who wrote it down, None for their own words."""

    wanted: bool
    way: WishWay
    made_by: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Registration:
    """How many follow our account. known: friends from before we were told of it, counted when they first wrote."""

    month: date
    follows: int
    known: int
    refollows: int
    unfollows: int


@dataclass(frozen=True, slots=True)
class Since:
    """One contact's dates. known_since: of their first following, or their first event where that was before we were told;
    changed: the last change and its time, None where there was none.
    """

    following: bool
    known_since: datetime
    changed: tuple[Following, datetime] | None


class Broadcasts(Protocol):
    """Who follows since when and wants to hear of us, and what the board approved. Contacts of drills count nowhere."""

    async def note_following(self, event_id: UUID, contact_id: UUID, kind: Following, at: datetime) -> bool:
        """False where this event was noted already."""

    async def since(self, contact_id: UUID) -> Since | None:
        """None for whoever isn't on LINE."""

    async def add_wish(self, key: UUID, contact_id: UUID, wish: Wish) -> bool:
        """False where its key is known already."""

    async def wish(self, contact_id: UUID) -> Wish | None:
        """None where they never said."""

    async def registrations(self, since: datetime) -> Sequence[Registration]:
        """By month in Japan, the newest first; months in which nothing happened are left out."""

    async def followers(self) -> int: ...
    async def opted_out(self) -> int:
        """How many of the followers want no broadcasts."""

    async def recipients_count(self, at: datetime) -> int:
        """How many would get a broadcast: they follow, didn't say that they want none, and aren't blocked by us."""

    async def add_text(self, text: BroadcastText) -> bool:
        """False where its id, the key of the request, is known already."""

    async def lock_text(self, text_id: UUID) -> BroadcastText:
        """Raises: NotFound."""

    async def decide_text(self, text: BroadcastText) -> None:
        """Write the board's word, or that a text is out of use; its words and days are never written again."""

    async def texts(self, profile: str, limit: int) -> Sequence[BroadcastText]:
        """A profile's texts, the newest first; those that were approved and aren't out of use are never cut off."""

    async def count_texts(self, profile: str) -> int: ...
