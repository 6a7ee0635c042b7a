"""Contacts: found by a keyed hash, their LINE id sealed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final, cast
from uuid import UUID, uuid4

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer, with_event_key
from handoff.adapters.database.tables import ContactRow
from handoff.domain.errors import NotFound
from handoff.domain.incoming import Channel
from handoff.domain.kept import Kept
from kernel.intake.quiet import QuietTime

# Asked for every message, and so built once.
_ID: Final = ContactRow.id.type
_FIND: Final = with_event_key(
    select(ContactRow.id.label("contact")).where(
        ContactRow.channel == bindparam("channel"), ContactRow.lookup == bindparam("lookup")
    ),
    ContactRow.id,
).with_for_update(key_share=True, of=ContactRow)
_ADDRESS: Final = select(ContactRow.address).where(ContactRow.id == bindparam("contact", type_=_ID))


class SqlContacts:
    """Implements ``services.ports.Contacts``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def find_or_add(self, channel: Channel, address: str, at: datetime) -> UUID:
        lookup = self._sealer.lookup(channel, address)
        # Locked, in the order in which the caller asks: webhooks that bring the same student's events in different
        # order then queue here, and can't wait for each other's events.
        asked = {"channel": channel, "lookup": lookup}
        known = (await self._connection.execute(_FIND, asked)).first()
        if known is not None:
            self._sealer.offer_event(known.contact, known)
            return cast(UUID, known.contact)
        new_id = uuid4()
        stored, made = self._sealer.fresh(Kept.CONTACT)
        added = await self._connection.scalar(
            insert(ContactRow)
            .values(
                id=new_id,
                channel=channel,
                lookup=lookup,
                address=made.seal("contacts", "address", str(new_id), address),
                created_at=at,
            )
            .on_conflict_do_nothing(index_elements=[ContactRow.channel, ContactRow.lookup])
            .returning(ContactRow.id)
        )
        if added is not None:
            # Only now: whoever comes second to the same contact leaves no key of nobody.
            await self._sealer.store_for_contact(stored, made, new_id)
        # Read again: two first messages at the same moment must agree on one contact.
        return cast(UUID, (await self._connection.execute(_FIND, asked)).one().contact)

    async def address(self, contact_id: UUID) -> str:
        sealed = await self._connection.scalar(_ADDRESS, {"contact": contact_id})
        if sealed is None:
            raise NotFound(f"no contact {contact_id}")
        return self._sealer.open("contacts", "address", str(contact_id), sealed)

    async def set_following(self, contact_id: UUID, following: bool) -> None:
        await self._connection.execute(
            update(ContactRow).where(ContactRow.id == contact_id).values(following=following)
        )

    async def set_quiet(self, contact_id: UUID, times: Sequence[QuietTime]) -> None:
        text = json.dumps([[time.start, time.end] for time in times])
        key = await self._sealer.for_contact(contact_id)
        sealed = key.seal("contacts", "quiet", str(contact_id), text)
        await self._connection.execute(update(ContactRow).where(ContactRow.id == contact_id).values(quiet=sealed))

    async def quiet(self, contact_id: UUID) -> Sequence[QuietTime]:
        sealed = await self._connection.scalar(select(ContactRow.quiet).where(ContactRow.id == contact_id))
        if sealed is None:
            return ()
        text = self._sealer.open("contacts", "quiet", str(contact_id), sealed)
        return tuple(QuietTime(start, end) for start, end in json.loads(text))

    async def tell_group(self, contact_id: UUID) -> bool:
        changed = await self._connection.execute(
            update(ContactRow).where(ContactRow.id == contact_id, ~ContactRow.group_told).values(group_told=True)
        )
        return changed.rowcount == 1
