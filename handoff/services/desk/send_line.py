"""Send a counsellor's words: only from the one who has the conversation, under the epoch that they saw."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from handoff.domain.delivery import DeliveryState
from handoff.domain.desk import DeskEvent, ProposalState
from handoff.domain.errors import InputRefused, MoveRefused, SessionTaken, StaleEpoch
from handoff.domain.escalation import EscalationState
from handoff.domain.outgoing import Line
from handoff.domain.session import Owner, SessionView
from handoff.domain.staff import Permission, StaffMember
from handoff.services.acknowledge_escalation import take
from handoff.services.desk.claim_session import is_holder
from handoff.services.desk.reach import check_known
from handoff.services.desk_ports import Proposal
from handoff.services.ports import Store, Transaction
from handoff.services.say import tell
from handoff.services.setting import Setting

#: Letters of one line; LINE would take more, and no child reads it.
LONGEST_LINE = 2000


def checked_text(text: str) -> str:
    """The words as they go out. Raises: InputRefused: none, or too many."""
    text = text.replace("\r\n", "\n").replace("\0", "").strip()
    if not text or len(text) > LONGEST_LINE:
        raise InputRefused("text", f"1文字から{LONGEST_LINE}文字までで書いてください。")
    return text


async def check_writer(tx: Transaction, session: SessionView, member: StaffMember, epoch: int, now: datetime) -> None:
    """Raises: NotFound: they may not know of the talk. SessionTaken: somebody else has it. StaleEpoch: it changed hands and
    came back. MoveRefused: the talk is over, or it went back to the queue.
    """
    if is_holder(session, member):
        if session.epoch != epoch:
            raise StaleEpoch(f"written under epoch {epoch}, now {session.epoch}")
        return
    await check_known(tx, session, member, now)
    if not session.is_served and session.counsellor_id in (None, member.id):
        raise MoveRefused(session.state, "send_line", member.actor)
    raise SessionTaken(await tx.staff.alias(session.counsellor_id))


async def send(
    tx: Transaction, setting: Setting, session: SessionView, member: StaffMember, text: str, key: UUID, actor: str
) -> None:
    """Plan one line of this counsellor's in a locked session of theirs. The draft is done with."""
    sent = await tell(tx, setting, session, [Line(text, sender=member.alias)], Owner.COUNSELLOR, key)
    if not sent:
        return
    now = setting.clock.now()
    await tx.audit.add(now, actor, "send_line", session.id, call=str(key), length=len(text))
    await tx.talks.set_draft(session.id, member.id, "", now)
    escalation = await tx.escalations.open_for(session.id)
    # Nobody in training stops an alarm: whoever looks at their line does, or the ladder goes on.
    if escalation is not None and not member.trainee and escalation.acknowledged_by in (None, member.alias):
        await take(tx, setting, escalation, EscalationState.IN_CONTACT, member.alias, member.actor)
    tx.desk.tell(DeskEvent.SESSION, session.id)


class SendLine:
    """The counsellor's verb: say something to the student. A trainee's words wait for a supervisor's yes (WG-8)."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, member: StaffMember, epoch: int, text: str, key: UUID) -> bool:
        """Give True where it goes out, False where it waits for approval.

        Args: epoch: of the session as the counsellor saw it; key: the same for a request that is sent again.

        Raises: NotPermitted, NotFound, InputRefused, SessionTaken, StaleEpoch, MoveRefused: nothing is sent.
        """
        member.check(Permission.COUNSEL)
        text = checked_text(text)
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
            if await tx.outbox.has(key):
                return True
            await check_writer(tx, session, member, epoch, self._setting.clock.now())
            if member.trainee and self._setting.profile.desk.approve_trainees:
                await self._propose(tx, session, member, text, key)
                return False
            await send(tx, self._setting, session, member, text, key, member.actor)
            return True

    async def _propose(self, tx: Transaction, session: SessionView, member: StaffMember, text: str, key: UUID) -> None:
        now = self._setting.clock.now()
        proposal = Proposal(key, session.id, member.id, session.epoch, text, ProposalState.WAITING, now)
        if await tx.talks.add_proposal(proposal):
            await tx.audit.add(now, member.actor, "propose_line", session.id, proposal=str(key), length=len(text))
            await tx.talks.set_draft(session.id, member.id, "", now)
            tx.desk.tell(DeskEvent.PROPOSAL, session.id, key)


class RetryLine:
    """Try a line again that didn't arrive, or at once one that waits for its next attempt."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, line_id: UUID, member: StaffMember, sure: bool = False) -> None:
        """Args: sure: the person knows that the student may then have it twice (needed where nobody knows).

        Raises: NotPermitted, NotFound, SessionTaken, MoveRefused. InputRefused: it arrived, is somebody else's, or it
            isn't known whether it did and the person wasn't asked.
        """
        member.check(Permission.COUNSEL)
        await self._setting.refresh()
        clock = self._setting.clock
        async with self._store.transaction() as tx:
            line = await tx.talks.spoken(line_id)
            session = await tx.sessions.lock(line.session_id)
            # Under the lock: a second tap finds the new call.
            line = await tx.talks.spoken(line_id)
            await check_writer(tx, session, member, session.epoch, clock.now())
            if line.author != Owner.COUNSELLOR or line.text is None or line.call_id is None:
                raise InputRefused("line", "この行は、送り直せません。")
            match line.delivery:
                case DeliveryState.PENDING:
                    await tx.talks.hurry(line.call_id, clock.real())
                    await tx.jobs.wake_delivery(session.contact_id)
                    return
                case DeliveryState.SENT | None:
                    raise InputRefused("line", "この行は、もう届いています。")
                case DeliveryState.UNKNOWN if not sure:
                    raise InputRefused(
                        "sure",
                        "届いたかどうかわかりません。送り直すと、二度届くことがあります。よければ、もう一度押してください。",
                    )
                case _:
                    await self._again(tx, session, line_id, line.text, member)

    async def _again(
        self, tx: Transaction, session: SessionView, line_id: UUID, text: str, member: StaffMember
    ) -> None:
        clock, call_id = self._setting.clock, uuid4()
        await tx.outbox.add(
            contact_id=session.contact_id,
            session=session,
            event_id=None,
            part=0,
            lines=[Line(text, sender=member.alias)],
            reply_token=None,
            token_since=None,
            at=clock.real(),
            call_id=call_id,
        )
        await tx.talks.resend(line_id, call_id)
        await tx.audit.add(clock.now(), member.actor, "retry_line", session.id, line=str(line_id), call=str(call_id))
        tx.desk.tell(DeskEvent.LINE, session.id, line_id)
        await tx.jobs.wake_delivery(session.contact_id)
