"""Unsend and edit: what a student takes back is gone, what is corrected is read as corrected."""

from __future__ import annotations

from handoff.domain.incoming import StoredEvent
from handoff.domain.session import URGENT
from handoff.services.ports import KnownMessage, Reading, Transaction
from handoff.services.setting import Setting


async def unsend(tx: Transaction, setting: Setting, event: StoredEvent, reading: Reading) -> None:
    """Remove a withdrawn message's words from all that is kept; a mark stays in the transcript.

    Words whose level is high or critical are only hidden, sealed, until the supervisor decides (EXT-2, promise 2).
    """
    now = setting.clock.now()
    if reading.target is None:
        return
    found = await tx.transcript.find(event.contact_id, reading.target)
    if found is not None and found.level in URGENT:
        await tx.transcript.hide_words(found.id, now)
        await tx.audit.add(now, "student", "unsend_hidden", found.session_id, message=str(found.id))
        return
    event_ids = await tx.events.forget_words(event.contact_id, reading.target)
    if found is None:
        return
    await tx.transcript.remove_words(found.id, now)
    for event_id in event_ids:
        await tx.trackers.forget_message(found.session_id, event_id)
    await _forget_answers(tx, found)
    await tx.audit.add(now, "student", "unsend", found.session_id, message=str(found.id))


async def _forget_answers(tx: Transaction, found: KnownMessage) -> None:
    """An answer that repeats the withdrawn words, such as a school's name, goes with them."""
    answers = await tx.sessions.intake(found.session_id)
    kept = {name: None if value and value in (found.text or "") else value for name, value in answers.items()}
    if kept != answers:
        await tx.sessions.set_intake(found.session_id, kept)


async def edit(tx: Transaction, setting: Setting, event: StoredEvent, reading: Reading) -> None:
    """Take over an edited text; the largest event time wins (LINE's rule)."""
    if reading.target is None or reading.edited_text is None:
        return
    found = await tx.transcript.find(event.contact_id, reading.target)
    if found is not None and await tx.transcript.edit(found.id, reading.edited_text, event.line_timestamp):
        await tx.audit.add(setting.clock.now(), "student", "edit", found.session_id, message=str(found.id))
