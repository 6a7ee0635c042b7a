"""The monthly confirmation of information security for the statement (HOK-7.3): the audit is checked, the rest is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from handoff.domain.errors import InputRefused
from handoff.domain.hours import ZONE
from handoff.domain.security_check import Answer, Point, month_before, month_due, month_of
from handoff.domain.staff import Permission, StaffMember
from handoff.services.audit.check_chain import CheckChain
from handoff.services.audit_ports import Confirmation
from handoff.services.desk.follow_up import aliases_of
from handoff.services.ports import Store
from handoff.services.setting import Setting

#: Links that the page goes over; `tsunagi audit verify` goes over all.
NEWEST: Final = 100_000
#: Confirmations on the page: two years of them, and some that were made twice.
MOST: Final = 36


@dataclass(frozen=True, slots=True)
class SecurityPage:
    """The newest first. due: the month whose confirmation is missing; months: those that can be confirmed now."""

    now: datetime
    kept: Sequence[Confirmation]
    aliases: Mapping[UUID, str]
    due: date | None
    months: Sequence[date]


class ReadSecurity:
    """The page's read, and whether a month waits."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember) -> SecurityPage:
        """Raises: NotPermitted."""
        member.check(Permission.READ_DOCUMENTS)
        now = self._setting.clock.now()
        async with self._store.reading() as tx:
            kept = await tx.audit_pages.confirmations(self._setting.profile.id, MOST)
            begun = await tx.audit_pages.begun()
            aliases = await aliases_of(tx, await tx.staff.everybody(), [one.confirmed_by for one in kept])
        today = now.astimezone(ZONE).date()
        return SecurityPage(now, kept, aliases, _due(today, kept, begun), (month_before(today), month_of(today)))

    async def due(self, member: StaffMember) -> date | None:
        """The month whose confirmation is missing, for who may give it; None for everybody else."""
        return (await self(member)).due if member.may(Permission.CONFIRM_SECURITY) else None


class ConfirmSecurity:
    """The verb: check the audit, and keep what somebody confirms of a month with the chain's end."""

    def __init__(self, store: Store, setting: Setting, check: CheckChain) -> None:
        self._store = store
        self._setting = setting
        self._check = check

    async def __call__(
        self, member: StaffMember, key: UUID, month: date | None, answers: Mapping[Point, Answer]
    ) -> Confirmation:
        """Args: key: the same for a form that is sent again. Raises: NotPermitted. InputRefused: something isn't answered."""
        member.check(Permission.CONFIRM_SECURITY)
        now = self._setting.clock.now()
        today = now.astimezone(ZONE).date()
        if month not in (month_before(today), month_of(today)):
            raise InputRefused("month", "確認する月を、一覧から選んでください。")
        for point in Point:
            if point not in answers:
                raise InputRefused(point, "すべての点に、答えを選んでください。")
        async with self._store.reading() as tx:
            before = await tx.audit_pages.confirmations(self._setting.profile.id, MOST)
        checked = await self._check([one.end for one in before], newest=NEWEST)
        confirmation = Confirmation(
            id=key,
            profile=self._setting.profile.id,
            month=month,
            points=dict(answers),
            confirmed_by=member.id,
            confirmed_at=now,
            checked=checked.links,
            fault=None if checked.fault is None else checked.fault.fault,
            end=checked.end,
        )
        async with self._store.transaction() as tx:
            if await tx.audit_pages.confirm(confirmation):
                await tx.audit.add(
                    now,
                    member.actor,
                    "confirm_security",
                    None,
                    confirmation=str(key),
                    month=month.isoformat(),
                    open=sum(answer is Answer.OPEN for answer in answers.values()),
                    fault=confirmation.fault,
                )
        return confirmation


def _due(today: date, kept: Sequence[Confirmation], begun: datetime | None) -> date | None:
    began = None if begun is None else begun.astimezone(ZONE).date()
    return month_due(today, frozenset(one.month for one in kept), began)
