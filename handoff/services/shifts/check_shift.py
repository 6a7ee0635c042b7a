"""Open a shift, confirm its items one by one, begin and close it (KAG-6.1ア(イ), HYO-4.3).

None of it holds a student up: claiming, writing and alarms go on whether or not a check is done.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from handoff.domain.errors import InputRefused, NotFound
from handoff.domain.shift import (
    END,
    ITEM_NAMES,
    START,
    Confirmation,
    Item,
    Shift,
    ShortageStep,
    check_confirmation,
    check_step,
    checked_words,
    shift_day,
    unconfirmed,
)
from handoff.domain.staff import Permission, StaffMember
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting
from handoff.services.shift_ports import DutyNote
from handoff.services.shifts.find_state import find_alarm, find_end, find_lines, find_staff, find_tasks


class OpenShift:
    """Begin the start check of today's shift."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, key: UUID) -> date:
        """Give its day; one that is there already stays. Raises: NotPermitted."""
        member.check(Permission.RUN_SHIFT)
        await self._setting.refresh()
        now, profile = self._setting.clock.now(), self._setting.profile
        shift = Shift(key, profile.id, shift_day(profile.hours, now), member.id, now)
        async with self._store.transaction() as tx:
            if await tx.shifts.open(shift):
                await tx.audit.add(
                    now, member.actor, "open_shift", None, shift=str(shift.id), day=shift.day.isoformat()
                )
        return shift.day


async def lock_running(tx: Transaction, setting: Setting, day: date) -> Shift:
    """A shift that isn't closed. Raises: NotFound. InputRefused: it is closed."""
    shift = await tx.shifts.lock(setting.profile.id, day)
    if shift.closed_at is not None:
        raise InputRefused("day", "このシフトは、もう終わっています。直すときは、勤務の記録に書き足してください。")
    return shift


async def is_fine(tx: Transaction, setting: Setting, shift: Shift, item: Item) -> bool:
    """What the machine finds of an item at this moment."""
    match item:
        case Item.ALARM:
            return (await find_alarm(tx, setting, shift)).fine
        case Item.STAFF:
            return (await find_staff(tx, setting, shift.day)).fine
        case Item.LINES:
            return (await find_lines(tx, setting, shift.day)).fine
        case Item.TASKS:
            return (await find_tasks(tx, setting, shift, shift.day)).fine
    return (await find_end(tx, setting, shift)).fine(item)


class ConfirmItem:
    """Somebody has looked at one item; what the machine finds then is kept with it."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(
        self,
        member: StaffMember,
        key: UUID,
        day: date,
        item: Item,
        *,
        words: str = "",
        step: ShortageStep | None = None,
        handover: UUID | None = None,
    ) -> None:
        """Args: key: the same for a request that is sent again; words: why, where not all is well; step: what is done about
        a shortage; handover: the one that this person says to have read.

        Raises: NotPermitted, NotFound. InputRefused: see ``check_confirmation``; the last handover isn't ticked as read.
        """
        member.check(Permission.RUN_SHIFT)
        await self._setting.refresh()
        now, words = self._setting.clock.now(), checked_words(words)
        async with self._store.transaction() as tx:
            shift = await lock_running(tx, self._setting, day)
            if item in END and shift.begun_at is None:
                raise InputRefused("item", "始まりの確認が、まだ終わっていません。先に「始まり」を仕上げてください。")
            if item is Item.TASKS:
                await self._read_handover(tx, member, day, handover, now)
            fine = await is_fine(tx, self._setting, shift, item)
            check_confirmation(item, fine, member.is_supervisor, step, words)
            step = step if item is Item.STAFF and not fine else None
            told = Confirmation(key, shift.id, item, fine, member.id, now, step, words)
            if await tx.shifts.confirm(told):
                noted = {} if step is None else {"step": str(step)}
                await tx.audit.add(
                    now,
                    member.actor,
                    "confirm_shift_item",
                    None,
                    shift=str(shift.id),
                    item=str(item),
                    fine=fine,
                    length=len(words),
                    **noted,
                )

    async def _read_handover(
        self, tx: Transaction, member: StaffMember, day: date, handover: UUID | None, now: datetime
    ) -> None:
        last = await tx.shifts.last_handover(self._setting.profile.id, day)
        if last is None:
            return
        paper = last[1]
        if handover != paper.id:
            raise InputRefused("handover", "前の引継ぎを読んで、「読みました」に印をつけてください。")
        if await tx.shifts.mark_read(paper.id, member.id, now):
            await tx.audit.add(now, member.actor, "read_handover", None, paper=str(paper.id), shift=str(paper.shift_id))


class BeginShift:
    """Finish the start check."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, day: date) -> None:
        """Raises: NotPermitted, NotFound. InputRefused: an item isn't confirmed."""
        member.check(Permission.RUN_SHIFT)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            shift = await lock_running(tx, self._setting, day)
            if shift.begun_at is None:
                await _check_items(tx, shift, START)
                await tx.shifts.save(replace(shift, begun_by=member.id, begun_at=now))
                await tx.audit.add(now, member.actor, "begin_shift", None, shift=str(shift.id), day=day.isoformat())


class CloseShift:
    """Finish the end check; what was confirmed and isn't so any more has to be confirmed again."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, day: date) -> None:
        """Raises: NotPermitted, NotFound. InputRefused: an item isn't confirmed, or no longer as it was found."""
        member.check(Permission.RUN_SHIFT)
        await self._setting.refresh()
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            shift = await tx.shifts.lock(self._setting.profile.id, day)
            if shift.closed_at is not None:
                return
            if shift.begun_at is None:
                raise InputRefused("item", "始まりの確認が、まだ終わっていません。先に「始まり」を仕上げてください。")
            last = await _check_items(tx, shift, END)
            for item in END:
                if last[item].fine and not await is_fine(tx, self._setting, shift, item):
                    name = ITEM_NAMES[item]
                    raise InputRefused("item", f"「{name}」が、確認したあとに変わりました。もう一度確認してください。")
            await tx.shifts.save(replace(shift, closed_by=member.id, closed_at=now))
            await tx.audit.add(now, member.actor, "close_shift", None, shift=str(shift.id), day=day.isoformat())


async def _check_items(tx: Transaction, shift: Shift, items: tuple[Item, ...]) -> dict[Item, Confirmation]:
    """The last confirmation of each item. Raises: InputRefused: one has none."""
    found = await tx.shifts.confirmations(shift.id)
    if missing := unconfirmed(items, found):
        raise InputRefused("item", f"まだ確認していない項目があります: {'、'.join(ITEM_NAMES[one] for one in missing)}")
    return {one.item: one for one in found}


class NoteShortage:
    """Write down what is done about too few people while the shift runs; the log keeps the minutes by itself."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, key: UUID, day: date, step: ShortageStep | None, words: str) -> None:
        """Raises: NotPermitted: a supervisor decides. NotFound, InputRefused."""
        member.check(Permission.SUPERVISE)
        now, words = self._setting.clock.now(), checked_words(words)
        check_step(step, words)
        async with self._store.transaction() as tx:
            shift = await lock_running(tx, self._setting, day)
            told = Confirmation(key, shift.id, Item.STAFF, False, member.id, now, step, words)
            if await tx.shifts.confirm(told):
                await tx.audit.add(now, member.actor, "note_shortage", None, shift=str(shift.id), step=str(step))


class WriteDutyNote:
    """Add a line to the duty log, or to put an earlier one right; nothing in it is ever changed."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(
        self, member: StaffMember, key: UUID, day: date, at: datetime, words: str, corrects: UUID | None = None
    ) -> None:
        """Args: at: when it happened. Also for a shift that is closed.

        Raises: NotPermitted, NotFound. InputRefused: no words, or a time to come.
        """
        member.check(Permission.RUN_SHIFT)
        now, words = self._setting.clock.now(), checked_words(words)
        if not words:
            raise InputRefused("words", "あったことを書いてください。")
        if at > now:
            raise InputRefused("at", "これからの時刻です。あったことの時刻を入れてください。")
        async with self._store.transaction() as tx:
            shift = await tx.shifts.lock(self._setting.profile.id, day)
            if corrects is not None and corrects not in {note.id for note in await tx.shifts.notes(shift.id)}:
                raise NotFound("no such line")
            if await tx.shifts.add_note(DutyNote(key, shift.id, at, words, member.id, now, corrects)):
                noted = {} if corrects is None else {"corrects": str(corrects)}
                await tx.audit.add(
                    now, member.actor, "write_duty_note", None, shift=str(shift.id), length=len(words), **noted
                )
