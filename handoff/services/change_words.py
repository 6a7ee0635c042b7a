"""Unsend and edit: what a student takes back is gone, what is corrected is read as corrected."""

from __future__ import annotations

from handoff.domain.incoming import StoredEvent
from handoff.domain.session import URGENT
from handoff.services.ports import Reading, Transaction
from handoff.services.setting import Setting


async def unsend(tx: Transaction, setting: Setting, event: StoredEvent, reading: Reading) -> None:
    """Remove a withdrawn message's words from transcript, stored event and Rasa's memory; a mark stays.

    Words whose level is high or critical are only hidden, sealed, until the supervisor decides (EXT-2, promise 2).
    """
    now = setting.clock.now()
    if reading.target is None:
        return
    found = await tx.transcript.level_of(event.contact_id, reading.target)
    if found is not None:
        message_id, session_id, level = found
        if level in URGENT:
            await tx.transcript.hide_words(message_id, now)
            await tx.audit.add(now, "student", "unsend_hidden", session_id, message=str(message_id))
            return
        await tx.transcript.remove_words(message_id, now)
        await tx.audit.add(now, "student", "unsend", session_id, message=str(message_id))
    for event_id in await tx.events.forget_words(event.contact_id, reading.target):
        if found is not None:
            await tx.trackers.forget_message(found[1], event_id)


async def edit(tx: Transaction, setting: Setting, event: StoredEvent, reading: Reading) -> None:
    """Take over an edited text; the largest event time wins (LINE's rule)."""
    if reading.target is None or reading.edited_text is None:
        return
    found = await tx.transcript.level_of(event.contact_id, reading.target)
    if found is None:
        return
    message_id, session_id, _level = found
    if await tx.transcript.edit(message_id, reading.edited_text, event.line_timestamp):
        await tx.audit.add(setting.clock.now(), "student", "edit", session_id, message=str(message_id))
