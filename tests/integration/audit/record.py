"""A service's audit in the hands of a superuser."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

import psycopg

from handoff.adapters.audit_anchor import AnchorNote
from handoff.domain.audit import Anchor, Fault
from handoff.services.audit.check_chain import CheckChain
from handoff.services.audit.link_rows import LinkRows
from handoff.services.audit_ports import Checked
from tests.integration.conftest import OPEN, SEALER, Service

NO_KEY = bytes(32)


@dataclass
class Record:
    """A service's audit, its worker's round, and its database in the hands of a superuser."""

    service: Service
    superuser: str
    note: AnchorNote
    link: LinkRows

    async def write(self, count: int, actor: str = "staff:a") -> None:
        for number in range(count):
            async with self.service.store.transaction() as tx:
                await tx.audit.add(OPEN, actor, "open_talk", uuid4(), lines=number, share=0.5, zero=1.0)

    async def check(self, *anchors: Anchor, newest: int | None = None) -> Checked:
        noted = self.note.newest()
        known = [*anchors, *([] if noted is None else [noted])]
        return await CheckChain(self.service.store, SEALER.lookup)(known, newest=newest)

    async def found(self) -> tuple[Fault, int]:
        fault = (await self.check()).fault
        assert fault is not None
        return fault.fault, fault.number

    def as_superuser(self, *statements: str) -> None:
        with psycopg.connect(self.superuser) as connection:
            for statement in statements:
                connection.execute(statement)


UNMARKED = (
    "INSERT INTO audit_events (id, at, actor, verb, detail)"
    " VALUES (gen_random_uuid(), now(), 'staff:b', 'open_desk', '{}')"
)
