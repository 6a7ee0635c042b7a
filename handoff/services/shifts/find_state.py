"""What a shift's checks find: the machine's part of each item, read when the page is shown and again when it is confirmed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from handoff.domain.capacity import Staffing, staffing
from handoff.domain.closures import FIRST_DAY
from handoff.domain.escalation import Rung, ladder
from handoff.domain.profile.duty import HelpLine
from handoff.domain.profile.wording import open_lines
from handoff.domain.quota import Quota
from handoff.domain.session import URGENT, State
from handoff.domain.shift import VERIFIED_FOR, Item, Shift, open_stretches
from handoff.domain.shift_papers import Handover, OpenAlarm, OpenTalk, OpenTask, handover_in
from handoff.domain.staff import StaffMember
from handoff.services.care_ports import FollowUp
from handoff.services.desk.follow_up import aliases_of
from handoff.services.desk.read_desk import among_talks
from handoff.services.escalation_ports import PlannedNotice
from handoff.services.ports import Transaction
from handoff.services.setting import Setting
from handoff.services.shift_ports import Paper, PaperKind, Receipt, RungTest

#: Tasks that are read; the pages say how many of them are due.
MOST_TASKS: Final = 500
#: Between two looks at the lines that are open in a shift.
_STEP: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class RungState:
    """One person of the ladder. notices: of the last test; receipt: None while they didn't confirm it; tested: False where
    the test rang at somebody else in their place.
    """

    rung: Rung
    notices: Sequence[PlannedNotice]
    receipt: Receipt | None
    tested: bool = True


@dataclass(frozen=True, slots=True)
class AlarmState:
    """The last test alarm of a shift, None where none was rung. last_complete: of any shift."""

    test: RungTest | None
    rungs: Sequence[RungState]
    last_complete: datetime | None

    @property
    def fine(self) -> bool:
        return self.test is not None and all(one.receipt is not None for one in self.rungs)


@dataclass(frozen=True, slots=True)
class StaffState:
    """Who is there now against the profile. warnings: of the roster, as sentences."""

    here: Sequence[StaffMember]
    staffing: Staffing
    warnings: Sequence[str]

    @property
    def fine(self) -> bool:
        return self.staffing.missing == 0


@dataclass(frozen=True, slots=True)
class LineState:
    """A phone line or text service that is open in this shift. old: nobody compared it for too long, or ever."""

    line: HelpLine
    old: bool


@dataclass(frozen=True, slots=True)
class LinesState:
    """What students get today beside people. lines: None where the board hasn't decided on any."""

    lines: Sequence[LineState] | None
    quota: Quota | None
    reserve: int

    @property
    def fine(self) -> bool:
        low = self.quota is not None and self.quota.is_low(self.reserve)
        return self.lines is not None and not low and not any(one.old for one in self.lines)


@dataclass(frozen=True, slots=True)
class TasksState:
    """What is left to be done. due: tasks of today and before; last: the handover before this shift; readers: of it;
    unclosed: the day of the shift before it, where nobody ended that one.
    """

    handover: Handover
    due: Sequence[FollowUp]
    last: tuple[Shift, Paper] | None
    readers: Mapping[UUID, datetime]
    unclosed: date | None

    @property
    def fine(self) -> bool:
        return self.last is None or bool(self.readers)


async def find_alarm(tx: Transaction, setting: Setting, shift: Shift | None) -> AlarmState:
    """The ladder with what became of the shift's last test."""
    tests = [] if shift is None else await tx.shifts.alarms(shift.id)
    test = tests[-1] if tests else None
    rungs = await find_rungs(tx, setting, None if test is None else test.escalation_id)
    return AlarmState(test, rungs, await tx.shifts.last_complete(setting.profile.id))


async def find_rungs(tx: Transaction, setting: Setting, escalation_id: UUID | None) -> Sequence[RungState]:
    """The ladder of today with what became of a test. Who came onto it, or to another place, since then wasn't tested."""
    notices = [] if escalation_id is None else await tx.notices.all(escalation_id)
    receipts = {} if escalation_id is None else await tx.shifts.receipts(escalation_id)
    rang = {one.rung: one.who for one in notices}
    return [
        RungState(rung, [one for one in notices if one.rung == rung.index], receipts.get(rung.index))
        if rang.get(rung.index, rung.who) == rung.who
        else RungState(rung, (), None, tested=False)
        for rung in ladder(setting.profile, frozenset())
    ]


async def find_staff(tx: Transaction, setting: Setting, day: date) -> StaffState:
    """Who takes sessions now, as the desk counts them."""
    here = await tx.staff.on_duty(setting.clock.real() - setting.profile.desk.grace)
    return StaffState(here, staffing(here, setting.profile.staff), await tx.rosters.warnings(day))


async def find_lines(tx: Transaction, setting: Setting, day: date) -> LinesState:
    """The lines that are open at any time of the shift, or now where it has no hours."""
    profile = setting.profile
    lines = None
    if profile.lines is not None:
        every = [*profile.lines, *(profile.lines_by_text or ())]
        looks = [
            begins + _STEP * number
            for begins, ends in open_stretches(profile.hours, day)
            for number in range((ends - begins) // _STEP + 1)
        ] or [setting.clock.now()]
        open_ids = {line.id for at in looks for line in open_lines(every, at)}
        lines = [
            LineState(line, day - (line.verified or FIRST_DAY) > VERIFIED_FOR) for line in every if line.id in open_ids
        ]
    return LinesState(lines, await tx.quota.read(), profile.desk.push_reserve)


async def find_tasks(tx: Transaction, setting: Setting, shift: Shift | None, day: date) -> TasksState:
    """What lies there at the beginning, with the words of those who were there before."""
    handover = await find_handover(tx, setting, day)
    due = [task for task in await tx.follow_ups.open(MOST_TASKS) if task.due_on <= day and not task.drill]
    last = await tx.shifts.last_handover(setting.profile.id, day)
    readers = {} if last is None else await tx.shifts.readers(last[1].id)
    before = await tx.shifts.before(setting.profile.id, day)
    unclosed = None if before is None or before.closed_at is not None else before.day
    return TasksState(handover, due, last, readers, unclosed)


async def find_handover(tx: Transaction, setting: Setting, day: date) -> Handover:
    """All that is open now, for the next ones; tasks are those due by the day after this one."""
    cards = [card for card in await tx.views.cards() if not card.drill]
    tomorrow = day + timedelta(days=1)
    tasks = [task for task in await tx.follow_ups.open(MOST_TASKS) if task.due_on <= tomorrow and not task.drill]
    people = await aliases_of(tx, await tx.staff.everybody(), [task.owner_id for task in tasks])
    left = Counter(
        "unscreened" if card.unscreened else str(card.level or "none")
        for card in cards
        if card.state is State.LEFT_MESSAGE and among_talks(card)
    )
    sheets = [card for card in cards if card.state is State.WRAP_UP]
    return Handover(
        day=day,
        made_at=setting.clock.now(),
        left=dict(left),
        waiting=sum(card.state is State.WAITING for card in cards),
        live=sum(card.state is State.LIVE for card in cards),
        unfilled=sum(not card.sheet_filled for card in sheets),
        unsigned=sum(card.sheet_filled and not card.sheet_signed for card in sheets),
        at_risk=tuple(
            OpenTalk(card.id, card.state, None if card.unscreened else card.level)
            for card in cards
            if (card.unscreened or card.level in URGENT) and among_talks(card)
        ),
        tasks=tuple(OpenTask(task.id, task.session_id, task.due_on, people[task.owner_id]) for task in tasks),
        alarms=tuple(
            OpenAlarm(one.id, one.level, str(one.state), one.raised_at, one.acknowledged_by)
            for one in await tx.escalations.all_open()
            if one.is_real
        ),
        unanswered=len(await tx.escalation_steps.unanswered()),
        reports=await tx.reports.waiting(),
        faults=await tx.faults.open_count(setting.profile.id),
        requests=await tx.requests.open_count(setting.profile.id),
    )


@dataclass(frozen=True, slots=True)
class EndState:
    """What the end check finds.

    Attributes: drafts: lines begun and not sent; approvals: a trainee's that wait for a yes; untold: sessions at risk and
    alarms that the finished handover doesn't know of.
    """

    live: int
    waiting: int
    drafts: int
    approvals: int
    unfilled: int
    unsigned: int
    handover_written: bool
    untold: int

    def fine(self, item: Item) -> bool:
        """Whether nothing of an item of the end check is left."""
        return {
            Item.TALKS: self.live == 0 and self.waiting == 0,
            Item.DRAFTS: self.drafts == 0 and self.approvals == 0,
            Item.SHEETS: self.unfilled == 0 and self.unsigned == 0,
            Item.HANDOVER: self.handover_written and self.untold == 0,
        }[item]


async def find_end(tx: Transaction, setting: Setting, shift: Shift) -> EndState:
    """The state of an evening that is about to end."""
    found = await find_handover(tx, setting, shift.day)
    paper = await tx.shifts.paper(shift.id, PaperKind.HANDOVER, finished=True)
    told = None if paper is None else handover_in(paper.found)
    known = frozenset() if told is None else told.risks
    played = {card.id for card in await tx.views.cards() if card.drill}
    return EndState(
        live=found.live,
        waiting=found.waiting,
        drafts=await tx.shifts.drafts(),
        approvals=sum(one.session_id not in played for one in await tx.views.waiting_proposals()),
        unfilled=found.unfilled,
        unsigned=found.unsigned,
        handover_written=paper is not None,
        untold=0 if paper is None else len(found.risks - known),
    )
