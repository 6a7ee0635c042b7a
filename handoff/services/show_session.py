"""Let a person look at a session in which the service is abused, whatever else comes of it (TAJ-5)."""

from __future__ import annotations

from uuid import UUID

from handoff.domain.session import HumanWanted, State, check_move
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
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
            if session.state is not State.INTAKE:
                return session.state
            check_move(session.state, State.LEFT_MESSAGE, "bot")
            await tx.sessions.set_state(session.id, State.LEFT_MESSAGE, HumanWanted.CONDUCT, now)
            await tx.audit.add(now, "bot", "show_session", session.id, to=State.LEFT_MESSAGE)
            return State.LEFT_MESSAGE
