"""Row 23: nothing outlives its days, a later word or hold postpones, and what stays as proof tells nobody (KAG-8.4, TAJ-7)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from handoff.adapters.database.retention import SqlRetention
from handoff.adapters.database.retention_rules import RULES
from handoff.adapters.database.tables import Base
from handoff.domain.kept import Kept
from handoff.services.retention.list_due import ListDue
from handoff.services.retention.run_retention import RunRetention, SweepSpent
from handoff.services.retention_ports import Run
from tests.integration.conftest import Service
from tests.integration.desk_support import Bridge
from tests.integration.fact_support import flush
from tests.integration.retention.seed import CANARY, Seed

MEDIA = {table for table, rule in RULES.items() if rule is Kept.MEDIA}
LATE = {table for table, rule in RULES.items() if rule in (Kept.WRAP_UP, Kept.ESCALATION)}
#: Stand until the last kind of a session's records is gone, because those point at them.
BEARERS = {"sessions", "contacts", "line_events"}


async def run(service: Service) -> Run:
    found = await RunRetention(service.store, service.setting)(at_once=True)
    assert found is not None
    return found


async def seeded(bridge: Bridge) -> Seed:
    seed = Seed(bridge.service, bridge.clock.now(), (await bridge.supervisor()).id)
    await seed.fill()
    assert set((await seed.counts()).values()) == {1}, "a row in every table, or this shows nothing"
    return seed


def test_every_table_has_a_rule() -> None:
    assert set(RULES) == set(Base.metadata.tables)


async def test_row_23_nothing_survives_its_deadline(service: Service) -> None:
    bridge = Bridge(service)
    seed = await seeded(bridge)
    bridge.clock.advance(days=90, hours=-1)
    assert (await run(service)).disposed == 0 and set((await seed.counts()).values()) == {1}
    bridge.clock.advance(hours=1)
    assert (await ListDue(service.store, service.setting)())[Kept.MEDIA].now == 1
    assert (await run(service)).disposed == 1
    assert {name for name, count in (await seed.counts()).items() if not count} == MEDIA
    bridge.clock.advance(days=275)
    assert (await ListDue(service.store, service.setting)())[Kept.TRANSCRIPT].now == 1
    assert (await run(service)).disposed == 3, "transcript, report, and the person"
    left = {name for name, count in (await seed.counts()).items() if count}
    assert left == LATE | BEARERS
    assert not await service.rows("SELECT id FROM contacts WHERE wiped_at IS NULL OR address = :a", a=CANARY)
    assert not await service.rows("SELECT id FROM line_events WHERE payload IS NOT NULL OR assessment IS NOT NULL")
    assert not await service.rows("SELECT id FROM sessions WHERE intake IS NOT NULL OR safety IS NOT NULL")
    assert CANARY not in (await cells(service, but=LATE | {"policies"}))
    bridge.clock.advance(days=1825 - 365)
    assert (await run(service)).disposed == 2
    assert set((await seed.counts()).values()) == {0}
    everything = await cells(service, but={"audit_events", "audit_links", "policies"})
    for trace in (CANARY, seed.session.bytes, seed.contact.bytes, seed.address, *texts(seed)):
        assert trace not in everything
    assert not await service.rows("SELECT id FROM data_keys WHERE session_id IS NOT NULL OR contact_id IS NOT NULL")
    proofs = await service.rows("SELECT day, kind, cause, count, decided_by FROM disposals ORDER BY day, kind")
    assert [(one.kind, one.cause, one.count) for one in proofs] == [
        ("media", "rule", 1),
        ("contact", "rule", 1),
        ("report", "rule", 1),
        ("transcript", "rule", 1),
        ("escalation", "rule", 1),
        ("wrap_up", "rule", 1),
    ]
    verbs = [
        row.verb for row in await service.rows("SELECT verb FROM audit_events WHERE session_id = :s", s=seed.session)
    ]
    assert verbs.count("dispose") == 3


def texts(seed: Seed) -> list[bytes]:
    return [str(one).encode() for one in (seed.session, seed.contact)]


async def cells(service: Service, but: set[str]) -> bytes:
    """All that lies in the tables, as bytes."""
    found = list[bytes]()
    for (name,) in await service.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        for row in await service.rows(f'SELECT * FROM "{name}"') if name not in but else ():
            for cell in row:
                found.append(cell if isinstance(cell, bytes) else getattr(cell, "bytes", b"") + str(cell).encode())
    return b"\n".join(found)


async def test_row_23_killed_half_way_nothing_is_half_gone_and_there_is_one_proof(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    bridge = Bridge(service)
    seed = await seeded(bridge)
    bridge.clock.advance(days=3000)

    class Killed(BaseException):
        """As a process ends: nothing catches it."""

    def after(name: str) -> None:
        real: Callable[..., Awaitable[Any]] = getattr(SqlRetention, name)

        async def then_die(self: SqlRetention, *args: Any) -> Any:
            given = await real(self, *args)
            if name == "finish" and not args[1]:
                return given  # of what an earlier kill left: nothing had gone
            raise Killed

        monkeypatch.setattr(SqlRetention, name, then_die)

    before = await seed.counts()
    for step in ("begin", "delete"):
        with monkeypatch.context():
            after(step)
            with pytest.raises(Killed):
                await run(service)
            monkeypatch.undo()
        assert await seed.counts() == before, step
    after("finish")
    with pytest.raises(Killed):
        await run(service)
    monkeypatch.undo()
    assert not await service.rows("SELECT id FROM disposals"), "the proof was lost with the kill"
    assert (await service.rows("SELECT count(*) AS n FROM messages"))[0].n == 0, "but the words are gone as a whole"
    await run(service)
    assert set((await seed.counts()).values()) == {0}
    proofs = await service.rows("SELECT kind, count FROM disposals")
    assert {one.kind: one.count for one in proofs} == dict.fromkeys(
        ("transcript", "media", "report", "wrap_up", "escalation", "contact"), 1
    )
    await run(service)
    assert len(await service.rows("SELECT id FROM disposals")) == 6
    assert not await service.rows("SELECT id FROM disposal_batches")


async def test_row_23_no_fact_shares_a_transaction_with_anything_that_names_a_session(service: Service) -> None:
    bridge = Bridge(service)
    yuki = await bridge.person("ゆき")
    for number in range(3):
        session = await bridge.live(yuki, number + 1)
        await bridge.end(session.id, yuki)
        await service.change(
            "UPDATE sessions SET state = 'closed', closed_at = :t WHERE id = :s", s=session.id, t=bridge.clock.now()
        )
        await service.change(
            "INSERT INTO fact_dues (id, session_id, at) VALUES (gen_random_uuid(), :s, now())", s=session.id
        )
    await service.change("UPDATE escalations SET state = 'closed'")
    assert await flush(service) == 3
    bridge.clock.advance(days=4000)
    assert (await run(service)).disposed
    assert not await service.rows("SELECT id FROM sessions")
    facts = await service.rows("SELECT xmin::text AS xmin, lookup FROM facts")
    assert [one.lookup for one in facts] == [None] * 3
    written = {one.xmin for one in facts}
    for (name,) in await service.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        if name != "facts":
            assert not written & {row.xmin for row in await service.rows(f'SELECT xmin::text AS xmin FROM "{name}"')}, (
                name
            )


async def test_what_came_in_is_emptied_soon_after_it_is_done(service: Service) -> None:
    bridge = Bridge(service)
    await bridge.write("あしたも学校に行きたくない")
    sweep = SweepSpent(service.store, service.setting)
    assert (await sweep()).events == 0
    bridge.clock.advance(hours=2)
    assert (await sweep()).events == 1
    assert ("student", "あしたも学校に行きたくない") in await service.transcript()
    await bridge.receive("まだ読まれていない")
    bridge.clock.advance(hours=2)
    assert (await sweep()).events == 0, "what isn't done is the only copy"
