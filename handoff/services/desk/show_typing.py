"""Show the student that a counsellor is writing: LINE's loading animation, at most now and then."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk.claim_session import is_holder
from handoff.services.desk.reach import check_known
from handoff.services.outside import LineSender
from handoff.services.ports import Store
from handoff.services.setting import Setting

#: The animation stays 20 seconds or until the next message; asking for it more often shows nothing more.
AGAIN_AFTER: Final = timedelta(seconds=15)
#: Sessions remembered; older ones are forgotten together.
MOST_REMEMBERED: Final = 1000


class ShowTyping:
    """Nothing depends on it: where LINE doesn't answer, the student just sees no animation."""

    def __init__(self, store: Store, setting: Setting, line: LineSender) -> None:
        self._store = store
        self._setting = setting
        self._line = line
        self._shown: dict[UUID, datetime] = {}

    async def __call__(self, session_id: UUID, member: StaffMember) -> bool:
        """Give whether it was asked for now.

        Raises: NotPermitted. NotFound: there is none, or this person may not know of it. StoreUnavailable.
        """
        member.check(Permission.COUNSEL)
        now = self._setting.clock.real()
        shown = self._shown.get(session_id)
        async with self._store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
            if not is_holder(session, member):
                await check_known(tx, session, member, self._setting.clock.now())
                return False
            if shown is not None and now - shown < AGAIN_AFTER:
                return False
            address = await tx.contacts.address(session.contact_id)
        if len(self._shown) >= MOST_REMEMBERED:
            self._shown.clear()
        self._shown[session_id] = now
        await self._line.show_loading(address)
        return True
