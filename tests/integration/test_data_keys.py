"""Data keys: each session and kind has its own, and what a destroyed one sealed opens nowhere (security threats 21, 23)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from cachetools import TTLCache
from sqlalchemy import LargeBinary

from handoff.adapters.database.store import SqlStore
from handoff.adapters.database.tables import Base
from handoff.adapters.sealing import KEPT_SECONDS
from handoff.domain.errors import ConfigurationError
from handoff.domain.incoming import Channel
from handoff.domain.kept import Kept
from handoff.services.move_session import close
from kernel.sealing import CellSealer, SealBroken, Sealer, WrappedKey, key_id_of
from tests.integration.conftest import OPEN, RING, SEALER, Database, Service
from tests.support.first_seal import first_seal
from tests.support.line_events import arrivals, text, unsend

WORDS = "ひみつのことば"
OTHER = "U" + "d" * 32
SPOKEN = "SELECT id, session_id, author, body FROM messages ORDER BY sequence"


async def _keys(service: Service) -> list[Any]:
    return await service.rows("SELECT * FROM data_keys ORDER BY real_created_at, id")


async def _with_all_keys(service: Service) -> Sealer:
    """Somebody who has the key file and every data key that is left."""
    sealer = Sealer(RING)
    for row in await _keys(service):
        sealer.learn(WrappedKey(row.id, row.kind, row.kek, row.wrapped))
    return sealer


def _open(sealer: Sealer, table: str, column: str, rows: Sequence[Any]) -> list[str | None]:
    found: list[str | None] = []
    for row in rows:
        try:
            found.append(sealer.open(table, column, str(row.id), getattr(row, column)))
        except SealBroken:
            found.append(None)
    return found


async def _owner(service: Service, session_id: UUID) -> UUID:
    return UUID(str((await service.rows("SELECT contact_id FROM sessions WHERE id = :id", id=session_id))[0][0]))


async def _close(service: Service, session_id: UUID) -> None:
    async with service.store.transaction() as tx:
        await close(tx, service.setting, await tx.sessions.lock(session_id), "done", "worker")


async def _two_talks(service: Service) -> tuple[UUID, UUID]:
    await service.accept(arrivals(text(WORDS)))
    await service.work()
    await service.accept(arrivals(text("もう一人", OTHER)))
    await service.work()
    first, second = dict.fromkeys(row.session_id for row in await service.rows(SPOKEN))
    return first, second


async def test_every_session_and_kind_has_a_key_of_its_own(service: Service) -> None:
    first, second = await _two_talks(service)
    keys = {row.id: row for row in await _keys(service)}
    owners = {
        (row.kind, row.session_id, row.contact_id is not None) for row in keys.values() if row.kind != Kept.CONTACT
    }
    assert owners == {
        (kind, session, kind == Kept.EVENT) for kind in (Kept.TRANSCRIPT, Kept.EVENT) for session in (first, second)
    }
    assert sum(row.kind == Kept.CONTACT for row in keys.values()) == 2
    for row in await service.rows(SPOKEN):
        sealed_by = keys[key_id_of(row.body)]
        assert (sealed_by.session_id, sealed_by.kind) == (row.session_id, Kept.TRANSCRIPT)
    assert {row.kek for row in keys.values()} == {"k1"}
    assert len({bytes(row.wrapped) for row in keys.values()}) == len(keys)
    # In the whole database nothing is sealed by the key file's key itself, or by a key that isn't there.
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, LargeBinary) and column.type.length is None and table.name != "data_keys":
                for (cell,) in await service.rows(f"SELECT {column.name} FROM {table.name}"):
                    assert cell is None or key_id_of(cell) in keys, column


async def test_row_23_a_destroyed_key_disposes_of_one_kind_of_one_session_in_every_copy(service: Service) -> None:
    mine, other = await _two_talks(service)
    contact = await _owner(service, mine)
    # As a backup keeps them: rows as they lay there.
    spoken = await service.rows(SPOKEN)
    events = await service.rows("SELECT id, payload FROM line_events ORDER BY sequence")
    assert WORDS in _open(SEALER, "messages", "body", spoken)
    async with service.store.transaction() as tx:
        await tx.sessions.set_intake(mine, {"grade": "5"})
        assert await tx.keys.destroy_session(mine, {Kept.TRANSCRIPT, Kept.EVENT, Kept.MEDIA}) == 2
        assert [line.text for line in await tx.transcript.read(mine)] == [None, None], "nor in the same transaction"
        # What is said from now on has another key, also within this transaction.
        await tx.sessions.set_intake(mine, {"grade": "6"})
        assert await tx.sessions.intake(mine) == {"grade": "6"}
    for sealer in (SEALER, await _with_all_keys(service)):
        assert _open(sealer, "messages", "body", spoken) == [None, None, "もう一人", "はい：もう一人"]
        assert _open(sealer, "line_events", "payload", events)[0] is None
    async with service.store.reading() as tx:
        assert [line.text for line in await tx.transcript.read(mine)] == [None, None]
        assert [line.text for line in await tx.transcript.read(other)] == ["もう一人", "はい：もう一人"]
        assert await tx.contacts.address(contact), "what is kept of the person is another kind"
    async with service.store.transaction() as tx:
        assert await tx.keys.destroy_contact(contact) == 1
    async with service.store.reading() as tx:
        with pytest.raises(SealBroken):
            await tx.contacts.address(contact)


async def test_other_processes_forget_a_destroyed_key_in_ten_minutes(service: Service, database: Database) -> None:
    mine, _other = await _two_talks(service)
    now = [0.0]
    cache: TTLCache[UUID, CellSealer] = TTLCache(10, KEPT_SECONDS, timer=lambda: now[0])
    elsewhere = SqlStore(database.url, Sealer(RING, cache), service.jobs, pool_size=1)

    async def heard() -> list[str | None]:
        async with elsewhere.reading() as tx:
            return [line.text for line in await tx.transcript.read(mine)]

    assert await heard() == [WORDS, "はい：" + WORDS]
    async with service.store.transaction() as tx:
        await tx.keys.destroy_session(mine, {Kept.TRANSCRIPT})
    now[0] = KEPT_SECONDS - 1
    assert (await heard())[0] == WORDS
    now[0] = KEPT_SECONDS
    assert await heard() == [None, None]
    # It seals nothing by what it remembers, even before that.
    async with elsewhere.transaction() as tx:
        await tx.sessions.set_intake(mine, {})
    (left,) = [row for row in await _keys(service) if row.session_id == mine and row.kind == Kept.TRANSCRIPT]
    ((cell,),) = await service.rows("SELECT intake FROM sessions WHERE id = :id", id=mine)
    assert key_id_of(cell) == left.id
    await elsewhere.close()


async def test_a_key_that_was_rolled_back_seals_nothing(service: Service) -> None:
    contact = await _contact(service)

    class Undone(Exception):
        pass

    async with service.store.transaction() as tx:
        session = (await tx.sessions.start(contact, "demo", OPEN)).id
    with pytest.raises(Undone):
        async with service.store.transaction() as tx:
            await tx.sessions.set_intake(session, {"grade": "1"})
            raise Undone
    assert not [row for row in await _keys(service) if row.session_id == session]
    async with service.store.transaction() as tx:
        await tx.sessions.set_intake(session, {"grade": "2"})
    ((cell,),) = await service.rows("SELECT intake FROM sessions WHERE id = :id", id=session)
    assert key_id_of(cell) in {row.id for row in await _keys(service)}


async def _contact(service: Service, address: str = "U" + "9" * 32) -> UUID:
    async with service.store.transaction() as tx:
        return await tx.contacts.find_or_add(Channel.LINE, address, OPEN)


async def test_transactions_that_need_a_key_at_once_agree_on_one(service: Service) -> None:
    """Of a contact, of what comes in, of a session and of the house: none is made twice, and none of nobody is left."""
    contacts = await asyncio.gather(*(_contact(service) for _ in range(6)))
    assert len(set(contacts)) == 1
    assert [(row.kind, row.contact_id) for row in await _keys(service)] == [(Kept.CONTACT, contacts[0])]
    async with service.store.transaction() as tx:
        session = (await tx.sessions.start(contacts[0], "demo", OPEN)).id
    all_in = asyncio.Barrier(5)

    async def seal(number: int) -> None:
        async with service.store.transaction() as tx:
            await all_in.wait()
            await tx.events.add(replace(arrivals(text(f"語{number}"))[0]), contacts[0], OPEN)
            await tx.outbox.add(
                contact_id=contacts[0], session=await tx.sessions.lock(session), event_id=None, part=0, lines=[],
                reply_token=None, token_since=None, at=OPEN,
            )  # fmt: skip
            await tx.events.add(replace(arrivals(text("家"))[0]), None, OPEN)

    await asyncio.gather(*map(seal, range(5)))
    kinds = [row.kind for row in await _keys(service)]
    assert sorted(kinds) == sorted([Kept.CONTACT, Kept.EVENT, Kept.TRANSCRIPT, Kept.HOUSE])
    ids = {row.id for row in await _keys(service)}
    for column in ("line_events.payload", "outbox.body"):
        table, name = column.split(".")
        rows = await service.rows(f"SELECT {name} FROM {table}")
        assert len(rows) in (5, 10)
        assert {key_id_of(cell) for (cell,) in rows} <= ids


async def test_a_session_takes_over_the_key_of_the_events_that_began_it(service: Service) -> None:
    async def of_events() -> list[UUID | None]:
        """Each event's key, told by the session that has it."""
        keys = {row.id: row.session_id for row in await _keys(service)}
        rows = await service.rows("SELECT payload FROM line_events ORDER BY sequence")
        return [keys[key_id_of(row.payload)] for row in rows]

    await service.accept(arrivals(text("ひとつ"), text("ふたつ")))
    assert await of_events() == [None, None], "nobody knows yet whose session it will be"
    await service.work()
    (first,) = {row.session_id for row in await service.rows(SPOKEN)}
    await service.accept(arrivals(text("みっつ")))
    assert await of_events() == [first] * 3, "from then on what comes in is the session's at once"
    await service.work()
    await _close(service, first)
    await service.accept(arrivals(text("よっつ")))
    assert await of_events() == [first] * 3 + [None], "a closed session's key seals nothing new"
    await service.work()
    second = {row.session_id for row in await service.rows(SPOKEN)} - {first}
    assert await of_events() == [first] * 3 + [*second]
    async with service.store.transaction() as tx:
        await tx.keys.destroy_session(first, {Kept.EVENT})
    events = await service.rows("SELECT id, payload FROM line_events ORDER BY sequence")
    opened = _open(await _with_all_keys(service), "line_events", "payload", events)
    assert opened[:3] == [None] * 3
    assert opened[3] is not None


async def test_a_session_that_begins_while_its_first_event_is_stored_gets_that_key_later(service: Service) -> None:
    contact = await _contact(service)
    async with service.store.transaction() as storing:
        await storing.events.add(arrivals(text("同時に"))[0], contact, OPEN)
        async with service.store.transaction() as tx:
            session = (await tx.sessions.start(contact, "demo", OPEN)).id
    assert [row.session_id for row in await _keys(service) if row.kind == Kept.EVENT] == [None]
    async with service.store.transaction() as tx:
        await tx.events.add(arrivals(text("つぎ"))[0], contact, OPEN)
    assert [row.session_id for row in await _keys(service) if row.kind == Kept.EVENT] == [session]


async def test_rasa_s_memory_goes_at_the_close_with_its_key_and_an_unsend_brings_nothing_back(service: Service) -> None:
    message = text("消したい言葉", message_id="m-take-back")
    await service.accept(arrivals(message))
    await service.work()
    (session,) = {row.session_id for row in await service.rows(SPOKEN)}
    async with service.store.transaction() as tx:
        await tx.trackers.forget_message(session, uuid4())
    left = "SELECT session_id FROM rasa_trackers"
    assert len(await service.rows(left)) == 1, "a turn under way must find that it changed"
    assert Kept.TRACKER in {row.kind for row in await _keys(service)}
    await _close(service, session)
    assert await service.rows(left) == []
    assert Kept.TRACKER not in {row.kind for row in await _keys(service)}
    await service.accept(arrivals(unsend("m-take-back")))
    await service.work()
    assert (await service.rows("SELECT removed_at FROM messages ORDER BY sequence LIMIT 1"))[0].removed_at is not None
    assert await service.rows(left) == []
    assert Kept.TRACKER not in {row.kind for row in await _keys(service)}


async def test_a_key_of_another_owner_or_kind_opens_nothing_where_it_was_moved(
    service: Service, database: Database
) -> None:
    mine, other = await _two_talks(service)
    change = "UPDATE data_keys SET wrapped = (SELECT k.wrapped FROM data_keys k WHERE {}) WHERE {}"
    of = "{0}.session_id = '{1}' AND {0}.kind = 'transcript'"
    await service.change(change.format(of.format("k", other), of.format("data_keys", mine)))
    cold = SqlStore(database.url, Sealer(RING), service.jobs, pool_size=1)
    async with cold.reading() as tx:
        assert [line.text for line in await tx.transcript.read(mine)] == [None, None]
        assert [line.text for line in await tx.transcript.read(other)] == ["もう一人", "はい：もう一人"]
    await cold.close()


async def test_what_the_first_version_sealed_is_read_beside_the_new(service: Service) -> None:
    mine, _other = await _two_talks(service)
    (row, *_rest) = await service.rows(SPOKEN)
    old = first_seal(RING, "messages", "body", str(row.id), "むかしの言葉")
    await service.change("UPDATE messages SET body = :body WHERE id = :id", body=old, id=row.id)
    async with service.store.reading() as tx:
        assert [line.text for line in await tx.transcript.read(mine)] == ["むかしの言葉", "はい：" + WORDS]


async def test_a_key_file_that_the_database_was_not_filled_with_is_refused_at_the_start(
    service: Service, database: Database
) -> None:
    await _two_talks(service)
    before = await _keys(service)
    same_names, other_names = {"k1": b"1" * 32}, {"k9": RING.keys["k1"]}
    for keys, fits in ((same_names, False), (other_names, False), ({**RING.keys, "k2": b"2" * 32}, True)):
        store = SqlStore(database.url, Sealer(replace(RING, active=max(keys), keys=keys)), service.jobs, pool_size=1)
        if fits:
            await store.check()
        else:
            with pytest.raises(ConfigurationError, match="TSUNAGI_KEY_FILE") as caught:
                await store.check()
            assert "\n" not in str(caught.value)
        await store.close()
    assert await _keys(service) == before
