"""What the services need from the database; ``handoff/adapters`` implements it, ``handoff/bootstrap`` wires it.

A ``Transaction`` is one database transaction with the tables' repositories on it. Texts are plain on this side:
sealing and opening happen in the adapters. Rasa, LINE and the risk screen are in ``outside``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from handoff.domain.desk import DeskEvent
from handoff.domain.incoming import Arrival, Channel, StoredEvent
from handoff.domain.safety import Safety
from handoff.domain.session import HumanWanted, Level, SessionView
from handoff.services.audit_ports import AuditChain, AuditPages
from handoff.services.backup_ports import BackupStandings
from handoff.services.broadcast_ports import Blocks, Broadcasts
from handoff.services.care_ports import ContactCares, FollowUps, KnowledgeNotes, PhraseRows, QuotaRow, WrapUps
from handoff.services.chat_ports import Chats, Traces
from handoff.services.desk_ports import DeskTimers, StaffRows, Talks
from handoff.services.desk_view_ports import DeskViews
from handoff.services.drill_ports import Drills
from handoff.services.escalation_ports import Escalations, NoticeRows
from handoff.services.escalation_step_ports import EscalationSteps
from handoff.services.evidence_ports import Evidences
from handoff.services.fact_ports import Facts
from handoff.services.factor_ports import FactorResets, Factors
from handoff.services.fault_ports import Faults
from handoff.services.hours_ports import CallBacks, Closures
from handoff.services.key_ports import Keys
from handoff.services.key_work_ports import KeyWork
from handoff.services.policy_ports import Policies
from handoff.services.report_ports import Reports, ReportVisits, Sittings
from handoff.services.request_ports import Requests
from handoff.services.retention_ports import Research, Retention
from handoff.services.roster_ports import Rosters
from handoff.services.school_ports import Schools
from handoff.services.shift_ports import Shifts
from handoff.services.sign_in_ports import Devices, SignIns, StaffPasswords, Tries
from handoff.services.survey_ports import Surveys
from handoff.services.transcript_ports import Outbox, Transcript
from kernel.intake.quiet import QuietTime

#: Undone events of a contact that are read at once.
UNDONE_AT_ONCE: Final = 8


class Contacts(Protocol):
    """People and groups, found by the keyed hash of their address."""

    async def find_or_add(self, channel: Channel, address: str, at: datetime) -> UUID: ...
    async def address(self, contact_id: UUID) -> str: ...
    async def set_following(self, contact_id: UUID, following: bool) -> None: ...
    async def set_quiet(self, contact_id: UUID, times: Sequence[QuietTime]) -> None: ...
    async def quiet(self, contact_id: UUID) -> Sequence[QuietTime]:
        """When the person wants nothing sent unasked; empty where they never said."""

    async def tell_group(self, contact_id: UUID) -> bool:
        """Note that a group was told; True the first time alone."""


class Events(Protocol):
    """Webhook events: each stored once, finished once."""

    async def add(self, arrival: Arrival, contact_id: UUID | None, received_at: datetime) -> bool:
        """Store an event; False when it was there already."""

    async def undone(self, contact_id: UUID) -> Sequence[StoredEvent]:
        """The unscreened events before all others, either in the order of event time; ``UNDONE_AT_ONCE`` at most."""

    async def mark_screened(self, event_id: UUID, at: datetime) -> None: ...
    async def keep_assessment(self, event: StoredEvent, level: Level, assessment: str, at: datetime) -> None:
        """Keep what the screen said of an event's words, its JSON sealed; it is screened."""

    async def mark_screen_failed(self, event_id: UUID) -> None:
        """Note that the screen could not read this event; it isn't asked again."""

    async def payloads_before(self, event: StoredEvent, span_ms: int, limit: int) -> Sequence[str]:
        """The JSON of the contact's messages of the last ``span_ms`` before this event, the newest ones, in order."""

    async def next_undone(self, contact_id: UUID) -> StoredEvent | None:
        """The undone event with the smallest event time; order of arrival decides between equals."""

    async def has_undone(self, contact_id: UUID) -> bool: ...
    async def finish(self, event_id: UUID, at: datetime, result: str) -> bool:
        """Mark an event done; False when it was done already, and then nothing else may be written for it."""

    async def count_failure(self, event_id: UUID) -> int: ...
    async def was_withdrawn(self, contact_id: UUID, line_message_id: str) -> bool:
        """Whether an unsend for this message has arrived, in whatever order."""

    async def knows(self, contact_id: UUID, line_message_id: str) -> bool:
        """Whether an event of this message has arrived."""

    async def last_time(self, contact_id: UUID, line_message_id: str) -> int | None:
        """The largest time (ms) of this message's events; None where none has arrived."""

    async def forget_words(self, contact_id: UUID, line_message_id: str) -> Sequence[UUID]:
        """Drop the stored JSON of every event that holds this message's words, but for those at high or critical; give
        the ids of the events that lost it."""

    async def forget_payload(self, event_id: UUID) -> None:
        """Drop one event's JSON."""

    async def contacts_with_undone(self, received_before: datetime, limit: int) -> Sequence[UUID]: ...


class Sessions(Protocol):
    """Sessions, always locked when read for a change."""

    async def open_for(self, contact_id: UUID) -> SessionView | None: ...
    async def start(self, contact_id: UUID, profile: str, at: datetime) -> SessionView: ...
    async def link(self, session_id: UUID, previous_id: UUID) -> None:
        """Note that a session follows another one of the same person, who came another way then."""

    async def newest_of(self, contact_id: UUID) -> UUID | None:
        """The contact's last session, closed or not."""

    async def lock(self, session_id: UUID) -> SessionView:
        """Raises: NotFound."""

    async def save(self, session: SessionView) -> None:
        """Write what a change can change of a locked session: its state, who speaks, its times."""

    async def mark_one_way(self, session_id: UUID) -> None:
        """The student wants to be read, not talked with: nobody tells them that they wait."""

    async def mark_here(self, session_id: UUID) -> None:
        """The student is here and waits for a talk, whatever they wanted before."""

    async def is_one_way(self, session_id: UUID) -> bool: ...
    async def set_pair(self, session_id: UUID, second_id: UUID | None) -> None: ...
    async def set_offer(self, session_id: UUID, to: UUID | None) -> None: ...
    async def set_wanted(self, session_id: UUID, human_wanted: HumanWanted) -> None: ...
    async def note_end(self, session_id: UUID, by: str, reason: str, at: datetime) -> None:
        """Write down who ended a talk, why and when."""

    async def note_close(self, session_id: UUID, reason: str, at: datetime) -> None:
        """Write down why a session is over, and plan nothing more for it."""

    async def set_nudge(self, session_id: UUID, due_at: datetime | None) -> None:
        """Plan the one gentle line, or take it back; a session that heard it gets no other."""

    async def take_nudge(self, session_id: UUID, at: datetime) -> bool:
        """Take the nudge that is due off a session; False when none is, or another worker took it."""

    async def mark_nudged(self, session_id: UUID) -> None: ...
    async def nudges_due(self, at: datetime, limit: int) -> Sequence[UUID]: ...
    async def idle_intakes(self, before: datetime, limit: int) -> Sequence[UUID]:
        """Intakes of the bot's, read and below high, in which the student wrote nothing since ``before``."""

    async def wrote_since(self, session_id: UUID, since: datetime) -> bool: ...
    async def raise_level(self, session_id: UUID, level: Level) -> None: ...
    async def mark_unscreened(self, session_id: UUID) -> None: ...
    async def safety(self, session_id: UUID) -> Safety | None:
        """What the worker knows of a session that is at risk; None for one that never was."""

    async def set_safety(self, session_id: UUID, safety: Safety) -> None: ...
    async def set_fallback_at(self, session_id: UUID, at: datetime) -> None: ...
    async def set_intake(self, session_id: UUID, answers: Mapping[str, str | None]) -> None: ...
    async def intake(self, session_id: UUID) -> Mapping[str, str | None]: ...


class Audit(Protocol):
    """The record of who did what; codes and ids alone."""

    async def add(self, at: datetime, actor: str, verb: str, session_id: UUID | None, **detail: Any) -> None: ...


class DeskFeed(Protocol):
    """The desk's log; what is told here leaves with the transaction, after everything else in it."""

    def tell(self, kind: DeskEvent, session_id: UUID | None = None, subject: UUID | None = None, **detail: str) -> None:
        """Let every open desk know; ids and codes alone."""


class Trackers(Protocol):
    """Rasa's sealed memory of a session."""

    async def forget_message(self, session_id: UUID, event_id: UUID) -> None: ...
    async def forget(self, session_id: UUID) -> None:
        """Drop a closed session's memory."""


class Jobs(Protocol):
    """Wake-ups, which leave with the transaction."""

    async def wake_drain(self, *contact_ids: UUID) -> None: ...
    async def wake_delivery(self, *contact_ids: UUID, after: timedelta = timedelta()) -> None: ...
    async def wake_alarm(self, escalation_id: UUID, after: timedelta = timedelta()) -> bool:
        """False when the same one was already waiting to be taken up."""

    async def wake_fetch(self, evidence_id: UUID, after: timedelta = timedelta()) -> bool: ...


class Transaction(Protocol):
    """One transaction and what can be done in it."""

    @property
    def contacts(self) -> Contacts: ...
    @property
    def events(self) -> Events: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def transcript(self) -> Transcript: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def audit_chain(self) -> AuditChain: ...
    @property
    def audit_pages(self) -> AuditPages: ...
    @property
    def desk(self) -> DeskFeed: ...
    @property
    def staff(self) -> StaffRows: ...
    @property
    def sign_ins(self) -> SignIns: ...
    @property
    def tries(self) -> Tries: ...
    @property
    def devices(self) -> Devices: ...
    @property
    def passwords(self) -> StaffPasswords: ...
    @property
    def factors(self) -> Factors: ...
    @property
    def factor_resets(self) -> FactorResets: ...
    @property
    def talks(self) -> Talks: ...
    @property
    def timers(self) -> DeskTimers: ...
    @property
    def views(self) -> DeskViews: ...
    @property
    def trackers(self) -> Trackers: ...
    @property
    def keys(self) -> Keys: ...
    @property
    def key_work(self) -> KeyWork: ...
    @property
    def backups(self) -> BackupStandings: ...
    @property
    def escalations(self) -> Escalations: ...
    @property
    def escalation_steps(self) -> EscalationSteps: ...
    @property
    def notices(self) -> NoticeRows: ...
    @property
    def wrap_ups(self) -> WrapUps: ...
    @property
    def follow_ups(self) -> FollowUps: ...
    @property
    def contact_care(self) -> ContactCares: ...
    @property
    def knowledge(self) -> KnowledgeNotes: ...
    @property
    def phrases(self) -> PhraseRows: ...
    @property
    def quota(self) -> QuotaRow: ...
    @property
    def surveys(self) -> Surveys: ...
    @property
    def reports(self) -> Reports: ...
    @property
    def visits(self) -> ReportVisits: ...
    @property
    def sittings(self) -> Sittings: ...
    @property
    def evidence(self) -> Evidences: ...
    @property
    def chats(self) -> Chats: ...
    @property
    def traces(self) -> Traces: ...
    @property
    def closures(self) -> Closures: ...
    @property
    def call_backs(self) -> CallBacks: ...
    @property
    def schools(self) -> Schools: ...
    @property
    def facts(self) -> Facts: ...
    @property
    def shifts(self) -> Shifts: ...
    @property
    def faults(self) -> Faults: ...
    @property
    def drills(self) -> Drills: ...
    @property
    def rosters(self) -> Rosters: ...
    @property
    def policies(self) -> Policies: ...
    @property
    def requests(self) -> Requests: ...
    @property
    def retention(self) -> Retention: ...
    @property
    def research(self) -> Research: ...
    @property
    def broadcasts(self) -> Broadcasts: ...
    @property
    def blocks(self) -> Blocks: ...
    @property
    def jobs(self) -> Jobs: ...


class LockedContact(Protocol):
    """A contact that nobody else works on while the block lasts; the lock is no transaction."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]: ...
    def reading(self) -> AbstractAsyncContextManager[Transaction]:
        """For single statements: each sees what is committed by then, and nothing holds them together."""


class Store(Protocol):
    """The database. Every method may raise StoreUnavailable."""

    def go_by(self, now: Callable[[], datetime]) -> None:
        """Read by this clock what holds today; by the real one until told otherwise."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]: ...
    def reading(self) -> AbstractAsyncContextManager[Transaction]: ...
    def drain_lock(self, contact_id: UUID) -> AbstractAsyncContextManager[LockedContact | None]:
        """Lock a contact's incoming side; None when somebody has it."""

    def delivery_lock(self, contact_id: UUID) -> AbstractAsyncContextManager[LockedContact | None]: ...
    def evidence_lock(self, evidence_id: UUID) -> AbstractAsyncContextManager[LockedContact | None]:
        """Lock the fetching of one file; None when somebody is at it."""

    def disposal_lock(self) -> AbstractAsyncContextManager[object | None]:
        """Lock the disposal as a whole, until the end or until the connection breaks; None when a run is under way."""

    async def clear_keys(self) -> bool:
        """Leave nothing in the data keys' file of keys that were destroyed or wrapped anew; False where that has to wait."""
