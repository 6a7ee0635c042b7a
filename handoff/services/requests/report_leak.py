"""Keep what is known of a leak (漏えい等), and make the two reports that the board hands on (個人情報保護法68条)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from handoff.domain.errors import InputRefused
from handoff.domain.leak import (
    Leak,
    LeakContent,
    LeakState,
    VersionKind,
    check_noticed,
    checked_content,
    not_reported,
    saved,
    sent,
)
from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk.follow_up import aliases_of, today_of
from handoff.services.ports import Store, Transaction
from handoff.services.request_ports import LeakVersion
from handoff.services.requests.form_key import act_id
from handoff.services.setting import Setting

PAGE: Final = 50
#: Reports that the board's page shows.
MOST_SENT: Final = 200


class NoteLeak:
    """Somebody noticed one."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, key: UUID, noticed_on: date, content: LeakContent) -> UUID:
        """Give its id. Args: key: the same for a form that is sent again. Raises: NotPermitted, InputRefused."""
        member.check(Permission.HANDLE_REQUESTS)
        now = self._setting.clock.now()
        check_noticed(noticed_on, today_of(now))
        content = checked_content(content)
        if not content.what.strip():
            raise InputRefused("what", "何が起きたかを書いてください。わかっていることだけで足ります。")
        made = act_id(key, noticed_on, content.noticed_by, content.what)
        leak = Leak(made, self._setting.profile.id, noticed_on, content, member.id, now, member.id, now)
        async with self._store.transaction() as tx:
            if await tx.requests.leaks.add(leak):
                await tx.audit.add(
                    now, member.actor, "note_leak", None, leak=str(made), noticed_on=noticed_on.isoformat()
                )
        return made


class SaveLeak:
    """Write down what is known by now."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(
        self, leak_id: UUID, member: StaffMember, seen: int, noticed_on: date, content: LeakContent
    ) -> None:
        """Args: seen: the version on whose page it was written. The same again changes nothing.

        Raises: NotPermitted, NotFound. InputRefused: somebody else saved meanwhile, or a field is wrong.
        """
        member.check(Permission.HANDLE_REQUESTS)
        now = self._setting.clock.now()
        check_noticed(noticed_on, today_of(now))
        content = checked_content(content)
        async with self._store.transaction() as tx:
            leak = await tx.requests.leaks.lock(self._setting.profile.id, leak_id)
            if (leak.content, leak.noticed_on) == (content, noticed_on):
                return
            check_seen(leak, seen)
            after = saved(leak, noticed_on, content, member.id, now)
            await tx.requests.leaks.save(after)
            await tx.audit.add(
                now,
                member.actor,
                "save_leak",
                None,
                leak=str(leak_id),
                version=after.version,
                # Its last days hang on it: who moves it is on record.
                noticed_on=noticed_on.isoformat(),
            )


def check_seen(leak: Leak, seen: int) -> None:
    """Raises: InputRefused: the page shows an older version."""
    if leak.version != seen:
        raise InputRefused(
            "seen", "ほかの人が先に保存しました。あなたが書いた文を写しとってから、読み込み直してください。"
        )


class SendLeak:
    """Make a report of what stands there: it is kept as it is, and the board reads it."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, leak_id: UUID, member: StaffMember, kind: VersionKind, seen: int, key: UUID) -> None:
        """Args: key: the same for a form that is sent again. Raises: NotPermitted, NotFound, MoveRefused, InputRefused."""
        member.check(Permission.HANDLE_REQUESTS)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            leak = await tx.requests.leaks.lock(self._setting.profile.id, leak_id)
            known, made = await tx.requests.leaks.versions(leak_id), act_id(key, leak_id, kind, seen)
            if any(version.id == made for version in known):
                return
            check_seen(leak, seen)
            state = sent(leak, kind, member.actor)
            version = LeakVersion(made, leak_id, len(known) + 1, kind, leak.noticed_on, leak.content, member.id, now)
            await tx.requests.leaks.add_version(version)
            await tx.requests.leaks.save(replace(leak, state=state))
            await tx.audit.add(
                now, member.actor, "send_leak", None, leak=str(leak_id), kind=kind, number=version.number
            )


class SkipLeak:
    """Note why a leak isn't reported."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, leak_id: UUID, member: StaffMember, reason: str) -> None:
        """Raises: NotPermitted, NotFound, MoveRefused. InputRefused: it has to be reported."""
        member.check(Permission.HANDLE_REQUESTS)
        reason, now = reason.strip(), self._setting.clock.now()
        async with self._store.transaction() as tx:
            leak = await tx.requests.leaks.lock(self._setting.profile.id, leak_id)
            if (leak.state, leak.reason) == (LeakState.NOT_REPORTED, reason):
                return
            state = not_reported(leak, reason, member.actor)
            await tx.requests.leaks.save(
                replace(leak, state=state, reason=reason, version=leak.version + 1, saved_by=member.id, saved_at=now)
            )
            await tx.audit.add(now, member.actor, "skip_leak", None, leak=str(leak_id), length=len(reason))


@dataclass(frozen=True, slots=True)
class LeakList:
    """One page of leaks; for the board none, but the reports that went out."""

    today: date
    leaks: Sequence[Leak]
    total: int
    page: int
    sent: Sequence[LeakVersion]

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True, slots=True)
class LeakView:
    """One leak with its reports. writes: this person may change it."""

    today: date
    leak: Leak
    versions: Sequence[LeakVersion]
    aliases: Mapping[UUID, str]
    writes: bool


def reads_drafts(member: StaffMember) -> bool:
    """Whether somebody sees what wasn't reported yet: supervisors, and administrators, who keep the passwords."""
    return member.may(Permission.HANDLE_REQUESTS) or member.may(Permission.KEEP_POLICY)


class ReadLeaks:
    """The list, one of it, and a report as it went out."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def listed(self, member: StaffMember, page: int = 1) -> LeakList:
        """Raises: NotPermitted."""
        _check_reader(member)
        today, profile = today_of(self._setting.clock.now()), self._setting.profile.id
        async with self._store.transaction() as tx:
            await tx.audit.add(self._setting.clock.now(), member.actor, "open_leaks", None)
            if not reads_drafts(member):
                return LeakList(today, (), 0, 1, await tx.requests.leaks.sent(profile, MOST_SENT))
            total = await tx.requests.leaks.count(profile)
            return LeakList(today, await tx.requests.leaks.listed(profile, PAGE, (page - 1) * PAGE), total, page, ())

    async def one(self, member: StaffMember, leak_id: UUID) -> LeakView:
        """Raises: NotPermitted, NotFound."""
        if not reads_drafts(member):
            member.check(Permission.HANDLE_REQUESTS)
        async with self._store.transaction() as tx:
            leak = await tx.requests.leaks.find(self._setting.profile.id, leak_id)
            await tx.audit.add(self._setting.clock.now(), member.actor, "open_leak", None, leak=str(leak_id))
            versions = await tx.requests.leaks.versions(leak_id)
            aliases = await self._aliases(tx, [leak.made_by, leak.saved_by, *(one.made_by for one in versions)])
        today = today_of(self._setting.clock.now())
        return LeakView(today, leak, versions, aliases, member.may(Permission.HANDLE_REQUESTS))

    async def version(self, member: StaffMember, version_id: UUID) -> tuple[LeakVersion, Mapping[UUID, str]]:
        """Raises: NotPermitted, NotFound."""
        _check_reader(member)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            version = await tx.requests.leaks.version(self._setting.profile.id, version_id)
            await tx.audit.add(now, member.actor, "open_leak_report", None, version=str(version_id))
            return version, await self._aliases(tx, [version.made_by])

    @staticmethod
    async def _aliases(tx: Transaction, people: Sequence[UUID]) -> Mapping[UUID, str]:
        return await aliases_of(tx, await tx.staff.everybody(), people)


def _check_reader(member: StaffMember) -> None:
    if not reads_drafts(member):
        member.check(Permission.INSTRUCT)
