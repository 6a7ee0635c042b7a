"""Row 23: what a fault leaves is asked about again; late words are found; nothing is proved twice or without having gone."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from handoff.adapters.database.retention import SqlRetention
from handoff.adapters.database.retention_rules import RULES
from handoff.adapters.database.retention_selects import TABLES
from handoff.adapters.database.tables import Base
from handoff.domain.desk import NoteKind
from handoff.domain.errors import InputRefused
from handoff.domain.incoming import Channel
from handoff.domain.kept import Kept
from handoff.domain.retention import HoldKind, Parting
from handoff.domain.staff import StaffMember
from handoff.services.desk.follow_up import AddFollowUp
from handoff.services.desk.write_note import KeepDraft, WriteNote
from handoff.services.request_ports import DisposalOrder, LegalHold
from handoff.services.retention.run_retention import RunRetention
from handoff.services.retention.show_keeping import NoteConsent
from handoff.services.retention.words_gone import WORDS_GONE
from handoff.services.retention_ports import Batch, OpenOrder, Run
from tests.integration.conftest import Service
from tests.integration.desk_support import Bridge, address
from tests.integration.evidence_line_support import Line
from tests.integration.evidence_support import ALL
from tests.integration.retention.seed import Seed
from tests.integration.retention.test_retention import run
from tests.support import hostile_files as hostile

DELETE = SqlRetention.delete


LATE_HOLD = text(
    "INSERT INTO legal_holds (id, contact_id, reason, placed_by, placed_at, kind) VALUES (:i, :c, '', :s, :t, 'order')"
)


class Fault(Exception):
    """Of ours; not the database's."""


async def fails(_self: SqlRetention, _batch: Batch) -> None:
    raise Fault


async def seeded(bridge: Bridge, boss: StaffMember, *names: str) -> Seed:
    seed = Seed(bridge.service, bridge.clock.now(), boss.id)
    await seed.fill(*names)
    return seed


async def talk(bridge: Bridge, boss: StaffMember, previous: UUID | None = None) -> Seed:
    """A person with one talk that is over, and nothing else."""
    seed = await seeded(bridge, boss, "contacts", "sessions")
    await bridge.service.change("UPDATE sessions SET previous_id = :p WHERE id = :s", p=previous, s=seed.session)
    return seed


async def proofs(service: Service) -> dict[str, int]:
    rows = await service.rows("SELECT kind, sum(count) AS n FROM disposals GROUP BY kind")
    return {row.kind: row.n for row in rows}


def test_every_table_that_names_its_session_is_asked() -> None:
    asked = {name for names in TABLES.values() for name in names}
    kinds = {*TABLES, Kept.TRACKER}
    named = {name for name, one in Base.metadata.tables.items() if RULES[name] in kinds and "session_id" in one.c}
    # What isn't counted yet holds its session.
    assert asked == named - {"fact_dues"}


async def test_row_23_a_leftover_asks_again_before_a_person_goes(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    bridge = Bridge(service)
    boss = await bridge.supervisor()
    ids = list[UUID]()
    async with service.store.transaction() as tx:
        for number in range(3):
            ids.append(await tx.contacts.find_or_add(Channel.LINE, address(number), bridge.clock.now()))
    bridge.clock.advance(days=400)
    now = bridge.clock.now()
    with monkeypatch.context() as broken:
        broken.setattr(SqlRetention, "delete", fails)
        assert (await run(service)).failed == 3
    # As a kill leaves it: the batch is still there, with all three.
    partings = {one: {"kinds": {}, "whole": [], "contact": True, "began": [], "links": {}} for one in map(str, ids)}
    await service.change(
        "INSERT INTO disposal_batches (id, at, content) VALUES (gen_random_uuid(), :t, CAST(:c AS jsonb))",
        t=now,
        c=json.dumps(partings),
    )
    async with service.store.transaction() as tx:
        until = (now + timedelta(days=300)).date()
        await tx.requests.disposals.place_hold(
            LegalHold(uuid4(), ids[0], "調査のため", boss.id, now, HoldKind.SERIOUS, until)
        )
    # The second one came back, and that talk is over, too.
    seed = Seed(service, now, boss.id, contact=ids[1])
    await seed.fill("sessions")
    assert (await run(service)).disposed == 1
    left = await service.rows("SELECT id FROM contacts WHERE wiped_at IS NULL")
    assert {row.id for row in left} == set(ids[:2])
    assert len(await service.rows("SELECT id FROM legal_holds")) == 1
    assert await proofs(service) == {"contact": 1} and not await service.rows("SELECT id FROM disposal_batches")


async def test_row_23_a_hold_between_the_words_and_the_person_keeps_the_person(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    bridge = Bridge(service)
    boss = await bridge.supervisor()
    seed = await seeded(bridge, boss)
    bridge.clock.advance(days=4000)

    async def then_hold(self: SqlRetention, batch: Batch) -> None:
        await DELETE(self, batch)
        await self._connection.execute(
            LATE_HOLD, {"i": uuid4(), "c": seed.contact, "s": boss.id, "t": bridge.clock.now()}
        )

    await service.change("DELETE FROM legal_holds")
    monkeypatch.setattr(SqlRetention, "delete", then_hold)
    await run(service)
    monkeypatch.undo()
    assert "contact" not in await proofs(service)
    assert len(await service.rows("SELECT id FROM legal_holds")) == 1
    assert len(await service.rows("SELECT id FROM contacts WHERE wiped_at IS NULL")) == 1


async def test_row_23_nothing_is_written_where_the_words_are_gone_and_what_was_goes(service: Service) -> None:
    bridge, store, setting = Bridge(service), service.store, service.setting
    boss = await bridge.supervisor()
    seed = await seeded(bridge, boss)
    bridge.clock.advance(days=366)
    assert (await run(service)).disposed
    due = bridge.clock.now().date()
    for refused in (
        WriteNote(store, setting)(seed.session, boss, NoteKind.NOTE, "カナリア", uuid4()),
        KeepDraft(store, setting)(seed.session, boss, "カナリア"),
        AddFollowUp(store, setting)(seed.session, boss, boss.id, due, "カナリア", uuid4()),
        NoteConsent(store, setting)(seed.session, boss, yes=True),
    ):
        with pytest.raises(InputRefused) as told:
            await refused
        assert told.value.text == WORDS_GONE
    await KeepDraft(store, setting)(seed.session, boss, "")
    # One that came all the same, by a road that didn't ask: each table alone is enough for it to be found.
    bridge.clock.advance(days=2)
    for name in ("session_notes", "drafts", "proposals", "surveys", "research_consents", "rasa_trackers"):
        await seed.fill(name)
        if name == "surveys":
            await service.change("UPDATE surveys SET asked_at = :t", t=seed.at)
        assert (await run(service)).disposed == 1, name
        assert not (await seed.counts())[name], name
    bridge.clock.advance(days=1825)
    assert (await run(service)).failed == 0
    assert not await service.rows("SELECT id FROM sessions")


async def test_row_23_one_s_fault_keeps_nobody_else_s_words_and_no_order_stops_a_run(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    bridge = Bridge(service)
    boss = await bridge.supervisor()
    first, _second, _third = [await talk(bridge, boss) for _ in range(3)]
    back = await talk(bridge, boss, first.session)
    bridge.clock.advance(days=364)
    await service.change("UPDATE sessions SET closed_at = :t WHERE id = :s", t=bridge.clock.now(), s=back.session)
    bridge.clock.advance(days=2)

    async def but_one(self: SqlRetention, batch: Batch) -> None:
        if first.contact in batch.partings:
            raise Fault
        await DELETE(self, batch)

    monkeypatch.setattr(SqlRetention, "delete", but_one)

    async def an_order(_self: SqlRetention) -> list[OpenOrder]:
        order = DisposalOrder(uuid4(), uuid4(), first.contact, (first.session,), boss.id, boss.id, boss.id, first.at)
        return [OpenOrder(order, everything=True, told=True)]

    monkeypatch.setattr(SqlRetention, "open_orders", an_order)
    done = await run(service)
    assert (done.disposed, done.failed) == (4, 2), "two talks with their people; the fault by the order and by the rule"
    left = {row.id: row for row in await service.rows("SELECT * FROM sessions")}
    assert set(left) == {first.session, back.session}
    # What T1 had taken of those that stay is as before: they can be counted, and a return finds its first talk.
    assert left[first.session].disposal_began_at is None and left[back.session].previous_id == first.session
    monkeypatch.undo()
    assert (await run(service)).disposed == 2
    assert await proofs(service) == {"transcript": 3, "contact": 3}


async def test_row_23_two_runs_at_once_prove_once(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    bridge = Bridge(service)
    await seeded(bridge, await bridge.supervisor())
    bridge.clock.advance(days=4000)
    others = list[Run | None]()

    async def meanwhile(self: SqlRetention, batch: Batch) -> None:
        await DELETE(self, batch)
        for at_once in (False, True):
            others.append(await RunRetention(service.store, service.setting)("other", at_once=at_once))

    monkeypatch.setattr(SqlRetention, "delete", meanwhile)
    await run(service)
    monkeypatch.undo()
    assert others == [None, None] and set((await proofs(service)).values()) == {1}
    assert (await run(service)).disposed == 0, "and the lock is free again"


async def test_row_23_a_batch_is_proved_by_whoever_takes_its_row(service: Service) -> None:
    bridge = Bridge(service)
    seed = await seeded(bridge, await bridge.supervisor())
    batches = RunRetention(service.store, service.setting)._batches
    bridge.clock.advance(days=4000)
    parting = Parting({seed.session: frozenset({Kept.TRANSCRIPT})}, contact=True)
    batch = Batch(uuid4(), bridge.clock.now(), {seed.contact: parting})
    assert await batches._finish(batch, {seed.contact}) == 0
    assert not await proofs(service) and not await bridge.verbs(seed.session)


async def test_row_23_what_died_before_its_rows_went_isn_t_proved(service: Service) -> None:
    """A talk of which only a note, or only a key, is left."""
    bridge = Bridge(service)
    boss = await bridge.supervisor()
    seed, other = await talk(bridge, boss), await talk(bridge, boss)
    await seed.fill("session_notes")
    async with service.store.transaction() as tx:
        for kind, whole, gone in (
            (Kept.TRANSCRIPT, False, False),
            (Kept.WRAP_UP, False, True),
            (Kept.WRAP_UP, True, False),
        ):
            assert await tx.retention.gone(seed.session, [kind], whole=whole) is gone
        assert await tx.retention.gone(other.session, [Kept.TRANSCRIPT], whole=False)
        assert await tx.retention.gone(uuid4(), [Kept.TRANSCRIPT], whole=True)
    await service.change(
        "INSERT INTO data_keys (id, kind, kek, wrapped, session_id, real_created_at)"
        " SELECT gen_random_uuid(), 'transcript', kek, wrapped, :s, now() FROM data_keys LIMIT 1",
        s=other.session,
    )
    async with service.store.transaction() as tx:
        assert not await tx.retention.gone(other.session, [Kept.TRANSCRIPT], whole=False)
        assert await tx.retention.gone(other.session, [Kept.MEDIA], whole=False)


async def test_row_23_of_single_lines_what_speaks_against_it_is_read_once_nobody_can_add_to_it(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the record says that the service took the file away, and not the child."""
    bridge = Bridge(service)
    line, boss = Line(bridge), await bridge.supervisor()
    line.media(consultation=ALL)
    await line.fetched(await line.post(data=hostile.jpeg()))
    (said,) = await service.rows("SELECT id, session_id FROM messages WHERE author = 'student'")
    (contact,) = await service.rows("SELECT id FROM contacts")
    await service.change("UPDATE outbox SET state = 'sent'")
    order = DisposalOrder(
        uuid4(), uuid4(), contact.id, (), boss.id, boss.id, boss.id, bridge.clock.now(), line_ids=(said.id,)
    )

    async def an_order(_self: SqlRetention) -> list[OpenOrder]:
        return [OpenOrder(order, everything=False, told=True)]

    monkeypatch.setattr(SqlRetention, "open_orders", an_order)
    real = SqlRetention.claim

    async def a_hold_first(self: SqlRetention, contact_id: UUID) -> bool:
        async with service.store.engine.begin() as other:
            await other.execute(LATE_HOLD, {"i": uuid4(), "c": contact_id, "s": boss.id, "t": bridge.clock.now()})
        return await real(self, contact_id)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(SqlRetention, "claim", a_hold_first)
        assert (await run(service)).held == 1
    assert not await service.rows("SELECT id FROM messages WHERE id = :i AND body IS NULL", i=said.id)
    await service.change("DELETE FROM legal_holds")
    assert (await run(service)).disposed == 1
    assert await service.rows("SELECT id FROM messages WHERE id = :i AND body IS NULL", i=said.id)
    taken = await service.rows("SELECT actor FROM audit_events WHERE verb = 'drop_evidence'")
    assert [one.actor for one in taken] == ["worker"]
