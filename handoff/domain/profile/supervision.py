"""What the board asks for beside the talks: statements, patrol, rules of conduct, records."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from handoff.domain.profile.base import Flag, Part, Positive, Words
from handoff.domain.profile.vocabulary import (
    CriticalWatch,
    PatrolCategory,
    PatrolStatementUnit,
    Prohibited,
    Sanction,
    SchoolType,
    StatementKind,
    WatchFrequency,
)


class Conduct(Part):
    """What users are asked not to do, and what may follow (TAJ-5)."""

    prohibited: tuple[Prohibited, ...] | None = None
    sanctions: tuple[Sanction, ...] | None = None


class Enquiry(Part):
    """Where people ask how the service is used and whose it is (HOK-8.3): a page, and who answers there."""

    url: Annotated[str, Field(pattern=r"^https://[^\s\"<>]+$", max_length=300)] | None = None
    by: Words | None = None


class Statements(Part):
    """The monthly statements; ``due_day``: day of the following month (KAG-6.1キ 翌月10日)."""

    monthly: tuple[StatementKind, ...] | None = None
    due_day: Annotated[int, Field(strict=True, ge=1, le=28)] | None = None
    survey: Flag | None = None


class Patrol(Part):
    """学校ネットパトロール (KAG-6.2, HYO-4.1④⑤)."""

    min_searches_per_school: Positive | None = None
    human_check: Flag | None = None
    targets: tuple[SchoolType, ...] | None = None
    critical_watch: CriticalWatch | None = None
    statements: tuple[StatementKind, ...] | None = None
    statement_unit: PatrolStatementUnit | None = None
    deletion_followup: Flag | None = None
    watch_after_case_days: Positive | None = None
    watch_frequency: WatchFrequency | None = None
    school_list_search: Flag | None = None
    categories: tuple[PatrolCategory, ...] | None = None
