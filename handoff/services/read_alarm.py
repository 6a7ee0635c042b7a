"""Read an alarm's page by its link: what was written, what was done, whom to call. Every opening is on record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from handoff.domain.delivery import DeliveryState
from handoff.domain.errors import NotFound
from handoff.domain.escalation import call_order, ladder, left_out, link_holds, next_rung
from handoff.domain.incoming import Channel
from handoff.domain.profile.duty import EmergencyContact
from handoff.domain.session import SessionView
from handoff.services.escalation_ports import Call, Escalation, Evidence, GlassOpening, LinkHolder, PlannedNotice
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting
from handoff.services.shifts.ring_test import note_opened
from handoff.services.transcript_line import TranscriptLine


@dataclass(frozen=True, slots=True)
class AlarmPage:
    """All that the page shows.

    Attributes: holder: whose link it is; at: service time; next_who: whom the ladder calls next, None when it has
    stopped; session: None for a test, as are the lines then; lines: of the session's transcript beyond what was seen;
    not_arrived: what was spoken and LINE hasn't taken, by the lines' ids; evidence: the lines (by their ids) behind
    the alarm; call_order: whom a person calls, in this order, without whoever is suspected; call_note: the profile's
    own words on it; channel: by which way it came, None for a test.
    """

    holder: LinkHolder
    service_name: str
    at: datetime
    next_who: str | None
    escalation: Escalation
    session: SessionView | None
    lines: Sequence[TranscriptLine]
    not_arrived: Mapping[UUID, DeliveryState]
    evidence: Sequence[Evidence]
    notices: Sequence[PlannedNotice]
    call_order: Sequence[EmergencyContact]
    call_note: str | None
    calls: Sequence[Call]
    openings: Sequence[GlassOpening]
    channel: Channel | None = None


class ReadAlarm:
    """Opens an escalation's page to whoever holds one of its links."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def holder(self, token: str) -> LinkHolder:
        """Who may act by this link.

        Raises: NotFound: no such link, its time is over, or its holder may not hear of this alarm any more.
        """
        await self._setting.refresh()
        async with self._store.reading() as tx:
            return (await self._find(tx, token))[0]

    async def __call__(self, token: str, seen: int = 0) -> AlarmPage:
        """Give the page, with the lines beyond the sequence number ``seen``. Raises: NotFound, as above."""
        await self._setting.refresh()
        profile = self._setting.profile
        async with self._store.transaction() as tx:
            holder, escalation = await self._find(tx, token)
            if escalation.test:
                await note_opened(tx, self._setting, holder)
            session, lines, not_arrived = None, list[TranscriptLine](), dict[UUID, DeliveryState]()
            channel: Channel | None = None
            if escalation.session_id is not None:
                session = await tx.sessions.lock(escalation.session_id)
                lines = list(await tx.transcript.read(session.id, seen))
                not_arrived |= await tx.transcript.not_arrived(session.id)
                channel = await tx.escalation_steps.channel(session.id)
            if lines:
                # A page that asks again and gets nothing new has opened nothing.
                await tx.audit.add(
                    self._setting.clock.now(),
                    holder.who,
                    "read_alarm",
                    escalation.session_id,
                    escalation=str(escalation.id),
                    lines=len(lines),
                    to=lines[-1].sequence,
                )
            next_who = None
            if escalation.next_alarm_at is not None:
                next_who = next_rung(ladder(profile, escalation.suspects), escalation.rung).who
            return AlarmPage(
                holder=holder,
                service_name=profile.service_name,
                at=self._setting.clock.now(),
                next_who=next_who,
                escalation=escalation,
                session=session,
                lines=lines,
                not_arrived=not_arrived,
                evidence=await tx.escalations.evidence(escalation.id),
                notices=await tx.notices.all(escalation.id),
                call_order=call_order(profile.emergency, escalation.suspects),
                call_note=profile.emergency.note,
                calls=await tx.escalations.calls(escalation.id),
                openings=await tx.escalations.openings(escalation.id),
                channel=channel,
            )

    async def _find(self, tx: Transaction, token: str) -> tuple[LinkHolder, Escalation]:
        holder = await tx.notices.holder(token)
        if holder is None:
            raise NotFound("no such link")
        escalation = await tx.escalations.find(holder.escalation_id)
        if not link_holds(escalation.closed_at, self._setting.clock.now()):
            raise NotFound("the link's time is over")
        if left_out(holder.rung, self._setting.profile, escalation.suspects):
            # A teacher came under suspicion after the school had been called.
            raise NotFound("the link's holder is left out")
        return holder, escalation
