"""The daily report and the handover: made from the day, with room for words, version by version (HYO-4.1⑥, WG-19).

A draft holds words alone, and what it says beside them is found anew whenever it is shown. A finished version keeps both,
and nothing that comes later changes it; whoever has to mend one writes the next version.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from handoff.domain.errors import InputRefused, NotFound
from handoff.domain.hours import ZONE
from handoff.domain.shift import (
    Duty,
    Shift,
    Stretch,
    checked_words,
    day_frame,
    minutes_of,
    open_stretches,
    shortages,
    worked,
)
from handoff.domain.shift_papers import (
    DailyReport,
    Handover,
    Shut,
    Worked,
    counted,
    daily_report_in,
    handover_in,
    kept,
    waits,
)
from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk.follow_up import aliases_of
from handoff.services.desk.read_desk import may_open
from handoff.services.facts.write_facts import LIMIT, WriteFacts
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting
from handoff.services.shift_ports import Paper, PaperKind
from handoff.services.shifts.find_state import find_handover

#: As the audit has it: by paper, and whether it is finished.
_VERBS: Final = {
    (PaperKind.DAILY, False): "save_daily_report",
    (PaperKind.DAILY, True): "finish_daily_report",
    (PaperKind.HANDOVER, False): "save_handover",
    (PaperKind.HANDOVER, True): "finish_handover",
}


async def find_daily(tx: Transaction, setting: Setting, day: date) -> DailyReport:
    """The day as it stands now."""
    profile, now = setting.profile, setting.clock.now()
    frame = day_frame(profile.hours, day)
    facts = await tx.facts.of_day(profile.id, day)
    duties = await tx.shifts.duties(*frame)
    cards = [*await tx.views.cards(), *await tx.views.intakes()]
    alarms = [*await tx.escalations.all_open(), *await tx.escalations.closed_since(frame[0])]
    today = [one for one in alarms if one.is_real and frame[0] <= one.raised_at < frame[1]]
    closures = [one for one in await tx.closures.not_over_before(frame[0]) if one.begins_at < frame[1] and one.holds]
    opened = open_stretches(profile.hours.closed_in(closures), day)
    return DailyReport(
        service_name=profile.service_name,
        day=day,
        made_at=now,
        opened=opened,
        sessions=len(facts),
        running=sum(card.opened_at.astimezone(ZONE).date() == day and not card.drill for card in cards),
        counts=counted(facts),
        waits=waits(facts),
        people=await people_of(tx, duties, frame, setting),
        shortages=shortages(duties, opened, profile.staff, now),
        alarms=dict(Counter(str(one.level) for one in today)),
        open_alarms=sum(one.closed_at is None for one in today),
        open_faults=await tx.faults.open_count(profile.id),
        closures=tuple(Shut(one.begins_at, one.ends_at, one.announced) for one in closures),
    )


async def people_of(tx: Transaction, duties: Sequence[Duty], frame: Stretch, setting: Setting) -> tuple[Worked, ...]:
    """How long each person was there, by alias."""
    spans = worked(duties, frame, setting.clock.now())
    people = await aliases_of(tx, await tx.staff.everybody(), list(spans))
    roles = {duty.staff_id: duty.role for duty in duties}
    return tuple(
        Worked(people[one], roles[one], sum(minutes_of(ends - begins) for begins, ends in stretches))
        for one, stretches in sorted(spans.items(), key=lambda item: people[item[0]])
    )


@dataclass(frozen=True, slots=True)
class DailyPage:
    """A daily report as it is shown. paper: None before anybody saved; shown: the finished copy, or the day as it is now;
    versions: the finished ones; stands: what is shown is a finished copy; uncounted: sessions that are over and whose facts
    aren't written yet, of any day.
    """

    shift: Shift
    paper: Paper | None
    shown: DailyReport
    words: str
    stands: bool
    versions: Sequence[Paper]
    by: str
    uncounted: int


@dataclass(frozen=True, slots=True)
class HandoverPage:
    """A handover as it is shown, likewise. versions: the finished ones; readers: who of a later shift read it, and when;
    may_open: sessions that this person may open; gone: its list went after its days, and the words stay.
    """

    shift: Shift
    paper: Paper | None
    shown: Handover
    words: str
    stands: bool
    versions: Sequence[Paper]
    readers: Sequence[tuple[str, datetime]]
    may_open: frozenset[UUID]
    by: str
    gone: bool = False


class WritePaper:
    """Save or finish a version of a shift's paper."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting
        self._write_facts = WriteFacts(store, setting)

    async def __call__(
        self, member: StaffMember, key: UUID, day: date, kind: PaperKind, words: str, seen: int, *, finish: bool
    ) -> None:
        """Args: key: the same for a request that is sent again; seen: the version that was on the page, 0 for none.

        Raises: NotPermitted: the daily report is finished by a supervisor. NotFound. InputRefused: somebody saved
        meanwhile, or the words are too long.
        """
        member.check(Permission.RUN_SHIFT)
        if kind is PaperKind.DAILY and finish:
            member.check(Permission.SUPERVISE)
        await self._setting.refresh()
        now, words = self._setting.clock.now(), checked_words(words)
        if kind is PaperKind.DAILY and finish:
            # Facts are gathered before they are written; a report that is finished leaves none of them out.
            await self._write_facts(flush=True)
        async with self._store.transaction() as tx:
            shift = await tx.shifts.lock(self._setting.profile.id, day)
            before = await tx.shifts.paper(shift.id, kind)
            if before is not None and before.id == key:
                return
            version = 0 if before is None else before.version
            if version != seen:
                by = "" if before is None else await tx.staff.alias(before.by)
                raise InputRefused(
                    "version",
                    f"開いているあいだに、{by}さんが保存しました。読み込み直して、書いたことを足してください。",
                )
            found = None
            if finish:
                made: DailyReport | Handover
                if kind is PaperKind.DAILY:
                    made = await find_daily(tx, self._setting, day)
                else:
                    made = await find_handover(tx, self._setting, day)
                found = kept(made)
            paper = Paper(key, shift.id, kind, version + 1, finish, words, found, member.id, now)
            if await tx.shifts.add_paper(paper):
                await tx.audit.add(
                    now,
                    member.actor,
                    _VERBS[kind, finish],
                    None,
                    shift=str(shift.id),
                    paper=str(key),
                    version=paper.version,
                    length=len(words),
                )


class ReadPapers:
    """Show them."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def daily(self, member: StaffMember, day: date, version: int | None = None) -> DailyPage:
        """Args: version: of a finished one; None for the newest, which for who doesn't run shifts is the last finished.

        Raises: NotPermitted. NotFound: no such shift, or nothing that this person may read.
        """
        member.check(Permission.READ_SHIFTS)
        await self._setting.refresh()
        runs = member.may(Permission.RUN_SHIFT)
        async with self._store.transaction() as tx:
            shift = await _shift(tx, self._setting, day)
            versions = await tx.shifts.papers(shift.id, PaperKind.DAILY)
            newest = await tx.shifts.paper(shift.id, PaperKind.DAILY, finished=not runs)
            paper = newest if version is None else await _finished(tx, shift, PaperKind.DAILY, version)
            if paper is None and not runs:
                raise NotFound("not finished yet")
            shown = None if paper is None or not paper.finished else daily_report_in(paper.found)
            stands = shown is not None
            await tx.audit.add(
                self._setting.clock.now(),
                member.actor,
                "open_daily_report",
                None,
                shift=str(shift.id),
                version=None if paper is None else paper.version,
            )
            return DailyPage(
                shift=shift,
                paper=paper,
                shown=shown or await find_daily(tx, self._setting, day),
                words="" if paper is None else paper.words,
                stands=stands,
                versions=versions,
                by="" if paper is None else await tx.staff.alias(paper.by),
                uncounted=0 if stands else len({due.session_id for due in await tx.facts.dues(LIMIT)}),
            )

    async def handover(self, member: StaffMember, day: date, version: int | None = None) -> HandoverPage:
        """Reading it is on record: it tells which sessions are at risk. Args: version: as above.

        Raises: NotPermitted, NotFound.
        """
        member.check(Permission.RUN_SHIFT)
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            shift = await _shift(tx, self._setting, day)
            if version is None:
                paper = await tx.shifts.paper(shift.id, PaperKind.HANDOVER)
            else:
                paper = await _finished(tx, shift, PaperKind.HANDOVER, version)
            if paper is None or not paper.finished:
                stands = gone = False
                shown = await find_handover(tx, self._setting, day)
            else:
                told = handover_in(paper.found)
                # Its list goes with the transcripts; what is open today was never in it.
                stands, gone, shown = True, told is None, told or Handover(day, paper.at)
            readers = {} if paper is None else await tx.shifts.readers(paper.id)
            ids = {one.session_id for one in shown.at_risk} | {one.session_id for one in shown.tasks}
            await tx.audit.add(
                self._setting.clock.now(), member.actor, "open_handover", None, shift=str(shift.id), sessions=len(ids)
            )
            return HandoverPage(
                shift=shift,
                paper=paper,
                shown=shown,
                words="" if paper is None else paper.words,
                stands=stands,
                versions=await tx.shifts.papers(shift.id, PaperKind.HANDOVER),
                readers=[(await tx.staff.alias(one), at) for one, at in readers.items()],
                may_open=await openable(tx, member, ids),
                by="" if paper is None else await tx.staff.alias(paper.by),
                gone=gone,
            )


async def openable(tx: Transaction, member: StaffMember, ids: set[UUID]) -> frozenset[UUID]:
    """Those of these sessions that this person may open now."""
    found = set()
    for session_id in ids:
        card = await tx.views.card(session_id)
        if card is not None and await may_open(tx, member, card):
            found.add(session_id)
    return frozenset(found)


async def _finished(tx: Transaction, shift: Shift, kind: PaperKind, version: int) -> Paper:
    """A finished version. Raises: NotFound."""
    paper = await tx.shifts.paper_version(shift.id, kind, version)
    if paper is None or not paper.finished:
        raise NotFound("no such version")
    return paper


async def _shift(tx: Transaction, setting: Setting, day: date) -> Shift:
    """Raises: NotFound."""
    shift = await tx.shifts.of_day(setting.profile.id, day)
    if shift is None:
        raise NotFound("no such shift")
    return shift
