"""Policies by version, drafts, and who saw which. The texts are public, but whoever can write the table couldn't change
them unseen: they are sealed like all words.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.data_keys import RowSealer
from handoff.adapters.database.policy_tables import PolicyDraftRow, PolicyRow, PolicySeenRow
from handoff.adapters.database.tables import OutboxRow
from handoff.domain.delivery import DeliveryState
from handoff.domain.policy import (
    BoardWords,
    Draft,
    Page,
    PolicyHead,
    PolicySeen,
    PolicyText,
    PolicyVersion,
    Section,
    Sections,
    SeenBy,
)

#: States of the call that carried the address, and whether the student has it.
_ARRIVED = {
    DeliveryState.SENT: True,
    DeliveryState.REFUSED: False,
    DeliveryState.DEAD: False,
}
_LOST = tuple(state for state, arrived in _ARRIVED.items() if not arrived)


class SqlPolicies:
    """Implements ``services.policy_ports.Policies``."""

    def __init__(self, connection: AsyncConnection, sealer: RowSealer) -> None:
        self._connection = connection
        self._sealer = sealer

    # Versions -----------------------------------------------------------------------------------------------------

    async def hold(self, profile: str) -> None:
        key = func.hashtextextended(f"policy:{profile}", 0)
        await self._connection.execute(select(func.pg_advisory_xact_lock(key)))

    async def add(self, version: PolicyVersion) -> None:
        words = {
            "pages": {page: [[one.heading, list(one.points)] for one in version.text.page(page)] for page in Page},
            "note": version.note,
            "approved_by": version.approved_by,
        }
        await self._connection.execute(
            insert(PolicyRow).values(
                id=version.id,
                profile=version.profile,
                number=version.number,
                words=(await self._sealer.for_house()).seal(
                    "policies", "words", str(version.id), json.dumps(words, ensure_ascii=False)
                ),
                holds_from=version.holds_from,
                approved_on=version.approved_on,
                published_by=version.published_by,
                published_at=version.published_at,
            )
        )

    async def get(self, policy_id: UUID) -> PolicyVersion | None:
        return await self._one(select(PolicyRow.__table__).where(PolicyRow.id == policy_id))

    async def of(self, profile: str) -> Sequence[PolicyVersion]:
        found = select(PolicyRow.__table__).where(PolicyRow.profile == profile).order_by(PolicyRow.number.desc())
        return [self._version(row) for row in await self._connection.execute(found)]

    async def heads(self, profile: str) -> Sequence[PolicyHead]:
        columns = (PolicyRow.id, PolicyRow.number, PolicyRow.holds_from)
        found = select(*columns).where(PolicyRow.profile == profile).order_by(PolicyRow.number.desc())
        return [PolicyHead(*row) for row in await self._connection.execute(found)]

    async def in_force(self, profile: str, at: datetime) -> PolicyVersion | None:
        return await self._one(_newest(select(PolicyRow.__table__), profile, at))

    async def number_in_force(self, profile: str, at: datetime) -> int | None:
        return await self._connection.scalar(_newest(select(PolicyRow.number), profile, at))

    async def _one(self, found: Select[*tuple[Any, ...]]) -> PolicyVersion | None:
        row = (await self._connection.execute(found)).first()
        return None if row is None else self._version(row)

    def _version(self, row: Row[*tuple[Any, ...]]) -> PolicyVersion:
        words = json.loads(self._sealer.open("policies", "words", str(row.id), row.words))
        pages: dict[str, Sections] = {
            page: tuple(Section(heading, tuple(points)) for heading, points in sections)
            for page, sections in words["pages"].items()
        }
        return PolicyVersion(
            id=row.id,
            profile=row.profile,
            number=row.number,
            text=PolicyText(**pages),
            holds_from=row.holds_from,
            note=words["note"],
            approved_by=words["approved_by"],
            approved_on=row.approved_on,
            published_by=row.published_by,
            published_at=row.published_at,
        )

    # The draft ----------------------------------------------------------------------------------------------------

    async def draft(self, profile: str) -> Draft:
        found = select(PolicyDraftRow.__table__).where(PolicyDraftRow.profile == profile)
        row = (await self._connection.execute(found)).first()
        if row is None:
            return Draft()
        words = json.loads(self._sealer.open("policy_drafts", "words", profile, row.words))
        return Draft(BoardWords(**words), row.revision, row.changed_by, row.changed_at)

    async def keep_draft(self, profile: str, draft: Draft) -> None:
        told = {page: "\n".join(draft.words.rows(page)) for page in Page}
        values = {
            "words": (await self._sealer.for_house()).seal(
                "policy_drafts", "words", profile, json.dumps(told, ensure_ascii=False)
            ),
            "revision": draft.revision,
            "changed_by": draft.changed_by,
            "changed_at": draft.changed_at,
        }
        await self._connection.execute(
            insert(PolicyDraftRow)
            .values(profile=profile, **values)
            .on_conflict_do_update(index_elements=[PolicyDraftRow.profile], set_=values)
        )

    # Who saw which ------------------------------------------------------------------------------------------------

    async def mark_seen(
        self, contact_id: UUID, policy_id: UUID, at: datetime, way: SeenBy, event_id: UUID | None
    ) -> None:
        values = {"at": at, "way": way, "event_id": event_id}
        lost = select(OutboxRow.id).where(_carried(), OutboxRow.state.in_(_LOST)).exists()
        await self._connection.execute(
            insert(PolicySeenRow)
            .values(contact_id=contact_id, policy_id=policy_id, **values)
            .on_conflict_do_update(
                index_elements=[PolicySeenRow.contact_id, PolicySeenRow.policy_id], set_=values, where=lost
            )
        )

    async def seen(self, contact_id: UUID) -> Sequence[PolicySeen]:
        rows = await self._connection.execute(
            select(PolicySeenRow.__table__, PolicyRow.number, OutboxRow.state)
            .join(PolicyRow, PolicyRow.id == PolicySeenRow.policy_id)
            .outerjoin(OutboxRow, _carried())
            .where(PolicySeenRow.contact_id == contact_id)
            .order_by(PolicySeenRow.at.desc(), PolicyRow.number.desc())
        )
        return [
            PolicySeen(
                policy_id=row.policy_id,
                number=row.number,
                at=row.at,
                way=SeenBy(row.way),
                arrived=True if row.event_id is None else _ARRIVED.get(row.state),
            )
            for row in rows
        ]


def _newest[T](found: Select[T], profile: str, at: datetime) -> Select[T]:
    held = found.where(PolicyRow.profile == profile, PolicyRow.holds_from <= at)
    return held.order_by(PolicyRow.holds_from.desc(), PolicyRow.number.desc()).limit(1)


def _carried() -> ColumnElement[bool]:
    """The call that carried the address: it goes out with the notice, in the first call of an answer."""
    return and_(OutboxRow.event_id == PolicySeenRow.event_id, OutboxRow.part == 0)
