"""What the services know of data keys: that destroying one disposes of all that it sealed, in backups too."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol
from uuid import UUID

from handoff.domain.kept import Kept


class Keys(Protocol):
    """Data keys of sessions and contacts. Other processes forget a destroyed one within ten minutes."""

    async def destroy_session(self, session_id: UUID, kinds: Collection[Kept]) -> int:
        """Destroy the session's keys of these kinds; how many there were."""

    async def destroy_contact(self, contact_id: UUID) -> int:
        """Destroy a contact's key and those of all that came in of it; how many there were."""
