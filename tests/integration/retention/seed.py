"""One row in every table, so that a test sees what a disposal leaves; a table that is added is filled, too."""

from __future__ import annotations

import importlib
import pkgutil
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, BigInteger, Boolean, Date, DateTime, Integer, LargeBinary, Table, Uuid, insert
from sqlalchemy.dialects.postgresql import JSONB

from handoff.adapters import database
from handoff.adapters.database.retention_rules import RULES
from handoff.adapters.database.tables import Base
from handoff.domain.kept import Kept
from tests.integration.conftest import Service

for _module in pkgutil.iter_modules(database.__path__):
    if _module.name.endswith("_tables"):
        importlib.import_module(f"{database.__name__}.{_module.name}")

CANARY: Final = b"ka-na-ri-a in a sealed cell"
#: What makes each of them something that is over.
OVER: Final[Mapping[str, Mapping[str, Any]]] = {
    "contacts": {"channel": "line", "following": True, "address": CANARY},
    "sessions": {
        "state": "closed",
        "owner": "bot",
        "closed_reason": "done",
        "ended_by": "student",
        "previous_id": None,
        "intake": CANARY,
        "safety": CANARY,
    },
    "line_events": {"type": "message", "result": "line", "payload": CANARY, "assessment": CANARY},
    "messages": {"author": "student", "kind": "text", "body": CANARY},
    "outbox": {"state": "sent"},
    "delivery_attempts": {"method": "push", "outcome": "accepted"},
    "evidence": {"state": "stored", "kind": "image"},
    "reports": {"status": "done", "channel": "line"},
    "report_steps": {"kind": "note"},
    "escalations": {"state": "closed", "cause": "screen", "level": "high", "test": False},
    "glass_requests": {"state": "granted"},
    "surveys": {"state": "done"},
    "sheet_corrections": {"state": "done"},
    "proposals": {"state": "approved"},
    "blocks": {"reason": "other"},
    "broadcast_wishes": {"wanted": True, "way": "line"},
    "followings": {"kind": "follow"},
    "legal_holds": {"kind": "serious"},
    "rasa_trackers": {"blob": CANARY},
}
#: Left out: of a person, these would keep the contact's row.
LEFT_OUT: Final = {"data_keys", "fact_dues"}
#: What rows of a person point at, and what stays.
NEEDED: Final = ("policies",)
_ENDED: Final = ("done_at", "answered_at", "reviewed_at", "lifted_at", "ended_at", "closed_at", "settled_at")


@dataclass
class Seed:
    """Everything of one person, whose talk ended at ``at``."""

    service: Service
    at: datetime
    staff_id: UUID
    contact: UUID = field(default_factory=uuid4)
    session: UUID = field(default_factory=uuid4)
    address: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    ids: dict[str, Any] = field(default_factory=dict)

    @property
    def tables(self) -> list[Table]:
        """Those that hang on a session or a person."""
        wanted = [one for one in Base.metadata.sorted_tables if isinstance(RULES.get(one.name), Kept)]
        return [one for one in wanted if one.name not in LEFT_OUT]

    async def fill(self, *names: str) -> None:
        """Add a row to each of these tables; all of them where none is named."""
        also = [Base.metadata.tables[one] for one in NEEDED if not names]
        for table in (*also, *self.tables):
            if not names or table.name in names:
                row = self.row(table)
                async with self.service.store.engine.begin() as connection:
                    await connection.execute(insert(table).values(**row))
                key = [column.name for column in table.primary_key.columns]
                self.ids[table.name] = row[key[0]]

    def row(self, table: Table) -> dict[str, Any]:
        """A row of a table, over and done."""
        given = OVER.get(table.name, {})
        row = dict[str, Any]()
        for column in table.columns:
            if column.identity is not None:
                continue
            if column.name in given:
                row[column.name] = given[column.name]
                continue
            target = next((key.column.table.name for key in column.foreign_keys), None)
            if target is not None:
                row[column.name] = self._other(target)
            elif table.name in ("contacts", "sessions") and column.name == "id":
                row["id"] = self.contact if table.name == "contacts" else self.session
            elif table.name == "rasa_trackers" and column.name == "session_id":
                row["session_id"] = str(self.session)
            elif column.name == "lookup":
                row["lookup"] = self.address
            elif isinstance(column.type, DateTime) and (not column.nullable or column.name.endswith(_ENDED)):
                row[column.name] = self.at
            elif not column.nullable and column.server_default is None:
                row[column.name] = self._value(column.type)
        if table.name == "blocks":
            row["ends_at"] = self.at + timedelta(days=1)
        return row

    def _other(self, table: str) -> Any:
        if table == "staff":
            return self.staff_id
        if table == "contacts":
            return self.contact
        return self.session if table == "sessions" else self.ids.get(table)

    def _value(self, kind: Any) -> Any:
        if isinstance(kind, LargeBinary):
            return secrets.token_bytes(32) if kind.length else CANARY
        if isinstance(kind, Uuid):
            return uuid4()
        for known, value in ((Boolean, False), (BigInteger, 1), (Integer, 1), (JSONB, {}), (ARRAY, [])):
            if isinstance(kind, known):
                return value
        return self.at.date() if isinstance(kind, Date) else f"x{uuid4().hex}"

    async def counts(self) -> dict[str, int]:
        """How many rows of each of them there are."""
        found = dict[str, int]()
        for table in self.tables:
            (row,) = await self.service.rows(f'SELECT count(*) AS n FROM "{table.name}"')
            found[table.name] = row.n
        return found
