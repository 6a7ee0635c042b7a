"""Break the glass: reveal a student's id when their life depends on it, with a reason, and have it reviewed.

Whoever is alone at night may do so at once; another person looks at it at the next opening.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from handoff.domain.desk import DeskEvent
from handoff.domain.errors import InputRefused, MoveRefused, NotFound, OwnReview
from handoff.domain.escalation import EscalationState, review_due
from handoff.domain.incoming import PAGES
from handoff.domain.other_ways import PREFIX
from handoff.domain.session import SessionView
from handoff.services.acknowledge_escalation import check_holder, lock_both
from handoff.services.escalation_ports import Escalation, GlassOpening
from handoff.services.keep_trace import told_of_visitor
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

#: Letters of a reason: fewer say nothing.
SHORTEST_REASON = 5
LONGEST_REASON = 2000
#: So long a request that is sent again is answered like the first one; then its id is shown no more.
SHOWN_AGAIN = timedelta(minutes=1)
#: Stands where a contact has no address: a counsellor wrote down what they told.
NO_ADDRESS = "電話や手紙などで受けた相談なので、IDはありません。記録を読んでください。"
#: Who may break it: somebody who has taken the escalation.
_TAKEN = frozenset({EscalationState.ACKNOWLEDGED, EscalationState.IN_CONTACT})


@dataclass(frozen=True, slots=True)
class Revealed:
    """What stood behind the glass. address: the student's LINE id, or in words what was kept of a visitor of our pages;
    it may be shown, never logged.
    """

    opening_id: UUID
    address: str
    review_due_at: datetime


def checked_reason(reason: str) -> str:
    """Why an id is needed, as it is kept. Raises: InputRefused: too little, or too much."""
    reason = reason.strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise InputRefused("reason", f"理由を{SHORTEST_REASON}文字から{LONGEST_REASON}文字までで書いてください。")
    return reason


def check_taken(escalation: Escalation, person: str) -> None:
    """Raises: MoveRefused: nobody acts on it yet, or any more; then nobody needs an id."""
    if escalation.state not in _TAKEN:
        raise MoveRefused(escalation.state, "glass_broken", person)


async def open_glass(
    tx: Transaction,
    setting: Setting,
    session: SessionView | None,
    escalation: Escalation,
    person: str,
    reason: str,
    key: UUID,
    actor: str | None = None,
) -> Revealed:
    """Put an opening of locked rows on record and give what stood behind the glass; who may is the caller's to check.

    Raises: NotFound, MoveRefused, InputRefused: as BreakGlass.
    """
    if session is None:
        raise NotFound("a test has no student")
    check_taken(escalation, person)
    now = setting.clock.now()
    address = await _shown(tx, setting, session.contact_id)
    for known in await tx.escalations.openings(escalation.id):
        if known.id == key:
            if known.who != person or now - known.at >= SHOWN_AGAIN:
                raise InputRefused("reason", "IDは、一度だけ表示します。必要なら、理由を書いて開き直してください。")
            return Revealed(known.id, address, known.review_due_at)
    due = review_due(now, setting.profile.hours)
    opening = GlassOpening(key, escalation.id, person, now, due, None, None)
    await tx.escalations.add_opening(opening, reason)
    await tx.audit.add(
        now,
        actor or person,
        "break_glass",
        session.id,
        escalation=str(escalation.id),
        opening=str(opening.id),
        review_due=due.isoformat(),
    )
    tx.desk.tell(DeskEvent.ESCALATION, session.id, escalation.id)
    return Revealed(opening.id, address, due)


async def _shown(tx: Transaction, setting: Setting, contact_id: UUID) -> str:
    """What helps to find somebody: LINE's id, or what was kept of a visit to a page of ours, if anything was."""
    address = await tx.contacts.address(contact_id)
    if address.startswith(PREFIX):
        return NO_ADDRESS
    channel, page, _secret = address.partition(":")
    return await told_of_visitor(tx, setting, contact_id) if page and channel in PAGES else address


class BreakGlass:
    """Reveal the LINE id of an escalation's student."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(
        self,
        escalation_id: UUID,
        person: str,
        reason: str,
        key: UUID | None = None,
        *,
        actor: str | None = None,
        holder_only: bool = True,
    ) -> Revealed:
        """Every call is an opening of its own, on record before the id is given.

        Args: key: the same for a request that is sent again (a second tap), which is no second opening; actor: how the
        audit names the person; holder_only: whether nobody but the one who has the escalation may.

        Raises: NotFound: no such escalation, or a test. EscalationTaken: somebody else has it. MoveRefused: nobody
            has taken it yet, or it's closed. InputRefused: no reason, or an old request is sent again.
        """
        reason = checked_reason(reason)
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            session, escalation = await lock_both(tx, escalation_id)
            if holder_only:
                check_holder(escalation, person)
            return await open_glass(tx, self._setting, session, escalation, person, reason, key or uuid4(), actor)


class ReviewGlass:
    """Another person looks at why an id was revealed."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def reason(self, opening_id: UUID, person: str, actor: str | None = None) -> tuple[GlassOpening, str]:
        """Show what has to be reviewed; reading the reason is on record. Raises: NotFound."""
        async with self._store.transaction() as tx:
            opening, reason = await tx.escalations.lock_opening(opening_id)
            await tx.audit.add(
                self._setting.clock.now(), actor or person, "read_glass_reason", None, opening=str(opening_id)
            )
        return opening, reason

    async def __call__(self, opening_id: UUID, person: str, actor: str | None = None) -> None:
        """Note that this person has reviewed it; asked again by the same one, nothing changes.

        Raises: NotFound. OwnReview: it was this person's own doing. MoveRefused: somebody has reviewed it already.
        """
        await self._setting.refresh()
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            opening, _reason = await tx.escalations.lock_opening(opening_id)
            if opening.who == person:
                raise OwnReview("nobody reviews what they did themselves")
            if opening.reviewed_by is not None:
                if opening.reviewed_by == person:
                    return
                raise MoveRefused("reviewed", "reviewed", person)
            await tx.escalations.save_review(opening_id, person, now)
            session_id = (await tx.escalations.find(opening.escalation_id)).session_id
            await tx.audit.add(now, actor or person, "review_glass", session_id, opening=str(opening_id))
            tx.desk.tell(DeskEvent.ESCALATION, session_id, opening.escalation_id)
