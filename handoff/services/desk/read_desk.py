"""What somebody at the desk may see, and the record of what they opened."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from handoff.domain.desk import NoteKind
from handoff.domain.errors import NotFound
from handoff.domain.queue import Waiting, order
from handoff.domain.session import Owner, State
from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk_ports import FeedEntry, Note, Proposal
from handoff.services.desk_view_ports import Card, Care, DeskLine, EarlierSession
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

#: Entries of the log that are read at once.
BATCH: Final = 500
#: So long an alarm is shown to whoever opens a desk after it.
ALARMS_SHOWN: Final = timedelta(minutes=30)
#: A list that a page asks for by itself is written down once in this time.
INTAKES_SHOWN: Final = timedelta(minutes=10)
#: By these a session's words came to somebody; who watches it since is written down once for so long, as long as one signs
#: in for.
_OPENED: Final = ("open_talk", "look_in", "watch_talk")
_WATCHED_FOR: Final = timedelta(hours=12)
#: In the queue anybody who counsels may read.
_FREE: Final = frozenset({State.WAITING, State.LEFT_MESSAGE})


def may_read(member: StaffMember, card: Card) -> bool:
    """Whether somebody may read a session's words: a supervisor always; a counsellor what waits for anyone, what the
    on-call person began outside the desk, what is theirs or offered to them, and a sheet that somebody else must sign.
    """
    if not member.may(Permission.COUNSEL):
        return False
    if member.is_supervisor or card.state in _FREE or card.owner is Owner.ON_CALL:
        return True
    if member.id in (card.counsellor_id, card.second_id, card.offered_to):
        return True
    return card.state is State.WRAP_UP and card.sheet_filled and not card.sheet_signed


def among_talks(card: Card) -> bool:
    """Whether a session stands where people look for talks; a report that asked for nobody is in the reports' inbox."""
    return not (card.report and card.state is State.LEFT_MESSAGE and card.human_wanted is None)


async def may_open(tx: Transaction, member: StaffMember, card: Card) -> bool:
    """Whether somebody may open a session: who may read what a student says now may read what was said with them
    before (continuity, WG-19).
    """
    if may_read(member, card):
        return True
    now = await tx.views.open_card(card.contact_id)
    return now is not None and may_read(member, now)


def may_see_note(member: StaffMember, card: Card, note: Note) -> bool:
    """A whisper is for the counsellor, the second person and supervisors; every other note for whoever reads."""
    if note.kind is not NoteKind.WHISPER or member.is_supervisor:
        return True
    return member.id in (card.counsellor_id, card.second_id, note.staff_id)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the team as the desk shows them. live: how many sessions they have."""

    member: StaffMember
    on_duty: bool
    seen_at: datetime
    live: int
    spoke_at: datetime | None


@dataclass(frozen=True, slots=True)
class Desk:
    """What the desk shows when it opens. cursor: how far the log had grown before any of it was read."""

    cursor: int
    at: datetime
    cards: Sequence[Card]
    people: Sequence[Person]
    alarms: Sequence[FeedEntry]


@dataclass(frozen=True, slots=True)
class Talk:
    """Everything of one session for whoever may read it."""

    cursor: int
    card: Card
    lines: Sequence[DeskLine]
    notes: Sequence[Note]
    proposals: Sequence[Proposal]
    draft: str
    earlier: Sequence[EarlierSession]
    care: Care


class ReadDesk:
    """The reads of the desk. What a person opens is written down; what the log brings to an open page isn't again."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    @property
    def now(self) -> datetime:
        return self._setting.clock.now()

    async def desk(self, member: StaffMember) -> Desk:
        """The queue, this person's own sessions, and the team. Raises: NotPermitted."""
        member.check(Permission.COUNSEL)
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            cursor = await tx.views.cursor()
            cards = [card for card in await tx.views.cards() if may_read(member, card) and among_talks(card)]
            # The queue shows what was written at risk, so opening it is a reading.
            await tx.audit.add(self.now, member.actor, "open_desk", None, cards=len(cards))
            recent = await tx.views.alarms(self._setting.clock.real() - ALARMS_SHOWN)
        alarms = [one for one in recent if member.is_supervisor or one.subject == member.id]
        return Desk(cursor, self.now, cards, await self.people(), alarms)

    async def people(self) -> Sequence[Person]:
        """The team: who is there, and what they carry."""
        since = self._setting.clock.real() - self._setting.profile.desk.grace
        async with self._store.reading() as tx:
            present = await tx.views.present(since)
            carried = await tx.views.carried()
        return [Person(member, on_duty, seen, *carried.get(member.id, (0, None))) for member, on_duty, seen in present]

    async def talk(self, session_id: UUID, member: StaffMember) -> Talk:
        """Open one session. Raises: NotFound: there is none, or this person may not read it; both look the same."""
        async with self._store.transaction() as tx:
            cursor = await tx.views.cursor()
            card = await tx.views.card(session_id)
            if card is None or not await may_open(tx, member, card):
                raise NotFound("no such session")
            own = member.id in (card.counsellor_id, card.second_id)
            looks_in = member.is_supervisor and not own and card.state is State.LIVE
            lines = await tx.views.lines(session_id)
            await tx.audit.add(
                self.now, member.actor, "look_in" if looks_in else "open_talk", session_id, lines=len(lines)
            )
            notes = [note for note in await tx.views.notes(session_id) if may_see_note(member, card, note)]
            return Talk(
                cursor=cursor,
                card=card,
                lines=lines,
                notes=notes,
                proposals=await tx.views.proposals(session_id),
                draft=await tx.views.draft(session_id, member.id),
                earlier=await tx.views.earlier(session_id, card.contact_id),
                care=await tx.views.care(card.contact_id),
            )

    async def intakes(self, member: StaffMember) -> Sequence[Card]:
        """Who talks with the bot alone, for a supervisor. Raises: NotPermitted."""
        member.check(Permission.SUPERVISE)
        async with self._store.reading() as tx:
            # The page asks again every few seconds.
            if not await tx.audit_pages.did(member.actor, ("open_intakes",), None, self.now - INTAKES_SHOWN):
                await tx.audit.add(self.now, member.actor, "open_intakes", None)
            return await tx.views.intakes()

    async def waiting_proposals(self, member: StaffMember) -> Sequence[Proposal]:
        """The lines that wait for a supervisor's yes; reading them is on record. Raises: NotPermitted."""
        member.check(Permission.SUPERVISE)
        async with self._store.transaction() as tx:
            waiting = await tx.views.waiting_proposals()
            await tx.audit.add(self.now, member.actor, "open_proposals", None, proposals=len(waiting))
            return waiting

    def queue(self, cards: Sequence[Card]) -> list[UUID]:
        """The waiting sessions among these, in the order in which they are taken."""
        waiting = [
            Waiting(
                card.id,
                card.level,
                card.unscreened,
                card.waiting_since or card.opened_at,
                card.queued_at,
                card.drill,
            )
            for card in cards
            if card.state is State.WAITING
        ]
        return [one.id for one in order(waiting, self.now, self._setting.profile.desk.ageing)]

    async def follow(self, member: StaffMember) -> None:
        """Write down that somebody is shown the cards of the desk who didn't open its page. Raises: StoreUnavailable."""
        async with self._store.reading() as tx:
            if not await tx.audit_pages.did(member.actor, ("open_desk",), None, self.now - _WATCHED_FOR):
                await tx.audit.add(self.now, member.actor, "open_desk", None)

    async def watch(self, member: StaffMember, session_id: UUID) -> None:
        """Write down that somebody is shown what comes in a session that they haven't opened. Raises: StoreUnavailable."""
        async with self._store.reading() as tx:
            if not await tx.audit_pages.did(member.actor, _OPENED, session_id, self.now - _WATCHED_FOR):
                await tx.audit.add(self.now, member.actor, "watch_talk", session_id)

    # For the log that keeps open desks up to date ---------------------------------------------------------------

    async def cursor(self) -> int:
        async with self._store.reading() as tx:
            return await tx.views.cursor()

    async def entries_after(self, cursor: int) -> Sequence[FeedEntry]:
        async with self._store.reading() as tx:
            return await tx.views.entries_after(cursor, BATCH)

    async def card(self, session_id: UUID) -> Card | None:
        async with self._store.reading() as tx:
            return await tx.views.card(session_id)

    async def shown_to(self, member: StaffMember, named: Collection[UUID]) -> frozenset[UUID]:
        """The sessions that stand on this person's desk now, and those of ``named`` that they read elsewhere; ids alone."""
        async with self._store.reading() as tx:
            found = {card.id for card in await tx.views.cards() if may_read(member, card) and among_talks(card)}
            others = await tx.views.cards_named(set(named) - found)
        read = {card.id for card in others if may_read(member, card) and card.state is not State.CLOSED}
        return frozenset(found | read)

    async def card_for(self, session_id: UUID, member: StaffMember) -> Card | None:
        """A session's card, without its words, for who may open it; None for everybody else, and where there is none."""
        async with self._store.reading() as tx:
            card = await tx.views.card(session_id)
            return card if card is not None and await may_open(tx, member, card) else None

    async def line(self, line_id: UUID) -> DeskLine | None:
        async with self._store.reading() as tx:
            return await tx.views.line(line_id)

    async def lines_of_call(self, call_id: UUID) -> Sequence[DeskLine]:
        async with self._store.reading() as tx:
            return await tx.views.lines_of_call(call_id)

    async def note(self, note_id: UUID) -> Note | None:
        async with self._store.reading() as tx:
            return await tx.views.note(note_id)

    async def proposal(self, proposal_id: UUID) -> Proposal:
        """Raises: NotFound."""
        async with self._store.reading() as tx:
            return await tx.talks.proposal(proposal_id)
