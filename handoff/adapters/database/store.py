"""The database as the services see it: transactions, and locks on contacts that outlast them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
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
        connection, sealer = KeyedConnection(raw, self.held_keys), RowSealer(raw, self.held_keys)

        def today() -> date:
            return now().astimezone(ZONE).date()

        self.contacts = SqlContacts(connection, sealer)
        self.events = SqlEvents(connection, sealer)
        self.sessions = SqlSessions(connection, sealer)
        self.transcript = SqlTranscript(connection, sealer)
        self.outbox = SqlOutbox(connection, sealer)
        self.audit = SqlAudit(connection, sealer.lookup)
        self.audit_chain = SqlAuditChain(connection)
        self.audit_pages = SqlAuditPages(connection)
        self.trackers = SqlTrackers(connection, sealer)
        self.escalations = SqlEscalations(connection, sealer)
        self.escalation_steps = SqlEscalationSteps(connection, sealer)
        self.notices = SqlNotices(connection, sealer)
        self.desk = SqlDeskFeed(connection)
        self.staff = SqlStaff(connection, sealer, today)
        self.sign_ins = SqlSignIns(connection, sealer, today)
        self.tries = SqlTries(connection, sealer)
        self.devices = SqlDevices(connection, sealer)
        self.passwords = SqlStaffPasswords(connection)
        self.factors = SqlFactors(connection, sealer)
        self.factor_resets = SqlFactorResets(connection, sealer)
        self.talks = SqlTalks(connection, sealer)
        self.timers = SqlDeskTimers(connection)
        self.views = SqlDeskViews(connection, sealer, today)
        self.wrap_ups = SqlWrapUps(connection, sealer)
        self.follow_ups = SqlFollowUps(connection, sealer)
        self.contact_care = SqlContactCares(connection, sealer)
        self.knowledge = SqlKnowledge(connection, sealer)
        self.phrases = SqlPhrases(connection, sealer)
        self.quota = SqlQuota(connection)
        self.surveys = SqlSurveys(connection, sealer)
        self.reports = SqlReports(connection, sealer)
        self.visits = SqlReportVisits(connection, sealer)
        self.sittings = SqlSittings(connection, sealer)
        self.evidence = SqlEvidences(connection, sealer)
        self.chats = SqlChats(connection, sealer)
        self.traces = SqlTraces(connection, sealer)
        self.closures = SqlClosures(connection, sealer)
        self.call_backs = SqlCallBacks(connection)
        self.schools = SqlSchools(connection, sealer)
        self.facts = SqlFacts(connection, sealer)
        self.shifts = SqlShifts(connection, sealer)
        self.faults = SqlFaults(connection, sealer)
        self.drills = SqlDrills(connection, sealer)
        self.rosters = SqlRosters(connection, sealer, self.staff)
        self.policies = SqlPolicies(connection, sealer)
        self.requests = SqlRequests(connection, sealer)
        self.broadcasts = SqlBroadcasts(connection, sealer)
        self.blocks = SqlBlocks(connection, sealer)
        self.keys = SqlKeys(raw, sealer)
        self.key_work = SqlKeyWork(raw, sealer, self.held_keys)
        self.backups = SqlBackups(raw)
        self.retention = SqlRetention(connection, sealer, self.keys)
        self.research = SqlResearch(connection, sealer)
        self.jobs = TransactionJobs(jobs, raw)


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
            got = await connection.scalar(select(func.pg_try_advisory_lock(key)))
            await connection.commit()
            if not got:
                yield None
                return
            try:
                yield SqlLockedContact(connection, self._sealer, self._jobs, self._now)
                await connection.execution_options(isolation_level=READING)
                await connection.execute(select(func.pg_advisory_unlock(key)))
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
