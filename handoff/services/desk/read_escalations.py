"""What the desk shows of escalations: the board, one of them, its sheet; and who may open what."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from handoff.domain.delivery import DeliveryState
from handoff.domain.errors import NotFound, SignInRequired
from handoff.domain.escalation import LINK_LIFE, EscalationState, call_order, ladder, next_rung
from handoff.domain.escalation_steps import StepKind
from handoff.domain.incoming import Channel
from handoff.domain.profile.duty import EmergencyContact
from handoff.domain.session import Level
from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk.escalation_reach import check_act, find_open
from handoff.services.desk_view_ports import Card
from handoff.services.escalation_ports import Call, Escalation, Evidence, GlassOpening, PlannedNotice
from handoff.services.escalation_step_ports import EscalationStep, GlassRequest
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting
from handoff.services.transcript_line import TranscriptLine

#: Revealed ids that are shown for review at once.
MOST_UNREVIEWED = 50
_LEVELS = tuple(Level)


def order(escalation: Escalation) -> tuple[bool, int, datetime]:
    """By which the board is sorted: the gravest first, then the oldest; tests and drills last."""
    return not escalation.is_real, -_LEVELS.index(escalation.level), escalation.raised_at


@dataclass(frozen=True, slots=True)
class Entry:
    """One escalation of the board. next_who: whom the ladder calls next, None when it has stopped; waiting: what was
    asked and not answered yet.
    """

    escalation: Escalation
    notices: Sequence[PlannedNotice]
    next_who: str | None
    waiting: Sequence[StepKind]


@dataclass(frozen=True, slots=True)
class Board:
    """All that the board shows.

    Attributes: closed: of the last day; asked: questions of closed ones that still wait, by escalation, kind and time;
    wishes: to see an id, with who asked, for a second person; unreviewed: ids that were seen; version: changes with any
    of it.
    """

    at: datetime
    open: Sequence[Entry]
    closed: Sequence[Escalation]
    asked: Sequence[tuple[UUID, StepKind, datetime]]
    wishes: Sequence[tuple[GlassRequest, str]]
    unreviewed: Sequence[GlassOpening]
    version: str


@dataclass(frozen=True, slots=True)
class EscalationPage:
    """All that belongs to one escalation, for whoever may act on it.

    Attributes: at: service time; card: its session's, None for a test, as are the lines then; speaker: who speaks with the
    student; evidence: the lines (by their ids) behind the alarm; call_order: whom a person calls, without whoever is
    suspected; people: aliases of those who ask and decide; note: why it was closed.
    """

    at: datetime
    service_name: str
    owner: str | None
    escalation: Escalation
    next_who: str | None
    card: Card | None
    channel: Channel | None
    speaker: str | None
    lines: Sequence[TranscriptLine]
    not_arrived: Mapping[UUID, DeliveryState]
    evidence: Sequence[Evidence]
    notices: Sequence[PlannedNotice]
    call_order: Sequence[EmergencyContact]
    call_note: str | None
    calls: Sequence[Call]
    steps: Sequence[EscalationStep]
    openings: Sequence[GlassOpening]
    requests: Sequence[GlassRequest]
    people: Mapping[UUID, str]
    note: str | None
    version: str


class ReadEscalations:
    """The reads; opening one is on record."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def board(self, member: StaffMember) -> Board:
        """Nothing of it is a student's word, so somebody in training may see it, too. Raises: NotPermitted."""
        member.check(Permission.ESCALATE)
        await self._setting.refresh()
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            found = sorted(await tx.escalations.all_open(), key=order)
            unanswered = await tx.escalation_steps.unanswered()
            entries = [
                Entry(
                    one,
                    await tx.notices.all(one.id),
                    self._next_who(one),
                    [kind for escalation_id, kind, _at in unanswered if escalation_id == one.id],
                )
                for one in found
            ]
            is_open = {one.id for one in found}
            # It shows what is suspected, so opening it is a reading.
            await tx.audit.add(now, member.actor, "open_escalations", None, escalations=len(found))
            return Board(
                at=now,
                open=entries,
                closed=await tx.escalations.closed_since(now - LINK_LIFE),
                asked=[one for one in unanswered if one[0] not in is_open],
                wishes=[(wish, await tx.staff.alias(wish.asked_by)) for wish in await tx.escalation_steps.undecided()],
                unreviewed=await tx.escalations.unreviewed(MOST_UNREVIEWED),
                version=await self._board_version(tx),
            )

    async def page(self, escalation_id: UUID, member: StaffMember, verb: str = "open_escalation") -> EscalationPage:
        """Args: verb: the audit's word for what is opened.

        Raises: NotPermitted, TraineeRefused. NotFound: there is none, or this person may not open it any more.
        """
        check_act(member)
        await self._setting.refresh()
        now, profile = self._setting.clock.now(), self._setting.profile
        async with self._store.transaction() as tx:
            escalation = await find_open(tx, escalation_id, member, now)
            card, channel, speaker = None, None, None
            lines, not_arrived = list[TranscriptLine](), dict[UUID, DeliveryState]()
            if escalation.session_id is not None:
                card = await tx.views.card(escalation.session_id)
                channel = await tx.escalation_steps.channel(escalation.session_id)
                lines = list(await tx.transcript.read(escalation.session_id))
                not_arrived |= await tx.transcript.not_arrived(escalation.session_id)
            if card is not None and card.counsellor_id is not None:
                speaker = await tx.staff.alias(card.counsellor_id)
            requests = await tx.escalation_steps.requests(escalation_id)
            people = {one for wish in requests for one in (wish.asked_by, wish.decided_by) if one is not None}
            await tx.audit.add(
                now, member.actor, verb, escalation.session_id, escalation=str(escalation_id), lines=len(lines)
            )
            return EscalationPage(
                at=now,
                service_name=profile.service_name,
                owner=profile.owner,
                escalation=escalation,
                next_who=self._next_who(escalation),
                card=card,
                channel=channel,
                speaker=speaker,
                lines=lines,
                not_arrived=not_arrived,
                evidence=await tx.escalations.evidence(escalation_id),
                notices=await tx.notices.all(escalation_id),
                call_order=call_order(profile.emergency, escalation.suspects),
                call_note=profile.emergency.note,
                calls=await tx.escalations.calls(escalation_id),
                steps=await tx.escalation_steps.of(escalation_id),
                openings=await tx.escalations.openings(escalation_id),
                requests=requests,
                people={one: await tx.staff.alias(one) for one in people},
                note=await tx.escalation_steps.closing_note(escalation_id),
                version=await self._version(tx, escalation),
            )

    async def sheet(self, escalation_id: UUID, member: StaffMember) -> EscalationPage:
        """What stands on the sheet for police or fire service. Raises: as ``page``. NotFound: also for a test."""
        page = await self.page(escalation_id, member, "open_emergency_sheet")
        if page.card is None:
            raise NotFound("a test has no student")
        return page

    async def state(self, token: str | None, escalation_id: UUID | None) -> str:
        """The version of the board, or of one escalation: an open page asks again and again whether it is old.

        It doesn't count as somebody's doing: a desk that was left alone is locked all the same.

        Raises: SignInRequired, NotPermitted, TraineeRefused, NotFound.
        """
        clock = self._setting.clock
        async with self._store.reading() as tx:
            found = await tx.sign_ins.by_token(token or "")
            if found is None or found.half:
                raise SignInRequired("no such sign-in")
            member = found.member
            if escalation_id is None:
                member.check(Permission.ESCALATE)
                return await self._board_version(tx)
            check_act(member)
            return await self._version(tx, await find_open(tx, escalation_id, member, clock.now()))

    def _next_who(self, escalation: Escalation) -> str | None:
        if escalation.next_alarm_at is None:
            return None
        return next_rung(ladder(self._setting.profile, escalation.suspects), escalation.rung).who

    def _told(self, escalation: Escalation) -> tuple[object, ...]:
        late = escalation.state is EscalationState.RAISED and self._setting.clock.now() > escalation.deadline_at
        return (
            escalation.id,
            escalation.state,
            escalation.level,
            escalation.acknowledged_by,
            escalation.alarms,
            len(escalation.categories),
            late,
        )

    async def _board_version(self, tx: Transaction) -> str:
        return _hash(
            *[self._told(one) for one in await tx.escalations.all_open()],
            await tx.escalation_steps.unanswered(),
            [wish.id for wish in await tx.escalation_steps.undecided()],
            [opening.id for opening in await tx.escalations.unreviewed(MOST_UNREVIEWED)],
        )

    async def _version(self, tx: Transaction, escalation: Escalation) -> str:
        wrote = None if escalation.session_id is None else await tx.transcript.last_word_at(escalation.session_id)
        return _hash(
            self._told(escalation),
            wrote,
            len(await tx.escalations.evidence(escalation.id)),
            len(await tx.escalations.calls(escalation.id)),
            [(notice.id, notice.state) for notice in await tx.notices.all(escalation.id)],
            [(step.id, step.answered_at) for step in await tx.escalation_steps.of(escalation.id)],
            [(wish.id, wish.state) for wish in await tx.escalation_steps.requests(escalation.id)],
            [(one.id, one.reviewed_at) for one in await tx.escalations.openings(escalation.id)],
        )


def _hash(*told: object) -> str:
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]
