"""A person with an account as the roster has them on a day, read in one statement wherever members are read.

The rule which version of an entry counts is ``domain.roster.in_force``; here it stands as a statement, because every
request asks it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Row, Select, case, distinct, exists, func, select

from handoff.adapters.database.desk_tables import StaffRow
from handoff.adapters.database.roster_tables import PledgeRow, RosterEntryRow, TrainingRow
from handoff.domain.pledge import PLEDGE_VERSION
from handoff.domain.staff import StaffMember, StaffRole, lacks_of


def select_staff(today: date) -> Select[*tuple[Any, ...]]:
    """Accounts with what ``member_of`` needs. It locks, orders and joins like a select of ``staff`` alone.

    Args: today: in Japan, on the service's clock.
    """
    entry = (
        select(
            case(
                (
                    RosterEntryRow.valid_to >= today,
                    func.jsonb_build_object("role", RosterEntryRow.role, "trainee", RosterEntryRow.trainee),
                )
            )
        )
        .where(
            RosterEntryRow.staff_id == StaffRow.id,
            RosterEntryRow.announced_on.is_not(None),
            RosterEntryRow.withdrawn_at.is_(None),
            RosterEntryRow.holds_from <= today,
        )
        .order_by(RosterEntryRow.holds_from.desc(), RosterEntryRow.number.desc())
        .limit(1)
        .correlate(StaffRow)
        .scalar_subquery()
    )
    pledged = exists(select(1).where(PledgeRow.staff_id == StaffRow.id, PledgeRow.version >= PLEDGE_VERSION))
    trained = (
        select(func.array_agg(distinct(TrainingRow.subject)))
        .where(
            TrainingRow.staff_id == StaffRow.id,
            TrainingRow.withdrawn_at.is_(None),
            TrainingRow.held_on <= today,
            TrainingRow.valid_until >= today,
        )
        .correlate(StaffRow)
        .scalar_subquery()
    )
    return select(
        StaffRow.id,
        StaffRow.name,
        StaffRow.alias,
        StaffRow.role,
        StaffRow.trainee,
        StaffRow.demo,
        StaffRow.disabled_at,
        StaffRow.password,
        entry.label("entry"),
        pledged.correlate(StaffRow).label("pledged"),
        trained.label("trained"),
    )


def member_of(row: Row[*tuple[Any, ...]]) -> StaffMember:
    """The member of such a row. A counsellor without both trainings works as one in training (KAG-6.1オ)."""
    entry = row.entry
    role = StaffRole(row.role if entry is None else entry["role"])
    lacks = lacks_of(role, listed=entry is not None, pledged=row.pledged, trained=row.trained or ())
    trainee = row.trainee if entry is None else entry["trainee"]
    return StaffMember(
        id=row.id,
        name=row.name,
        alias=row.alias,
        role=role,
        trainee=trainee or (role is StaffRole.COUNSELLOR and bool(lacks)),
        active=row.disabled_at is None,
        demo=row.demo,
        lacks=lacks,
    )
