"""The tables, typed. Columns of ``Sealed`` hold only what ``kernel.sealing`` made; ids are made by the application.

Times are UTC on the service's clock, but for the columns named ``real_*``, which hold real time (spans of LINE's
tokens and retries don't move with ``TSUNAGI_CLOCK``).
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, Index, LargeBinary, MetaData, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Sealed = Annotated[bytes, mapped_column(LargeBinary)]
Digest = Annotated[bytes, mapped_column(LargeBinary(32))]
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Code = Annotated[str, mapped_column(Text)]
Sequence = Annotated[int, mapped_column(BigInteger, Identity(always=True))]


class Base(DeclarativeBase):
    """Names every constraint, so that a migration can speak of it."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class ContactRow(Base):
    """One person (or group chat) on one channel; found by a keyed hash, the LINE id itself sealed."""

    __tablename__ = "contacts"
    __table_args__ = (Index("uq_contacts_channel_lookup", "channel", "lookup", unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[Code]
    lookup: Mapped[Digest]
    address: Mapped[Sealed]
    following: Mapped[bool] = mapped_column(server_default=text("true"))
    group_told: Mapped[bool] = mapped_column(server_default=text("false"))
    quiet: Mapped[Sealed | None]
    #: Of a drill: everything happens to it but real notices, and nothing of it is counted.
    test: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[Moment]
    #: Since when only the row's id is left, because other rows point at it; address and lookup are chance.
    wiped_at: Mapped[Moment | None]


class SessionRow(Base):
    """One consultation of a contact, from first word to close; at most one is open."""

    __tablename__ = "sessions"
    __table_args__ = (
        Index("uq_sessions_open", "contact_id", unique=True, postgresql_where=text("state <> 'closed'")),
        Index("ix_sessions_contact_id_opened_at", "contact_id", "opened_at"),
        Index("ix_sessions_nudge_due_at", "nudge_due_at", postgresql_where=text("nudge_due_at IS NOT NULL")),
        Index("ix_sessions_intake", "opened_at", postgresql_where=text("state = 'intake'")),
        Index("ix_sessions_desk", "state", postgresql_where=text("state NOT IN ('intake', 'closed')")),
        Index("ix_sessions_previous_id", "previous_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"))
    previous_id: Mapped[UUID | None] = mapped_column(ForeignKey("sessions.id"))
    profile: Mapped[Code]
    state: Mapped[Code]
    owner: Mapped[Code]
    epoch: Mapped[int] = mapped_column(BigInteger)
    level: Mapped[Code | None]
    human_wanted: Mapped[Code | None]
    intake: Mapped[Sealed | None]
    opened_at: Mapped[Moment]
    waiting_since: Mapped[Moment | None]
    fallback_at: Mapped[Moment | None]
    closed_at: Mapped[Moment | None]
    closed_reason: Mapped[Code | None]
    safety: Mapped[Sealed | None]
    unscreened: Mapped[bool] = mapped_column(server_default=text("false"))
    returning: Mapped[bool] = mapped_column(server_default=text("false"))
    nudged: Mapped[bool] = mapped_column(server_default=text("false"))
    nudge_due_at: Mapped[Moment | None]
    counsellor_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    second_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    offered_to: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    claimed_at: Mapped[Moment | None]
    taken_at: Mapped[Moment | None]
    ended_at: Mapped[Moment | None]
    ended_by: Mapped[Code | None]
    ended_reason: Mapped[Code | None]
    notes_told: Mapped[int] = mapped_column(server_default=text("0"))
    one_way: Mapped[bool] = mapped_column(server_default=text("false"))
    live_nudged_at: Mapped[Moment | None]
    last_called: Mapped[bool] = mapped_column(server_default=text("false"))
    silence_told_at: Mapped[Moment | None]
    attention_told_at: Mapped[Moment | None]
    hours_told: Mapped[bool] = mapped_column(server_default=text("false"))
    called_back_at: Mapped[Moment | None]
    queued_at: Mapped[Moment | None]
    files_unseen: Mapped[bool] = mapped_column(server_default=text("false"))
    #: From here on its fact is never written anew: what that would be made of is going.
    disposal_began_at: Mapped[Moment | None]
    words_gone_at: Mapped[Moment | None]


class LineEventRow(Base):
    """One webhook event, stored once; the truth from which a lost step is done again."""

    __tablename__ = "line_events"
    __table_args__ = (
        Index(
            "ix_line_events_undone",
            "contact_id",
            "line_timestamp",
            "sequence",
            postgresql_where=text("done_at IS NULL"),
        ),
        Index(
            "ix_line_events_unscreened", "contact_id", postgresql_where=text("screened_at IS NULL AND done_at IS NULL")
        ),
        Index("ix_line_events_target", "contact_id", "target", postgresql_where=text("target IS NOT NULL")),
        Index("ix_line_events_contact_id", "contact_id"),
        Index("ix_line_events_worded", "done_at", postgresql_where=text("payload IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[Sequence] = mapped_column(unique=True)
    webhook_event_id: Mapped[Code] = mapped_column(unique=True)
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contacts.id"))
    type: Mapped[Code]
    standby: Mapped[bool]
    target: Mapped[Digest | None]
    line_timestamp: Mapped[int] = mapped_column(BigInteger)
    payload: Mapped[Sealed | None]
    real_received_at: Mapped[Moment]
    screened_at: Mapped[Moment | None]
    failures: Mapped[int] = mapped_column(server_default=text("0"))
    done_at: Mapped[Moment | None]
    result: Mapped[Code | None]
    level: Mapped[Code | None]
    assessment: Mapped[Sealed | None]
    screen_failed: Mapped[bool] = mapped_column(server_default=text("false"))


class MessageRow(Base):
    """One line of the transcript."""

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_session_id_sequence", "session_id", "sequence"),
        Index("ix_messages_event_id", "event_id"),
        Index("ix_messages_outbox_id", "outbox_id"),
        Index(
            "ix_messages_line_message", "session_id", "line_message", postgresql_where=text("line_message IS NOT NULL")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[Sequence] = mapped_column(unique=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id"))
    event_id: Mapped[UUID | None] = mapped_column(ForeignKey("line_events.id"))
    outbox_id: Mapped[UUID | None] = mapped_column(ForeignKey("outbox.id"))
    author: Mapped[Code]
    kind: Mapped[Code]
    body: Mapped[Sealed | None]
    detail: Mapped[Sealed | None]
    line_message: Mapped[Digest | None]
    level: Mapped[Code | None]
    occurred_at: Mapped[Moment]
    edited_timestamp: Mapped[int | None] = mapped_column(BigInteger)
    hidden_at: Mapped[Moment | None]
    removed_at: Mapped[Moment | None]
    assessment: Mapped[Sealed | None]
    unscreened: Mapped[bool] = mapped_column(server_default=text("false"))


class OutboxRow(Base):
    """One call to LINE that has to be made: up to five messages, and what became of it."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_pending", "contact_id", "sequence", postgresql_where=text("state = 'pending'")),
        Index("uq_outbox_event_id_part", "event_id", "part", unique=True),
        Index("ix_outbox_session_id", "session_id"),
        Index("ix_outbox_contact_id", "contact_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[Sequence] = mapped_column(unique=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"))
    session_id: Mapped[UUID | None] = mapped_column(ForeignKey("sessions.id"))
    event_id: Mapped[UUID | None] = mapped_column(ForeignKey("line_events.id"))
    part: Mapped[int]
    epoch: Mapped[int | None] = mapped_column(BigInteger)
    body: Mapped[Sealed | None]
    reply_token: Mapped[Sealed | None]
    real_token_since: Mapped[Moment | None]
    retry_key: Mapped[UUID]
    state: Mapped[Code]
    reason: Mapped[Code | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    uncertain_reply: Mapped[bool] = mapped_column(server_default=text("false"))
    real_created_at: Mapped[Moment]
    real_next_at: Mapped[Moment]
    real_settled_at: Mapped[Moment | None]


class DeliveryAttemptRow(Base):
    """One attempt at an outbox row, written before it's made."""

    __tablename__ = "delivery_attempts"

    outbox_id: Mapped[UUID] = mapped_column(ForeignKey("outbox.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    method: Mapped[Code]
    outcome: Mapped[Code]
    status: Mapped[int | None]
    line_request_id: Mapped[Code | None]
    real_started_at: Mapped[Moment]
    real_ended_at: Mapped[Moment | None]


class AuditRow(Base):
    """Who did what when; ids and codes alone, never words. The application may add rows and never change them.

    ``mark`` is the keyed hash of all the rest; rows from before there was one have none.
    """

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_session_id", "session_id"),
        Index("ix_audit_events_actor", "actor", "sequence"),
        Index("ix_audit_events_verb", "verb", "sequence"),
        Index("ix_audit_events_at", "at", "sequence"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[Sequence] = mapped_column(unique=True)
    at: Mapped[Moment]
    actor: Mapped[Code]
    verb: Mapped[Code]
    session_id: Mapped[UUID | None]
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB)
    mark: Mapped[Digest | None]


class TrackerRow(Base):
    """Rasa's memory of one session: one sealed blob, written by ``bot.tracker``."""

    __tablename__ = "rasa_trackers"

    session_id: Mapped[Code] = mapped_column(primary_key=True)
    blob: Mapped[Sealed]
    updated_at: Mapped[Moment]


class DemoChoiceRow(Base):
    """The profile and clock chosen in the simulator; read only while LINE is a stand-in."""

    __tablename__ = "demo_choice"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    profile: Mapped[Code | None]
    clock_offset_seconds: Mapped[float | None]
