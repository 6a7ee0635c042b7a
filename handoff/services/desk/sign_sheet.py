"""The second person's word on a sheet at high, critical or unread: signed, or sent back with a remark."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from uuid import UUID

from handoff.domain.desk import DeskEvent
from handoff.domain.errors import InputRefused, MoveRefused, NotPermitted, OwnReview
from handoff.domain.session import SessionView, State
from handoff.domain.staff import Permission, StaffMember
from handoff.domain.wrap_up import Sheet
from handoff.domain.wrap_up_faults import faults
from handoff.services.care_ports import WrapUp
from handoff.services.desk.fill_sheet import check_seen, finish
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

#: Letters of a remark.
LONGEST_REMARK: Final = 500


def may_sign(member: StaffMember, record: WrapUp) -> bool:
    """Whether somebody may be the second person; one in training may not (WG-8)."""
    return member.may(Permission.COUNSEL) and not member.trainee and record.filled_by not in (None, member.id)


async def _waiting(
    tx: Transaction, session_id: UUID, member: StaffMember, seen: int
) -> tuple[SessionView, WrapUp, Sheet]:
    session = await tx.sessions.lock(session_id)
    record = await tx.wrap_ups.lock(session_id)
    if session.state is not State.WRAP_UP or record is None or record.filled_at is None or record.sheet is None:
        raise MoveRefused(session.state, "sign_sheet", member.actor)
    if record.filled_by == member.id:
        own = OwnReview("the one who filled the sheet in")
        own.text = "記録を書いた本人は確認できません。ほかの相談員か業務責任者が確認してください。"
        raise own
    if not may_sign(member, record):
        raise NotPermitted("sign_sheet")
    await check_seen(tx, record, seen)
    return session, record, record.sheet


class SignSheet:
    """Sign a sheet that waits for a second person: with it the session closes."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, member: StaffMember, seen: int) -> None:
        """Args: seen: version of the sheet that was read. Signed by the same person again, nothing changes.

        Raises: NotPermitted (also in training), NotFound. OwnReview: they filled it in. MoveRefused: it doesn't wait.
            InputRefused: it isn't what was read, it can't be accepted any more, or the student has just written.
        """
        member.check(Permission.COUNSEL)
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            await tx.sessions.lock(session_id)
            known = await tx.wrap_ups.lock(session_id)
            if known is not None and known.signed_by == member.id:
                return
            session, record, sheet = await _waiting(tx, session_id, member, seen)
            if await tx.events.has_undone(session.contact_id):
                raise InputRefused("state", "いま新しいメッセージが届きました。読んでから、もう一度押してください。")
            if faults(sheet, self._setting.profile, suspects=await tx.wrap_ups.suspects(session_id)):
                # Something was found after it had been filled in: whoever wrote it has to look again.
                raise InputRefused("sheet", "書いたあとに、直すところが見つかりました。理由を書いて、戻してください。")
            now = self._setting.clock.now()
            sheet = replace(sheet, level=session.level)
            signed = replace(record, sheet=sheet, signed_by=member.id, signed_at=now)
            await tx.wrap_ups.save(signed, sheet)
            await tx.audit.add(
                now, member.actor, "sign_sheet", session_id, version=record.version, filled_by=str(record.filled_by)
            )
            tx.desk.tell(DeskEvent.SHEET, session_id)
            await finish(tx, self._setting, session, sheet, member)


class ReturnSheet:
    """Send a sheet back to whoever filled it in, with what has to be mended."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, member: StaffMember, remark: str, seen: int) -> None:
        """Raises: as SignSheet. InputRefused: there is no remark, or it's too long, or the sheet isn't what was read."""
        member.check(Permission.COUNSEL)
        remark = remark.strip()
        if not remark or len(remark) > LONGEST_REMARK:
            raise InputRefused("remark", f"直してほしいことを、1文字から{LONGEST_REMARK}文字までで書いてください。")
        async with self._store.transaction() as tx:
            await tx.sessions.lock(session_id)
            known = await tx.wrap_ups.lock(session_id)
            if known is not None and (known.returned_by, known.remark, known.filled_at) == (member.id, remark, None):
                return  # the same form again
            _session, record, sheet = await _waiting(tx, session_id, member, seen)
            now = self._setting.clock.now()
            returned = replace(
                record,
                version=record.version + 1,
                filled_by=None,
                filled_at=None,
                returned_by=member.id,
                returned_at=now,
                remark=remark,
            )
            await tx.wrap_ups.save(returned, sheet)
            await tx.audit.add(
                now,
                member.actor,
                "return_sheet",
                session_id,
                version=returned.version,
                filled_by=str(record.filled_by),
                length=len(remark),
            )
            tx.desk.tell(DeskEvent.SHEET, session_id)
