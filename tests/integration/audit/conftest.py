"""What the tests of the audit begin with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from handoff.adapters.audit_anchor import AnchorNote
from handoff.adapters.database.embedded import EmbeddedPostgres
from handoff.services.audit.link_rows import LinkRows
from tests.integration.audit.record import Record
from tests.integration.conftest import SEALER, Database, Service


@pytest.fixture
async def record(service: Service, database: Database, postgres: EmbeddedPostgres, tmp_path: Path) -> Record:
    name = database.url.partition("@/")[2].partition("?")[0]
    note = AnchorNote(tmp_path, SEALER.lookup)
    link = LinkRows(service.store, service.setting, SEALER.lookup, note)
    return Record(service, postgres.superuser_url.replace("/postgres?", f"/{name}?"), note, link)


@pytest.fixture
async def chain(record: Record) -> AsyncIterator[Record]:
    """Ten rows that are linked, and one that waits."""
    await record.write(10)
    assert await record.link() == 10
    await record.write(1)
    whole = await record.check()
    assert (whole.fault, whole.links, whole.unlinked) == (None, 10, 1)
    yield record
