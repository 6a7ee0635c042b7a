"""Tell those who left a message that they can talk now, once each and only while somebody is really free (WG-4).

A place is free while a counsellor on duty has room below their limit and nobody who waits for a talk now needs it. Each
call holds one place for the profile's minutes, so that never more people are called than can be talked with. Not called
are those at risk or unread (a person reads first and decides what is right), those with an open escalation, reporters,
pranks, and whoever ruled this hour out: they are called when it ends. The line says nothing of what it is about.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import structlog

from handoff.domain.capacity import counselling, load
from handoff.domain.chat import HERE
from handoff.domain.desk import DeskEvent
from handoff.domain.errors import StoreUnavailable
from handoff.domain.hours import ZONE
from handoff.domain.incoming import Channel
from handoff.domain.outgoing import Line
from handoff.domain.queue import order
from handoff.domain.session import State
from handoff.domain.texts import TextKey
from handoff.services.desk.student_writes import LATER_BUTTON
from handoff.services.hours_ports import LeftWord
from handoff.services.ports import Store, Transaction
from handoff.services.say import tell
from handoff.services.setting import Setting
from handoff.services.watch_quota import has_spare

log = structlog.get_logger(__name__)

TALK_BUTTON: Final = "いま話せます"
#: People called in one round; the next round goes on.
MOST: Final = 50


async def free_places(tx: Transaction, setting: Setting, now: datetime) -> int:
    """How many more people could be talked with now, after all who wait for that and all who were called for it."""
    desk = setting.profile.desk
    there = counselling(await tx.staff.on_duty(setting.clock.real() - desk.grace), setting.profile.staff)
    limit, room = desk.live_per_counsellor, 0
    for member in there:
        room += max(0, limit - load(await tx.talks.live_levels(member.id), limit))
    if not room:
        return 0
    return room - await tx.call_backs.wait_for_talk() - await tx.call_backs.held(now - desk.call_back_hold)


class CallBack:
    """A part of the worker's round; two workers at once call nobody twice, and not more than there are places."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self) -> int:
        """Call those who can be talked with now; give how many. Raises: StoreUnavailable."""
        called = 0
        while called < MOST and self._is_time():
            try:
                async with self._store.transaction() as tx:
                    if not await self._call_one(tx):
                        break
            except StoreUnavailable:
                raise
            except Exception as error:  # noqa: BLE001 - it is named in the log, and the next round tries again
                log.error("call_back_failed", error=type(error).__name__)
                break
            called += 1
        return called

    def _is_time(self) -> bool:
        """Whether an answer that comes while the place is held still finds the window open."""
        profile, now = self._setting.profile, self._setting.clock.now()
        until = profile.hours.reception_until(now)
        return profile.desk.call_back and until is not None and until - now > profile.desk.call_back_hold

    async def _call_one(self, tx: Transaction) -> bool:
        now = self._setting.clock.now()
        left = {one.waiting.id: one for one in await tx.call_backs.left_word(self._setting.clock.real() - HERE)}
        if not left:
            return False
        await tx.call_backs.lock()
        if await free_places(tx, self._setting, now) <= 0:
            return False
        spare = await has_spare(tx, self._setting)
        for waiting in order([one.waiting for one in left.values()], now, self._setting.profile.desk.ageing):
            if await self._may_call(tx, left[waiting.id], now, spare) and await self._call(tx, left[waiting.id], now):
                return True
        return False

    async def _may_call(self, tx: Transaction, one: LeftWord, now: datetime, spare: bool) -> bool:
        """LINE's pushes are kept for live talks before all that nobody asked for; a page of ours costs none."""
        if one.channel is Channel.LINE and not spare:
            return False
        at = now.astimezone(ZONE).time()
        quiet = any(time.holds(at) for time in await tx.contacts.quiet(one.contact_id))
        return not quiet and not await tx.events.has_undone(one.contact_id)

    async def _call(self, tx: Transaction, one: LeftWord, now: datetime) -> bool:
        session = await tx.sessions.lock(one.waiting.id)
        # Read before it was locked: somebody may have taken it meanwhile, or it rose.
        is_as_it_was = session.state is State.WAITING and session.called_back_at is None and not session.is_urgent
        if not is_as_it_was or not await tx.sessions.is_one_way(session.id):
            return False
        await tx.call_backs.note(session.id, now)
        words = self._setting.profile.text(TextKey.CALL_BACK)
        await tell(tx, self._setting, session, [Line(words, (TALK_BUTTON, LATER_BUTTON))])
        await tx.audit.add(now, "worker", "call_back", session.id)
        tx.desk.tell(DeskEvent.SESSION, session.id)
        return True
