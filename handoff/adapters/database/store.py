"""The database as the services see it: transactions, and locks on contacts that outlast them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from handoff.adapters.database.audit import SqlAudit, SqlAuditChain, SqlAuditPages
from handoff.adapters.database.backups import SqlBackups
from handoff.adapters.database.blocks import SqlBlocks
from handoff.adapters.database.broadcasts import SqlBroadcasts
from handoff.adapters.database.call_backs import SqlCallBacks
from handoff.adapters.database.chats import SqlChats
from handoff.adapters.database.closures import SqlClosures
from handoff.adapters.database.connection import CONNECT_OPTIONS, named_errors
from handoff.adapters.database.contact_care import SqlContactCares
from handoff.adapters.database.contacts import SqlContacts
from handoff.adapters.database.data_keys import RowSealer, SqlKeys, fits
from handoff.adapters.database.desk_feed import SqlDeskFeed
from handoff.adapters.database.desk_staff import SqlStaff
from handoff.adapters.database.desk_talks import SqlTalks
from handoff.adapters.database.desk_timers import SqlDeskTimers
from handoff.adapters.database.desk_views import SqlDeskViews
from handoff.adapters.database.drills import SqlDrills
from handoff.adapters.database.escalation_steps import SqlEscalationSteps
from handoff.adapters.database.escalations import SqlEscalations
from handoff.adapters.database.events import SqlEvents
from handoff.adapters.database.evidence import SqlEvidences
from handoff.adapters.database.factor_resets import SqlFactorResets
from handoff.adapters.database.factors import SqlFactors
from handoff.adapters.database.facts import SqlFacts
from handoff.adapters.database.faults import SqlFaults
from handoff.adapters.database.follow_ups import SqlFollowUps
from handoff.adapters.database.key_heap import clear_keys
from handoff.adapters.database.key_work import SqlKeyWork
from handoff.adapters.database.keyed_connection import HeldKeys, KeyedConnection
from handoff.adapters.database.knowledge import SqlKnowledge
from handoff.adapters.database.line_quota import SqlQuota
from handoff.adapters.database.lock_keys import lock_key
from handoff.adapters.database.migrate import check_current, driver_url
from handoff.adapters.database.notices import SqlNotices
from handoff.adapters.database.outbox import SqlOutbox
from handoff.adapters.database.phrases import SqlPhrases
from handoff.adapters.database.policies import SqlPolicies
from handoff.adapters.database.report_visits import SqlReportVisits
from handoff.adapters.database.reports import SqlReports
from handoff.adapters.database.requests import SqlRequests
from handoff.adapters.database.research_rows import SqlResearch
from handoff.adapters.database.retention import SqlRetention
from handoff.adapters.database.roles import check_role
from handoff.adapters.database.rosters import SqlRosters
from handoff.adapters.database.schools import SqlSchools
from handoff.adapters.database.sessions import SqlSessions
from handoff.adapters.database.shifts import SqlShifts
from handoff.adapters.database.sign_in_tries import SqlDevices, SqlTries
from handoff.adapters.database.sign_ins import SqlSignIns
from handoff.adapters.database.sittings import SqlSittings
from handoff.adapters.database.staff_passwords import SqlStaffPasswords
from handoff.adapters.database.surveys import SqlSurveys
from handoff.adapters.database.taking import taken
from handoff.adapters.database.traces import SqlTraces
from handoff.adapters.database.trackers import SqlTrackers
from handoff.adapters.database.transcript import SqlTranscript
from handoff.adapters.database.wrap_ups import SqlWrapUps
from handoff.adapters.jobs import JobQueue, TransactionJobs
from handoff.domain.audit import KeyedHash
from handoff.domain.clock import Clock
from handoff.domain.errors import ConfigurationError
from handoff.domain.hours import ZONE
from kernel.sealing import Sealer


class SqlTransaction:
    """Implements ``services.ports.Transaction`` on one connection."""

    def __init__(self, raw: AsyncConnection, process: Sealer, jobs: JobQueue, now: Callable[[], datetime]) -> None:
        """Args: process: the sealer of the whole process; now: on the service's clock."""
        self.held_keys = HeldKeys(process)
        self._raw, self._jobs, self._now = raw, jobs, now
        self._connection, self._sealer = KeyedConnection(raw, self.held_keys), RowSealer(raw, self.held_keys)
        self.desk = SqlDeskFeed(self._connection)

    def _today(self) -> date:
        return self._now().astimezone(ZONE).date()

    # A message needs five of them: each is made when it's asked for.
    contacts = cached_property(lambda tx: SqlContacts(tx._connection, tx._sealer))
    events = cached_property(lambda tx: SqlEvents(tx._connection, tx._sealer))
    sessions = cached_property(lambda tx: SqlSessions(tx._connection, tx._sealer))
    transcript = cached_property(lambda tx: SqlTranscript(tx._connection, tx._sealer))
    outbox = cached_property(lambda tx: SqlOutbox(tx._connection, tx._sealer))
    audit = cached_property(lambda tx: SqlAudit(tx._connection, tx._sealer.lookup))
    audit_chain = cached_property(lambda tx: SqlAuditChain(tx._connection))
    audit_pages = cached_property(lambda tx: SqlAuditPages(tx._connection))
    trackers = cached_property(lambda tx: SqlTrackers(tx._connection, tx._sealer))
    escalations = cached_property(lambda tx: SqlEscalations(tx._connection, tx._sealer))
    escalation_steps = cached_property(lambda tx: SqlEscalationSteps(tx._connection, tx._sealer))
    notices = cached_property(lambda tx: SqlNotices(tx._connection, tx._sealer))
    staff = cached_property(lambda tx: SqlStaff(tx._connection, tx._sealer, tx._today))
    sign_ins = cached_property(lambda tx: SqlSignIns(tx._connection, tx._sealer, tx._today))
    tries = cached_property(lambda tx: SqlTries(tx._connection, tx._sealer))
    devices = cached_property(lambda tx: SqlDevices(tx._connection, tx._sealer))
    passwords = cached_property(lambda tx: SqlStaffPasswords(tx._connection))
    factors = cached_property(lambda tx: SqlFactors(tx._connection, tx._sealer))
    factor_resets = cached_property(lambda tx: SqlFactorResets(tx._connection, tx._sealer))
    talks = cached_property(lambda tx: SqlTalks(tx._connection, tx._sealer))
    timers = cached_property(lambda tx: SqlDeskTimers(tx._connection))
    views = cached_property(lambda tx: SqlDeskViews(tx._connection, tx._sealer, tx._today))
    wrap_ups = cached_property(lambda tx: SqlWrapUps(tx._connection, tx._sealer))
    follow_ups = cached_property(lambda tx: SqlFollowUps(tx._connection, tx._sealer))
    contact_care = cached_property(lambda tx: SqlContactCares(tx._connection, tx._sealer))
    knowledge = cached_property(lambda tx: SqlKnowledge(tx._connection, tx._sealer))
    phrases = cached_property(lambda tx: SqlPhrases(tx._connection, tx._sealer))
    quota = cached_property(lambda tx: SqlQuota(tx._connection))
    surveys = cached_property(lambda tx: SqlSurveys(tx._connection, tx._sealer))
    reports = cached_property(lambda tx: SqlReports(tx._connection, tx._sealer))
    visits = cached_property(lambda tx: SqlReportVisits(tx._connection, tx._sealer))
    sittings = cached_property(lambda tx: SqlSittings(tx._connection, tx._sealer))
    evidence = cached_property(lambda tx: SqlEvidences(tx._connection, tx._sealer))
    chats = cached_property(lambda tx: SqlChats(tx._connection, tx._sealer))
    traces = cached_property(lambda tx: SqlTraces(tx._connection, tx._sealer))
    closures = cached_property(lambda tx: SqlClosures(tx._connection, tx._sealer))
    call_backs = cached_property(lambda tx: SqlCallBacks(tx._connection))
    schools = cached_property(lambda tx: SqlSchools(tx._connection, tx._sealer))
    facts = cached_property(lambda tx: SqlFacts(tx._connection, tx._sealer))
    shifts = cached_property(lambda tx: SqlShifts(tx._connection, tx._sealer))
    faults = cached_property(lambda tx: SqlFaults(tx._connection, tx._sealer))
    drills = cached_property(lambda tx: SqlDrills(tx._connection, tx._sealer))
    rosters = cached_property(lambda tx: SqlRosters(tx._connection, tx._sealer, tx.staff))
    policies = cached_property(lambda tx: SqlPolicies(tx._connection, tx._sealer))
    requests = cached_property(lambda tx: SqlRequests(tx._connection, tx._sealer))
    broadcasts = cached_property(lambda tx: SqlBroadcasts(tx._connection, tx._sealer))
    blocks = cached_property(lambda tx: SqlBlocks(tx._connection, tx._sealer))
    keys = cached_property(lambda tx: SqlKeys(tx._raw, tx._sealer))
    key_work = cached_property(lambda tx: SqlKeyWork(tx._raw, tx._sealer, tx.held_keys))
    backups = cached_property(lambda tx: SqlBackups(tx._raw))
    retention = cached_property(lambda tx: SqlRetention(tx._connection, tx._sealer, tx.keys))
    research = cached_property(lambda tx: SqlResearch(tx._connection, tx._sealer))
    jobs = cached_property(lambda tx: TransactionJobs(tx._jobs, tx._raw))


@dataclass(frozen=True, slots=True)
class SqlLockedContact:
    """Implements ``services.ports.LockedContact``: its transactions run on the connection that holds the lock.

    So a worker whose lock is gone, because the connection broke, can't write either.
    """

    connection: AsyncConnection
    sealer: Sealer
    jobs: JobQueue
    now: Callable[[], datetime]

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqlTransaction]:
        await self.connection.execution_options(isolation_level=WRITING)
        async with named_errors(), self.connection.begin():
            tx = SqlTransaction(self.connection, self.sealer, self.jobs, self.now)
            yield tx
            await tx.desk.flush()
        tx.held_keys.end()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[SqlTransaction]:
        await self.connection.execution_options(isolation_level=READING)
        async with named_errors(), self.connection.begin():
            yield SqlTransaction(self.connection, self.sealer, self.jobs, self.now)


#: A single statement is a transaction of its own; beginning and ending one would be two more round trips.
READING: Final = "AUTOCOMMIT"
WRITING: Final = "READ COMMITTED"


async def check_key_file(url: str, sealer: Sealer) -> None:
    """Look before a migration whether the key file is the database's.

    Raises: ConfigurationError: it belongs to another one. StoreUnavailable, KeyFileError.
    """
    engine = create_async_engine(driver_url(url), connect_args=CONNECT_OPTIONS, hide_parameters=True)
    try:
        async with named_errors(), engine.connect() as connection:
            await _check_fits(connection, sealer)
    finally:
        await engine.dispose()


async def _check_fits(connection: AsyncConnection, sealer: Sealer) -> None:
    if not await fits(connection, sealer):
        raise ConfigurationError(
            "鍵のファイルが、このデータベースのものではありません。TSUNAGI_KEY_FILE を確かめてください (何も変えていません)。"
        )


_KEY: Final = bindparam("key", type_=BigInteger)
_TRY_LOCK: Final = select(func.pg_try_advisory_lock(_KEY))
_UNLOCK: Final = select(func.pg_advisory_unlock(_KEY))


class SqlStore:
    """Implements ``services.ports.Store``."""

    def __init__(self, url: str, sealer: Sealer, jobs: JobQueue, *, pool_size: int = 10, ping: bool = True) -> None:
        """Args: ping: try each connection before its use; only a process that starts anew when the database was away
        can do without.
        """
        self.engine: AsyncEngine = create_async_engine(
            driver_url(url),
            pool_size=pool_size,
            max_overflow=4,
            pool_timeout=5,
            # Each connection keeps the room of the largest row that it carried: a few carry files, not all of them.
            pool_use_lifo=True,
            pool_pre_ping=ping,
            connect_args=CONNECT_OPTIONS,
            # A statement's values are sealed or ids, but no error text may carry them either.
            hide_parameters=True,
        )
        self._reader = self.engine.execution_options(isolation_level=READING)
        self._sealer = sealer
        self._jobs = jobs
        self._now: Callable[[], datetime] = Clock().now

    def go_by(self, now: Callable[[], datetime]) -> None:
        self._now = now

    async def check(self) -> None:
        """Raises: SchemaError: the database is of another version. ConfigurationError: it belongs to another key file.
        StoreUnavailable: it can't be reached.
        """
        async with named_errors(), self.engine.connect() as connection:
            await connection.run_sync(check_current)
            await _check_fits(connection, self._sealer)

    async def check_seal(self) -> None:
        """Raises: SealUnavailable: nothing could be sealed or opened now."""
        async with named_errors():
            self._sealer.check()

    @property
    def hashed(self) -> KeyedHash:
        """The keyed hash of this service's key file."""
        return self._sealer.lookup

    async def check_role(self) -> None:
        """Raises: ConfigurationError: our role could change what is on record. StoreUnavailable."""
        async with named_errors(), taken(self._reader) as connection:
            await check_role(connection)

    async def ping(self) -> None:
        """Raises: StoreUnavailable."""
        async with named_errors(), taken(self._reader) as connection:
            await connection.execute(select(1))

    async def close(self) -> None:
        await self.engine.dispose()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqlTransaction]:
        async with named_errors(), taken(self.engine) as connection, connection.begin():
            tx = SqlTransaction(connection, self._sealer, self._jobs, self._now)
            yield tx
            await tx.desk.flush()
        tx.held_keys.end()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[SqlTransaction]:
        async with named_errors(), taken(self._reader) as connection:
            yield SqlTransaction(connection, self._sealer, self._jobs, self._now)

    @asynccontextmanager
    async def _lock(self, space: str, contact_id: UUID) -> AsyncIterator[SqlLockedContact | None]:
        key = lock_key(space, contact_id)
        async with named_errors(), taken(self._reader) as connection:
            got = await connection.scalar(_TRY_LOCK, {"key": key})
            await connection.commit()
            if not got:
                yield None
                return
            try:
                yield SqlLockedContact(connection, self._sealer, self._jobs, self._now)
                await connection.execution_options(isolation_level=READING)
                await connection.execute(_UNLOCK, {"key": key})
            except BaseException:
                # Whatever happened, a lock must not go back to the pool with its connection.
                await connection.invalidate()
                raise

    def drain_lock(self, contact_id: UUID) -> AbstractAsyncContextManager[SqlLockedContact | None]:
        return self._lock("drain", contact_id)

    def delivery_lock(self, contact_id: UUID) -> AbstractAsyncContextManager[SqlLockedContact | None]:
        return self._lock("deliver", contact_id)

    def evidence_lock(self, evidence_id: UUID) -> AbstractAsyncContextManager[SqlLockedContact | None]:
        return self._lock("evidence", evidence_id)

    def disposal_lock(self) -> AbstractAsyncContextManager[SqlLockedContact | None]:
        return self._lock("retention", UUID(int=0))

    async def clear_keys(self) -> bool:
        async with named_errors(), taken(self._reader) as connection:
            return await clear_keys(connection)
