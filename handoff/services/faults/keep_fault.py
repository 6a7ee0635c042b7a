"""Write a fault down, correct it, end it, and note what the board was told (KAG-8.1).

Nothing is overwritten: each correction is a further version of the whole. A form that is sent again changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from handoff.domain.errors import InputRefused, MoveRefused, NotFound
from handoff.domain.fault import (
    BoardReport,
    Fault,
    FaultState,
    FaultText,
    HintCode,
    ReportWay,
    check_complete,
    checked,
    checked_notice,
    checked_report,
    state_with,
)
from handoff.domain.staff import Permission, StaffMember
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting


class OpenFault:
    """Begin the record of a fault."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, key: UUID, text: FaultText, hint: HintCode | None = None) -> UUID:
        """Give the fault's id. Args: key: the same for a form that is sent again; hint: what the service had noticed.

        Raises: NotPermitted, InputRefused.
        """
        member.check(Permission.RUN_SHIFT)
        now, profile = self._setting.clock.now(), self._setting.profile.id
        text = checked(text, now)
        fault = Fault(key, profile, state_with(FaultState.OPEN, text), text, 1, member.id, now, hint=hint)
        async with self._store.transaction() as tx:
            if not await tx.faults.add(fault, key):
                return key
            if hint is not None:
                await tx.faults.see_hint(profile, hint, now, member.id)
            await tx.audit.add(
                now,
                member.actor,
                "open_fault",
                None,
                fault=str(key),
                state=fault.state,
                provider=text.provider,
                effects=list(text.effects),
                hint=hint,
            )
        return key


class DismissHint:
    """Say of something that the service noticed that it was no fault; what comes after it is shown again."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, code: HintCode, through: datetime) -> None:
        """Args: through: the last one that the page showed. Raises: NotPermitted."""
        member.check(Permission.RUN_SHIFT)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            await tx.faults.see_hint(self._setting.profile.id, code, min(through, now), member.id)
            await tx.audit.add(now, member.actor, "dismiss_fault_hint", None, hint=code, through=through.isoformat())


async def _ours(tx: Transaction, setting: Setting, fault_id: UUID) -> Fault:
    """A fault of this service, locked. Raises: NotFound: there is none, or it is another service's."""
    fault = await tx.faults.lock(fault_id)
    if fault.profile != setting.profile.id:
        raise NotFound("another service's fault")
    return fault


class _Change:
    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def _save(
        self, member: StaffMember, fault_id: UUID, verb: str, changed: Callable[[Fault], Fault], **detail: object
    ) -> None:
        """Change a fault's own row; asked again, nothing changes."""
        member.check(Permission.RUN_SHIFT)
        async with self._store.transaction() as tx:
            fault = await _ours(tx, self._setting, fault_id)
            after = changed(fault)
            if after != fault:
                await tx.faults.save(after)
                await tx.audit.add(self._setting.clock.now(), member.actor, verb, None, fault=str(fault_id), **detail)


class CorrectFault(_Change):
    """Write the next version: what is known by now, when it was restored, the cause."""

    async def __call__(self, member: StaffMember, fault_id: UUID, key: UUID, seen: int, text: FaultText) -> None:
        """Args: seen: the version that the form began with.

        Raises: NotPermitted, NotFound. InputRefused: a colleague wrote a version meanwhile, or something is wrong.
        """
        member.check(Permission.RUN_SHIFT)
        now = self._setting.clock.now()
        text = checked(text, now)
        async with self._store.transaction() as tx:
            fault = await _ours(tx, self._setting, fault_id)
            if await tx.faults.knows_version(key):
                return
            if seen != fault.version:
                raise InputRefused(
                    "seen", "ほかの人が、この記録を書き直しました。下の新しい内容を確かめて、もう一度直してください。"
                )
            state = state_with(fault.state, text)
            # A fault that comes back is told of anew, by somebody who has read the notice again.
            tells = fault.notice_on and state is FaultState.OPEN
            after = replace(fault, text=text, version=fault.version + 1, state=state, notice_on=tells)
            if await tx.faults.add_version(after, key, member.id, now):
                await tx.audit.add(
                    now,
                    member.actor,
                    "correct_fault",
                    None,
                    fault=str(fault_id),
                    version=after.version,
                    was=fault.state,
                    to=after.state,
                )


class CloseFault(_Change):
    """Declare a fault done with: restored, explained, and the board told of it."""

    async def __call__(self, member: StaffMember, fault_id: UUID) -> None:
        """Raises: NotPermitted, NotFound. InputRefused: something is missing (KAG-8.1)."""
        now = self._setting.clock.now()
        async with self._store.reading() as tx:
            told = bool(await tx.faults.reports(fault_id))

        def closed(fault: Fault) -> Fault:
            if fault.state is FaultState.CLOSED:
                return fault
            if fault.text is None:
                raise InputRefused("what", "記録を開けませんでした。管理者に知らせてください。")
            check_complete(fault.text)
            if not told:
                raise InputRefused("to", "教育委員会への報告を記録してから、完了にしてください。")
            return replace(fault, state=FaultState.CLOSED, notice_on=False, closed_by=member.id, closed_at=now)

        await self._save(member, fault_id, "close_fault", closed)


class FinishReport(_Change):
    """Declare a version the one that the board reads; a later correction is a draft until it is declared, too."""

    async def __call__(self, member: StaffMember, fault_id: UUID, version: int) -> None:
        """Raises: NotPermitted, NotFound. MoveRefused: a colleague wrote another version meanwhile."""

        def finished(fault: Fault) -> Fault:
            if version != fault.version:
                raise MoveRefused(f"version {fault.version}", f"version {version}", member.actor)
            return replace(fault, finished=version)

        await self._save(member, fault_id, "finish_fault_report", finished, version=version)


class TellStudents(_Change):
    """Show students a notice while a fault is open, or show it no more (TAJ-N6). For supervisors."""

    async def __call__(self, member: StaffMember, fault_id: UUID, text: str | None) -> None:
        """Args: text: None to show nothing any more. Raises: NotPermitted, NotFound, InputRefused."""
        member.check(Permission.SUPERVISE)
        words = None if text is None else checked_notice(text)

        def told(fault: Fault) -> Fault:
            if words is None:
                return replace(fault, notice_on=False)
            if fault.state is not FaultState.OPEN:
                raise InputRefused("notice", "この障害は、もう復旧しています。お知らせは出せません。")
            return replace(fault, notice=words, notice_on=True)

        verb = "show_trouble_notice" if words is not None else "hide_trouble_notice"
        await self._save(member, fault_id, verb, told, length=len(words or ""))
        await self._setting.refresh(anew=True)


class ReportFault:
    """Note that the board was told, or what it answered."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(
        self,
        member: StaffMember,
        fault_id: UUID,
        key: UUID,
        way: ReportWay,
        at: datetime,
        *,
        to: str,
        told: str = "",
        reply: str = "",
    ) -> None:
        """Args: key: the same for a form that is sent again. Raises: NotPermitted, NotFound, InputRefused."""
        member.check(Permission.RUN_SHIFT)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            fault = await _ours(tx, self._setting, fault_id)
            report = BoardReport(
                key, fault_id, way, at, fault.version, to.strip(), told.strip(), reply.strip(), member.id, now
            )
            if await tx.faults.add_report(checked_report(report, now)):
                await tx.audit.add(
                    now,
                    member.actor,
                    "report_fault",
                    None,
                    fault=str(fault_id),
                    version=fault.version,
                    way=way,
                    told_at=at.isoformat(),
                )
