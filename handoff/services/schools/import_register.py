"""Take a file into the register: looked through first, then whole or not at all (KAG-5)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from handoff.domain.errors import InputRefused, NotFound
from handoff.domain.hours import ZONE
from handoff.domain.school_register import BadLine, Plan, RegisterFile, plan_of
from handoff.domain.staff import Permission, StaffMember
from handoff.services.ports import Store, Transaction
from handoff.services.school_ports import Upload
from handoff.services.setting import Setting

#: So long a file waits to be taken in.
WAITS: Final = timedelta(hours=1)
#: Files older than this are dropped with the next one.
KEPT: Final = timedelta(days=1)

type ReadFile = Callable[[bytes], RegisterFile]


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in a file. faults: of its lines, and then there is no plan; plan: what taking it in would do."""

    id: UUID
    faults: Sequence[BadLine]
    plan: Plan | None


async def _plan(tx: Transaction, setting: Setting, file: RegisterFile, close_missing: bool) -> Plan:
    """Lock the register and say what a file does to it."""
    profile = setting.profile.id
    await tx.schools.lock(profile)
    today = setting.clock.now().astimezone(ZONE).date()
    return plan_of(await tx.schools.entries(profile), file.drafts, today, close_missing=close_missing)


async def _write(tx: Transaction, setting: Setting, plan: Plan, actor: str) -> None:
    now = setting.clock.now()
    await tx.schools.save(setting.profile.id, [*plan.added, *plan.changed, *plan.closed], now)
    await tx.audit.add(
        now,
        actor,
        "import_register",
        None,
        profile=setting.profile.id,
        added=len(plan.added),
        changed=len(plan.changed),
        closed=len(plan.closed),
        same=plan.same,
    )


async def take_in(
    store: Store,
    setting: Setting,
    file: RegisterFile,
    actor: str,
    *,
    close_missing: bool = False,
    only_empty: bool = False,
) -> Plan | None:
    """Take a file in that has no faults, in one transaction, from the command line or for the demo.

    Args: only_empty: leave a register alone that has anything in it, and give None then.
    """
    assert not file.faults  # noqa: S101 - who calls this has told of them
    async with store.transaction() as tx:
        await tx.schools.lock(setting.profile.id)  # two web processes may begin at once
        if only_empty and not await tx.schools.is_empty(setting.profile.id):
            return None
        plan = await _plan(tx, setting, file, close_missing)
        await _write(tx, setting, plan, actor)
    return plan


class CheckFile:
    """The first step: keep a file and say what it would do, or all that is wrong with it."""

    def __init__(self, store: Store, setting: Setting, read_file: ReadFile) -> None:
        self._store = store
        self._setting = setting
        self._read_file = read_file

    async def __call__(self, member: StaffMember, key: UUID, data: bytes) -> Checked:
        """Args: key: the same for a form that is sent again. Raises: NotPermitted."""
        member.check(Permission.KEEP_REGISTER)
        await self._setting.refresh()
        file = await asyncio.to_thread(self._read_file, data)
        if file.faults:
            return Checked(key, file.faults, None)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            await tx.schools.drop_uploads(now - KEPT)
            known = await tx.schools.upload(key)
            if known is None:
                await tx.schools.keep_upload(Upload(key, self._setting.profile.id, member.id, now, data))
            elif known.file != data:
                raise InputRefused("file", "画面が古くなっています。読み込み直して、ファイルを選び直してください。")
            return Checked(key, (), await _plan(tx, self._setting, file, False))


class ImportFile:
    """The second step: take in what somebody looked through."""

    def __init__(self, store: Store, setting: Setting, read_file: ReadFile) -> None:
        self._store = store
        self._setting = setting
        self._read_file = read_file

    async def __call__(
        self, member: StaffMember, upload_id: UUID, seen: str, *, close_missing: bool = False
    ) -> Checked | None:
        """Take it in; None when that is done, and also when it was done before.

        Args: seen: digest of the plan that this person saw; where the register is another one by now, nothing is done and
        the present plan comes back; close_missing: close the schools that aren't in the file.

        Raises: NotPermitted. NotFound: nobody knows this file. InputRefused: it waited for too long.
        """
        member.check(Permission.KEEP_REGISTER)
        await self._setting.refresh()
        now, profile = self._setting.clock.now(), self._setting.profile.id
        async with self._store.transaction() as tx:
            upload = await tx.schools.upload(upload_id)
            if upload is None or upload.made_by != member.id or upload.profile != profile:
                raise NotFound("no such file")
            if upload.imported_at is not None:
                return None
            if upload.file is None or now - upload.at > WAITS:
                raise InputRefused("file", "時間がたったので、ファイルをもう一度選んでください。")
            file = await asyncio.to_thread(self._read_file, upload.file)
            plan = await _plan(tx, self._setting, file, close_missing)
            if plan.digest != seen:
                return Checked(upload_id, (), plan)
            await _write(tx, self._setting, plan, member.actor)
            await tx.schools.finish_upload(upload_id, now)
        return None
