"""What the survey needs of the database; ``handoff/adapters/database/surveys`` implements it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from handoff.domain.survey import AskFacts, Survey


class Surveys(Protocol):
    """Surveys, one a session at most and one open a contact at most; their answers sealed."""

    async def facts(self, session_id: UUID) -> AskFacts:
        """What decides whether somebody is asked. Raises: NotFound."""

    async def add(self, survey: Survey) -> bool:
        """Add one; False where the session had one already."""

    async def open_for(self, contact_id: UUID) -> Survey | None:
        """The contact's open survey, not locked; None also where its answers can't be opened."""

    async def of_session(self, session_id: UUID) -> Survey | None:
        """Not locked; for whoever reads the sheet."""

    async def of_message(self, contact_id: UUID, line_message_id: str) -> Survey | None:
        """The survey that this LINE message answered, not locked."""

    async def lock(self, session_id: UUID) -> Survey | None: ...
    async def save(self, survey: Survey) -> None:
        """Write the state, the step and the answers of a locked survey."""

    async def expire(self, contact_id: UUID, real_at: datetime) -> Sequence[UUID]:
        """End what is open of a contact's, and drop its questions that haven't gone out; give the sessions' ids.

        Args: real_at: real time.
        """

    async def asked_between(self, start: datetime, end: datetime) -> Sequence[Survey]:
        """Surveys asked from ``start`` to before ``end`` (service clock)."""
