"""What is left of a contact, and what holds it back, as one statement each."""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import UUID as Id

from handoff.domain.kept import Kept

#: By kind, every table with rows of it that name their session; what isn't asked here outlives its days unseen.
TABLES: Final = {
    Kept.ESCALATION: ("escalations",),
    Kept.MEDIA: ("evidence", "picture_windows"),
    Kept.REPORT: ("reports",),
    Kept.WRAP_UP: ("wrap_ups", "sheet_corrections"),
    Kept.TRANSCRIPT: (
        "messages",
        "outbox",
        "session_notes",
        "drafts",
        "proposals",
        "follow_ups",
        "surveys",
        "rasa_trackers",
        "research_consents",
    ),
}


def _any(kind: Kept, session: str = "s.id") -> str:
    """Whether anything of a kind is left of a session. Args: session: how the statement names it."""
    # Rasa's memory names its session as a text.
    named = {name: f"CAST({session} AS text)" if name == "rasa_trackers" else session for name in TABLES[kind]}
    found = (f"EXISTS (SELECT FROM {name} x WHERE x.session_id = {same})" for name, same in named.items())
    return f"({' OR '.join(found)})"


#: Contacts of which something may be due. A null end compares as never.
# nosemgrep: sql-from-pieces
CANDIDATES: Final = text(f"""
SELECT c.id FROM contacts c
WHERE (CAST(:after AS uuid) IS NULL OR c.id > CAST(:after AS uuid))
  AND (EXISTS (
    SELECT FROM sessions s WHERE s.contact_id = c.id AND s.state = 'closed' AND (
      coalesce(s.closed_at, s.opened_at) <= CAST(:transcript AS timestamptz)
        AND (s.words_gone_at IS NULL OR {_any(Kept.TRANSCRIPT)})
      OR coalesce(s.closed_at, s.opened_at) <= CAST(:media AS timestamptz) AND {_any(Kept.MEDIA)}
      OR coalesce(s.closed_at, s.opened_at) <= CAST(:report AS timestamptz) AND {_any(Kept.REPORT)}
      OR coalesce(s.closed_at, s.opened_at) <= CAST(:wrap_up AS timestamptz) AND {_any(Kept.WRAP_UP)}
      OR coalesce(s.closed_at, s.opened_at) <= CAST(:escalation AS timestamptz) AND {_any(Kept.ESCALATION)}))
  OR c.wiped_at IS NULL AND c.created_at <= CAST(:contact AS timestamptz) AND NOT EXISTS (
    SELECT FROM sessions s WHERE s.contact_id = c.id
      AND (s.state <> 'closed' OR coalesce(s.closed_at, s.opened_at) > CAST(:contact AS timestamptz))))
ORDER BY c.id LIMIT :limit
""")  # noqa: S608 - of the tables above

#: One row a session, with a column for each kind that is left and for each reason that holds it.
# nosemgrep: sql-from-pieces
SESSIONS: Final = text(f"""
SELECT s.id, CASE WHEN s.state = 'closed' THEN coalesce(s.closed_at, s.opened_at) END AS closed_at,
  s.words_gone_at IS NULL OR {_any(Kept.TRANSCRIPT)} AS transcript,
  {_any(Kept.MEDIA)} AS media,
  {_any(Kept.REPORT)} AS report,
  {_any(Kept.WRAP_UP)} AS wrap_up,
  {_any(Kept.ESCALATION)} AS escalation,
  EXISTS (SELECT FROM outbox x WHERE x.session_id = s.id AND x.state = 'pending') AS held_delivery,
  EXISTS (SELECT FROM follow_ups x WHERE x.session_id = s.id AND x.done_at IS NULL) AS held_follow_up,
  EXISTS (SELECT FROM sheet_corrections x WHERE x.session_id = s.id AND x.state = 'waiting') AS held_correction,
  EXISTS (SELECT FROM surveys x WHERE x.session_id = s.id AND x.state = 'open'
    AND x.asked_at > CAST(:now AS timestamptz) - interval '24 hours') AS held_survey,
  EXISTS (SELECT FROM evidence x WHERE x.session_id = s.id AND x.state IN ('receiving', 'waiting')) AS held_file,
  EXISTS (SELECT FROM fact_dues x WHERE x.session_id = s.id) AS held_uncounted,
  EXISTS (SELECT FROM reports x WHERE x.session_id = s.id
    AND (x.status IN ('new', 'in_hand') OR x.status = 'draft' AND x.closed_at IS NULL)) AS held_report,
  EXISTS (SELECT FROM blocks x WHERE x.session_id = s.id
    AND least(coalesce(x.lifted_at, x.ends_at), x.ends_at) > CAST(:now AS timestamptz) - interval '30 days') AS held_block,
  EXISTS (SELECT FROM escalations e JOIN glass_openings x ON x.escalation_id = e.id
    WHERE e.session_id = s.id AND x.reviewed_at IS NULL)
    OR EXISTS (SELECT FROM escalations e JOIN glass_requests x ON x.escalation_id = e.id
      WHERE e.session_id = s.id AND x.state = 'asked') AS held_glass,
  EXISTS (SELECT FROM escalations e JOIN escalation_steps x ON x.escalation_id = e.id
    WHERE e.session_id = s.id AND x.answered_at IS NULL) AS held_step
FROM sessions s WHERE s.contact_id = :contact ORDER BY s.opened_at, s.id
""").bindparams(bindparam("contact", type_=Id()))  # noqa: S608 - of the tables above

#: One row: the person.
PERSON: Final = text("""
SELECT c.created_at, c.wiped_at IS NOT NULL AS wiped,
  greatest(
    (SELECT max(m.occurred_at) FROM messages m JOIN sessions s ON s.id = m.session_id
      WHERE s.contact_id = c.id AND m.author = 'student'),
    (SELECT max(v.done_at) FROM line_events v WHERE v.contact_id = c.id AND v.type = 'message'),
    (SELECT max(s.opened_at) FROM sessions s WHERE s.contact_id = c.id),
    (SELECT max(o.opened_at) FROM sessions s JOIN sessions o ON o.previous_id = s.id WHERE s.contact_id = c.id)
  ) AS last_word_at,
  (SELECT max(t.at) FROM report_steps t JOIN reports r ON r.id = t.report_id
    WHERE r.contact_id = c.id AND t.kind = 'hand_over') AS handed_over_at,
  (SELECT max(coalesce(h.until, DATE '9999-12-31')) FROM legal_holds h WHERE h.contact_id = c.id AND h.lifted_at IS NULL)
    AS held_until,
  EXISTS (SELECT FROM reports r WHERE r.contact_id = c.id) AS reported,
  EXISTS (SELECT FROM escalations e JOIN sessions s ON s.id = e.session_id
    WHERE s.contact_id = c.id AND e.state <> 'closed') AS held_escalation,
  EXISTS (SELECT FROM line_events v WHERE v.contact_id = c.id AND v.done_at IS NULL) AS held_event,
  EXISTS (SELECT FROM outbox o WHERE o.contact_id = c.id AND o.state = 'pending') AS held_delivery,
  EXISTS (SELECT FROM data_requests q WHERE q.contact_id = c.id AND q.ended_at IS NULL
    AND q.id IS DISTINCT FROM CAST(:but AS uuid)) AS held_request,
  c.following AND c.channel = 'line' AND (
    SELECT w.wanted FROM broadcast_wishes w WHERE w.contact_id = c.id ORDER BY w.at DESC, w.id LIMIT 1
  ) IS FALSE AS held_wish
FROM contacts c WHERE c.id = :contact
""").bindparams(bindparam("contact", type_=Id()))

#: Locks in the house's order, the contact last: verbs on a closed session hold report and session, and then insert rows
#: that point at the contact.
LOCKS: Final = tuple(
    text(statement).bindparams(bindparam("contact", type_=Id()))
    for statement in (
        "SELECT id FROM reports WHERE contact_id = :contact ORDER BY id FOR UPDATE",
        "SELECT id FROM sessions WHERE contact_id = :contact ORDER BY id FOR UPDATE",
        """SELECT id FROM escalations WHERE session_id IN (SELECT id FROM sessions WHERE contact_id = :contact)
        ORDER BY id FOR UPDATE""",
        "SELECT id FROM contacts WHERE id = :contact FOR UPDATE",
    )
)

#: Whether anything of a kind is left of a session.
LEFT: Final = {
    kind: text(f"SELECT {_any(kind, ':session')}").bindparams(  # nosemgrep: sql-from-pieces
        bindparam("session", type_=Id())
    )
    for kind in TABLES
}
