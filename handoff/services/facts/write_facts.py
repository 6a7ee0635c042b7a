"""Write the facts of sessions that are over, and write them anew after a correction (KAG-6.1キ, KAG-8.4).

A change only notes that a session's fact is due (``tx.facts.wake``), so that a crash loses none. The facts are written some
time later, many at once and in no order, in a transaction in which nothing else happens: neither their place in the
table nor the transaction's number says which session was closed then. What waited is forgotten in the next transaction; a
crash between the two, or two workers at once, writes nothing twice, because a fact that says the same is no new version.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

import structlog

from handoff.domain.coding import ToldState
from handoff.domain.errors import StoreUnavailable
from handoff.domain.fact import Place, fiscal_year, kept_place
from handoff.domain.fact_source import FactSource, fact_of, grade_of, school_code, told_place
from handoff.domain.profile.vocabulary import Agency
from handoff.services.desk.reports.choose_school import chosen_school
from handoff.services.fact_ports import FactDue
from handoff.services.ports import Store, Transaction
from handoff.services.report_ports import ReportStep, StepKind
from handoff.services.setting import Setting

log = structlog.get_logger(__name__)

#: So long the oldest waits for others, so that many are written at once.
GATHER: Final = timedelta(minutes=15)
LIMIT: Final = 500
#: Rounds in one call; what is left then is the next call's.
ROUNDS: Final = 20
_UNTOLD: Final = frozenset(map(str, ToldState))


class WriteFacts:
    """The verb of the worker's round, and of whoever counts and wants to leave nothing out."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, *, flush: bool = False) -> int:
        """Write what is due; give how many facts were. Args: flush: also what has waited for a moment alone.

        Raises: StoreUnavailable.
        """
        written = 0
        for _round in range(ROUNDS):
            async with self._store.reading() as tx:
                dues = await tx.facts.dues(LIMIT)
            if not dues or not (flush or self._setting.clock.now() - dues[0].at >= GATHER):
                break
            await self._setting.refresh()
            count, settled = await self._write(dues)
            written += count
            if not settled:
                break  # another process is at it, or nothing of it can be read
        return written

    async def _write(self, dues: Sequence[FactDue]) -> tuple[int, int]:
        """How many facts were written, and how many that were due wait no more."""
        sessions = list({due.session_id for due in dues})
        random.shuffle(sessions)  # nothing secret: the order only has to tell nothing
        written, failed = 0, set[UUID]()
        async with self._store.transaction() as tx:
            if not await tx.facts.hold():
                return 0, 0
            for session_id in sessions:
                try:
                    written += await self._fact(tx, session_id)
                except StoreUnavailable:
                    raise
                except Exception as error:  # noqa: BLE001 - it is named in the log; one must not hold up all others
                    log.error("fact_not_written", session_id=str(session_id), error=type(error).__name__)
                    failed.add(session_id)
        async with self._store.transaction() as tx:
            settled = [due.id for due in dues if due.session_id not in failed]
            await tx.facts.settle(settled)
        return written, len(settled)

    async def _fact(self, tx: Transaction, session_id: UUID) -> bool:
        source = await read_source(tx, session_id)
        if source is None or not source.is_counted:
            return False
        before = await tx.facts.newest(session_id)
        fact = fact_of(
            source,
            uuid4(),
            # What the calendar said at the time stays: closures of the window are remembered for a day only.
            hours=self._setting.profile.hours.status(source.first_at) if before is None else before.hours,
            place=await _place(tx, source),
            user_key=await tx.facts.user_key(source.contact_id, fiscal_year(source.day)),
        )
        if before is not None:
            if fact.says_the_same(before):
                return False
            fact = replace(fact, version=before.version + 1)
        await tx.facts.add(session_id, fact)
        return True


async def read_source(tx: Transaction, session_id: UUID) -> FactSource | None:
    """All that the record knows of a closed session; None where it isn't closed, or gone."""
    source = await tx.facts.source(session_id)
    if source is None:
        return None
    record = await tx.wrap_ups.find(session_id)
    report = await tx.reports.of_session(session_id)
    steps = [] if report is None else await tx.reports.steps(report.id)
    return replace(
        source,
        sheet=None if record is None or record.filled_at is None else record.sheet,
        report=report,
        hand_overs=_hand_overs(steps),
        report_school=chosen_school(steps),
        survey=await tx.surveys.of_session(session_id),
    )


def _hand_overs(steps: Sequence[ReportStep]) -> tuple[Agency, ...]:
    """Whom people told about a report; a step's code begins with the agency's."""
    told = [(step.code or "").partition(":")[0] for step in steps if step.kind is StepKind.HAND_OVER]
    return tuple(agency for agency in Agency if agency in told)


async def _place(tx: Transaction, source: FactSource) -> Place:
    """The school as far as it may be kept; where none of the register is known, its type as it was told."""
    code = school_code(source)
    school = None if code is None else await tx.schools.find(source.profile, code)
    if school is None:
        return told_place(source)
    place = Place(school.school_type, school.code, school.founder, school.municipality or None)
    grade = grade_of(source)
    pupils, around = await tx.facts.pupils(source.profile, place, None if grade in _UNTOLD else grade, source.day)
    return kept_place(place, pupils, around)
