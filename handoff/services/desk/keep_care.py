"""What the team agreed about somebody who comes again: the plan, and marks with the way in which they are met.

A mark is never a punishment and no student ever learns of one (WG-7, WG-15): nothing that speaks to students reads it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from handoff.domain.desk import DeskEvent
from handoff.domain.errors import InputRefused
from handoff.domain.staff import Permission, StaffMember
from handoff.services.care_ports import FollowUp
from handoff.services.desk.follow_up import MOST, aliases_of, card_for, team, today_of
from handoff.services.desk_view_ports import Card, Care
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

LONGEST_PLAN: Final = 2000
LONGEST_WAY: Final = 1000


@dataclass(frozen=True, slots=True)
class CarePage:
    """What the page beside a talk shows. tasks: all of the contact, the open ones first."""

    today: date
    card: Card
    care: Care
    tasks: Sequence[FollowUp]
    people: Sequence[StaffMember]
    aliases: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class Agreed:
    """What somebody wrote on that page. seen: when what they saw had been written, None where there was nothing."""

    plan: str
    way: str
    frequent: bool
    impersonation: bool
    seen: datetime | None

    def checked(self) -> Agreed:
        """The same, trimmed. Raises: InputRefused: too long, or a mark without the way agreed."""
        plan, way = self.plan.strip(), self.way.strip()
        if len(plan) > LONGEST_PLAN:
            raise InputRefused("plan", f"計画は{LONGEST_PLAN}文字までで書いてください（いま{len(plan)}文字）。")
        if len(way) > LONGEST_WAY:
            raise InputRefused("way", f"会い方は{LONGEST_WAY}文字までで書いてください（いま{len(way)}文字）。")
        if (self.frequent or self.impersonation) and not way:
            raise InputRefused("way", "印をつけるときは、どのように会うか（チームで決めたこと）も書いてください。")
        return Agreed(plan, way, self.frequent, self.impersonation, self.seen)

    @property
    def is_empty(self) -> bool:
        return not (self.plan or self.way or self.frequent or self.impersonation)

    def is_as(self, care: Care) -> bool:
        """Whether nothing would change."""
        kept = (care.plan, care.way, care.frequent, care.impersonation)
        return kept == (self.plan, self.way, self.frequent, self.impersonation)


class ReadCare:
    """The page beside a talk, for whoever may open the talk or has a task in it."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, member: StaffMember) -> CarePage:
        """Raises: NotPermitted, NotFound."""
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            card = await card_for(tx, session_id, member)
            care, tasks = await tx.views.care(card.contact_id), await tx.follow_ups.of_contact(card.contact_id, MOST)
            people = await team(tx)
            named = [person for task in tasks for person in (task.owner_id, task.made_by, task.done_by)]
            aliases = await aliases_of(tx, people, [*named, care.updated_by])
            await tx.audit.add(now, member.actor, "open_care", session_id, tasks=len(tasks))
            return CarePage(today_of(now), card, care, tasks, people, aliases)


class KeepCare:
    """Write down the plan and the marks of the contact behind a session."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, member: StaffMember, agreed: Agreed) -> bool:
        """Give whether anything changed; emptied, all of it is gone.

        Raises: NotPermitted, NotFound. InputRefused: too long, a mark without a way, or somebody else wrote meanwhile.
        """
        member.check(Permission.COUNSEL)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
            await card_for(tx, session_id, member)
            agreed = agreed.checked()
            care = await tx.views.care(session.contact_id)
            if agreed.is_as(care):
                return False
            if care.updated_at != agreed.seen or not await self._write(tx, session.contact_id, agreed, member, now):
                writer = await tx.staff.alias((await tx.views.care(session.contact_id)).updated_by)
                raise InputRefused(
                    "seen",
                    f"あなたが書いているあいだに、{writer}さんが書きかえました。下の「いまの内容」を読んで、"
                    "あなたの書いたものを直してから、もう一度保存してください。",
                )
            await tx.audit.add(
                now,
                member.actor,
                "keep_care",
                session_id,
                contact=str(session.contact_id),
                frequent=agreed.frequent,
                was_frequent=care.frequent,
                impersonation=agreed.impersonation,
                was_impersonation=care.impersonation,
                plan_length=len(agreed.plan),
                way_length=len(agreed.way),
            )
            tx.desk.tell(DeskEvent.CARE, session_id, session.contact_id)
            return True

    @staticmethod
    async def _write(tx: Transaction, contact_id: UUID, agreed: Agreed, member: StaffMember, now: datetime) -> bool:
        if agreed.is_empty and agreed.seen is not None:
            return await tx.contact_care.forget(contact_id, agreed.seen)
        care = Care(agreed.plan, agreed.way, agreed.frequent, agreed.impersonation, member.id, now)
        return await tx.contact_care.keep(contact_id, care, agreed.seen)
