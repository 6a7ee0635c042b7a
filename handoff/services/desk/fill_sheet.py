"""Fill in the wrap-up sheet: kept half-filled as often as one likes, and filled in it closes the session (KAG-6.1キ).

At high, critical or unread a second person signs first (``sign_sheet``), and the session stays open until then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from handoff.domain.desk import DeskEvent
from handoff.domain.errors import InputRefused, MoveRefused, NotPermitted
from handoff.domain.session import SessionView, State
from handoff.domain.staff import Permission, StaffMember
from handoff.domain.wrap_up import Sheet, needs_sign_off, with_machine_facts
from handoff.domain.wrap_up_faults import Fault, faults
from handoff.services.ask_survey import ask_survey
from handoff.services.care_ports import WrapUp
from handoff.services.desk_view_ports import Card
from handoff.services.move_session import close
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

#: While the talk goes on the sheet can be begun; it's finished only after its end.
OPEN: Final = frozenset({State.LIVE, State.WRAP_UP})


@dataclass(frozen=True, slots=True)
class Filled:
    """What became of a sheet that was to be accepted.

    Attributes: faults: what keeps it from that, it's kept half-filled then; closed: False also while it waits for the
    second person.
    """

    record: WrapUp
    faults: tuple[Fault, ...]
    closed: bool


def may_fill(member: StaffMember, session: SessionView | Card) -> bool:
    """Whether somebody may write a session's sheet: its counsellor, the one beside them, a supervisor."""
    if not member.may(Permission.COUNSEL):
        return False
    return member.is_supervisor or member.id in (session.counsellor_id, session.second_id)


async def check_seen(tx: Transaction, record: WrapUp | None, seen: int) -> None:
    """Raises: InputRefused: somebody saved after this person had opened the sheet."""
    if record is not None and record.version != seen:
        by = await tx.staff.alias(record.saved_by)
        raise InputRefused(
            "version", f"開いているあいだに、{by}さんが記録を保存しました。いまの記録を確かめてください。"
        )


async def finish(
    tx: Transaction, setting: Setting, session: SessionView, sheet: Sheet, member: StaffMember
) -> SessionView:
    """Close a locked session whose sheet is accepted, what it came to being the reason; who may be is asked how it was."""
    session = await close(tx, setting, session, sheet.outcome, member.actor)
    await ask_survey(tx, setting, session, sheet)
    return session


class _Writer:
    """What saving and filling share."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    @staticmethod
    async def _locked(tx: Transaction, session_id: UUID, member: StaffMember) -> tuple[SessionView, WrapUp | None]:
        session = await tx.sessions.lock(session_id)
        if not may_fill(member, session):
            raise NotPermitted("fill_sheet")
        return session, await tx.wrap_ups.lock(session_id)

    @staticmethod
    def _with_facts(sheet: Sheet, session: SessionView, record: WrapUp | None) -> Sheet:
        shown = (record.sheet if record is not None else None) or Sheet()
        return with_machine_facts(sheet, replace(shown, level=session.level))

    async def _keep(
        self,
        tx: Transaction,
        session: SessionView,
        record: WrapUp | None,
        sheet: Sheet,
        member: StaffMember,
        *,
        filled: bool,
    ) -> WrapUp:
        now = self._setting.clock.now()
        kept = WrapUp(
            session.id,
            sheet,
            1 if record is None else record.version + 1,
            member.id,
            now,
            filled_by=member.id if filled else None,
            filled_at=now if filled else None,
            # Once it's filled in again, what the other person had to say about it is done with.
            returned_by=None if filled or record is None else record.returned_by,
            returned_at=None if filled or record is None else record.returned_at,
            remark="" if filled or record is None else record.remark,
        )
        await tx.wrap_ups.save(kept, sheet)
        tx.desk.tell(DeskEvent.SHEET, session.id)
        return kept


class SaveSheet(_Writer):
    """Keep a half-filled sheet, also while the talk goes on."""

    async def __call__(self, session_id: UUID, member: StaffMember, sheet: Sheet, seen: int) -> WrapUp:
        """Args: seen: version of the record that this person had open, 0 where there was none.

        Raises: NotPermitted, NotFound. MoveRefused: there is no talk, or it's closed. InputRefused: somebody else saved
            meanwhile.
        """
        member.check(Permission.COUNSEL)
        async with self._store.transaction() as tx:
            session, record = await self._locked(tx, session_id, member)
            if session.state not in OPEN:
                raise MoveRefused(session.state, "save_sheet", member.actor)
            sheet = self._with_facts(sheet, session, record)
            if record is not None and record.sheet == sheet and record.filled_at is None:
                return record  # the same form again
            await check_seen(tx, record, seen)
            kept = await self._keep(tx, session, record, sheet, member, filled=False)
            now = self._setting.clock.now()
            await tx.audit.add(now, member.actor, "save_sheet", session_id, version=kept.version)
            return kept


class FillSheet(_Writer):
    """The verb by which a talk is over for good, unless a second person has to sign."""

    async def __call__(self, session_id: UUID, member: StaffMember, sheet: Sheet, seen: int) -> Filled:
        """Args: seen: as for SaveSheet. The same form again changes nothing.

        Raises: NotPermitted, NotFound. MoveRefused: the talk goes on, or it's closed. InputRefused: somebody else saved
            meanwhile, or the student has just written.
        """
        member.check(Permission.COUNSEL)
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            session, record = await self._locked(tx, session_id, member)
            sheet = self._with_facts(sheet, session, record)
            if record is not None and record.filled_by == member.id and record.sheet == sheet:
                return Filled(record, (), session.state is State.CLOSED)
            if session.state is not State.WRAP_UP:
                raise MoveRefused(session.state, State.CLOSED, member.actor)
            await check_seen(tx, record, seen)
            if await tx.events.has_undone(session.contact_id):
                raise InputRefused("state", "いま新しいメッセージが届きました。読んでから、もう一度押してください。")
            suspects = await tx.wrap_ups.suspects(session_id)
            found = faults(sheet, self._setting.profile, suspects=suspects)
            kept = await self._keep(tx, session, record, sheet, member, filled=not found)
            now, waits = self._setting.clock.now(), needs_sign_off(session.level, session.unscreened)
            if found:
                await tx.audit.add(now, member.actor, "save_sheet", session_id, version=kept.version)
                return Filled(kept, found, closed=False)
            await tx.audit.add(
                now,
                member.actor,
                "fill_sheet",
                session_id,
                version=kept.version,
                outcome=sheet.outcome,
                reporting=None if sheet.reporting is None else sheet.reporting.reporting_class,
                waits=waits,
            )
            if not waits:
                await finish(tx, self._setting, session, sheet, member)
            return Filled(kept, (), closed=not waits)
