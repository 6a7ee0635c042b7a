"""The audit is a chain that nobody changes unseen: neither the application's role, nor somebody who owns the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from handoff.adapters.audit_anchor import AnchorNote
from handoff.adapters.database.audit import SqlAuditChain
from handoff.adapters.database.audit_cut import cut_audit
from handoff.adapters.database.embedded import EmbeddedPostgres
from handoff.adapters.database.migrate import driver_url, upgrade
from handoff.adapters.database.roles import ADDED_TO_ONLY
from handoff.adapters.database.store import SqlStore
from handoff.audit_command import verify
from handoff.domain.audit import Anchor, Fault
from handoff.domain.errors import ConfigurationError, SignInRefused
from handoff.services.audit.check_chain import CheckChain
from handoff.services.audit.link_rows import LinkRows
from handoff.services.audit_ports import Checked
from handoff.settings import Settings
from tests.integration.conftest import OPEN, SEALER, Database, Service
from tests.integration.desk_support import Bridge

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


FORGED = (
    "INSERT INTO audit_events (id, at, actor, verb, detail, mark)"
    " VALUES (gen_random_uuid(), now(), 'staff:b', 'open_desk', '{}', sha256('x'))"
)
UNMARKED = (
    "INSERT INTO audit_events (id, at, actor, verb, detail)"
    " VALUES (gen_random_uuid(), now(), 'staff:b', 'open_desk', '{}')"
)
ROW_5 = "(SELECT sequence FROM audit_links WHERE number = 5)"
#: What somebody with all rights could do, and what is found of it, at which link; 0 for none.
TAMPERING: tuple[tuple[str, tuple[str, ...], Fault, int], ...] = (
    ("who", (f"UPDATE audit_events SET actor = 'staff:b' WHERE sequence = {ROW_5}",), Fault.CHANGED, 5),
    ("when", (f"UPDATE audit_events SET at = at - interval '1 day' WHERE sequence = {ROW_5}",), Fault.CHANGED, 5),
    ("what", (f"UPDATE audit_events SET verb = 'open_desk' WHERE sequence = {ROW_5}",), Fault.CHANGED, 5),
    ("whose", (f"UPDATE audit_events SET session_id = NULL WHERE sequence = {ROW_5}",), Fault.CHANGED, 5),
    (
        "a detail",
        (f"UPDATE audit_events SET detail = detail || '{{\"lines\": 7}}' WHERE sequence = {ROW_5}",),
        Fault.CHANGED,
        5,
    ),
    ("its mark", (f"UPDATE audit_events SET mark = sha256('x') WHERE sequence = {ROW_5}",), Fault.CHANGED, 5),
    ("a row deleted", (f"DELETE FROM audit_events WHERE sequence = {ROW_5}",), Fault.ROW_MISSING, 5),
    (
        "row and link deleted",
        (f"DELETE FROM audit_events WHERE sequence = {ROW_5}", "DELETE FROM audit_links WHERE number = 5"),
        Fault.LINK_MISSING,
        6,
    ),
    (
        "and the rest moved up",
        (
            f"DELETE FROM audit_events WHERE sequence = {ROW_5}",
            "DELETE FROM audit_links WHERE number = 5",
            "UPDATE audit_links SET number = number + 100 WHERE number > 5",
            "UPDATE audit_links SET number = number - 101 WHERE number > 100",
        ),
        Fault.CHANGED,
        5,
    ),
    (
        "two rows exchanged",
        (
            "UPDATE audit_links SET sequence = sequence + 100 WHERE number IN (5, 6)",
            "UPDATE audit_links SET sequence = sequence - 100 + CASE number WHEN 5 THEN 1 ELSE -1 END WHERE number < 7 AND number > 4",
        ),
        Fault.CHANGED,
        5,
    ),
    (
        "a row added with a link",
        (
            FORGED,
            "INSERT INTO audit_links SELECT 11, max(sequence), sha256('y'), now() FROM audit_events",
        ),
        Fault.CHANGED,
        11,
    ),
    (
        "a row added",
        (FORGED,),
        Fault.FORGED,
        0,
    ),
    (
        "a row added as if from before there were marks",
        (
            "ALTER TABLE audit_events DROP CONSTRAINT ck_audit_events_mark",
            UNMARKED,
        ),
        Fault.UNMARKED,
        0,
    ),
    (
        "a row that waits for its link",
        ("UPDATE audit_events SET actor = 'b' WHERE sequence = (SELECT max(sequence) FROM audit_events)",),
        Fault.FORGED,
        0,
    ),
    (
        "the end cut off",
        (
            "DELETE FROM audit_events WHERE sequence >= (SELECT sequence FROM audit_links WHERE number = 9)",
            "DELETE FROM audit_links WHERE number >= 9",
        ),
        Fault.END_CUT,
        10,
    ),
    ("everything emptied", ("TRUNCATE audit_events, audit_links",), Fault.END_CUT, 10),
    (
        "the beginning cut off as if its days were over",
        (
            "DELETE FROM audit_events WHERE sequence <= (SELECT sequence FROM audit_links WHERE number = 3)",
            "INSERT INTO audit_cuts SELECT 3, digest, sha256('x'), now() FROM audit_links WHERE number = 3",
            "DELETE FROM audit_links WHERE number <= 3",
        ),
        Fault.CUT_FORGED,
        3,
    ),
)


async def test_row_24_whatever_is_done_to_it_is_found(chain: Record) -> None:
    """As a superuser who has the whole database but not the key file; each on a copy of the same chain."""
    tables = ("audit_events", "audit_links", "audit_cuts")
    chain.as_superuser(*(f"CREATE TABLE kept_{name} AS SELECT * FROM {name}" for name in tables))
    for name, statements, fault, number in TAMPERING:
        chain.as_superuser(*statements)
        assert await chain.found() == (fault, number), name
        chain.as_superuser(
            *(f"TRUNCATE {one}" for one in tables),
            *(f"INSERT INTO {one} OVERRIDING SYSTEM VALUE SELECT * FROM kept_{one}" for one in tables),
        )
        assert (await chain.check()).fault is None, f"whole again after: {name}"


async def test_row_24_a_cut_end_is_not_written_over(chain: Record) -> None:
    noted = chain.note.newest()
    assert noted is not None and noted.number == 10
    chain.as_superuser(
        "DELETE FROM audit_events WHERE sequence >= (SELECT sequence FROM audit_links WHERE number = 9)",
        "DELETE FROM audit_links WHERE number >= 9",
    )
    await chain.write(4)
    assert await chain.link() == 4, "fresh rows are linked all the same"
    assert chain.note.newest() == noted, "but the note stays: it proves what was cut off"
    assert await chain.found() == (Fault.OTHER_CHAIN, 10)
    # Without the note of this machine, one that was written down elsewhere shows it.
    chain.note.path.unlink()
    assert (await chain.check()).fault is None
    assert (await chain.check(noted)).fault is not None
    assert (await chain.check(Anchor(99, NO_KEY))).fault is not None


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


async def test_rows_from_before_there_were_marks_become_the_beginning(
    record: Record, database: Database, empty_database: Database
) -> None:
    """As after an update: the old rows are linked as they are, and can't be changed from then on."""
    record.as_superuser(
        "ALTER TABLE audit_events DROP CONSTRAINT ck_audit_events_mark",
        "INSERT INTO audit_events (id, at, actor, verb, detail)"
        " SELECT gen_random_uuid(), now(), 'staff:old', 'open_desk', '{}' FROM generate_series(1, 3)",
        "ALTER TABLE audit_events ADD CONSTRAINT ck_audit_events_mark CHECK (mark IS NOT NULL) NOT VALID",
    )
    assert (await record.check()).fault is None
    await record.write(2)
    assert await record.link() == 5
    assert (await record.check()).fault is None
    record.as_superuser(
        "ALTER TABLE audit_events DROP CONSTRAINT ck_audit_events_mark",
        "UPDATE audit_events SET actor = 'b' WHERE mark IS NULL AND actor = 'staff:old'",
    )
    assert await record.found() == (Fault.CHANGED, 1)
    # And the real step of an update.
    upgrade(empty_database.owner_url, target="0021")
    with psycopg.connect(empty_database.owner_url) as connection:
        connection.execute(
            "INSERT INTO audit_events (id, at, actor, verb, detail)"
            " VALUES (gen_random_uuid(), now(), 'staff:old', 'open_desk', '{}')"
        )
    upgrade(empty_database.owner_url, "tsunagi")
    with psycopg.connect(empty_database.url) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(
            "INSERT INTO audit_events (id, at, actor, verb, detail)"
            " VALUES (gen_random_uuid(), now(), 'staff:b', 'open_desk', '{}')"
        )


def old_rows(record: Record, count: int) -> None:
    """As before there were marks, a day apart."""
    record.as_superuser(
        "ALTER TABLE audit_events DROP CONSTRAINT ck_audit_events_mark",
        "INSERT INTO audit_events (id, at, actor, verb, detail)"
        " SELECT gen_random_uuid(), timestamptz '2026-01-01' + n * interval '1 day', 'staff:old', 'open_desk', '{}'"
        f" FROM generate_series(1, {count}) n",
        "ALTER TABLE audit_events ADD CONSTRAINT ck_audit_events_mark CHECK (mark IS NOT NULL) NOT VALID",
    )


async def test_row_24_old_rows_behind_a_cut_are_still_the_beginning(record: Record, database: Database) -> None:
    old_rows(record, 30)
    await record.write(2)
    assert await record.link() == 32
    engine = create_async_engine(driver_url(database.owner_url))
    async with engine.begin() as owner:
        assert await cut_audit(owner, SEALER.lookup, datetime(2026, 1, 10, tzinfo=UTC), datetime.now(UTC)) == 8
    await engine.dispose()
    left = await record.check()
    assert (left.fault, left.links) == (None, 24)
    # A row from before there were marks is still none that comes later, nor one that was changed.
    record.as_superuser("ALTER TABLE audit_events DROP CONSTRAINT ck_audit_events_mark", UNMARKED)
    assert await record.found() == (Fault.UNMARKED, 0)
    record.as_superuser("UPDATE audit_events SET actor = 'b' WHERE actor = 'staff:old'")
    assert await record.found() == (Fault.CHANGED, 9)


async def test_row_24_old_rows_that_wait_while_the_first_are_linked_are_no_fault(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_rows(record, 7)
    await record.write(1)
    monkeypatch.setattr("handoff.services.audit.link_rows.BATCH", 5)
    real, turns = SqlAuditChain.take_turn, list[bool]()

    async def once(self: SqlAuditChain) -> bool:
        turns.append(True)
        return len(turns) == 1 and await real(self)

    with monkeypatch.context() as only:
        only.setattr(SqlAuditChain, "take_turn", once)
        assert await record.link() == 5
    waiting = await record.check()
    assert (waiting.fault, waiting.links, waiting.unlinked) == (None, 5, 3)
    assert await record.link() == 3
    # And one behind the first marked row is one, linked or not.
    record.as_superuser("ALTER TABLE audit_events DROP CONSTRAINT ck_audit_events_mark", UNMARKED)
    assert await record.found() == (Fault.UNMARKED, 0)


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


def test_the_end_is_on_the_disk_before_it_is_the_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note, told = AnchorNote(tmp_path, SEALER.lookup), list[str]()
    real = Path.replace
    monkeypatch.setattr("os.fsync", lambda _descriptor: told.append("on the disk"))

    def replace(self: Path, to: Path) -> Path:
        assert self.stat().st_size
        told.append("replaced")
        return real(self, to)

    monkeypatch.setattr(Path, "replace", replace)
    note.note(Anchor(1, NO_KEY))
    assert told == ["on the disk", "replaced", "on the disk"] and note.newest() == Anchor(1, NO_KEY)


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


async def test_the_newest_part_alone_can_be_checked(chain: Record) -> None:
    part = await chain.check(newest=4)
    assert (part.fault, part.links) == (None, 4)
    chain.as_superuser(f"UPDATE audit_events SET actor = 'b' WHERE sequence = {ROW_5}")
    assert (await chain.check(newest=4)).fault is None
    assert (await chain.check(newest=6)).fault is not None


@pytest.mark.parametrize("table", [*ADDED_TO_ONLY, "audit_cuts"])
async def test_row_24_the_application_can_add_and_nothing_else(record: Record, database: Database, table: str) -> None:
    await record.write(1)
    changes = [f"UPDATE {table} SET {'digest' if table != 'audit_events' else 'mark'} = NULL", f"DELETE FROM {table}"]
    changes += [f"TRUNCATE {table}", f"ALTER TABLE {table} DISABLE TRIGGER ALL", f"DROP TABLE {table}"]
    changes += ["CREATE TABLE mine (a int)", "SET ROLE tsunagi_owner", "DROP FUNCTION tsunagi_publish"]
    with psycopg.connect(database.url, autocommit=True) as connection:
        for change in changes:
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedFunction)):
                connection.execute(change)


async def test_a_role_that_could_is_named_at_the_start(service: Service, database: Database) -> None:
    await service.store.check_role()
    with psycopg.connect(database.owner_url) as owner:
        for right in ("UPDATE (actor) ON audit_events", "DELETE ON audit_links", "INSERT ON audit_cuts"):
            owner.execute(f"GRANT {right} TO tsunagi")
            owner.commit()
            with pytest.raises(ConfigurationError, match="TSUNAGI_DATABASE_OWNER_URL"):
                await service.store.check_role()
            owner.execute(f"REVOKE {right} FROM tsunagi")
            owner.commit()
        await service.store.check_role()
    store = SqlStore(database.owner_url, SEALER, service.jobs, pool_size=1)
    with pytest.raises(ConfigurationError, match="TSUNAGI_DATABASE_OWNER_URL"):
        await store.check_role()
    await store.close()


async def test_the_command_says_one_line_and_fails_where_something_is_wrong(
    chain: Record, database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    monkeypatch.setattr("handoff.audit_command.Sealer.from_key_file", lambda _path: SEALER)
    monkeypatch.setattr("handoff.audit_command._TELL_EVERY", 0)
    settings = Settings.model_construct(
        **(Settings.model_construct().__dict__ | {"var": tmp_path, "database_url": database.url})
    )
    assert await verify(settings) == 0
    said = capsys.readouterr()
    assert said.out.startswith("監査記録は壊れていません: 10件") and said.out.count("\n") == 1
    assert said.err == "… 10件\n"
    end = str(chain.note.newest())
    assert end in said.out and await verify(settings, [end]) == 0
    with pytest.raises(ConfigurationError, match="--anchor"):
        await verify(settings, ["nothing"])
    chain.as_superuser(f"UPDATE audit_events SET actor = 'b' WHERE sequence = {ROW_5}")
    capsys.readouterr()
    assert await verify(settings) == 1
    said = capsys.readouterr()
    assert said.out == "" and "5番目の輪" in said.err.splitlines()[-1]
    chain.note.path.write_text(f"{end} 00\n")
    assert await verify(settings) == 1


async def test_row_24_a_refused_sign_in_stays_on_record(service: Service) -> None:
    """Its row is written by itself, before anything of the request could fail."""
    bridge = Bridge(service)
    await bridge.supervisor()
    with pytest.raises(SignInRefused):
        async with service.store.transaction():
            await bridge.sign_in("みなと", "wrong")
    rows = await service.rows("SELECT actor FROM audit_events WHERE verb = 'sign_in_refused'")
    assert [one.actor.startswith("staff:") for one in rows] == [True]
