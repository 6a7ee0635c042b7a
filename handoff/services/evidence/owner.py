"""Whose a file of the report's page is: the session of whoever holds the page's token."""

from __future__ import annotations

from uuid import UUID

from handoff.services.ports import Store
from handoff.services.report.visits import visited
from handoff.services.setting import Setting


class ReportersSession:
    """Finds the session of a visit to a report; the visit lasts on."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, token: str) -> UUID:
        """Raises: NotFound: there is no such visit, or it is over."""
        async with self._store.transaction() as tx:
            return (await visited(tx, self._setting, token)).session_id
