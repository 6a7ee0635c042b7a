"""The deletes of a disposal, in the order that the foreign keys ask for. Every statement takes ``:ids``.

Nothing is deleted by a cascade: each child is named here, and ``retention_rules`` says of every table why it is or isn't.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as Id
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.domain.kept import Kept


def _on(statement: str) -> TextClause:
    return text(statement).bindparams(bindparam("ids", type_=ARRAY(Id())))


def _of_session(table: str) -> TextClause:
    return _on(f"DELETE FROM {table} WHERE session_id = ANY(:ids)")  # noqa: S608 - a table's name of this module


def _of_escalation(table: str) -> TextClause:
    chosen = "SELECT id FROM escalations WHERE session_id = ANY(:ids)"
    return _on(f"DELETE FROM {table} WHERE escalation_id IN ({chosen})")  # noqa: S608 - as above


#: Wake-ups for what goes. One that a living worker has in hand ends by itself, and its row with it.
_WAKE_UPS: Final = """
DELETE FROM procrastinate_jobs j WHERE j.args ->> 'target' IN ({targets})
  AND NOT (j.status = 'doing' AND EXISTS (
    SELECT FROM procrastinate_workers w WHERE w.id = j.worker_id AND w.last_heartbeat > now() - interval '20 seconds'))
"""


def _wake_ups(targets: str) -> TextClause:
    """Args: targets: a statement that gives ids as text."""
    return _on(_WAKE_UPS.format(targets=targets))


#: Events that belong to sessions: only they know, since an event names a contact alone.
EVENTS: Final = _on("""
SELECT event_id FROM messages WHERE session_id = ANY(:ids) AND event_id IS NOT NULL
UNION SELECT event_id FROM outbox WHERE session_id = ANY(:ids) AND event_id IS NOT NULL
UNION SELECT event_id FROM evidence WHERE session_id = ANY(:ids) AND event_id IS NOT NULL
UNION SELECT x.event_id FROM escalation_evidence x JOIN escalations e ON e.id = x.escalation_id
  WHERE e.session_id = ANY(:ids)
UNION SELECT v.id FROM messages m JOIN sessions s ON s.id = m.session_id
  JOIN line_events v ON v.contact_id = s.contact_id AND v.target = m.line_message
  WHERE m.session_id = ANY(:ids) AND m.line_message IS NOT NULL
""")
#: What nothing points at any more.
SPENT_EVENTS: Final = _on("""
DELETE FROM line_events v WHERE v.id = ANY(:ids)
  AND NOT EXISTS (SELECT FROM messages x WHERE x.event_id = v.id)
  AND NOT EXISTS (SELECT FROM outbox x WHERE x.event_id = v.id)
  AND NOT EXISTS (SELECT FROM evidence x WHERE x.event_id = v.id)
  AND NOT EXISTS (SELECT FROM escalation_evidence x WHERE x.event_id = v.id)
  AND NOT EXISTS (SELECT FROM policy_seen x WHERE x.event_id = v.id)
""")

OF_KIND: Final[dict[Kept, tuple[TextClause, ...]]] = {
    Kept.ESCALATION: (
        _wake_ups("SELECT CAST(id AS text) FROM escalations WHERE session_id = ANY(:ids)"),
        _of_escalation("escalation_evidence"),
        _of_escalation("escalation_links"),
        _of_escalation("escalation_notices"),
        _of_escalation("escalation_calls"),
        _of_escalation("escalation_steps"),
        _of_escalation("glass_requests"),
        _of_escalation("glass_openings"),
        _of_escalation("shift_alarms"),
        _of_escalation("alarm_receipts"),
        _of_session("escalations"),
    ),
    Kept.MEDIA: (
        _wake_ups("SELECT CAST(id AS text) FROM evidence WHERE session_id = ANY(:ids)"),
        _on("DELETE FROM evidence_pieces WHERE evidence_id IN (SELECT id FROM evidence WHERE session_id = ANY(:ids))"),
        _on(
            "DELETE FROM evidence_openings WHERE evidence_id IN (SELECT id FROM evidence WHERE session_id = ANY(:ids))"
        ),
        _of_session("evidence"),
        _of_session("picture_windows"),
    ),
    Kept.REPORT: (
        _on("DELETE FROM report_visits WHERE report_id IN (SELECT id FROM reports WHERE session_id = ANY(:ids))"),
        _on("DELETE FROM report_steps WHERE report_id IN (SELECT id FROM reports WHERE session_id = ANY(:ids))"),
        _of_session("reports"),
    ),
    Kept.WRAP_UP: (_of_session("sheet_corrections"), _of_session("wrap_ups")),
    Kept.TRANSCRIPT: (
        _of_session("surveys"),
        _of_session("follow_ups"),
        _of_session("proposals"),
        _of_session("session_notes"),
        _of_session("drafts"),
        _of_session("messages"),
        _on("DELETE FROM delivery_attempts WHERE outbox_id IN (SELECT id FROM outbox WHERE session_id = ANY(:ids))"),
        _of_session("outbox"),
        _on("DELETE FROM rasa_trackers WHERE session_id = ANY(CAST(CAST(:ids AS uuid[]) AS text[]))"),
        _of_session("research_consents"),
    ),
}
#: Of which a session's keys go with a kind of its records.
KEYS: Final[dict[Kept, tuple[Kept, ...]]] = {
    Kept.ESCALATION: (Kept.ESCALATION,),
    Kept.MEDIA: (Kept.MEDIA,),
    Kept.REPORT: (Kept.REPORT,),
    Kept.WRAP_UP: (Kept.WRAP_UP,),
    Kept.TRANSCRIPT: (Kept.TRANSCRIPT, Kept.TRACKER, Kept.EVENT),
}
#: With the session itself.
WHOLE: Final = (_of_session("blocks"), _on("DELETE FROM sessions WHERE id = ANY(:ids)"))

#: With the person; what other rows still point at keeps its id and nothing else.
PERSON: Final = (
    _on("DELETE FROM policy_seen WHERE contact_id = ANY(:ids)"),
    _on("DELETE FROM contact_care WHERE contact_id = ANY(:ids)"),
    _on("DELETE FROM web_traces WHERE contact_id = ANY(:ids)"),
    _on("DELETE FROM web_chats WHERE contact_id = ANY(:ids)"),
    _on("DELETE FROM blocks WHERE contact_id = ANY(:ids)"),
    _on("DELETE FROM broadcast_wishes WHERE contact_id = ANY(:ids)"),
    _on("DELETE FROM followings WHERE contact_id = ANY(:ids)"),
    _on("DELETE FROM legal_holds WHERE contact_id = ANY(:ids)"),
    _on(
        "DELETE FROM delivery_attempts WHERE outbox_id IN"
        " (SELECT id FROM outbox WHERE contact_id = ANY(:ids) AND session_id IS NULL)"
    ),
    _on("DELETE FROM outbox WHERE contact_id = ANY(:ids) AND session_id IS NULL"),
    _on("UPDATE line_events SET payload = NULL, assessment = NULL WHERE contact_id = ANY(:ids)"),
    _wake_ups("SELECT CAST(id AS text) FROM contacts WHERE id = ANY(:ids)"),
    _on("DELETE FROM desk_events WHERE subject = ANY(:ids)"),
)
PERSONS_EVENTS: Final = _on("SELECT id FROM line_events WHERE contact_id = ANY(:ids)")
#: Contacts at which nothing points any more.
EMPTY_PERSON: Final = _on("""
DELETE FROM contacts c WHERE c.id = ANY(:ids) AND c.wiped_at IS NOT NULL
  AND NOT EXISTS (SELECT FROM sessions x WHERE x.contact_id = c.id)
  AND NOT EXISTS (SELECT FROM line_events x WHERE x.contact_id = c.id)
  AND NOT EXISTS (SELECT FROM outbox x WHERE x.contact_id = c.id)
  AND NOT EXISTS (SELECT FROM surveys x WHERE x.contact_id = c.id)
  AND NOT EXISTS (SELECT FROM follow_ups x WHERE x.contact_id = c.id)
  AND NOT EXISTS (SELECT FROM reports x WHERE x.contact_id = c.id)
  AND NOT EXISTS (SELECT FROM data_requests x WHERE x.contact_id = c.id)
  AND NOT EXISTS (SELECT FROM disposal_orders x WHERE x.contact_id = c.id)
  AND NOT EXISTS (SELECT FROM drills x WHERE x.contact_id = c.id)
""")

#: T1: links of sessions that stay, and proofs of policies seen that would otherwise keep an event.
BEFORE: Final = (_on("UPDATE sessions SET previous_id = NULL WHERE previous_id = ANY(:ids)"),)
#: What T1 took away of those that stay after all, as it was.
LATER: Final = _on("SELECT id, previous_id FROM sessions WHERE previous_id = ANY(:ids)")
COUNT_AGAIN: Final = _on("UPDATE sessions SET disposal_began_at = NULL WHERE id = ANY(:ids)")
LINK_AGAIN: Final = text("""
UPDATE sessions s SET previous_id = e.id FROM sessions e WHERE s.id = :later AND s.previous_id IS NULL AND e.id = :earlier
""").bindparams(bindparam("later", type_=Id()), bindparam("earlier", type_=Id()))
BEFORE_EVENTS: Final = (
    _on("""
DELETE FROM policy_seen p USING outbox o WHERE p.event_id = ANY(:ids) AND o.event_id = p.event_id AND o.part = 0
  AND o.state IN ('refused', 'dead')
"""),
    _on("UPDATE policy_seen SET event_id = NULL WHERE event_id = ANY(:ids)"),
)


#: T3: what the desks were told of sessions, and wake-ups for what is gone.
TOLD: Final = (
    _on("DELETE FROM desk_events WHERE session_id = ANY(:ids) AND session_id NOT IN (SELECT id FROM sessions)"),
)


async def delete(connection: AsyncConnection, statements: Collection[TextClause], ids: Collection[UUID]) -> int:
    """Run them in order; how many rows the last one took."""
    count = 0
    for statement in statements if ids else ():
        count = (await connection.execute(statement, {"ids": list(ids)})).rowcount
    return count


async def ids_of(connection: AsyncConnection, statement: TextClause, ids: Collection[UUID]) -> list[UUID]:
    """The ids that a statement finds."""
    if not ids:
        return []
    return [row[0] for row in await connection.execute(statement, {"ids": list(ids)})]


async def pairs_of(connection: AsyncConnection, statement: TextClause, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The pairs of ids that a statement finds."""
    if not ids:
        return {}
    return {row[0]: row[1] for row in await connection.execute(statement, {"ids": list(ids)})}
