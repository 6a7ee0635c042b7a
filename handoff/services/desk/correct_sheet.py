"""Correct the sheet of a session that is closed (KAG-6.1キ): what was counted wrongly is counted rightly from then on.

Whoever filled it in, or a supervisor, corrects it with a reason; at high, critical or unread a second person looks first, as
when it was filled in, unless it is a supervisor who corrects what somebody else had written. What stood there before is
kept, sealed. Nothing of the session itself moves, and nobody is told but the desks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from handoff.domain.desk import DeskEvent
from handoff.domain.errors import InputRefused, MoveRefused, NotFound, NotPermitted, OwnReview
from handoff.domain.incoming import Channel
from handoff.domain.session import SessionView, State
from handoff.domain.staff import Permission, StaffMember
from handoff.domain.wrap_up import Sheet, needs_sign_off, with_machine_facts
from handoff.domain.wrap_up_faults import Fault, faults
from handoff.services.care_ports import WrapUp
from handoff.services.desk.fill_sheet import check_seen
from handoff.services.fact_ports import Correction, CorrectionState
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

#: Letters of a reason, and of what the second person says.
LONGEST_REASON: Final = 500
LIMIT: Final = 100


@dataclass(frozen=True, slots=True)
class Corrected:
    """What became of a correction. faults: what keeps the sheet from being accepted, nothing was kept then; waits: a second
    person has to look first.
    """

    faults: tuple[Fault, ...] = ()
    waits: bool = False


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """A correction for whoever may read it. may_decide: it waits for this person's word; aliases: of all who did something."""

    correction: Correction
    channel: Channel
    may_decide: bool
    aliases: Mapping[UUID, str]


def may_correct(member: StaffMember, record: WrapUp | None, state: State) -> bool:
    """Whether somebody may correct a sheet: the one who filled it in, or a supervisor, once its session is closed."""
    if record is None or record.filled_at is None or record.sheet is None or state is not State.CLOSED:
        return False
    return member.may(Permission.COUNSEL) and (member.is_supervisor or record.filled_by == member.id)


def may_decide(member: StaffMember, correction: Correction) -> bool:
    """Whether somebody may be the second person; neither who made it nor one in training (WG-8)."""
    waits = correction.state is CorrectionState.WAITING
    return waits and member.may(Permission.COUNSEL) and not member.trainee and correction.made_by != member.id


def _words(text: str, field: str, what: str, *, least: int = 1) -> str:
    """Raises: InputRefused."""
    text = text.strip()
    if not least <= len(text) <= LONGEST_REASON:
        raise InputRefused(field, f"{what}を、1文字から{LONGEST_REASON}文字までで書いてください。")
    return text


class _Corrector:
    """What correcting and deciding share."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def _write(
        self, tx: Transaction, record: WrapUp, sheet: Sheet, correction: Correction, member: StaffMember
    ) -> None:
        """Put the corrected sheet in the old one's place, and have it counted anew."""
        now = self._setting.clock.now()
        saved = replace(
            record, sheet=sheet, version=record.version + 1, saved_by=correction.made_by, saved_at=now, remark=""
        )
        await tx.wrap_ups.save(saved, sheet)
        await tx.audit.add(
            now,
            member.actor,
            "correct_sheet",
            record.session_id,
            correction=str(correction.id),
            version=saved.version,
            made_by=str(correction.made_by),
            outcome=sheet.outcome,
            length=len(correction.reason),
        )
        await tx.facts.wake(record.session_id, now)
        tx.desk.tell(DeskEvent.SHEET, record.session_id)


class CorrectSheet(_Corrector):
    """The verb of whoever found what is wrong."""

    async def __call__(
        self, session_id: UUID, member: StaffMember, sheet: Sheet, reason: str, seen: int, key: UUID
    ) -> Corrected:
        """Args: seen: version of the sheet that this person had open; key: the same for a form that is sent again.

        Raises: NotPermitted, NotFound. MoveRefused: it isn't closed. InputRefused: there is no reason, nothing is changed,
            somebody else corrected it meanwhile, or another correction waits.
        """
        member.check(Permission.COUNSEL)
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
            record = await tx.wrap_ups.lock(session_id)
            if session.state is not State.CLOSED:
                raise MoveRefused(session.state, "correct_sheet", member.actor)
            if record is None or record.sheet is None or not may_correct(member, record, session.state):
                raise NotPermitted("correct_sheet")
            known = await tx.facts.corrections(session_id)
            again = next((one for one in known if one.id == key), None)
            if again is not None:
                return Corrected(waits=again.state is CorrectionState.WAITING)
            reason = _words(reason, "reason", "訂正の理由")
            if any(one.state is CorrectionState.WAITING for one in known):
                raise InputRefused("state", "確認を待っている訂正があります。先に、その確認を終えてください。")
            await check_seen(tx, record, seen)
            sheet = with_machine_facts(sheet, record.sheet)
            if sheet == record.sheet:
                raise InputRefused("sheet", "変わったところがありません。直すところを書きかえてください。")
            found = faults(sheet, self._setting.profile, suspects=await tx.wrap_ups.suspects(session_id))
            if found:
                return Corrected(found)
            waits = self._waits(session, record, member)
            state = CorrectionState.WAITING if waits else CorrectionState.MADE
            now = self._setting.clock.now()
            made = Correction(key, session_id, record.version, state, record.sheet, sheet, reason, member.id, now)
            if not await tx.facts.keep_correction(made, sheet, record.sheet):
                raise InputRefused("key", "画面が古くなっています。読み込み直してください。")
            if waits:
                await tx.audit.add(
                    now, member.actor, "ask_correction", session_id, correction=str(key), length=len(reason)
                )
                tx.desk.tell(DeskEvent.SHEET, session_id)
            else:
                await self._write(tx, record, sheet, made, member)
            return Corrected(waits=waits)

    @staticmethod
    def _waits(session: SessionView, record: WrapUp, member: StaffMember) -> bool:
        second = member.is_supervisor and record.filled_by != member.id
        return needs_sign_off(session.level, session.unscreened) and not second


class DecideCorrection(_Corrector):
    """The second person's word."""

    async def __call__(
        self, session_id: UUID, correction_id: UUID, member: StaffMember, *, yes: bool, remark: str
    ) -> None:
        """Args: remark: why not; with a yes it may be empty. The same word again changes nothing.

        Raises: NotPermitted (also in training), NotFound. OwnReview: they made it. MoveRefused: somebody else decided.
            InputRefused: there is no remark, or the sheet can't be accepted as it is any more.
        """
        member.check(Permission.COUNSEL)
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
            record = await tx.wrap_ups.lock(session_id)
            correction = await _find(tx, session_id, correction_id)
            if not _may_see(member, correction):
                raise NotFound("no such correction")
            decided = CorrectionState.MADE if yes else CorrectionState.REFUSED
            if correction.decided_by == member.id and correction.state is decided:
                return
            if correction.made_by == member.id:
                own = OwnReview("the one who made the correction")
                own.text = "訂正した本人は確認できません。ほかの相談員か業務責任者が確認してください。"
                raise own
            if correction.state is not CorrectionState.WAITING or record is None:
                raise MoveRefused(session.state, "decide_correction", member.actor)
            if not may_decide(member, correction):
                raise NotPermitted("decide_correction")
            remark = _words(remark, "remark", "訂正しない理由", least=0 if yes else 1)
            now = self._setting.clock.now()
            correction = replace(correction, state=decided, decided_by=member.id, decided_at=now, remark=remark)
            if yes:
                sheet = await self._acceptable(tx, record, correction)
                await self._write(tx, record, sheet, correction, member)
            else:
                await tx.audit.add(
                    now,
                    member.actor,
                    "refuse_correction",
                    session_id,
                    correction=str(correction_id),
                    length=len(remark),
                )
                tx.desk.tell(DeskEvent.SHEET, session_id)
            await tx.facts.decide_correction(correction)

    async def _acceptable(self, tx: Transaction, record: WrapUp, correction: Correction) -> Sheet:
        """Raises: InputRefused."""
        await check_seen(tx, record, correction.seen)
        sheet = correction.after
        if sheet is None or faults(
            sheet, self._setting.profile, suspects=await tx.wrap_ups.suspects(record.session_id)
        ):
            raise InputRefused(
                "sheet", "書いたあとに、直すところが見つかりました。理由を書いて、訂正しないでください。"
            )
        return sheet


def _may_see(member: StaffMember, correction: Correction) -> bool:
    """Who made it, who decided or may decide on it, and supervisors."""
    if member.is_supervisor or may_decide(member, correction):
        return True
    return member.id in (correction.made_by, correction.decided_by)


async def _find(tx: Transaction, session_id: UUID, correction_id: UUID) -> Correction:
    """Raises: NotFound."""
    found = next((one for one in await tx.facts.corrections(session_id) if one.id == correction_id), None)
    if found is None:
        raise NotFound("no such correction")
    return found


class ReadCorrections:
    """The reads around corrections; each opening is on record."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, correction_id: UUID, member: StaffMember) -> CorrectionView:
        """One correction, for who made it, for the second person, and for supervisors. Raises: NotPermitted, NotFound."""
        member.check(Permission.COUNSEL)
        async with self._store.transaction() as tx:
            correction = await _find(tx, session_id, correction_id)
            card = await tx.views.card(session_id)
            if card is None or not _may_see(member, correction):
                raise NotFound("no such correction")
            aliases = {
                one: await tx.staff.alias(one) for one in (correction.made_by, correction.decided_by) if one is not None
            }
            await tx.audit.add(
                self._setting.clock.now(), member.actor, "open_correction", session_id, correction=str(correction_id)
            )
        return CorrectionView(correction, card.channel, may_decide(member, correction), aliases)

    async def of_session(self, session_id: UUID) -> Sequence[Correction]:
        """All of a session, in order; for a page whose reader was let in already."""
        async with self._store.reading() as tx:
            return await tx.facts.corrections(session_id)

    async def waiting(self, member: StaffMember) -> Sequence[tuple[Correction, str]]:
        """Those that wait for this person's word, the oldest first, with the alias of who made them. Raises: NotPermitted."""
        member.check(Permission.COUNSEL)
        async with self._store.reading() as tx:
            found = [one for one in await tx.facts.waiting_corrections(LIMIT) if may_decide(member, one)]
            return [(one, await tx.staff.alias(one.made_by)) for one in found]
