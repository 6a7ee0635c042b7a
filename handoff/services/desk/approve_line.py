"""A supervisor's word on a trainee's line (WG-8): it goes out, goes out in other words, or comes back with a remark."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from handoff.domain.desk import DeskAlarm, DeskEvent, ProposalState
from handoff.domain.errors import MoveRefused, OwnReview
from handoff.domain.profile.vocabulary import ApprovalTimeout
from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk.claim_session import is_holder
from handoff.services.desk.send_line import checked_text, send
from handoff.services.desk_ports import Proposal
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

#: Letters of a remark.
LONGEST_REMARK = 500


async def settle(
    tx: Transaction,
    setting: Setting,
    proposal: Proposal,
    state: ProposalState,
    by: StaffMember | None,
    remark: str | None = None,
) -> None:
    """Write down what became of a locked proposal."""
    now = setting.clock.now()
    await tx.talks.decide(proposal.id, state, None if by is None else by.id, remark, now)
    actor = "worker" if by is None else by.actor
    await tx.audit.add(now, actor, "decide_line", proposal.session_id, proposal=str(proposal.id), to=state)
    tx.desk.tell(DeskEvent.PROPOSAL, proposal.session_id, proposal.id)


async def send_proposed(
    tx: Transaction,
    setting: Setting,
    proposal: Proposal,
    text: str,
    state: ProposalState,
    by: StaffMember | None,
) -> ProposalState:
    """Send a locked proposal's words, unless somebody else has the conversation by now; give what became of it."""
    session = await tx.sessions.lock(proposal.session_id)
    author = await tx.staff.find(proposal.staff_id)
    if not is_holder(session, author) or session.epoch != proposal.epoch:
        state = ProposalState.DROPPED
    else:
        await send(tx, setting, session, author, text, proposal.id, author.actor)
    await settle(tx, setting, proposal, state, by)
    return state


async def _bring_back(tx: Transaction, setting: Setting, proposal: Proposal) -> None:
    """Make a line a draft again, before whatever its writer began meanwhile."""
    begun = await tx.views.draft(proposal.session_id, proposal.staff_id)
    text = proposal.text if begun in ("", proposal.text) else f"{proposal.text}\n{begun}"
    await tx.talks.set_draft(proposal.session_id, proposal.staff_id, text, setting.clock.now())


class DecideLine:
    """The supervisor's verb."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def approve(self, proposal_id: UUID, member: StaffMember, text: str | None = None) -> ProposalState:
        """Send a line as it is, or in these words. Give what became of it: dropped, where the conversation is
        somebody else's by now.

        Raises: NotPermitted, NotFound, InputRefused. OwnReview: it's their own. MoveRefused: it was decided already.
        """
        proposed = None if text is None else checked_text(text)
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            proposal = await self._open(tx, proposal_id, member)
            words = proposal.text if proposed is None else proposed
            state = ProposalState.SENT if words == proposal.text else ProposalState.EDITED
            return await send_proposed(tx, self._setting, proposal, words, state, member)

    async def give_back(self, proposal_id: UUID, member: StaffMember, remark: str) -> None:
        """Return a line to the trainee, whose draft it becomes again. Raises: as above."""
        remark = remark.strip()[:LONGEST_REMARK]
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            proposal = await self._open(tx, proposal_id, member)
            await _bring_back(tx, self._setting, proposal)
            await settle(tx, self._setting, proposal, ProposalState.RETURNED, member, remark)

    async def _open(self, tx: Transaction, proposal_id: UUID, member: StaffMember) -> Proposal:
        member.check(Permission.SUPERVISE)
        # The session first, as everywhere; then what belongs to it.
        known = await tx.talks.proposal(proposal_id)
        await tx.sessions.lock(known.session_id)
        proposal = await tx.talks.lock_proposal(proposal_id)
        if proposal.staff_id == member.id:
            raise OwnReview("nobody approves their own line")
        if proposal.state is not ProposalState.WAITING:
            raise MoveRefused(proposal.state, ProposalState.SENT, member.actor)
        return proposal


class LateApprovals:
    """What becomes of lines that no supervisor looked at in the profile's time."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self) -> int:
        """Give how many were settled. Raises: StoreUnavailable."""
        desk = self._setting.profile.desk
        before = self._setting.clock.now() - timedelta(minutes=desk.approval_minutes)
        async with self._store.reading() as tx:
            late = await tx.talks.waiting_proposals(before)
        for proposal_id in late:
            async with self._store.transaction() as tx:
                known = await tx.talks.proposal(proposal_id)
                session = await tx.sessions.lock(known.session_id)
                proposal = await tx.talks.lock_proposal(proposal_id)
                if proposal.state is not ProposalState.WAITING:
                    continue
                if desk.approval_timeout is ApprovalTimeout.SEND and not session.is_urgent:
                    await send_proposed(tx, self._setting, proposal, proposal.text, ProposalState.SENT, None)
                    continue
                await _bring_back(tx, self._setting, proposal)
                await settle(tx, self._setting, proposal, ProposalState.LATE, None)
                tx.desk.tell(DeskEvent.ALARM, proposal.session_id, proposal.id, code=DeskAlarm.APPROVAL_LATE)
        return len(late)
