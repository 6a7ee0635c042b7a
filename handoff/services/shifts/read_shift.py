"""What the pages of a shift show: the list, the start check, the duty log and the end check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from handoff.domain.capacity import Staffing, staffing
from handoff.domain.errors import NotFound
from handoff.domain.hours import OpeningHours
from handoff.domain.shift import (
    Confirmation,
    Duty,
    Shift,
    Shortage,
    Stretch,
    day_frame,
    open_stretches,
    shift_day,
    shortages,
    worked,
)
from handoff.domain.shift_papers import Worked
from handoff.domain.staff import Permission, StaffMember
from handoff.domain.window_closure import WindowClosure
from handoff.services.desk.follow_up import aliases_of
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting
from handoff.services.shift_ports import DutyNote, PaperKind
from handoff.services.shifts.find_state import (
    AlarmState,
    EndState,
    LinesState,
    StaffState,
    TasksState,
    find_alarm,
    find_end,
    find_lines,
    find_staff,
    find_tasks,
)
from handoff.services.shifts.write_papers import people_of

#: Shifts on a page of the list.
PAGE: Final = 31


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """A shift in the list. daily: whether its daily report, handover: whether its handover is finished."""

    shift: Shift
    daily: bool
    handover: bool


@dataclass(frozen=True, slots=True)
class ShiftList:
    """A page of shifts. today: of the shift that is now, opened or not; total: of all; opened: its hours."""

    now: datetime
    today: date
    opened: Sequence[Stretch]
    rows: Sequence[ShiftRow]
    total: int
    page: int
    current: Shift | None


@dataclass(frozen=True, slots=True)
class StartPage:
    """The start check. confirmed: the last word on each item; begun: the check is finished."""

    now: datetime
    shift: Shift
    opened: Sequence[Stretch]
    closures: Sequence[WindowClosure]
    alarm: AlarmState
    staff: StaffState
    lines: LinesState
    tasks: TasksState
    confirmed: Mapping[str, Confirmation]
    aliases: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class DutyPage:
    """The duty log. spans: by person's alias, for those who run shifts; notes and steps: likewise; people: the totals."""

    now: datetime
    shift: Shift
    people: Sequence[Worked]
    spans: Sequence[tuple[str, Sequence[Stretch]]]
    shortages: Sequence[Shortage]
    staffing: Staffing
    notes: Sequence[DutyNote]
    steps: Sequence[Confirmation]
    aliases: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class EndPage:
    """The end check."""

    shift: Shift
    found: EndState
    daily_finished: bool
    confirmed: Mapping[str, Confirmation]
    aliases: Mapping[UUID, str]


class ReadShifts:
    """The reads."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def all(self, member: StaffMember, page: int = 1) -> ShiftList:
        """Raises: NotPermitted."""
        member.check(Permission.READ_SHIFTS)
        await self._setting.refresh()
        now, profile = self._setting.clock.now(), self._setting.profile
        today = shift_day(profile.hours, now)
        async with self._store.reading() as tx:
            total = await tx.shifts.count(profile.id)
            page = max(1, min(page, -(-total // PAGE)))
            shifts = await tx.shifts.newest(profile.id, PAGE, (page - 1) * PAGE)
            finished = await tx.shifts.finished_papers([shift.id for shift in shifts])
            return ShiftList(
                now=now,
                today=today,
                opened=open_stretches(await self._hours(tx, today), today),
                rows=[
                    ShiftRow(shift, (shift.id, PaperKind.DAILY) in finished, (shift.id, PaperKind.HANDOVER) in finished)
                    for shift in shifts
                ],
                total=total,
                page=page,
                current=await tx.shifts.of_day(profile.id, today),
            )

    async def start(self, member: StaffMember, day: date) -> StartPage:
        """Raises: NotPermitted, NotFound."""
        member.check(Permission.RUN_SHIFT)
        await self._setting.refresh()
        now, profile = self._setting.clock.now(), self._setting.profile
        async with self._store.transaction() as tx:
            shift = await self._open(tx, member, day, "start")
            confirmed = {str(one.item): one for one in await tx.shifts.confirmations(shift.id)}
            tasks = await find_tasks(tx, self._setting, shift, day)
            alarm = await find_alarm(tx, self._setting, shift)
            frame = day_frame(profile.hours, day)
            ids = [
                *(one.by for one in confirmed.values()),
                *(task.owner_id for task in tasks.due),
                *tasks.readers,
                *(one.receipt.by for one in alarm.rungs if one.receipt is not None),
                shift.opened_by,
                shift.begun_by,
            ]
            closures = await tx.closures.not_over_before(frame[0])
            return StartPage(
                now=now,
                shift=shift,
                opened=open_stretches(profile.hours.closed_in(closures), day),
                closures=[one for one in closures if one.begins_at < frame[1] and one.holds],
                alarm=alarm,
                staff=await find_staff(tx, self._setting, day),
                lines=await find_lines(tx, self._setting, day),
                tasks=tasks,
                confirmed=confirmed,
                aliases=await self._aliases(tx, ids),
            )

    async def duty(self, member: StaffMember, day: date) -> DutyPage:
        """Who doesn't run shifts gets the totals alone. Raises: NotPermitted, NotFound."""
        member.check(Permission.READ_SHIFTS)
        await self._setting.refresh()
        runs = member.may(Permission.RUN_SHIFT)
        now, profile = self._setting.clock.now(), self._setting.profile
        async with self._store.transaction() as tx:
            shift = await self._open(tx, member, day, "duty")
            frame = day_frame(profile.hours, day)
            duties = await tx.shifts.duties(*frame)
            notes = await tx.shifts.notes(shift.id) if runs else []
            steps = [one for one in await tx.shifts.confirmations(shift.id) if one.step is not None] if runs else []
            spans = worked(duties, frame, now)
            aliases = await self._aliases(
                tx, [*spans, *(note.by for note in notes), *(one.by for one in steps), shift.begun_by]
            )
            here = await tx.staff.on_duty(self._setting.clock.real() - profile.desk.grace)
            return DutyPage(
                now=now,
                shift=shift,
                people=await people_of(tx, duties, frame, self._setting),
                spans=sorted((aliases[one], stretches) for one, stretches in spans.items()) if runs else [],
                shortages=await self._shortages(tx, duties, day, now),
                staffing=staffing(here, profile.staff),
                notes=notes,
                steps=steps,
                aliases=aliases,
            )

    async def end(self, member: StaffMember, day: date) -> EndPage:
        """Raises: NotPermitted, NotFound."""
        member.check(Permission.RUN_SHIFT)
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            shift = await self._open(tx, member, day, "end")
            confirmed = {str(one.item): one for one in await tx.shifts.confirmations(shift.id)}
            return EndPage(
                shift=shift,
                found=await find_end(tx, self._setting, shift),
                daily_finished=await tx.shifts.paper(shift.id, PaperKind.DAILY, finished=True) is not None,
                confirmed=confirmed,
                aliases=await self._aliases(tx, [*(one.by for one in confirmed.values()), shift.closed_by]),
            )

    async def _open(self, tx: Transaction, member: StaffMember, day: date, page: str) -> Shift:
        """The shift of a page that is shown; its words may be about a child, so opening it is on record."""
        shift = await self._shift(tx, day)
        now = self._setting.clock.now()
        await tx.audit.add(now, member.actor, "open_shift_page", None, shift=str(shift.id), page=page)
        return shift

    async def _shift(self, tx: Transaction, day: date) -> Shift:
        shift = await tx.shifts.of_day(self._setting.profile.id, day)
        if shift is None:
            raise NotFound("no such shift")
        return shift

    async def _shortages(
        self, tx: Transaction, duties: Sequence[Duty], day: date, now: datetime
    ) -> tuple[Shortage, ...]:
        profile = self._setting.profile
        return shortages(duties, open_stretches(await self._hours(tx, day), day), profile.staff, now)

    async def _hours(self, tx: Transaction, day: date) -> OpeningHours:
        """The hours with the closures of that day, which a setting keeps only for a day."""
        hours = self._setting.profile.hours
        return hours.closed_in(await tx.closures.not_over_before(day_frame(hours, day)[0]))

    @staticmethod
    async def _aliases(tx: Transaction, ids: Sequence[UUID | None]) -> Mapping[UUID, str]:
        return await aliases_of(tx, await tx.staff.everybody(), ids)
