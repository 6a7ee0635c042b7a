"""Who may know that there is such a talk: whoever may open it, and whoever had it before them a moment ago.

To everybody else a colleague's talk is what one is that doesn't exist, whatever they ask of it. Who was in the middle of
it is told who has it now: they lose no word over it, and learn nothing that they didn't know.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from handoff.domain.errors import NotFound
from handoff.domain.session import SessionView, State
from handoff.domain.staff import StaffMember
from handoff.services.desk.read_desk import may_open
from handoff.services.ports import Transaction

#: So long after somebody took a talk whoever had it in their queue is told who was quicker.
JUST_NOW: Final = timedelta(minutes=1)
#: So long whoever was let into a talk is told who has it now; a desk left open overnight has been read anew by then.
STILL_KNOWN: Final = timedelta(hours=12)
_QUEUED: Final = frozenset({State.WAITING, State.LEFT_MESSAGE})


async def check_known(tx: Transaction, session: SessionView, member: StaffMember, now: datetime) -> None:
    """Args: session: locked; member: somebody who counsels; now: on the service's clock.

    Raises: NotFound: as where there is no such talk.
    """
    if session.state in _QUEUED:
        return
    if session.state is State.LIVE and session.taken_at is not None and now - session.taken_at < JUST_NOW:
        return
    card = await tx.views.card(session.id)
    if card is not None and await may_open(tx, member, card):
        return
    if not await tx.views.was_let_in(session.id, member.actor, now - STILL_KNOWN):
        raise NotFound("not for this person")
