"""Who may act on escalations at the desk, and which of them somebody may open: for reading, and for anything they do."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from handoff.domain.errors import NotFound, TraineeRefused
from handoff.domain.escalation import link_holds
from handoff.domain.staff import Permission, StaffMember
from handoff.services.escalation_ports import Escalation
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting


def check_act(member: StaffMember) -> None:
    """Raises: NotPermitted. TraineeRefused: nobody in training has a matter of life in hand."""
    member.check(Permission.ESCALATE)
    if member.trainee:
        raise TraineeRefused("an escalation's")


def may_open(member: StaffMember, escalation: Escalation, now: datetime) -> bool:
    """Whether somebody may read one: while it's open, whoever may act; then for a day; later its own people and
    supervisors.
    """
    if member.is_supervisor or link_holds(escalation.closed_at, now):
        return True
    return member.alias in (escalation.acknowledged_by, escalation.closed_by)


async def find_open(tx: Transaction, escalation_id: UUID, member: StaffMember, now: datetime) -> Escalation:
    """One that this person may open, not locked. Raises: NotFound: there is none, or its time is over for them."""
    escalation = await tx.escalations.find(escalation_id)
    if not may_open(member, escalation, now):
        raise NotFound("its time is over")
    return escalation


async def check_open(store: Store, setting: Setting, escalation_id: UUID, member: StaffMember) -> Escalation:
    """What every verb asks first; what was open to somebody a moment ago is so when they act.

    Raises: NotPermitted, TraineeRefused, NotFound.
    """
    check_act(member)
    async with store.reading() as tx:
        return await find_open(tx, escalation_id, member, setting.clock.now())
