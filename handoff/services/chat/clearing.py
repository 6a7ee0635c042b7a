"""For how long a student's own view keeps what was said after the end, and when a closed page is somebody else's.

The next one at a school's tablet is another child: what was said must not meet them, and nobody's answer either.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from handoff.domain.chat import HERE, LIFE, ChatState, cleared_through
from handoff.domain.profile import Profile
from handoff.services.chat_ports import ChatRow
from handoff.services.ports import Transaction
from handoff.services.setting import Setting

#: Minutes where the board says nothing: what Childline's chat does (WG-9g).
SILENT: Final = 5


def kept_for(profile: Profile) -> timedelta:
    """The profile's minutes."""
    return timedelta(minutes=profile.session.web_clear_minutes or SILENT)


def is_over(row: ChatRow, setting: Setting) -> bool:
    """Whether this browser's secret opens nothing any more: it was closed for good, nobody came for a day, or the talk has
    ended, its minutes are over and no page of it is open.
    """
    unseen = setting.clock.real() - row.seen_at
    if row.left or unseen >= LIFE:
        return True
    ended = row.ended_at if row.state is ChatState.ENDED else None
    return ended is not None and unseen >= HERE and setting.clock.now() - ended >= kept_for(setting.profile)


def is_away(row: ChatRow, setting: Setting) -> bool:
    """Whether the page was closed for so long that what was left there as a message goes from the view."""
    return row.state is ChatState.LEFT and setting.clock.real() - row.seen_at >= max(kept_for(setting.profile), HERE)


async def clear(tx: Transaction, setting: Setting, row: ChatRow) -> None:
    """Write down up to where a locked chat's view is empty: what was cleared must not come back."""
    marks = await tx.chats.marks(row.visitor.contact_id, away=is_away(row, setting))
    through = cleared_through(marks, row.cleared, kept_for(setting.profile), setting.clock.now())
    await tx.chats.set_cleared(row.visitor.contact_id, through)
