"""Keep when a person wants nothing sent unasked: somebody else may read the lock screen (domain, "Lock screen")."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from handoff.services.ports import Store
from handoff.services.setting import Setting
from kernel.intake.quiet import QuietTime


class KeepQuiet:
    """The wish holds for the person, not for one session; a later one replaces it."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, times: Sequence[QuietTime]) -> None:
        """Raises: NotFound."""
        async with self._store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
            await tx.contacts.set_quiet(session.contact_id, times)
            await tx.audit.add(self._setting.clock.now(), "student", "keep_quiet", session.id)
