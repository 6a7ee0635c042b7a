"""Operating policy and terms by version, and who saw which (HOK-8.1, WG-10, TAJ-6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from handoff.domain.policy import Draft, PolicyHead, PolicySeen, PolicyVersion, SeenBy


class Policies(Protocol):
    """Versions are added and never changed; a draft is what the board adds to the next one."""

    async def hold(self, profile: str) -> None:
        """Let nobody else publish or write for this profile until the transaction ends."""

    async def add(self, version: PolicyVersion) -> None: ...
    async def get(self, policy_id: UUID) -> PolicyVersion | None: ...
    async def of(self, profile: str) -> Sequence[PolicyVersion]:
        """All versions, the newest first."""

    async def heads(self, profile: str) -> Sequence[PolicyHead]:
        """The same without their texts."""

    async def in_force(self, profile: str, at: datetime) -> PolicyVersion | None:
        """The version that holds at a moment (service clock)."""

    async def number_in_force(self, profile: str, at: datetime) -> int | None:
        """Its number alone: no text is opened."""

    async def draft(self, profile: str) -> Draft: ...
    async def keep_draft(self, profile: str, draft: Draft) -> None: ...
    async def mark_seen(
        self, contact_id: UUID, policy_id: UUID, at: datetime, way: SeenBy, event_id: UUID | None
    ) -> None:
        """Note that a contact was shown a version; the first time counts, unless LINE never took that one."""

    async def seen(self, contact_id: UUID) -> Sequence[PolicySeen]:
        """What a contact was shown, the newest first."""
