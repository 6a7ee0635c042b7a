"""What may be kept for research when words go, and how many people at least every exported line stands for (KAG-8.2). Pure.

A line has codes alone. Before an export its marks (month, school type, grade, gender, topic) are made coarser, step by
step, until every combination of them is shared by ``k`` lines; what is still alone is left out, and where that would be
more than a tenth, nothing is exported at that step. Level, outcome and length aren't marks: nobody outside knows them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import uuid4

from handoff.domain.fact import Fact

#: Of people in a group where the profile says nothing.
USUAL_GROUP: Final = 5
#: As much of the lines may be left out for the others' sake.
MOST_LEFT_OUT: Final = 0.1
ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class ResearchRecord:
    """One session in codes. month: its first day; ANY where a mark was made coarser."""

    month: date
    channel: str
    school_type: str | None
    grade: str
    gender: str
    topic: str | None
    level: str | None
    outcome: str
    exchanges: int | None


@dataclass(frozen=True, slots=True)
class ResearchTable:
    """What may be exported. period: "month", "quarter", "year"; left_out: lines that stood alone."""

    records: tuple[ResearchRecord, ...]
    period: str
    left_out: int
    group: int


def record_of(fact: Fact) -> ResearchRecord | None:
    """The line of a fact; None for a drill. No school, no hour, no area."""
    if fact.test:
        return None
    return ResearchRecord(
        month=fact.day.replace(day=1),
        channel=str(fact.channel),
        school_type=fact.place.school_type,
        grade=fact.grade,
        gender=fact.gender,
        topic=None if fact.primary is None else str(fact.primary),
        level=None if fact.level is None else str(fact.level),
        outcome=str(fact.outcome),
        exchanges=fact.exchanges,
    )


def marks(record: ResearchRecord) -> tuple[object, ...]:
    """By these somebody who knows a child could find their line."""
    return (record.month, record.channel, record.school_type, record.grade, record.gender, record.topic)


def _coarser(record: ResearchRecord, step: int) -> ResearchRecord:
    month = record.month
    if step >= 1:
        month = month.replace(month=(month.month - 1) // 3 * 3 + 1)
    if step >= 3:
        # The school year, as children and schools speak of it.
        month = date(month.year if record.month.month >= 4 else month.year - 1, 4, 1)
    return replace(
        record,
        month=month,
        gender=ANY if step >= 2 else record.gender,
        grade=ANY if step >= 4 else record.grade,
        channel=ANY if step >= 5 else record.channel,
        topic=ANY if step >= 6 else record.topic,
        school_type=ANY if step >= 7 else record.school_type,
    )


_STEPS: Final = 8


def anonymous(records: Sequence[ResearchRecord], group: int) -> ResearchTable | None:
    """The finest table in which every combination of marks is shared by ``group`` lines; None where there is none."""
    for step in range(_STEPS):
        coarse = [_coarser(record, step) for record in records]
        counted = Counter(map(marks, coarse))
        kept = [record for record in coarse if counted[marks(record)] >= group]
        if kept and len(coarse) - len(kept) <= MOST_LEFT_OUT * len(coarse):
            kept.sort(key=lambda _record: uuid4())  # an order tells nothing
            period = "month" if step < 1 else "quarter" if step < 3 else "year"
            return ResearchTable(tuple(kept), period, len(coarse) - len(kept), group)
    return None
