"""Break the glass: reveal a student's id when their life depends on it, with a reason, and have it reviewed.

Whoever is alone at night may do so at once; another person looks at it at the next opening.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from handoff.domain.errors import InputRefused, MoveRefused, NotFound, OwnReview
from handoff.domain.escalation import EscalationState, review_due
from handoff.services.acknowledge_escalation import check_holder, lock_both
from handoff.services.escalation_ports import GlassOpening
from handoff.services.ports import Store
from handoff.services.setting import Setting

#: Letters of a reason: fewer say nothing.
SHORTEST_REASON = 5
LONGEST_REASON = 2000
#: So long a request that is sent again is answered like the first one; then its id is shown no more.
SHOWN_AGAIN = timedelta(minutes=1)
#: Who may break it: somebody who has taken the escalation.
_TAKEN = frozenset({EscalationState.ACKNOWLEDGED, EscalationState.IN_CONTACT})


@dataclass(frozen=True, slots=True)
class Revealed:
    """What stood behind the glass. address: the student's LINE id; it may be shown, never logged."""

    opening_id: UUID
    address: str
    review_due_at: datetime


class BreakGlass:
    """Reveal the LINE id of an escalation's student."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, escalation_id: UUID, person: str, reason: str, key: UUID | None = None) -> Revealed:
        """Every call is an opening of its own, on record before the id is given.

        Args: key: the same for a request that is sent again (a second tap), which is no second opening.

        Raises: NotFound: no such escalation, or a test. EscalationTaken: somebody else has it. MoveRefused: nobody
            has taken it yet, or it's closed. InputRefused: no reason, or an old request is sent again.
        """
        reason = reason.strip()
        if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
            raise InputRefused("reason", f"理由を{SHORTEST_REASON}文字から{LONGEST_REASON}文字までで書いてください。")
        await self._setting.refresh()
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            session, escalation = await lock_both(tx, escalation_id)
            if session is None:
                raise NotFound("a test has no student")
            check_holder(escalation, person)
            if escalation.state not in _TAKEN:
                raise MoveRefused(escalation.state, "glass_broken", person)
            address = await tx.contacts.address(session.contact_id)
            for known in await tx.escalations.openings(escalation_id):
                if known.id == key:
                    if known.who != person or now - known.at >= SHOWN_AGAIN:
                        raise InputRefused(
                            "reason", "IDは、一度だけ表示します。必要なら、理由を書いて開き直してください。"
                        )
                    return Revealed(known.id, address, known.review_due_at)
            due = review_due(now, self._setting.profile.hours)
            opening = GlassOpening(key or uuid4(), escalation_id, person, now, due, None, None)
            await tx.escalations.add_opening(opening, reason)
            await tx.audit.add(
                now,
                person,
                "break_glass",
                session.id,
                escalation=str(escalation_id),
                opening=str(opening.id),
                review_due=due.isoformat(),
            )
            await tx.escalations.tell_desk(escalation_id)
        return Revealed(opening.id, address, due)


class ReviewGlass:
    """Another person looks at why an id was revealed."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def reason(self, opening_id: UUID, person: str) -> tuple[GlassOpening, str]:
        """Show what has to be reviewed; reading the reason is on record. Raises: NotFound."""
        async with self._store.transaction() as tx:
            opening, reason = await tx.escalations.lock_opening(opening_id)
            await tx.audit.add(self._setting.clock.now(), person, "read_glass_reason", None, opening=str(opening_id))
        return opening, reason

    async def __call__(self, opening_id: UUID, person: str) -> None:
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
            await tx.audit.add(now, person, "review_glass", session_id, opening=str(opening_id))
