"""The plan for a contact and the marks with the way agreed, written as one; ``desk_views`` reads them."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.care_tables import ContactCareRow
from handoff.adapters.database.data_keys import RowSealer
from handoff.services.desk_view_ports import Care


class SqlContactCares:
    """Implements ``services.care_ports.ContactCares``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def keep(self, contact_id: UUID, care: Care, seen: datetime | None) -> bool:
        content = json.dumps({"plan": care.plan, "way": care.way}, ensure_ascii=False)
        values = {
            "content": (await self._sealer.for_contact(contact_id)).seal(
                "contact_care", "content", str(contact_id), content
            ),
            "frequent": care.frequent,
            "impersonation": care.impersonation,
            "updated_by": care.updated_by,
            "updated_at": care.updated_at,
        }
        row = insert(ContactCareRow).values(contact_id=contact_id, **values)
        if seen is None:
            row = row.on_conflict_do_nothing(index_elements=[ContactCareRow.contact_id])
        else:
            row = row.on_conflict_do_update(
                index_elements=[ContactCareRow.contact_id], set_=values, where=ContactCareRow.updated_at == seen
            )
        return await self._connection.scalar(row.returning(ContactCareRow.contact_id)) is not None

    async def forget(self, contact_id: UUID, seen: datetime) -> bool:
        gone = delete(ContactCareRow).where(ContactCareRow.contact_id == contact_id, ContactCareRow.updated_at == seen)
        return await self._connection.scalar(gone.returning(ContactCareRow.contact_id)) is not None
