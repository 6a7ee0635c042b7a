"""Ring a test alarm at everybody on the ladder before a shift, and note who got it (HOK-6, KAG-7.1ア)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from handoff.domain.errors import InputRefused
from handoff.domain.escalation import EscalationState
from handoff.domain.shift import checked_words
from handoff.domain.staff import Permission, StaffMember
from handoff.services.escalation_ports import LinkHolder
from handoff.services.ports import Store, Transaction
from handoff.services.raise_escalation import raise_test_alarm
from handoff.services.setting import Setting
from handoff.services.shift_ports import Receipt, RungTest
from handoff.services.shifts.check_shift import lock_running
from handoff.services.shifts.find_state import find_rungs

#: Nobody's telephone rings twice because of a second press.
PAUSE: Final = timedelta(minutes=3)
LONGEST_NAME: Final = 60


class RingTest:
    """Ring once at everybody. A real alarm isn't touched by it, and nothing of a student is."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, key: UUID, day: date) -> None:
        """Raises: NotPermitted, NotFound. InputRefused: the shift is closed, a test rang a moment ago, or a real alarm rings that
        nobody has taken.
        """
        member.check(Permission.RUN_SHIFT)
        await self._setting.refresh()
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            shift = await lock_running(tx, self._setting, day)
            rung = await tx.shifts.alarms(shift.id)
            if any(test.id == key for test in rung):
                return
            if rung and timedelta() <= now - rung[-1].at < PAUSE:
                raise InputRefused("alarm", "いま試験を送ったばかりです。3分待ってから、もう一度送ってください。")
            if any(one.is_real and one.state is EscalationState.RAISED for one in await tx.escalations.all_open()):
                # Two calls at once, and the one that matters is taken for the test.
                raise InputRefused(
                    "alarm",
                    "いま、本当の緊急の知らせが鳴っています。「緊急対応」の画面で先に受けてください。試験は、そのあとで送れます。",
                )
            escalation_id = await raise_test_alarm(tx, self._setting, member.actor)
            await tx.shifts.add_alarm(RungTest(key, shift.id, escalation_id, member.id, now))


async def note_opened(tx: Transaction, setting: Setting, holder: LinkHolder) -> None:
    """The person of a rung has opened the page of a test by their link: they got it. The first time counts."""
    if not await tx.shifts.is_test(holder.escalation_id):
        return
    now = setting.clock.now()
    if await tx.shifts.add_receipt(Receipt(holder.escalation_id, holder.rung, now)):
        await tx.audit.add(
            now, holder.who, "receive_test_alarm", None, escalation=str(holder.escalation_id), rung=holder.rung
        )
        await _complete(tx, setting, holder.escalation_id, now)


async def _complete(tx: Transaction, setting: Setting, escalation_id: UUID, now: datetime) -> None:
    if all(one.receipt is not None for one in await find_rungs(tx, setting, escalation_id)):
        await tx.shifts.complete(escalation_id, now)


class NoteReceipt:
    """Somebody told by telephone, or in the room, that they got the test: written down with their name."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, day: date, rung: int, name: str) -> None:
        """A rung that has confirmed already stays. Raises: NotPermitted, NotFound. InputRefused: no name, no test."""
        member.check(Permission.RUN_SHIFT)
        now = self._setting.clock.now()
        name = checked_words(name, "name", LONGEST_NAME)
        if not name:
            raise InputRefused("name", "受け取った人の名前を入れてください。")
        async with self._store.transaction() as tx:
            shift = await lock_running(tx, self._setting, day)
            tests = await tx.shifts.alarms(shift.id)
            if not tests:
                raise InputRefused("alarm", "先に「試験を送る」を押してください。")
            escalation_id = tests[-1].escalation_id
            found = await find_rungs(tx, self._setting, escalation_id)
            if rung not in {one.rung.index for one in found if one.tested}:
                raise InputRefused(
                    "name", "知らせる人の並びが、試験のあとで変わりました。試験をもう一度送ってください。"
                )
            await tx.shifts.is_test(escalation_id)  # two at once, and neither would see that all have confirmed
            if await tx.shifts.add_receipt(Receipt(escalation_id, rung, now, member.id, name)):
                await tx.audit.add(
                    now,
                    member.actor,
                    "note_test_receipt",
                    None,
                    shift=str(shift.id),
                    escalation=str(escalation_id),
                    rung=rung,
                )
                await _complete(tx, self._setting, escalation_id, now)
