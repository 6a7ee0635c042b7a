"""Close the window for a time, announced or at once, and lift that again; what students hear of it (WG-9b, HOK-3.3).

Every process takes a closure up within a second (``Setting.refresh``). What is live when one begins that nobody announced is
finished; who waits hears the words and the apology by the worker's next round, and whoever is at risk stays and rings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from handoff.domain.desk import DeskEvent
from handoff.domain.errors import InputRefused
from handoff.domain.hours import HoursStatus, OpeningHours
from handoff.domain.staff import Permission, StaffMember
from handoff.domain.texts import TextKey
from handoff.domain.window_closure import WindowClosure, check_span, checked_text
from handoff.services.desk.follow_up import aliases_of
from handoff.services.ports import Store
from handoff.services.setting import Setting


def opens_again(hours: OpeningHours, now: datetime) -> datetime | None:
    """Until when a closure lasts that begins now and names no end: the next opening after this stretch of the hours. Before
    the day's opening that is the one after it: closing then means not to open. None where there is none.
    """
    opening = hours.next_opening(now)
    if opening is None or hours.status(now) is not HoursStatus.CLOSED:
        return opening
    return hours.next_opening(opening)


@dataclass(frozen=True, slots=True)
class Closures:
    """What the page shows. now: on the service's clock; status: of the window; opens_at: the next opening as it stands;
    until: the end of a closure that begins now and names none; closures: running and coming; words, planned: to begin with, for one that begins now and for one ahead.
    """

    now: datetime
    status: HoursStatus
    opens_at: datetime | None
    until: datetime | None
    closures: Sequence[WindowClosure]
    words: str
    planned: str
    aliases: Mapping[UUID, str]

    @property
    def running(self) -> Sequence[WindowClosure]:
        return [one for one in self.closures if one.covers(self.now)]

    @property
    def coming(self) -> Sequence[WindowClosure]:
        return [one for one in self.closures if one.begins_at > self.now]


class ReadClosures:
    """The supervisors' page."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember) -> Closures:
        """Raises: NotPermitted."""
        member.check(Permission.SUPERVISE)
        await self._setting.refresh(anew=True)
        now, profile = self._setting.clock.now(), self._setting.profile
        async with self._store.reading() as tx:
            closures = await tx.closures.not_over_before(now)
            aliases = await aliases_of(tx, await tx.staff.everybody(), [one.made_by for one in closures])
        hours = profile.hours
        return Closures(
            now=now,
            status=hours.status(now),
            opens_at=hours.next_opening(now),
            until=opens_again(hours, now),
            closures=[one for one in closures if one.ends_at > now],
            words=profile.text(TextKey.CLOSURE),
            planned=profile.text(TextKey.CLOSURE_PLANNED),
            aliases=aliases,
        )


class CloseWindow:
    """Close the window from now on."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, key: UUID, text: str, ends_at: datetime | None) -> None:
        """Args: key: the same for a request that is sent again; ends_at: None for the next opening.

        Raises: NotPermitted. InputRefused: the words, or the time; where no opening comes an end has to be named.
        """
        member.check(Permission.SUPERVISE)
        await self._setting.refresh(anew=True)
        now, text = self._setting.clock.now(), checked_text(text)
        if ends_at is None and await self._is_closed(now, but=key):
            # Their page is older than a colleague's closure; the next opening is now the one after that one's end.
            raise InputRefused(
                "ends_at", "ほかの人が、もう閉じています。さらに長く閉じるときは、いつまで閉じるかを入れてください。"
            )
        until = ends_at or opens_again(self._setting.profile.hours, now)
        if until is None:
            raise InputRefused("ends_at", "次に開く時刻が決まっていません。いつまで閉じるかを入れてください。")
        check_span(now, until, now)
        closure = WindowClosure(key, now, until, text, announced=False, made_by=member.id, made_at=now)
        await _keep(self._store, self._setting, member, closure, "close_now")

    async def _is_closed(self, now: datetime, but: UUID) -> bool:
        async with self._store.reading() as tx:
            return any(one.covers(now) and one.id != but for one in await tx.closures.not_over_before(now))


class PlanClosure:
    """Announce a closure."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, key: UUID, text: str, begins_at: datetime, ends_at: datetime) -> None:
        """Args: key: the same for a request that is sent again.

        Raises: NotPermitted. InputRefused: the words or the times; what begins now isn't announced any more.
        """
        member.check(Permission.SUPERVISE)
        now, text = self._setting.clock.now(), checked_text(text)
        check_span(begins_at, ends_at, now)
        if begins_at <= now:
            raise InputRefused(
                "begins_at", "始まりの時刻が、もう過ぎています。すぐに閉じるときは「いま閉じる」を使ってください。"
            )
        closure = WindowClosure(key, begins_at, ends_at, text, announced=True, made_by=member.id, made_at=now)
        await _keep(self._store, self._setting, member, closure, "plan_closure")


async def _keep(store: Store, setting: Setting, member: StaffMember, closure: WindowClosure, verb: str) -> None:
    async with store.transaction() as tx:
        if await tx.closures.add(closure):
            await tx.audit.add(
                closure.made_at,
                member.actor,
                verb,
                None,
                closure=str(closure.id),
                begins_at=closure.begins_at.isoformat(),
                ends_at=closure.ends_at.isoformat(),
                length=len(closure.text),
            )
            tx.desk.tell(DeskEvent.CLOSURE, None, closure.id)
    await setting.refresh(anew=True)


class LiftClosure:
    """Open again before a closure's end, or call a coming one off."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, closure_id: UUID) -> None:
        """One that is over, or was lifted, stays as it is. Raises: NotPermitted, NotFound."""
        member.check(Permission.SUPERVISE)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            closure = await tx.closures.lock(closure_id)
            if closure.lifted_at is None and closure.ends_at > now:
                # One that hadn't begun ends where it began: it never was.
                lifted = replace(closure, ends_at=max(now, closure.begins_at), lifted_by=member.id, lifted_at=now)
                await tx.closures.lift(lifted)
                await tx.audit.add(now, member.actor, "lift_closure", None, closure=str(closure_id))
                tx.desk.tell(DeskEvent.CLOSURE, None, closure_id)
        await self._setting.refresh(anew=True)
