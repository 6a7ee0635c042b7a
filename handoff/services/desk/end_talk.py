"""End a talk: what follows is the sheet, and the student may write again before it's done."""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import UUID

from handoff.domain.desk import ClosedWithout, DeskEvent, EndReason
from handoff.domain.errors import InputRefused, MoveRefused
from handoff.domain.escalation import Alarm, Cause, Suspect
from handoff.domain.outgoing import Line
from handoff.domain.session import URGENT, Change, Level, SessionView, State
from handoff.domain.staff import Permission, StaffMember
from handoff.domain.texts import TextKey
from handoff.services.desk.pass_on import held
from handoff.services.desk.reach import check_known
from handoff.services.move_session import close, move
from handoff.services.ports import Store, Transaction
from handoff.services.raise_escalation import raise_escalation
from handoff.services.say import tell
from handoff.services.setting import Setting
from handoff.services.transcript_line import TranscriptLine
from kernel.risk.assessment import Assessment

#: What a student writes, or taps, to end a talk; nothing else ends one.
STUDENT_ENDS = frozenset({"今日はここまで", "今日はここまでにします", "相談を終わる", "相談を終わります"})
END_BUTTON = "今日はここまで"
GO_ON_BUTTON = "続けます"


async def end(
    tx: Transaction, setting: Setting, session: SessionView, reason: EndReason, actor: str, said: Sequence[Line] = ()
) -> SessionView:
    """End a locked live session. Its lines that are on their way still go out."""
    now = setting.clock.now()
    for proposal_id in await tx.talks.drop_proposals(session.id, now):
        tx.desk.tell(DeskEvent.PROPOSAL, session.id, proposal_id)
    await tx.sessions.note_end(session.id, actor, reason, now)
    session = await move(tx, setting, session, Change.END, actor, reason=reason)
    if said:
        await tell(tx, setting, session, said)
    return session


async def student_ends(tx: Transaction, setting: Setting, session: SessionView, event_id: UUID) -> None:
    """The student ends a live talk. Somebody at risk who goes is not gone: a person has to know (design, states)."""
    line = Line(setting.profile.text(TextKey.ENDED_BY_STUDENT))
    await end(tx, setting, session, EndReason.STUDENT, "student", [line])
    if session.is_urgent:
        await call_somebody(tx, setting, session, event_id)


async def call_somebody(tx: Transaction, setting: Setting, session: SessionView, event_id: UUID | None) -> None:
    """Raise the alarm for a student at risk who is gone or silent; without any message of theirs there is no evidence."""
    if event_id is not None:
        level = session.level if session.level in URGENT else Level.HIGH
        await raise_escalation(
            tx, setting, session, Alarm(Cause.STUDENT_LEFT, level or Level.HIGH, (), frozenset(), event_id)
        )


def alarm_of(line: TranscriptLine) -> Alarm:
    """What the screen found in a line at risk; where that can't be opened, anybody may be the one that harms."""
    if line.assessment is None:
        return Alarm(Cause.RISK, line.level or Level.HIGH, (), frozenset(Suspect), line.id)
    found = Assessment.from_json(json.loads(line.assessment))
    suspects = frozenset(Suspect(name) for name in found.suspects)
    return Alarm(Cause.RISK, line.level or Level.HIGH, found.categories, suspects, line.id)


class EndTalk:
    """The counsellor's verb."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, member: StaffMember) -> SessionView:
        """Give the session as it stands then; asked again, nothing changes.

        Raises: NotPermitted, NotFound. SessionTaken: it isn't this person's.
        """
        member.check(Permission.COUNSEL)
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
            if session.state is State.WRAP_UP and session.counsellor_id == member.id:
                return session
            session = await held(tx, session_id, member, self._setting.clock.now())
            return await end(tx, self._setting, session, EndReason.COUNSELLOR, member.actor)


class CloseUntaken:
    """Close a session that nobody talked in: withdrawn, a prank, or a message that asked for no answer.

    Never at high, critical or unread: those a person takes (TAJ-5; domain: "Wording").
    """

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, member: StaffMember, reason: ClosedWithout) -> SessionView:
        """Raises: NotPermitted, NotFound. MoveRefused: somebody has it, or it's over. InputRefused: it's at risk."""
        member.check(Permission.COUNSEL)
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
            if session.state not in (State.WAITING, State.LEFT_MESSAGE):
                await check_known(tx, session, member, self._setting.clock.now())
                raise MoveRefused(session.state, State.CLOSED, member.actor)
            if session.is_urgent:
                raise InputRefused("level", "危険度が高い相談は、読むだけで終えられません。担当してください。")
            if await tx.events.has_undone(session.contact_id):
                raise InputRefused("state", "いま新しいメッセージが届きました。読んでから、もう一度押してください。")
            return await close(tx, self._setting, session, reason, member.actor, verb="close_untaken")
