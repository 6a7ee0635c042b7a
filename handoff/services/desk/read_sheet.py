"""Read the wrap-up sheet of a session, the list of those that wait for somebody, and the page for an agency (WG-19)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from handoff.domain.delivery import DeliveryState
from handoff.domain.errors import InputRefused, NotFound
from handoff.domain.escalation import Suspect
from handoff.domain.incoming import OTHER_WAYS, MessageKind
from handoff.domain.other_ways import kind_name
from handoff.domain.profile.vocabulary import Agency
from handoff.domain.school import School
from handoff.domain.session import HumanWanted, Level, State
from handoff.domain.staff import Permission, StaffMember
from handoff.domain.survey import Survey
from handoff.domain.wrap_up import Sheet, handover_lines, needs_sign_off, prefilled
from handoff.services.care_ports import WrapUp
from handoff.services.desk.fill_sheet import OPEN, may_fill
from handoff.services.desk.read_desk import ReadDesk, Talk, may_read
from handoff.services.desk.sign_sheet import may_sign
from handoff.services.desk_view_ports import Card, DeskLine
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

_SILENT: Final = frozenset({MessageKind.FOLLOW, MessageKind.UNFOLLOW})
_LOST: Final = frozenset({DeliveryState.REFUSED, DeliveryState.DEAD})
_WORST_FIRST: Final = tuple(reversed(Level))


@dataclass(frozen=True, slots=True)
class SheetView:
    """A session's sheet for whoever may read it.

    Attributes: talk: with the words; sheet: what stands on it, or would; record: None where nothing was kept yet;
    school: of the register that was chosen, also one that is closed by now; may_fill: this person may write it, and it isn't over; may_finish: and the talk has ended; may_sign: it waits for
    this person's word; waits: a second person has to sign; before, after: the contact's sessions beside this one, after
    None where this person may not read it, though ``goes_on`` says that there is one; survey: what the student said of it
    afterwards; aliases: of all who did something.
    """

    talk: Talk
    sheet: Sheet
    record: WrapUp | None
    suspects: frozenset[Suspect]
    may_fill: bool
    may_finish: bool
    may_sign: bool
    waits: bool
    before: UUID | None
    after: UUID | None
    goes_on: bool
    survey: Survey | None
    aliases: Mapping[UUID, str]
    school: School | None = None


class SheetWait(StrEnum):
    """What a sheet waits for."""

    FILL = "fill"
    RETURNED = "returned"
    SIGN = "sign"
    OTHERS = "others"  # this person filled it in, or sent it back


@dataclass(frozen=True, slots=True)
class WaitingSheet:
    """A sheet in the list. people: who may fill it in, or did, by alias."""

    card: Card
    wait: SheetWait
    record: WrapUp | None
    people: Sequence[str]


@dataclass(frozen=True, slots=True)
class Handover:
    """The page for one agency; lines: headings and texts, none where this agency may not have one;
    finished: the sheet behind it is filled in."""

    card: Card
    to: Agency
    lines: tuple[tuple[str, str], ...]
    finished: bool
    at: datetime


async def may_open(tx: Transaction, member: StaffMember, card: Card) -> bool:
    """Whether somebody may read a session, also for having a later one of the same contact now (WG-19)."""
    if may_read(member, card):
        return True
    return member.may(Permission.COUNSEL) and any(
        other.contact_id == card.contact_id and other.counsellor_id == member.id for other in await tx.views.cards()
    )


class ReadSheet:
    """The reads around the sheet; each opening is on record."""

    def __init__(self, store: Store, setting: Setting, desk: ReadDesk) -> None:
        self._store = store
        self._setting = setting
        self._desk = desk

    async def __call__(self, session_id: UUID, member: StaffMember) -> SheetView:
        """Open a session's sheet, with the words it's about. Raises: NotPermitted, NotFound (also: may not read it)."""
        member.check(Permission.COUNSEL)
        await self._setting.refresh()
        talk = await self._desk.talk(session_id, member)
        card = talk.card
        async with self._store.transaction() as tx:
            record = await tx.wrap_ups.find(session_id)
            before, after = await tx.wrap_ups.linked(session_id)
            next_card = None if after is None else await tx.views.card(after)
            suspects = await tx.wrap_ups.suspects(session_id)
            survey = await tx.surveys.of_session(session_id)
            people = {card.counsellor_id, card.second_id, *(one.counsellor_id for one in talk.earlier)}
            if record is not None:
                people |= {record.saved_by, record.filled_by, record.signed_by, record.returned_by}
            aliases = {one: await tx.staff.alias(one) for one in people if one is not None}
            version = 0 if record is None else record.version
            await tx.audit.add(self._setting.clock.now(), member.actor, "open_sheet", session_id, version=version)
            kept = None if record is None else record.sheet
            code = None if kept is None else kept.person.school_code.value
            school = None if code is None else await tx.schools.find(self._setting.profile.id, code)
        shown = prefilled_for(talk)
        writes = may_fill(member, card) and card.state in OPEN
        filled = record is not None and record.filled_at is not None and card.state is State.WRAP_UP
        return SheetView(
            talk=talk,
            sheet=shown if kept is None else _with_level(kept, card),
            record=record,
            suspects=suspects,
            may_fill=writes,
            may_finish=writes and card.state is State.WRAP_UP,
            may_sign=filled and record is not None and may_sign(member, record),
            waits=needs_sign_off(card.level, card.unscreened),
            before=before,
            after=after if next_card is not None and may_read(member, next_card) else None,
            goes_on=after is not None,
            survey=survey,
            aliases=aliases,
            school=school,
        )

    async def began_with(self, session_id: UUID, member: StaffMember) -> Sheet:
        """What a form of the sheet began with, but for what the words of the talk suggest; nothing is shown to anybody.

        Raises: NotFound: also where this person may not read it.
        """
        async with self._store.reading() as tx:
            card = await tx.views.card(session_id)
            if card is None or not await may_open(tx, member, card):
                raise NotFound("no such session")
            record = await tx.wrap_ups.find(session_id)
        if record is not None and record.sheet is not None:
            return record.sheet
        return prefilled(card.intake, card.level, (), student_lines=0, counsellor_lines=0)

    async def waiting(self, member: StaffMember) -> Sequence[WaitingSheet]:
        """The sheets that wait for this person, those at risk first, then the oldest. Raises: NotPermitted."""
        member.check(Permission.COUNSEL)
        async with self._store.reading() as tx:
            cards = [card for card in await tx.views.cards() if card.state is State.WRAP_UP]
            records = await tx.wrap_ups.of([card.id for card in cards])
            found = []
            for card in cards:
                record = records.get(card.id)
                wait = _wait_of(member, card, record)
                if wait is None:
                    continue
                people = (
                    [card.counsellor_id, card.second_id]
                    if record is None or record.filled_by is None
                    else [record.filled_by]
                )
                names = [await tx.staff.alias(one) for one in people if one is not None]
                found.append(WaitingSheet(card, wait, record, names))
        return sorted(
            found,
            key=lambda one: (
                not needs_sign_off(one.card.level, one.card.unscreened),
                one.card.ended_at or one.card.opened_at,
            ),
        )

    async def handover(self, session_id: UUID, member: StaffMember, to: Agency) -> Handover:
        """Open the page for an agency. Raises: NotPermitted, NotFound. InputRefused: nothing was kept yet."""
        member.check(Permission.COUNSEL)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            card = await tx.views.card(session_id)
            if card is None or not await may_open(tx, member, card):
                raise NotFound("no such session")
            record = await tx.wrap_ups.find(session_id)
            if record is None or record.sheet is None:
                raise InputRefused(
                    "sheet", "まだ記録がありません。終了記録を途中まででも保存してから、開いてください。"
                )
            suspects = await tx.wrap_ups.suspects(session_id)
            kind = kind_name(record.sheet.kind, card.channel)
            lines = handover_lines(record.sheet, to=to, suspects=suspects, kind=kind)
            await tx.audit.add(
                now, member.actor, "open_handover", session_id, to=to, version=record.version, lines=len(lines)
            )
        return Handover(card, to, lines, record.filled_at is not None, now)


def _with_level(kept: Sheet, card: Card) -> Sheet:
    """A kept sheet with the machine's level as it is now; once it's closed, as it was then."""
    return kept if card.state is State.CLOSED else replace(kept, level=card.level)


def _wait_of(member: StaffMember, card: Card, record: WrapUp | None) -> SheetWait | None:
    if record is not None and record.filled_at is not None:
        if may_sign(member, record):
            return SheetWait.SIGN
        return SheetWait.OTHERS if record.filled_by == member.id else None
    if not may_fill(member, card):
        return None
    if record is not None and record.returned_by == member.id:
        return SheetWait.OTHERS
    return SheetWait.RETURNED if record is not None and record.remark else SheetWait.FILL


def prefilled_for(talk: Talk) -> Sheet:
    """The sheet as the session itself suggests it."""
    card = talk.card
    return prefilled(
        card.intake,
        card.level,
        categories_of(talk.lines),
        student_lines=sum(1 for one in talk.lines if one.line.author == "student" and one.line.kind not in _SILENT),
        # What came another way and was written down has been answered there.
        counsellor_lines=1
        if card.channel in OTHER_WAYS
        else sum(1 for one in talk.lines if one.line.author == "counsellor" and one.delivery not in _LOST),
        # Whoever isn't read yet is never suggested to be a prank either.
        conduct=card.human_wanted is HumanWanted.CONDUCT and not card.unscreened,
    )


def categories_of(lines: Sequence[DeskLine]) -> tuple[str, ...]:
    """The categories that the screen found in a session, of the gravest messages first, each once."""
    found = [(_categories(one), one.line.level) for one in lines]
    ranked = sorted(found, key=lambda pair: _WORST_FIRST.index(pair[1]) if pair[1] is not None else len(_WORST_FIRST))
    return tuple(dict.fromkeys(name for names, _level in ranked for name in names))


def _categories(one: DeskLine) -> Sequence[str]:
    try:
        read = json.loads(one.line.assessment) if one.line.assessment is not None else {}
    except ValueError:
        return ()
    return [str(name) for name in read.get("categories", ())]
