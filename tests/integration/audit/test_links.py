"""Linking goes on whatever commits late, whoever works beside it, and what was taken away."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from handoff.adapters.audit_anchor import AnchorNote
from handoff.adapters.database.audit import SqlAuditChain
from handoff.adapters.database.audit_cut import cut_audit
from handoff.adapters.database.migrate import driver_url
from handoff.adapters.database.store import SqlStore
from handoff.domain.audit import Anchor
from handoff.services.audit.link_rows import LinkRows
from tests.integration.audit.record import NO_KEY, Record
from tests.integration.conftest import OPEN, SEALER, Database


async def test_rows_that_commit_late_and_gaps_of_the_rolled_back_break_nothing(record: Record) -> None:
    late, gone = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with record.service.store.transaction() as tx:
            await tx.audit.add(OPEN, "staff:slow", "open_talk", None)
            gone.set()
            await late.wait()

    task = asyncio.create_task(slow())
    await gone.wait()
    with pytest.raises(RuntimeError):
        async with record.service.store.transaction() as tx:
            await tx.audit.add(OPEN, "staff:a", "open_talk", None)
            raise RuntimeError
    await record.write(3)
    assert await record.link() == 3
    late.set()
    await task
    assert await record.link() == 1
    checked = await record.check()
    assert (checked.fault, checked.links, checked.unlinked) == (None, 4, 0)
    order = await record.service.rows("SELECT sequence FROM audit_links ORDER BY number")
    assert [one.sequence for one in order] != sorted(one.sequence for one in order)


async def test_two_workers_make_one_chain(record: Record, tmp_path: Path) -> None:
    other = LinkRows(
        record.service.store, record.service.setting, SEALER.lookup, AnchorNote(tmp_path / "b", SEALER.lookup)
    )
    await record.write(30)
    linked = await asyncio.gather(*(work() for work in (record.link, other) for _ in range(3)))
    assert sum(linked) == 30
    await record.write(5)
    assert await other() + await record.link() == 5
    assert (await record.check()).fault is None


async def test_a_round_without_new_rows_looks_back_a_little_only(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    await record.write(3)
    assert await record.link() == 3
    again = LinkRows(record.service.store, record.service.setting, SEALER.lookup, record.note)
    real, looked = SqlAuditChain.unlinked, list[int]()

    async def unlinked(self: SqlAuditChain, after: int, limit: int) -> Any:
        looked.append(after)
        return await real(self, after, limit)

    monkeypatch.setattr(SqlAuditChain, "unlinked", unlinked)
    monkeypatch.setattr("handoff.services.audit.link_rows.LOOK_BACK", 1)
    assert [await again() for _round in range(2)] == [0, 0]
    assert looked[0] == 0 < looked[1], "a whole look at the start, and none at each round"


async def test_what_is_over_is_taken_away_by_the_owner_and_the_rest_can_still_be_checked(
    chain: Record, database: Database
) -> None:
    await chain.link()
    noted = await chain.check()
    async with chain.service.store.transaction() as tx:
        await tx.audit.add(OPEN + timedelta(days=2), "staff:a", "open_talk", None)
    await chain.link()
    now = datetime.now(UTC)
    engine = create_async_engine(driver_url(database.owner_url))
    try:
        async with engine.begin() as owner:
            assert await cut_audit(owner, SEALER.lookup, OPEN + timedelta(days=1), now) == 11
        left = await chain.check(noted.end, Anchor(3, NO_KEY))
        assert (left.fault, left.links) == (None, 1), "ends that lie before the cut can't be asked any more"
        async with engine.begin() as owner:
            assert await cut_audit(owner, SEALER.lookup, OPEN + timedelta(days=9), now) == 1
            assert await cut_audit(owner, SEALER.lookup, OPEN + timedelta(days=9), now) == 0
    finally:
        await engine.dispose()
    assert (await chain.check()).fault is None
    await chain.write(2)
    assert await chain.link() == 2
    after = await chain.check()
    assert (after.fault, after.links, after.end.number) == (None, 2, 14)
    store = SqlStore(database.url, SEALER, chain.service.jobs, pool_size=1)
    with pytest.raises(Exception, match="permission denied"):
        async with store.engine.begin() as connection:
            await cut_audit(connection, SEALER.lookup, OPEN + timedelta(days=9), now)
    await store.close()
