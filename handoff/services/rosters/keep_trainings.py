"""Keep what trainings somebody had (KAG-6.1オ): both required subjects, others, and until when they hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from handoff.domain.desk import DeskEvent
from handoff.domain.errors import InputRefused, NotFound
from handoff.domain.hours import ZONE
from handoff.domain.roster import (
    FURTHEST,
    LONGEST_TRAINING,
    SHORTEST_TRAINING,
    Subject,
    Training,
    checked_words,
    year_after,
)
from handoff.domain.staff import Permission, StaffMember, StaffRole
from handoff.services.ports import Store
from handoff.services.setting import Setting

LONGEST_TITLE: Final = 100


@dataclass(frozen=True, slots=True)
class Held:
    """What a form says of a training. minutes: its length; valid_until: None for a year."""

    subject: Subject
    title: str
    by: str
    evidence: str
    minutes: int
    held_on: date | None
    valid_until: date | None


class AddTraining:
    """Note a training that somebody had."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, key: UUID, staff_id: UUID, held: Held) -> None:
        """Args: key: the same for a request that is sent again. Raises: NotPermitted, NotFound, InputRefused."""
        member.check(Permission.KEEP_ROSTER)
        now = self._setting.clock.now()
        today = now.astimezone(ZONE).date()
        if held.held_on is None or held.held_on > today or today - held.held_on > FURTHEST:
            raise InputRefused("held_on", "研修を受けた日を、きょうまでの日で入れてください。")
        valid_until = held.valid_until or year_after(held.held_on)
        if valid_until < held.held_on or valid_until - today > FURTHEST:
            raise InputRefused("valid_until", "期限は、受けた日より後の、10年以内の日にしてください。")
        if not SHORTEST_TRAINING <= held.minutes <= LONGEST_TRAINING:
            raise InputRefused("hours", "時間は、0.1から24までの数で入れてください。")
        free = held.subject is Subject.OTHER
        training = Training(
            id=key,
            staff_id=staff_id,
            subject=held.subject,
            title=checked_words("title", "研修の名前", held.title, LONGEST_TITLE, needed=free),
            by=checked_words("by", "研修をした人か団体", held.by, LONGEST_TITLE),
            evidence=checked_words("evidence", "受けたことがわかるもの", held.evidence, needed=False),
            minutes=held.minutes,
            held_on=held.held_on,
            valid_until=valid_until,
            made_by=member.id,
            made_at=now,
        )
        async with self._store.transaction() as tx:
            if (await tx.staff.lock(staff_id)).role is StaffRole.BOARD:
                raise InputRefused("held_on", "教育委員会の人は、この名簿にはのせません。")
            if await tx.rosters.add_training(training):
                await tx.audit.add(
                    now,
                    member.actor,
                    "add_training",
                    None,
                    training=str(key),
                    staff=str(staff_id),
                    subject=held.subject,
                    held_on=held.held_on.isoformat(),
                    valid_until=valid_until.isoformat(),
                )
                tx.desk.tell(DeskEvent.PRESENCE, None, staff_id)


class RemoveTraining:
    """Take out a training that was written down by mistake; that it stood there stays on record."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, staff_id: UUID, training_id: UUID) -> None:
        """One that is gone already stays so. Raises: NotPermitted. NotFound: it is somebody else's."""
        member.check(Permission.KEEP_ROSTER)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            whose = await tx.rosters.withdraw_training(training_id, member.id, now)
            if whose is None:
                return
            if whose != staff_id:
                raise NotFound("no such training of theirs")
            await tx.audit.add(
                now, member.actor, "remove_training", None, training=str(training_id), staff=str(staff_id)
            )
            tx.desk.tell(DeskEvent.PRESENCE, None, staff_id)
