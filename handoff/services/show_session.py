"""Let a person look at a session in which the service is abused, whatever else comes of it (TAJ-5)."""

from __future__ import annotations

from uuid import UUID

from handoff.domain.session import Change, HumanWanted, State
from handoff.services.move_session import move
from handoff.services.ports import Store
from handoff.services.setting import Setting


class ShowSession:
    """A prank, an advertisement, an insult: nobody is blocked by a machine; a person reads and decides."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID) -> State:
        """Put the session among those that are read at the next opening; one that waits or is live is seen anyway.

        Gives the state after it. Raises: NotFound.
        """
        async with self._store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
            if session.state is not State.INTAKE:
                return session.state
            await tx.sessions.set_wanted(session.id, HumanWanted.CONDUCT)
            after = await move(tx, self._setting, session, Change.LEAVE_MESSAGE, "bot", verb="show_session")
            return after.state
