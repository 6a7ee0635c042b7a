"""Tend the intakes in which nobody writes any more: one gentle line after the profile's time, an end after a day.

A student who stops in the middle is left in peace: the line comes once a session, says nothing of what it is about, and
not in the hours that the student ruled out (then not at all). The questions stay open. After
long silence below high a session in which anything was told becomes a message, so that a counsellor reads it as the notice
said; one that told nothing is closed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from handoff.domain.hours import ZONE
from handoff.domain.outgoing import Line
from handoff.domain.session import URGENT, Change, HumanWanted, Owner, SessionView, State
from handoff.domain.texts import TextKey
from handoff.services.move_session import close, move
from handoff.services.one_at_a_time import tended
from handoff.services.ports import Store, Transaction
from handoff.services.say import tell
from handoff.services.setting import Setting
from handoff.services.watch_quota import Unasked, may_push

#: How long the questions stay open where the profile says nothing of it.
STAYS_OPEN: Final = timedelta(hours=24)
#: A line that comes later than this after its time, as after an outage, is none to somebody who is still there.
TOO_LATE: Final = timedelta(minutes=30)
#: Sessions tended in one round; the next round takes the rest.
LIMIT: Final = 200
#: The reason of such an end.
SILENCE: Final = "silence"


class TendIntakes:
    """The verb of the worker's round beside the sweep; two workers at once tend nothing twice."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self) -> int:
        """Nudge and close what is due; give how many sessions were. Raises: StoreUnavailable."""
        await self._setting.refresh()
        now = self._setting.clock.now()
        hours = self._setting.profile.session.intake_open_hours
        stays_open = STAYS_OPEN if hours is None else timedelta(hours=hours)
        async with self._store.reading() as tx:
            quiet = await tx.sessions.nudges_due(now, LIMIT)
            idle = await tx.sessions.idle_intakes(now - stays_open, LIMIT)
        done = 0
        for session_id in quiet:
            done += await tended(self._nudge(session_id, now), "intake", session_id)
        for session_id in idle:
            done += await tended(self._close(session_id, now - stays_open), "intake", session_id)
        return done

    async def _nudge(self, session_id: UUID, now: datetime) -> bool:
        async with self._store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
            due_at = session.nudge_due_at
            if due_at is None or not await tx.sessions.take_nudge(session_id, now) or now - due_at > TOO_LATE:
                return False
            if not await self._left_alone(tx, session) or await self._wants_quiet(tx, session, now):
                return False
            if not await may_push(tx, self._setting, session_id, Unasked.INTAKE_NUDGE):
                return False
            await tx.sessions.mark_nudged(session_id)
            await tell(tx, self._setting, session, [Line(self._setting.profile.text(TextKey.NUDGE))])
            await tx.audit.add(now, "worker", "nudge", session.id)
            return True

    async def _close(self, session_id: UUID, before: datetime) -> bool:
        async with self._store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
            if not await self._left_alone(tx, session) or await tx.sessions.wrote_since(session_id, before):
                return False
            if await tx.sessions.intake(session_id):
                # Something was told: a person reads it before it is over, as the notice said.
                await tx.sessions.set_wanted(session_id, HumanWanted.STUDENT)
                await move(tx, self._setting, session, Change.LEAVE_MESSAGE, "worker")
                return True
            await close(tx, self._setting, session, SILENCE, "worker", verb="close_intake")
            return True

    async def _left_alone(self, tx: Transaction, session: SessionView) -> bool:
        """Whether the session is still the bot's, below high and read, with nothing of the student's under way."""
        return (
            session.state is State.INTAKE
            and session.owner is Owner.BOT
            and session.level not in URGENT
            and not session.unscreened
            and not await tx.events.has_undone(session.contact_id)
        )

    async def _wants_quiet(self, tx: Transaction, session: SessionView, now: datetime) -> bool:
        at = now.astimezone(ZONE).time()
        return any(time.holds(at) for time in await tx.contacts.quiet(session.contact_id))
