"""Enter somebody on the roster, change that, note that the board was told, call a change off (KAG-6.1ア).

Every change is a version of its own. It holds from its day on without anybody doing anything, and only once it was
announced: role and permissions follow from it wherever people are read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from handoff.domain.desk import DeskEvent
from handoff.domain.errors import InputRefused, NotFound
from handoff.domain.hours import ZONE
from handoff.domain.roster import (
    LONGEST_REAL_NAME,
    MOST_YEARS,
    Entry,
    Way,
    check_announced,
    check_span,
    checked_words,
    first_day,
)
from handoff.domain.staff import Permission, StaffMember, StaffRole
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

_OWN = "自分の名簿は、自分では変えられません。ほかの業務責任者か業務管理担当者に頼んでください。"


@dataclass(frozen=True, slots=True)
class Written:
    """What a form says of somebody. years: of experience; announced_on, way: None while the board wasn't told."""

    role: StaffRole
    trainee: bool
    real_name: str
    qualification: str
    experience: str
    years: int | None
    holds_from: date
    valid_to: date
    announced_on: date | None
    way: Way | None


class AddEntry:
    """Enter somebody, or a change of their entry."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(
        self, member: StaffMember, key: UUID, staff_id: UUID, written: Written, seen: int | None = None
    ) -> None:
        """Args: key: the same for a request that is sent again; seen: how many versions were on the page, None where there
        was none.

        Raises: NotPermitted, NotFound. InputRefused: words, days; people of the board; one's own change; somebody wrote
        meanwhile, and this would undo it.
        """
        member.check(Permission.KEEP_ROSTER)
        now = self._setting.clock.now()
        today = now.astimezone(ZONE).date()
        written = _checked(written, today)
        async with self._store.transaction() as tx:
            person = await tx.staff.lock(staff_id)
            kept = (await tx.rosters.kept(staff_id)).entries
            if any(one.id == key for one in kept):
                return
            if seen is not None and seen != len(kept):
                raise InputRefused(
                    "entry",
                    "開いているあいだに、ほかの人がこの名簿を変えました。上の「名簿の内容と変更」で確かめてから、もう一度送ってください。",
                )
            if person.role is StaffRole.BOARD or written.role is StaffRole.BOARD:
                raise InputRefused("role", "教育委員会の人は、この名簿にはのせません。アカウントだけで使えます。")
            if staff_id == member.id:
                await _check_own(tx, member, written.role)
            added = await tx.rosters.add_entry(
                Entry(
                    id=key,
                    staff_id=staff_id,
                    role=written.role,
                    trainee=written.trainee and written.role is StaffRole.COUNSELLOR,
                    real_name=written.real_name,
                    qualification=written.qualification,
                    experience=written.experience,
                    years=written.years,
                    holds_from=written.holds_from,
                    valid_to=written.valid_to,
                    announced_on=written.announced_on,
                    announced_way=written.way,
                    made_by=member.id,
                    made_at=now,
                )
            )
            if added:
                await tx.audit.add(
                    now,
                    member.actor,
                    "add_roster_entry",
                    None,
                    entry=str(key),
                    staff=str(staff_id),
                    role=written.role,
                    holds_from=written.holds_from.isoformat(),
                    valid_to=written.valid_to.isoformat(),
                    announced=written.announced_on is not None,
                )
                tx.desk.tell(DeskEvent.PRESENCE, None, staff_id)


async def _check_own(tx: Transaction, member: StaffMember, role: StaffRole, but: UUID | None = None) -> None:
    """Nobody gives themselves a role or more time. Who is the first one there enters themselves as what their account is.

    Raises: InputRefused.
    """
    kept = await tx.rosters.kept(member.id)
    if role is not member.role or any(one.id != but and one.withdrawn_at is None for one in kept.entries):
        raise InputRefused("role", _OWN)


def _checked(written: Written, today: date) -> Written:
    real_name = checked_words("real_name", "氏名", written.real_name, LONGEST_REAL_NAME)
    qualification = checked_words("qualification", "資格（ないときは「なし」）", written.qualification)
    experience = checked_words("experience", "相談などの経験（ないときは「なし」）", written.experience)
    if written.years is not None and not 0 <= written.years <= MOST_YEARS:
        raise InputRefused("years", f"経験の年数は、0から{MOST_YEARS}までの数で入れてください。")
    check_span(written.holds_from, written.valid_to, today)
    check_announced(written.announced_on, written.way, today)
    if written.announced_on is not None and written.announced_on > written.holds_from:
        raise InputRefused(
            "holds_from", "届け出た日より前からは始められません。届け出た日か、その後の日にしてください。"
        )
    return replace(written, real_name=real_name, qualification=qualification, experience=experience)


async def _entry(tx: Transaction, staff_id: UUID, entry_id: UUID) -> Entry:
    """An entry of this person's, locked. Raises: NotFound."""
    entry = await tx.rosters.lock_entry(entry_id)
    if entry.staff_id != staff_id:
        raise NotFound("another person's entry")
    return entry


class AnnounceEntry:
    """Note that the board was told of an entry that waits for that."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(
        self, member: StaffMember, staff_id: UUID, entry_id: UUID, on: date | None, way: Way | None
    ) -> None:
        """It holds from its day on, at the earliest from the one of the announcement. Nothing happens to one that was
        announced or called off.

        Raises: NotPermitted, NotFound. InputRefused: the day, the way; its last day has passed; one's own.
        """
        member.check(Permission.KEEP_ROSTER)
        now = self._setting.clock.now()
        today = now.astimezone(ZONE).date()
        if on is None:
            raise InputRefused("announced_on", "教育委員会に届け出た日を入れてください。")
        check_announced(on, way, today)
        async with self._store.transaction() as tx:
            entry = await _entry(tx, staff_id, entry_id)
            if entry.is_announced or entry.withdrawn_at is not None or way is None:
                return
            if entry.staff_id == member.id:
                await _check_own(tx, member, entry.role, entry_id)
            begins = first_day(entry.holds_from, on)
            if begins > entry.valid_to:
                raise InputRefused(
                    "announced_on", "届け出た日には、もう期間が終わっています。取りやめて、新しく書いてください。"
                )
            await tx.rosters.announce(entry_id, on, way, begins)
            await tx.audit.add(
                now,
                member.actor,
                "announce_roster_entry",
                None,
                entry=str(entry_id),
                staff=str(entry.staff_id),
                announced_on=on.isoformat(),
                holds_from=begins.isoformat(),
                way=way,
            )
            tx.desk.tell(DeskEvent.PRESENCE, None, entry.staff_id)


class WithdrawEntry:
    """Call off a version that doesn't hold yet."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, staff_id: UUID, entry_id: UUID) -> None:
        """Raises: NotPermitted, NotFound. InputRefused: it holds, or did; another version changes that; one's own that
        somebody else wrote.
        """
        member.check(Permission.KEEP_ROSTER)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            entry = await _entry(tx, staff_id, entry_id)
            if entry.withdrawn_at is not None:
                return
            if entry.staff_id == member.id != entry.made_by:
                raise InputRefused("entry", _OWN)  # nobody keeps a role by taking back what takes it away
            if entry.is_announced and entry.holds_from <= now.astimezone(ZONE).date():
                raise InputRefused("entry", "もう始まっています。変えるときは、新しい内容を書いて届け出てください。")
            await tx.rosters.withdraw_entry(entry_id, member.id, now)
            await tx.audit.add(
                now, member.actor, "withdraw_roster_entry", None, entry=str(entry_id), staff=str(entry.staff_id)
            )
