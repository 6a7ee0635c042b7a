"""The pledge of secrecy (KAG-6.1ウ): each for themselves, with their password; or on paper, which somebody notes."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from handoff.domain.desk import DeskEvent
from handoff.domain.errors import InputRefused
from handoff.domain.hours import ZONE
from handoff.domain.pledge import PLEDGE_VERSION
from handoff.domain.roster import FURTHEST, Pledge, checked_words
from handoff.domain.staff import Lack, Permission, StaffMember, StaffRole
from handoff.services.desk.confirm_password import ConfirmPassword
from handoff.services.desk.passwords import Passwords
from handoff.services.ports import Store
from handoff.services.setting import Setting


class PledgeSecrecy:
    """Pledge, for oneself alone: there is no argument for anybody else."""

    def __init__(self, store: Store, setting: Setting, passwords: Passwords) -> None:
        self._store = store
        self._setting = setting
        self._confirm = ConfirmPassword(store, setting, passwords)

    async def __call__(self, member: StaffMember, key: UUID, version: int, password: str, *, agreed: bool) -> None:
        """Args: key: the same for a request that is sent again; version: of the text that was on their screen.

        Nothing happens where the pledge is there. Raises: InputRefused: not agreed, the password, an older text. SignInSlowed:
        the password was wrong too often.
        """
        if Lack.PLEDGE not in member.lacks:
            return
        if version != PLEDGE_VERSION:
            raise InputRefused("agreed", "誓約の文が新しくなりました。もう一度読んでください。")
        if not agreed:
            raise InputRefused("agreed", "読んで、約束できるときは、印をつけてください。")
        await self._confirm(member, password)
        now = self._setting.clock.now()
        pledge = Pledge(
            key, member.id, version, now.astimezone(ZONE).date(), None, recorded_by=member.id, recorded_at=now
        )
        async with self._store.transaction() as tx:
            if await tx.rosters.add_pledge(pledge):
                await tx.audit.add(now, member.actor, "pledge_secrecy", None, pledge=str(key), version=version)
                tx.desk.tell(DeskEvent.PRESENCE, None, member.id)


class RecordPaperPledge:
    """Note that somebody signed today's text on paper."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, key: UUID, staff_id: UUID, on: date | None, place: str) -> None:
        """Args: key: the same for a request that is sent again; on: the day on the paper; place: where it is kept.

        Raises: NotPermitted, NotFound. InputRefused: the day, the place; one's own, which is made on the screen.
        """
        member.check(Permission.KEEP_ROSTER)
        now = self._setting.clock.now()
        today = now.astimezone(ZONE).date()
        if staff_id == member.id:
            raise InputRefused("signed_on", "自分の誓約は、「名簿と誓約」の画面で自分でしてください。")
        if on is None or on > today or today - on > FURTHEST:
            raise InputRefused("signed_on", "紙に書かれた日を、きょうまでの日で入れてください。")
        place = checked_words("place", "紙をしまってある場所", place, 200)
        async with self._store.transaction() as tx:
            person = await tx.staff.lock(staff_id)
            if person.role is StaffRole.BOARD:
                raise InputRefused("signed_on", "教育委員会の人の誓約は、ここには書きません。")
            pledge = Pledge(key, staff_id, PLEDGE_VERSION, on, place, recorded_by=member.id, recorded_at=now)
            if await tx.rosters.add_pledge(pledge):
                await tx.audit.add(
                    now,
                    member.actor,
                    "record_paper_pledge",
                    None,
                    pledge=str(key),
                    staff=str(staff_id),
                    version=PLEDGE_VERSION,
                    signed_on=on.isoformat(),
                )
                tx.desk.tell(DeskEvent.PRESENCE, None, staff_id)
